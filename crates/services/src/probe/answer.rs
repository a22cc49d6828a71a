//! Reading what a provider answered.

use domain::provider::ApiType;
use reqwest::StatusCode;
use serde_json::Value;

/// Characters of a model's name that are shown; no real one comes near.
const MODEL_CHARS: usize = 200;

/// What to say when it works.
pub(super) fn works(api_type: ApiType, count: u32) -> String {
    match count {
        0 if api_type == ApiType::Ollama => {
            "It answers, but has no models yet. Pull one with “ollama pull”.".to_owned()
        }
        0 => "It answers, but offers no models to this credential.".to_owned(),
        1 => "It works: 1 model.".to_owned(),
        n => format!("It works: {n} models."),
    }
}

/// What an HTTP status other than 200 means here.
pub(super) fn refused(status: StatusCode, has_credential: bool, api_type: ApiType) -> String {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if has_credential => format!(
            "It answers, but refuses the credential ({}). Enter a valid one.",
            status.as_u16()
        ),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => format!(
            "It answers, but wants a credential ({}), and none is stored. Enter one.",
            status.as_u16()
        ),
        // Google answers a wrong key with 400.
        StatusCode::BAD_REQUEST if api_type == ApiType::Gemini => {
            "It answers, but refuses the request (400). Usually the credential is wrong: enter a valid one.".to_owned()
        }
        StatusCode::NOT_FOUND => {
            "It answers, but has no model list at this address (404). Check the path of the base URL, often “/v1”.".to_owned()
        }
        StatusCode::TOO_MANY_REQUESTS => {
            "It answers, but too many requests were made with this credential (429). Try again later.".to_owned()
        }
        status if status.is_redirection() => format!(
            "It sends the request on to another address ({}), which is not followed. Enter the final address as the base URL.",
            status.as_u16()
        ),
        status if status.is_server_error() => format!(
            "It answers, but has trouble of its own ({}). Try again later.",
            status.as_u16()
        ),
        status => format!("It answers with status {}. Check the base URL and the API type.", status.as_u16()),
    }
}

/// The names of the models in an answer.
pub(super) fn models(api_type: ApiType, body: &[u8]) -> Result<Vec<String>, String> {
    let json: Value = serde_json::from_slice(body)
        .map_err(|_| "It answers, but not with JSON. Check the base URL: this may be a web page.")?;
    let (list, name) = match api_type {
        ApiType::Ollama => ("models", "name"),
        ApiType::Gemini => ("models", "name"),
        _ => ("data", "id"),
    };
    json.get(list)
        .and_then(Value::as_array)
        .and_then(|models| {
            models
                .iter()
                .map(|model| model.get(name)?.as_str())
                .collect::<Option<Vec<_>>>()
        })
        .map(|names| {
            names
                .into_iter()
                .map(|name| {
                    name.strip_prefix("models/")
                        .filter(|_| api_type == ApiType::Gemini)
                        .unwrap_or(name)
                })
                .map(|name| name.chars().take(MODEL_CHARS).collect())
                .collect()
        })
        .ok_or_else(|| {
            format!(
                "It answers, but not as {} does: there is no list of models in it. Check the API type.",
                api_type.label()
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_form_of_list() {
        let read = |api, body: &str| models(api, body.as_bytes());
        assert_eq!(
            read(ApiType::OpenAi, r#"{"data":[{"id":"a"},{"id":"b/c:d"}]}"#).unwrap(),
            ["a", "b/c:d"]
        );
        assert_eq!(
            read(ApiType::Gemini, r#"{"models":[{"name":"models/gemini-x"}]}"#).unwrap(),
            ["gemini-x"]
        );
        assert_eq!(
            read(ApiType::Ollama, r#"{"models":[{"name":"gemma:270m"}]}"#).unwrap(),
            ["gemma:270m"]
        );
        assert!(
            read(ApiType::OpenAi, "<html>")
                .unwrap_err()
                .contains("not with JSON")
        );
        for other in [
            "{}",
            "[]",
            r#"{"data":{}}"#,
            r#"{"data":[1]}"#,
            r#"{"models":[]}"#,
            "null",
        ] {
            assert!(
                read(ApiType::OpenAi, other)
                    .unwrap_err()
                    .contains("not as OpenAI does"),
                "{other}"
            );
        }
    }
}
