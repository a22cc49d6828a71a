//! Changing many rows of AI Access by native forms: doing what a preview showed, and undoing it.

use super::{answer, sender, unknown_deed};
use crate::state::AppState;
use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use domain::bulk::{ApplyInput, ApplyOutcome, BulkAsked, RowAction};
use domain::{BulkChangeId, Problem};
use serde::Deserialize;
use services::{Actor, Error, Services};

/// Either form; each sends its own part of the fields.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// `apply` or `undo`.
    #[serde(rename = "do")]
    what: String,
    /// What was asked, as the preview's address says it.
    #[serde(default)]
    asked: String,
    #[serde(default)]
    fingerprint: String,
    #[serde(default)]
    idempotency_key: String,
    #[serde(default)]
    change: String,
}

/// `POST /o/{org}/access/change`. **Permissions:** admin and up, not above their own role.
pub async fn change(
    State(state): State<AppState>,
    Path(org): Path<String>,
    mut parts: Parts,
    Form(sent): Form<Sent>,
) -> Response {
    let done: Result<String, Error> = async {
        let actor = sender(&state, &mut parts, &org).await?;
        act(&state.services, &actor, &sent).await
    }
    .await;
    let path = parts.uri.path().to_owned();
    let done = done.map(|outcome| format!("{path}?{outcome}"));
    // Read and written again: it goes into an address.
    let asked = BulkAsked::from_query_string(&sent.asked).to_query_string();
    answer(
        &state,
        parts,
        &format!("{path}?{asked}"),
        "bulk",
        Vec::new(),
        done,
    )
    .await
}

/// Does what the form says; what the page is to say of it.
async fn act(services: &Services, actor: &Actor, sent: &Sent) -> Result<String, Error> {
    match sent.what.as_str() {
        "apply" => {
            let asked = BulkAsked::from_query_string(&sent.asked);
            let input = asked
                .input()?
                .ok_or_else(|| Problem::invalid("asked", "Choose what to change."))?;
            let undoable = input.change.action != Some(RowAction::Resend);
            let input = ApplyInput {
                asked: input,
                fingerprint: sent.fingerprint.clone(),
                idempotency_key: sent.idempotency_key.clone(),
            };
            Ok(match services.bulk_apply(actor, &input).await? {
                ApplyOutcome::Applied { change, counts } => {
                    let last = if undoable { "" } else { "&final=1" };
                    format!("done={change}&changed={}{last}", counts.change)
                }
                ApplyOutcome::PreviewChanged(_) => format!("{}&moved=1", asked.to_query_string()),
            })
        }
        "undo" => {
            let change = sent.change.parse::<BulkChangeId>();
            let change = change.map_err(|_| Problem::not_found("change"))?;
            let undone = services.bulk_undo(actor, change).await?;
            Ok(format!("undone={}&kept={}", undone.restored, undone.kept))
        }
        other => Err(unknown_deed(other)),
    }
}
