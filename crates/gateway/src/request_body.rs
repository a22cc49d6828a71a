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
    #[serde(borrow, default, deserialize_with = "even_null")]
    stream_options: Option<&'a RawValue>,
}

/// A field that is there with null is another case than one that is not there.
fn even_null<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(from).map(Some)
}

/// A body that is a JSON object with a model's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestBody {
    body: Bytes,
    /// Where the model's name is written, quotes included.
    written: Range<usize>,
    /// The model's name.
    pub model: String,
    /// The answer is wanted as a stream.
    pub stream: bool,
    /// How usage is asked for where the client did not: where what is to be written, and what.
    ask_usage: Option<(Range<usize>, String)>,
}

impl RequestBody {
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
        if model.chars().any(char::is_control) {
            return Err(Refusal::invalid(
                "model_invalid",
                Some("model"),
                "“model” contains a control character. Remove it.",
            ));
        }
        let model = model.into_owned();
        // A raw value is a part of the text it was read from.
        let place = |raw: &RawValue| {
            let start = raw.get().as_ptr() as usize - text.as_ptr() as usize;
            start..start + raw.get().len()
        };
        let ask_usage = match fields.stream_options {
            _ if !stream => None,
            None => text.rfind('}').map(|end| {
                (
                    end..end,
                    format!(",\"stream_options\":{}", with_usage(None).unwrap_or_default()),
                )
            }),
            Some(raw) => with_usage(Some(raw.get())).map(|options| (place(raw), options)),
        };
        Ok(Self {
            written: place(raw),
            body,
            model,
            stream,
            ask_usage,
        })
    }

    /// As it was sent.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Whether [`Self::asking_usage`] would change anything.
    pub fn usage_is_not_asked_for(&self) -> bool {
        self.ask_usage.is_some()
    }

    /// The body as [`Self::with_model`] makes it, in which usage is asked for as well.
    pub fn asking_usage(&self, model: &str) -> Bytes {
        let Some((place, options)) = &self.ask_usage else {
            return self.with_model(model);
        };
        let name = serde_json::Value::from(model).to_string();
        let mut changes = [(&self.written, name.as_str()), (place, options.as_str())];
        changes.sort_by_key(|(place, _)| place.start);
        let mut changed = Vec::with_capacity(self.body.len() + name.len() + options.len());
        let mut done = 0;
        for (place, text) in changes {
            changed.extend_from_slice(&self.body[done..place.start]);
            changed.extend_from_slice(text.as_bytes());
            done = place.end;
        }
        changed.extend_from_slice(&self.body[done..]);
        changed.into()
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

/// Stream options that ask for usage; none when these do already, or are of a form that the provider will refuse anyway.
fn with_usage(options: Option<&str>) -> Option<String> {
    let mut options = match options {
        None | Some("null") => serde_json::Map::new(),
        Some(text) => serde_json::from_str(text).ok()?,
    };
    let before = options.insert("include_usage".to_owned(), true.into());
    (before != Some(true.into())).then(|| serde_json::Value::from(options).to_string())
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

    fn read(text: &'static str) -> Result<RequestBody, Refusal> {
        RequestBody::read(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn only_the_model_changes() {
        let sent = "\r\n{ \"x\":1.0000000000000000001,\"mod\\u0065l\" : \"p\\/a\",\"big\":12345678901234567890,\"z\":[{\"model\":\"q\"}],\"stream\":true , \"n\":null}\n";
        let body = read(sent).unwrap();
        assert_eq!((body.model.as_str(), body.stream), ("p/a", true));
        let changed = body.with_model("a\"ü");
        assert_eq!(changed, sent.replacen("\"p\\/a\"", "\"a\\\"ü\"", 1));
        assert_eq!(body.with_model("p/a"), sent);
    }

    #[test]
    fn usage_is_asked_for_where_the_client_did_not() {
        for (sent, asking) in [
            (
                r#"{"model":"m","stream":true} "#,
                r#"{"model":"x","stream":true,"stream_options":{"include_usage":true}} "#,
            ),
            (
                r#"{"stream_options":null,"stream":true,"model":"m"}"#,
                r#"{"stream_options":{"include_usage":true},"stream":true,"model":"x"}"#,
            ),
            (
                r#"{"stream":true,"model":"m","stream_options": {"include_usage":false, "a":1} }"#,
                r#"{"stream":true,"model":"x","stream_options": {"a":1,"include_usage":true} }"#,
            ),
        ] {
            let body = read(sent).unwrap();
            assert!(body.usage_is_not_asked_for(), "{sent}");
            assert_eq!(body.asking_usage("x"), asking);
        }
        for sent in [
            r#"{"model":"m"}"#,
            r#"{"model":"m","stream":false,"stream_options":{}}"#,
            r#"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#,
            r#"{"model":"m","stream":true,"stream_options":7}"#,
        ] {
            let body = read(sent).unwrap();
            assert!(!body.usage_is_not_asked_for(), "{sent}");
            assert_eq!(body.asking_usage("m"), sent);
        }
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
            ("{\"model\":\"a\\u0000\"}", "model_invalid"),
            ("{\"model\":{}}", "model_invalid"),
            ("{\"model\":\"a\",\"stream\":\"yes\"}", "stream_invalid"),
        ] {
            let refusal = read(text).unwrap_err();
            assert_eq!((refusal.code, refusal.status), (code, 400), "{text}");
        }
        assert_eq!(
            RequestBody::read(Bytes::from_static(b"{\"model\":\"\xff\"}"))
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
            RequestBody::read(Bytes::from(deep)).map(|e| e.model),
            Ok("a".to_owned())
        );
    }
}
