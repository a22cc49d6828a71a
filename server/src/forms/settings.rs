//! The organization's settings. One address takes the forms of the page; the field `do` says which it was.

use super::{answer, sender, typed, unknown_deed};
use crate::state::AppState;
use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use domain::session::SessionPolicy;
use serde::Deserialize;
use services::{Actor, Error, Services};

/// Any of the forms; each sends its own part of the fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// `rename`, `sessions`, `zone`, `second-factor` or `test-mail`.
    #[serde(rename = "do")]
    what: String,
    /// The name that the page showed.
    #[serde(default)]
    was: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    days: String,
    #[serde(default)]
    idle_hours: String,
    #[serde(default)]
    time_zone: String,
    /// A box that is not ticked is not sent.
    #[serde(default)]
    required: String,
}

/// `POST /o/{org}/settings`. **Permissions:** owner.
pub async fn settings(
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
        ("name", sent.name),
        ("days", sent.days),
        ("idle_hours", sent.idle_hours),
        ("time_zone", sent.time_zone),
    ]);
    answer(&state, parts, &path, "settings", typed, done).await
}

/// Does what the form says; the word for it in the address.
async fn act(services: &Services, actor: &Actor, sent: &Sent) -> Result<&'static str, Error> {
    match sent.what.as_str() {
        "test-mail" => {
            services.send_test_mail(actor).await?;
            return Ok("tested");
        }
        "rename" => services.rename_organization(actor, &sent.was, &sent.name).await?,
        "sessions" => {
            let policy = SessionPolicy::read(&sent.days, &sent.idle_hours)?;
            services.set_session_policy(actor, policy).await?;
        }
        "zone" => services.set_time_zone(actor, &sent.time_zone).await?,
        "second-factor" => {
            let demanded = !sent.required.is_empty();
            services.demand_second_factor(actor, demanded).await?;
        }
        other => return Err(unknown_deed(other)),
    }
    Ok("saved")
}
