//! OpenAI's models at Azure. The version of its API, where one is set, is a parameter of each URL.

use super::{Api, Header, Purpose};

/// Azure OpenAI (learn.microsoft.com, "Azure OpenAI REST API reference").
pub(super) struct Azure;

impl Api for Azure {
    fn credential(&self, _: Purpose, credential: &str) -> Header {
        ("api-key", credential.to_owned())
    }

    fn bad_request(&self) -> Option<&'static str> {
        Some("It answers, but refuses the request (400). Check the API version and the base URL.")
    }
}
