//! Making and revoking tokens for SCIM. One address takes both forms of the page; the field `do` says which it was.

use super::{page_with, problem_of, sender, unknown_deed};
use crate::state::AppState;
use app::forms::{FormOutcome, MadeToken};
use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::scim::ScimTokenInput;
use domain::{Problem, ScimTokenId};
use leptos::prelude::provide_context;
use serde::Deserialize;
use services::{Actor, Error, Services};

/// Either form; each sends its own part of the fields.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// `create` or `revoke`.
    #[serde(rename = "do")]
    what: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    lifetime: String,
    #[serde(default)]
    token: String,
}

/// `POST /o/{org}/settings/scim`. **Permissions:** admin and up. A new token is on the page that answers, and nowhere else.
pub async fn scim(
    State(state): State<AppState>,
    Path(org): Path<String>,
    mut parts: Parts,
    Form(sent): Form<Sent>,
) -> Response {
    let done: Result<Option<MadeToken>, Error> = async {
        let actor = sender(&state, &mut parts, &org).await?;
        act(&state.services, &actor, &sent).await
    }
    .await;
    let path = parts.uri.path().to_owned();
    let (made, problem) = match done {
        Ok(Some(made)) => (Some(made), None),
        Ok(None) => return Redirect::to(&format!("{path}?revoked=1")).into_response(),
        Err(error) => (None, Some(problem_of(&error))),
    };
    let mut outcome = FormOutcome {
        form: "scim".into(),
        ..FormOutcome::default()
    };
    if problem.is_some() {
        outcome.values = vec![("name".into(), sent.name), ("lifetime".into(), sent.lifetime)];
    }
    outcome.problem = problem;
    page_with(&state, parts, &path, outcome, move || {
        if let Some(made) = made.clone() {
            provide_context(made);
        }
    })
    .await
}

/// Does what the form says; the token, where it made one.
async fn act(services: &Services, actor: &Actor, sent: &Sent) -> Result<Option<MadeToken>, Error> {
    match sent.what.as_str() {
        "create" => {
            let lifetime = sent.lifetime.parse();
            let input = ScimTokenInput {
                name: sent.name.clone(),
                lifetime: lifetime
                    .map_err(|_| Problem::invalid("lifetime", "Choose when the token expires."))?,
            };
            let made = services.create_scim_token(actor, &input).await?;
            Ok(Some(MadeToken::new(made.expose())))
        }
        "revoke" => {
            let token = sent.token.parse::<ScimTokenId>();
            let token = token.map_err(|_| Problem::not_found("token"))?;
            services.revoke_scim_token(actor, token).await?;
            Ok(None)
        }
        other => Err(unknown_deed(other)),
    }
}
