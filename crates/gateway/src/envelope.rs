//! What the gateway has to know of a request's body. Everything else passes through as it was sent.

use crate::refusal::Refusal;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::ops::Range;

/// Octets of a model's name; no real one comes near.
const MODEL_BYTES: usize = 512;

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    model: Option<&'a RawValue>,
    #[serde(borrow)]
    stream: Option<&'a RawValue>,
}

/// A body that is a JSON object with a model's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    body: Bytes,
    /// Where the model's name is written, quotes included.
    written: Range<usize>,
    /// The model's name.
    pub model: String,
    /// The answer is wanted as a stream.
    pub stream: bool,
}

impl Envelope {
    /// Reads a body.
    pub fn read(body: Bytes) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(&body)
            .map_err(|why| not_json(&format!("byte {} is not UTF-8", why.valid_up_to())))?;
        if !text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{') {
            return Err(not_json("it is not an object"));
        }
        // A field that is given twice is an error, so that nobody reads another model than is checked.
        let fields: Fields<'_> = serde_json::from_str(text).map_err(|why| not_json(&why.to_string()))?;
        let Some(raw) = fields.model.filter(|raw| raw.get() != "null") else {
            return Err(Refusal::invalid(
                "model_missing",
                Some("model"),
                "The request names no model. Set “model” to a name that GET /v1/models lists.",
            ));
        };
        let model: Cow<'_, str> = serde_json::from_str(raw.get()).map_err(|_| {
            Refusal::invalid(
                "model_invalid",
                Some("model"),
                "“model” must be a text, such as “openai/gpt-4o”.",
            )
        })?;
        if model.len() > MODEL_BYTES {
            return Err(Refusal::invalid(
                "model_invalid",
                Some("model"),
                format!("“model” is longer than {MODEL_BYTES} bytes."),
            ));
        }
        let stream = match fields.stream.map(RawValue::get) {
            None | Some("null" | "false") => false,
            Some("true") => true,
            Some(_) => {
                return Err(Refusal::invalid(
                    "stream_invalid",
                    Some("stream"),
                    "“stream” must be true or false.",
                ));
            }
        };
        let model = model.into_owned();
        // The raw value is a part of the text it was read from.
        let start = raw.get().as_ptr() as usize - text.as_ptr() as usize;
        let written = start..start + raw.get().len();
        Ok(Self {
            body,
            written,
            model,
            stream,
        })
    }

    /// The body with the name by which the provider knows the model, and not another byte changed.
    pub fn with_model(&self, model: &str) -> Bytes {
        if model == self.model {
            return self.body.clone();
        }
        let name = serde_json::Value::from(model).to_string();
        let mut changed = Vec::with_capacity(self.body.len() + name.len());
        changed.extend_from_slice(&self.body[..self.written.start]);
        changed.extend_from_slice(name.as_bytes());
        changed.extend_from_slice(&self.body[self.written.end..]);
        changed.into()
    }
}

fn not_json(why: &str) -> Refusal {
    Refusal::invalid(
        "invalid_json",
        None,
        format!("The request's body must be a JSON object: {why}."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &'static str) -> Result<Envelope, Refusal> {
        Envelope::read(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn only_the_model_changes() {
        let sent = "\r\n{ \"x\":1.0000000000000000001,\"mod\\u0065l\" : \"p\\/a\",\"big\":12345678901234567890,\"z\":[{\"model\":\"q\"}],\"stream\":true , \"n\":null}\n";
        let envelope = read(sent).unwrap();
        assert_eq!((envelope.model.as_str(), envelope.stream), ("p/a", true));
        let changed = envelope.with_model("a\"ü");
        assert_eq!(changed, sent.replacen("\"p\\/a\"", "\"a\\\"ü\"", 1));
        assert_eq!(envelope.with_model("p/a"), sent);
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, code) in [
            ("", "invalid_json"),
            ("[]", "invalid_json"),
            ("null", "invalid_json"),
            ("{", "invalid_json"),
            ("{\"model\":\"a\"} x", "invalid_json"),
            ("{\"model\":\"a\",\"model\":\"b\"}", "invalid_json"),
            ("{\"model\":\"a\",\"m\\u006fdel\":\"b\"}", "invalid_json"),
            ("{\"model\":\"\\ud800\"}", "model_invalid"),
            ("{}", "model_missing"),
            ("{\"model\":null}", "model_missing"),
            ("{\"model\":3}", "model_invalid"),
            ("{\"model\":{}}", "model_invalid"),
            ("{\"model\":\"a\",\"stream\":\"yes\"}", "stream_invalid"),
        ] {
            let refusal = read(text).unwrap_err();
            assert_eq!((refusal.code, refusal.status), (code, 400), "{text}");
        }
        assert_eq!(
            Envelope::read(Bytes::from_static(b"{\"model\":\"\xff\"}"))
                .unwrap_err()
                .code,
            "invalid_json"
        );
        let deep = format!(
            "{{\"model\":\"a\",\"x\":{}{}}}",
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert_eq!(
            Envelope::read(Bytes::from(deep)).map(|e| e.model),
            Ok("a".to_owned())
        );
    }
}
