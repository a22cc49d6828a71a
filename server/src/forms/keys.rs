//! The rules for virtual keys. One address takes the forms of the page; the field `do` says which it was.

use super::{answer, sender, typed, unknown_deed};
use crate::state::AppState;
use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use domain::key::policy::KeyPolicy;
use serde::Deserialize;
use services::{Actor, Error, Services};

/// Either form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// `policy` or `end`.
    #[serde(rename = "do")]
    what: String,
    /// Where keys are ended, as the page showed it.
    #[serde(default)]
    days: String,
    /// A box that is not ticked is not sent.
    #[serde(default)]
    own_only: String,
}

/// `POST /o/{org}/settings/keys`. **Permissions:** owner.
pub async fn keys(
    State(state): State<AppState>,
    Path(org): Path<String>,
    mut parts: Parts,
    Form(sent): Form<Sent>,
) -> Response {
    let done = async {
        let actor = sender(&state, &mut parts, &org).await?;
        act(&state.services, &actor, &sent).await
    }
    .await;
    let path = parts.uri.path().to_owned();
    let done = done.map(|said| format!("{path}?{said}=1"));
    let typed = typed([
        ("do", sent.what),
        ("days", sent.days),
        ("own_only", sent.own_only),
    ]);
    answer(&state, parts, &path, "keys", typed, done).await
}

/// Does what the form says; the word for it in the address.
async fn act(services: &Services, actor: &Actor, sent: &Sent) -> Result<&'static str, Error> {
    match sent.what.as_str() {
        "policy" => {
            let policy = KeyPolicy::read(&sent.days, !sent.own_only.is_empty())?;
            services.set_key_policy(actor, policy).await?;
            Ok("saved")
        }
        "end" => {
            services.end_outliving_keys(actor, sent.days.parse().ok()).await?;
            Ok("ended")
        }
        other => Err(unknown_deed(other)),
    }
}
