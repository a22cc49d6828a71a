//! How SCIM says no (RFC 7644, 3.12).

use crate::Error;
use domain::{Problem, ProblemCode};
use serde_json::{Value, json};

/// The schema of an error.
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// A request that was understood and refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimRefusal {
    /// The HTTP status.
    pub status: u16,
    /// The kind, from the list of RFC 7644, table 9.
    pub scim_type: Option<&'static str>,
    /// What is wrong, as a sentence.
    pub detail: String,
    /// Seconds after which trying again makes sense.
    pub retry_after: Option<u32>,
}

impl ScimRefusal {
    /// One without a kind.
    pub fn new(status: u16, detail: impl Into<String>) -> Self {
        Self {
            status,
            scim_type: None,
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// One of the kinds that come with 400.
    fn bad(scim_type: &'static str, detail: impl Into<String>) -> Self {
        Self {
            scim_type: Some(scim_type),
            ..Self::new(400, detail)
        }
    }

    /// The body is not what SCIM says it is.
    pub fn syntax(detail: impl Into<String>) -> Self {
        Self::bad("invalidSyntax", detail)
    }

    pub(super) fn value(detail: impl Into<String>) -> Self {
        Self::bad("invalidValue", detail)
    }

    pub(super) fn filter(detail: impl Into<String>) -> Self {
        Self::bad("invalidFilter", detail)
    }

    pub(super) fn path(detail: impl Into<String>) -> Self {
        Self::bad("invalidPath", detail)
    }

    pub(super) fn no_target(detail: impl Into<String>) -> Self {
        Self::bad("noTarget", detail)
    }

    pub(super) fn mutability(detail: impl Into<String>) -> Self {
        Self::bad("mutability", detail)
    }

    pub(super) fn taken(detail: impl Into<String>) -> Self {
        Self {
            scim_type: Some("uniqueness"),
            ..Self::new(409, detail)
        }
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "There is no such resource, or SCIM did not make or link it.")
    }

    pub(super) fn stale() -> Self {
        Self::new(412, "The resource has changed since it was read. Read it again.")
    }

    /// The body of the answer.
    pub fn body(&self) -> Value {
        let mut body = json!({
            "schemas": [ERROR],
            "status": self.status.to_string(),
            "detail": self.detail,
        });
        if let (Some(kind), Some(body)) = (self.scim_type, body.as_object_mut()) {
            body.insert("scimType".to_owned(), kind.into());
        }
        body
    }
}

/// A request that failed, by the client's fault or by ours.
#[derive(Debug)]
pub enum ScimError {
    /// It was understood and refused.
    Refused(ScimRefusal),
    /// A use case refused it, or something failed.
    Failed(Error),
}

impl ScimError {
    /// What the client is told.
    pub fn refusal(&self) -> ScimRefusal {
        match self {
            Self::Refused(refusal) => refusal.clone(),
            Self::Failed(Error::Store(store::Error::Unstorable(_))) => {
                ScimRefusal::value("A text holds a character that cannot be stored.")
            }
            Self::Failed(error) => {
                let problem = error.problem();
                let status = match problem.code {
                    // RFC 7644, 3.12: not permitted, whatever the client sends.
                    ProblemCode::LastOwner => 403,
                    ProblemCode::Invalid => return ScimRefusal::value(problem.message),
                    code => code.http_status(),
                };
                ScimRefusal {
                    retry_after: problem.retry_after,
                    ..ScimRefusal::new(status, problem.message)
                }
            }
        }
    }

    /// The failure that the log should hear of.
    pub fn internal(&self) -> Option<&Error> {
        match self {
            Self::Failed(error) if error.is_internal() => Some(error),
            _ => None,
        }
    }
}

impl From<ScimRefusal> for ScimError {
    fn from(refusal: ScimRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for ScimError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<store::Error> for ScimError {
    fn from(error: store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Problem> for ScimError {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem.into())
    }
}

impl From<serde_json::Error> for ScimError {
    fn from(error: serde_json::Error) -> Self {
        Self::Failed(error.into())
    }
}
