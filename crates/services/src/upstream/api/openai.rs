//! OpenAI, and the many services that speak as it does.

use super::Api;

/// OpenAI's own API (platform.openai.com/docs/api-reference).
pub(super) struct OpenAi;

impl Api for OpenAi {}
