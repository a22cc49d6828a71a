//! Why a request is refused, as OpenAI's clients expect to hear it.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use domain::access::Denial;
use domain::slug;
use serde_json::json;
use services::snapshot::Refused;
use services::{BUDGET_EXCEEDED, OverBudget, PRICE_UNKNOWN};

/// What is to be done where a provider is not allowed.
const ASK_AN_ADMIN: &str = "Ask an admin of your organization to assign it.";

/// A refused or failed request. What it says is meant for whoever sent it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Why, from a closed list: those of [`Denial`], and the gateway's own.
    pub code: &'static str,
    /// What happened and what to do.
    pub message: String,
    /// The part of the request it is about.
    pub param: Option<&'static str>,
    /// Seconds after which it makes sense to try again.
    pub retry_after: Option<u64>,
    /// What it says about the provider, as a sentence for administrators.
    pub provider_problem: Option<&'static str>,
}

impl Refusal {
    /// A refusal that is about nothing in particular.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            param: None,
            retry_after: None,
            provider_problem: None,
        }
    }

    /// Our own failure.
    pub(crate) fn internal() -> Self {
        Self::new(500, "internal", "Something failed on our side. Try again.")
    }

    /// A request that makes no sense.
    pub(crate) fn invalid(
        code: &'static str,
        param: Option<&'static str>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            param,
            ..Self::new(400, code, message)
        }
    }

    /// A provider that does not do its part.
    pub(crate) fn provider(status: u16, code: &'static str, message: String, problem: &'static str) -> Self {
        Self {
            provider_problem: Some(problem),
            ..Self::new(status, code, message)
        }
    }

    /// By a budget.
    pub(crate) fn over_budget(over: OverBudget) -> Self {
        let OverBudget {
            code,
            message,
            retry_after,
        } = over;
        let status = if code == PRICE_UNKNOWN { 403 } else { 429 };
        Self {
            retry_after,
            ..Self::new(status, code, message)
        }
    }

    /// By the access rule, or because it cannot be applied.
    pub(crate) fn by_rule(refused: Refused, model: Option<&str>) -> Self {
        let denial = match refused {
            Refused::Denied(denial) => denial,
            Refused::Unknown => {
                return Self {
                    retry_after: Some(1),
                    ..Self::new(
                        503,
                        "access_unknown",
                        "Access cannot be checked at the moment. Try again in a few seconds.",
                    )
                };
            }
        };
        let asked = model.map_or_else(
            || "This model".to_owned(),
            |model| format!("The model “{}”", short(model)),
        );
        let (status, message) = match denial {
            Denial::Unauthenticated => (
                401,
                "This needs a valid Gatehouse key, sent as “Authorization: Bearer gk_…”. Create one under Account in Gatehouse."
                    .to_owned(),
            ),
            Denial::KeyRevoked => (
                401,
                "This key was revoked. Create a new one under Account in Gatehouse.".to_owned(),
            ),
            Denial::KeyExpired => (
                401,
                "This key has expired. Create a new one under Account in Gatehouse.".to_owned(),
            ),
            Denial::MemberSuspended => (
                403,
                "Your membership is suspended. Ask an admin of your organization.".to_owned(),
            ),
            Denial::ProviderInactive => (
                403,
                format!("{asked} is on a provider that is inactive. Ask an admin of your organization, or use another model."),
            ),
            Denial::ProviderNotAllowed => (
                403,
                format!("{asked} is on a provider that is not assigned to you. {ASK_AN_ADMIN}"),
            ),
            Denial::KeyScope => (
                403,
                format!("{asked} is on a provider that this key cannot use. Use another key, or create one that includes it."),
            ),
            Denial::ModelNotAllowed => (
                403,
                format!("{asked} was switched off by your organization. Use another model; GET /v1/models lists them."),
            ),
            Denial::UnknownModel => (
                404,
                format!("{asked} does not exist, or you cannot use it. GET /v1/models lists the models you can use."),
            ),
            Denial::AmbiguousModel => (
                400,
                format!("{asked} is offered by several providers. Name one: “provider/model”, as GET /v1/models lists them."),
            ),
        };
        let about_model = !matches!(
            denial,
            Denial::Unauthenticated | Denial::KeyRevoked | Denial::KeyExpired | Denial::MemberSuspended
        );
        Self {
            param: about_model.then_some("model"),
            ..Self::new(status, denial.as_str(), message)
        }
    }

    /// Says where access is asked for, when it is a provider that is not allowed. `page` is the address of the page, and
    /// `model` the name that was asked for, which may begin with the slug of the provider.
    pub(crate) fn with_page_to_ask_on(mut self, page: &str, model: &str) -> Self {
        if self.code == Denial::ProviderNotAllowed.as_str() {
            let slug = model.split_once('/').map(|(slug, _)| slug.to_ascii_lowercase());
            let about = match slug.filter(|slug| slug::check(slug).is_ok()) {
                Some(slug) => format!("?provider={slug}"),
                None => String::new(),
            };
            // Without a full stop, which programs take for a part of the address.
            let ask = format!("Ask for access: {page}{about}");
            self.message = self.message.replace(ASK_AN_ADMIN, &ask);
        }
        self
    }

    /// OpenAI's name for the kind of error.
    pub(crate) fn kind(&self) -> &'static str {
        match self.status {
            401 => "authentication_error",
            403 => "permission_error",
            429 => "rate_limit_error",
            500.. => "api_error",
            _ => "invalid_request_error",
        }
    }

    /// The answer: OpenAI's shape, which with `type` beside it is Anthropic's as well.
    pub fn response(&self) -> Response<Body> {
        let body = json!({
            "type": "error",
            "error": {
                "message": self.message,
                "type": self.kind(),
                "param": self.param,
                "code": self.code,
            },
        });
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.code == BUDGET_EXCEEDED {
            // What the official clients ask before they try again by themselves.
            headers.insert("x-should-retry", HeaderValue::from_static("false"));
        }
        if self.status == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl axum::response::IntoResponse for Refusal {
    fn into_response(self) -> axum::response::Response {
        self.response()
    }
}

/// What somebody sent, cut to what an error message can hold.
fn short(text: &str) -> String {
    const CHARS: usize = 100;
    match text.char_indices().nth(CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lacks_a_provider_is_told_where_to_ask() {
        let page = "https://gatehouse.example/o/acme/access/requests";
        let refused = |denial: Denial, model: &str| {
            Refusal::by_rule(denial.into(), Some(model))
                .with_page_to_ask_on(page, model)
                .message
        };
        let denial = Denial::ProviderNotAllowed;
        assert_eq!(
            refused(denial, "Lab/m"),
            format!(
                "The model “Lab/m” is on a provider that is not assigned to you. Ask for access: {page}?provider=lab"
            )
        );
        for bare in ["m", "no slug&/m", "/m"] {
            assert!(refused(denial, bare).ends_with(page), "{bare}");
        }
        assert!(!refused(Denial::KeyScope, "lab/m").contains(page));
    }
}
