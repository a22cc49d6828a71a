//! Ollama: models are listed by its own API, and asked through the part below `/v1`.

use super::{Api, Endpoint, without};

/// Ollama (github.com/ollama/ollama, docs/api.md and docs/openai.md).
pub(super) struct Ollama;

const OPENAI: &str = "/v1";

impl Api for Ollama {
    fn endpoint(&self, base: &str, endpoint: Endpoint) -> Option<String> {
        let part = if base.ends_with(OPENAI) { "" } else { OPENAI };
        (!endpoint.is_anthropics()).then(|| format!("{base}{part}/{}", endpoint.path()))
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
