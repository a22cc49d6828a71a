//! Google's Gemini: models are listed by its own API, and asked through the part below `/openai`.

use super::{Api, Endpoint, Header, Purpose, endpoint_in, without};

/// Gemini (ai.google.dev, "Models" and "OpenAI compatibility").
pub(super) struct Gemini;

const OPENAI: &str = "/openai";

impl Api for Gemini {
    fn endpoint(&self, base: &str, endpoint: Endpoint) -> Option<String> {
        endpoint_in(OPENAI, base, endpoint)
    }

    fn credential(&self, purpose: Purpose, credential: &str) -> Header {
        match purpose {
            Purpose::Models => ("x-goog-api-key", credential.to_owned()),
            Purpose::Endpoint(_) => ("authorization", format!("Bearer {credential}")),
        }
    }

    fn lists(&self, path: &str) -> Vec<String> {
        vec![format!("{}/models", without(path, OPENAI))]
    }

    fn page_size(&self) -> Option<(&'static str, &'static str)> {
        Some(("pageSize", "1000"))
    }

    fn lists_below_models(&self) -> bool {
        true
    }

    fn name_prefix(&self) -> &'static str {
        "models/"
    }

    fn bad_request(&self) -> Option<&'static str> {
        // Google answers a wrong key with 400.
        Some("It answers, but refuses the request (400). Usually the credential is wrong: enter a valid one.")
    }
}
