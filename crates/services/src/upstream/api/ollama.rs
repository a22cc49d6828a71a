//! Ollama: models are listed by its own API, and asked through the part below `/v1`.

use super::{Api, Endpoint, endpoint_in, without};

/// Ollama (github.com/ollama/ollama, docs/api.md and docs/openai.md).
pub(super) struct Ollama;

const OPENAI: &str = "/v1";

impl Api for Ollama {
    fn endpoint(&self, base: &str, endpoint: Endpoint) -> Option<String> {
        endpoint_in(OPENAI, base, endpoint)
    }

    fn lists(&self, path: &str) -> Vec<String> {
        let root = without(path, OPENAI);
        vec![format!("{root}/api/tags"), format!("{root}{OPENAI}/models")]
    }

    fn lists_below_models(&self) -> bool {
        true
    }

    fn no_models(&self) -> &'static str {
        "It answers, but has no models yet. Pull one with “ollama pull”."
    }
}
