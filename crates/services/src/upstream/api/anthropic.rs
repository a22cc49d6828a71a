//! Anthropic: its own API, and the one that resembles OpenAI's beside it.

use super::{Api, Endpoint, Header, Purpose};

/// Anthropic (docs.anthropic.com; its versions under "Versions").
pub(super) struct Anthropic;

impl Api for Anthropic {
    fn endpoint(&self, base: &str, endpoint: Endpoint) -> Option<String> {
        Some(format!("{base}/{}", endpoint.path()))
    }

    fn credential(&self, purpose: Purpose, credential: &str) -> Header {
        match purpose {
            // Its imitation of OpenAI's API takes the credential as OpenAI does.
            Purpose::Endpoint(endpoint) if !endpoint.is_anthropics() => {
                ("authorization", format!("Bearer {credential}"))
            }
            _ => ("x-api-key", credential.to_owned()),
        }
    }

    fn version(&self) -> Option<(&'static str, &'static str)> {
        Some(("anthropic-version", "2023-06-01"))
    }

    fn page_size(&self) -> Option<(&'static str, &'static str)> {
        Some(("limit", "1000"))
    }

    fn page_after(&self) -> &'static str {
        "after_id"
    }
}
