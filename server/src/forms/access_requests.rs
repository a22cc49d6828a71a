//! Asking for access, and deciding what others ask. One address takes all four forms of the page; the field `do` says
//! which it was.

use super::{answer, sender, unknown_deed};
use crate::state::AppState;
use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use domain::requests::{AccessRequest, AccessRequestInput, Verdict};
use domain::{AccessRequestId, Problem, ProblemCode, ProviderId, Timestamp, VersionedOutcome};
use serde::Deserialize;
use services::{Actor, Error, Services};

/// Any of the forms; each sends its own part of the fields.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// `ask`, `withdraw`, `approve` or `decline`.
    #[serde(rename = "do")]
    what: String,
    #[serde(default)]
    provider: String,
    #[serde(default)]
    reason: String,
    /// A day, as browsers write it, or nothing.
    #[serde(default)]
    until: String,
    #[serde(default)]
    request: String,
    #[serde(default)]
    note: String,
}

/// `POST /o/{org}/access/requests`. **Permissions:** every member asks, and withdraws what they asked; admins up to their
/// own role and the leads of the person's teams decide.
pub async fn access_requests(
    State(state): State<AppState>,
    Path(org): Path<String>,
    mut parts: Parts,
    Form(sent): Form<Sent>,
) -> Response {
    let done: Result<&str, Error> = async {
        let actor = sender(&state, &mut parts, &org).await?;
        act(&state.services, &actor, &sent).await
    }
    .await;
    let path = parts.uri.path().to_owned();
    let done = done.map(|done| format!("{path}?{done}=1"));
    answer(&state, parts, &path, "access-request", values(sent), done).await
}

/// Does what the form says; the word by which the page tells of it.
async fn act(services: &Services, actor: &Actor, sent: &Sent) -> Result<&'static str, Error> {
    let request = || {
        let id = sent.request.parse::<AccessRequestId>();
        id.map_err(|_| Problem::not_found("request"))
    };
    match sent.what.as_str() {
        "ask" => {
            let provider = sent.provider.parse::<ProviderId>();
            let input = AccessRequestInput {
                provider: provider.map_err(|_| Problem::invalid("provider", "Choose a provider."))?,
                reason: sent.reason.clone(),
                until: day(&sent.until)?,
            };
            services.ask_for_access(actor, &input).await?;
            Ok("asked")
        }
        "withdraw" => {
            services.withdraw_access_request(actor, request()?).await?;
            Ok("withdrawn")
        }
        "approve" => {
            let verdict = Verdict::Approve {
                until: day(&sent.until)?,
            };
            decide(services, actor, request()?, &verdict).await?;
            Ok("approved")
        }
        "decline" => {
            let verdict = Verdict::Decline {
                note: sent.note.clone(),
            };
            decide(services, actor, request()?, &verdict).await?;
            Ok("declined")
        }
        other => Err(unknown_deed(other)),
    }
}

async fn decide(
    services: &Services,
    actor: &Actor,
    request: AccessRequestId,
    verdict: &Verdict,
) -> Result<(), Error> {
    match services.decide_access_request(actor, request, verdict).await? {
        VersionedOutcome::Saved(_) => Ok(()),
        VersionedOutcome::Conflict(now) => Err(Problem::new(ProblemCode::Conflict, became(&now)).into()),
    }
}

/// What became of a request that somebody else closed first.
fn became(request: &AccessRequest) -> String {
    let state = request.state.label().to_lowercase();
    let by = request.closed.as_ref().and_then(|closed| closed.by.as_deref());
    match by {
        Some(by) => format!("This request was {state} by {by} already."),
        None => format!("This request was {state} already."),
    }
}

/// The end of a day; none where nothing was chosen.
fn day(text: &str) -> Result<Option<Timestamp>, Problem> {
    match text.trim() {
        "" => Ok(None),
        text => Timestamp::end_of(text)
            .map(Some)
            .ok_or_else(|| Problem::invalid("until", "Enter a date such as 2026-12-31.")),
    }
}

/// The fields that were sent, to stand in the form again.
fn values(sent: Sent) -> Vec<(String, String)> {
    let Sent {
        what,
        provider,
        reason,
        until,
        request,
        note,
    } = sent;
    [
        ("do", what),
        ("provider", provider),
        ("reason", reason),
        ("until", until),
        ("request", request),
        ("note", note),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
