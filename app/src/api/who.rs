//! Who is asking: from the request's session cookie to an [`Actor`].

use super::{ApiError, ApiResult};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use domain::{Problem, ProblemCode, Secret, UserId};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use services::{Actor, Asker, RequestNote, Services, Session};

/// The session cookie over HTTPS; the prefix binds it to this host (RFC 6265bis).
const SECURE_COOKIE: &str = "__Host-gatehouse";
/// The session cookie over plain HTTP, where browsers refuse the prefix.
const PLAIN_COOKIE: &str = "gatehouse";

/// The cookie of a browser that has signed somebody in, over HTTPS and over plain HTTP.
const SECURE_DEVICE: &str = "__Host-gatehouse-device";
const PLAIN_DEVICE: &str = "gatehouse-device";

/// The cookie of a browser whose person is at the provider of single sign-on.
const SECURE_SIGN_ON: &str = "__Host-gatehouse-sign-on";
const PLAIN_SIGN_ON: &str = "gatehouse-sign-on";

/// Which session cookie this server uses. Over HTTPS the plain one is never read: another host of the domain
/// could have set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookies {
    /// People reach the server over HTTPS.
    pub secure: bool,
}

impl Cookies {
    /// The cookie's name.
    pub fn name(self) -> &'static str {
        if self.secure { SECURE_COOKIE } else { PLAIN_COOKIE }
    }

    /// The name of the cookie that tells that a browser has signed somebody in before.
    pub fn device_name(self) -> &'static str {
        if self.secure { SECURE_DEVICE } else { PLAIN_DEVICE }
    }

    /// The name of the cookie that single sign-on needs to be brought back.
    pub fn sign_on_name(self) -> &'static str {
        if self.secure {
            SECURE_SIGN_ON
        } else {
            PLAIN_SIGN_ON
        }
    }

    /// What single sign-on needs to be brought back, if the request carries it.
    pub fn sign_on(self, headers: &HeaderMap) -> Option<Secret> {
        cookie(headers, self.sign_on_name())
    }

    /// The session token of a request, if it carries one.
    pub fn token(self, headers: &HeaderMap) -> Option<Secret> {
        cookie(headers, self.name())
    }

    /// What tells that the browser has signed somebody in before, if the request carries it.
    pub fn device(self, headers: &HeaderMap) -> Option<Secret> {
        cookie(headers, self.device_name())
    }
}

fn cookie(headers: &HeaderMap, wanted: &str) -> Option<Secret> {
    let values = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok());
    values
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == wanted && !value.is_empty())
        .map(|(_, value)| value.into())
}

/// The use cases, from the context of the request.
pub fn services() -> ApiResult<Services> {
    use_context::<Services>().ok_or_else(internal)
}

fn internal() -> ApiError {
    Problem::new(
        ProblemCode::Internal,
        "Something went wrong on the server. Try again in a moment.",
    )
    .into()
}

/// The session token of the request; empty where it carries none.
pub fn token() -> ApiResult<Secret> {
    let parts = use_context::<Parts>().ok_or_else(internal)?;
    let cookies = use_context::<Cookies>().ok_or_else(internal)?;
    Ok(cookies.token(&parts.headers).unwrap_or_default())
}

/// The session of the request, if it has a good one.
async fn session() -> ApiResult<Option<Session>> {
    let token = token()?;
    if token.expose().is_empty() {
        return Ok(None);
    }
    services()?.session(token.expose()).await.map_err(answer)
}

/// The signed-in user, if any.
pub async fn signed_in() -> ApiResult<Option<UserId>> {
    Ok(session().await?.map(|session| session.user))
}

/// The signed-in user, or `unauthenticated`.
pub async fn user() -> ApiResult<UserId> {
    signed_in().await?.ok_or_else(ended)
}

/// The signed-in user with how they signed in, or `unauthenticated`.
pub async fn asker() -> ApiResult<Asker> {
    Ok(session().await?.ok_or_else(ended)?.into())
}

fn ended() -> ApiError {
    refuse(Problem::new(
        ProblemCode::Unauthenticated,
        "Your session has ended. Sign in again.",
    ))
}

/// The signed-in user as a member of the organization in the URL, or `not_found`.
pub async fn actor(organization: &str) -> ApiResult<Actor> {
    let asker = asker().await?;
    let actor = services()?.actor(asker, organization).await.map_err(answer)?;
    if let Some(note) = use_context::<Parts>().and_then(|parts| parts.extensions.get().cloned()) {
        let note: RequestNote = note;
        note.set(|noted| {
            noted.organization = Some(actor.slug.as_str().into());
            noted.member = Some(actor.member);
        });
    }
    Ok(actor)
}

/// Turns a use case's failure into the answer, logging what must not reach the client.
pub fn answer(error: services::Error) -> ApiError {
    if error.is_internal() {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a server function failed"
        );
    }
    let problem = error.problem();
    // A page is of no use while the database is: whoever watches it from outside must see that.
    let reads =
        use_context::<Parts>().is_some_and(|parts| matches!(parts.method, Method::GET | Method::HEAD));
    if reads && error.passes() {
        answer_as(&problem);
    }
    refuse(problem)
}

/// Gives the response the status of a problem, and says when to come again.
fn answer_as(problem: &Problem) {
    if let Some(response) = use_context::<ResponseOptions>()
        && let Ok(status) = StatusCode::from_u16(problem.code.http_status())
    {
        response.set_status(status);
        if let Some(seconds) = problem.retry_after {
            response.insert_header(header::RETRY_AFTER, seconds.into());
        }
    }
}

/// Sets the HTTP status that goes with the problem. Browsers navigating without WASM keep 200 here, because
/// the page around the failure decides (a status on a redirecting form answer would break it).
fn refuse(problem: Problem) -> ApiError {
    let navigating = use_context::<Parts>()
        .and_then(|p| {
            p.headers
                .get(header::ACCEPT)
                .and_then(|v| v.to_str().ok())
                .map(|v| v.contains("text/html"))
        })
        .unwrap_or(false);
    if !navigating {
        answer_as(&problem);
    }
    problem.into()
}
