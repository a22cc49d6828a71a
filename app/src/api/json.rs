//! The arguments of server functions as JSON, of which nothing is ignored, and their answers.

use leptos::server_fn::codec::Post;
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Arguments in the body of a POST request.
pub type Json = Post<StrictJson>;

/// JSON with the fields that were asked for and no others.
pub struct StrictJson;

impl ContentType for StrictJson {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for StrictJson {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for StrictJson {
    type Error = serde_json::Error;

    fn encode(value: &T) -> Result<Bytes, Self::Error> {
        TextJson::encode(value)
    }
}

impl<T: DeserializeOwned + Serialize> Decodes<T> for StrictJson {
    type Error = String;

    fn decode(sent: Bytes) -> Result<T, Self::Error> {
        if sent.is_empty() {
            return Err("the body is empty".to_owned());
        }
        let sent: Value = serde_json::from_slice(&sent).map_err(|why| why.to_string())?;
        if !sent.is_object() {
            return Err("the body is not a JSON object".to_owned());
        }
        let read = T::deserialize(&sent).map_err(|why| why.to_string())?;
        // The struct that the server macro makes of the arguments lets unknown fields pass; what it read shows its own.
        let known = serde_json::to_value(&read).map_err(|why| why.to_string())?;
        match sent
            .as_object()
            .into_iter()
            .flat_map(|sent| sent.keys())
            .find(|name| known.get(name.as_str()).is_none())
        {
            Some(unknown) => Err(format!("unknown field `{unknown}`")),
            None => Ok(read),
        }
    }
}

/// An answer in the body of a response.
pub type JsonAnswer = Post<TextJson>;

/// JSON that is read as text, as the data in a rendered page is: reading each type from bytes as well would be code that
/// a browser loads twice.
pub struct TextJson;

impl ContentType for TextJson {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for TextJson {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for TextJson {
    type Error = serde_json::Error;

    fn encode(value: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(value).map(Into::into)
    }
}

impl<T: DeserializeOwned> Decodes<T> for TextJson {
    type Error = String;

    fn decode(sent: Bytes) -> Result<T, Self::Error> {
        let sent = std::str::from_utf8(&sent).map_err(|why| why.to_string())?;
        serde_json::from_str(sent).map_err(|why| why.to_string())
    }
}
