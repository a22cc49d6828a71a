//! The one error type of the browser's API.

use super::json::TextJson;
use domain::{Problem, ProblemCode};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// A [`Problem`] on its way to the browser.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{0}")]
#[serde(transparent)]
pub struct ApiError(pub Problem);

/// What every server function returns.
pub type ApiResult<T> = Result<T, ApiError>;

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl FromServerFnError for ApiError {
    type Encoder = TextJson;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        use ServerFnErrorErr as E;
        let problem = match error {
            E::Request(_) => Problem::new(
                ProblemCode::Internal,
                "Can't reach the server. Check your connection and try again.",
            ),
            E::Args(why) | E::MissingArg(why) => not_understood(&why),
            // The server reads requests, the browser answers.
            E::Deserialization(why) if cfg!(feature = "ssr") => not_understood(&why),
            E::Deserialization(_) => Problem::new(
                ProblemCode::Internal,
                "The server's answer was not understood. It may have been updated: reload the page.",
            ),
            _ => Problem::new(
                ProblemCode::Internal,
                "Something went wrong on the server. Try again in a moment.",
            ),
        };
        Self(problem)
    }
}

fn not_understood(why: &str) -> Problem {
    Problem::new(
        ProblemCode::Invalid,
        format!("The request was not understood: {why}."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_cannot_be_read_is_its_senders_mistake() {
        let ApiError(problem) =
            ApiError::from_server_fn_error(ServerFnErrorErr::Deserialization("a number was expected".into()));
        assert_eq!(problem.code, ProblemCode::Invalid);
        assert_eq!(
            problem.message,
            "The request was not understood: a number was expected."
        );
    }
}
