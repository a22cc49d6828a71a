//! Saved views of AI Access. One address takes the forms; the field `do` says which it was.

use super::{answer, sender, typed, unknown_deed};
use crate::state::AppState;
use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use domain::views::ViewInput;
use domain::{Problem, ProblemCode, ViewId};
use serde::Deserialize;
use services::{Actor, Error, Services};

/// Any of the forms.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// `save`, `change` or `delete`.
    #[serde(rename = "do")]
    what: String,
    /// Which view, where there is one.
    #[serde(default)]
    view: String,
    #[serde(default)]
    name: String,
    /// The query part of the address that is saved.
    #[serde(default)]
    query: String,
    /// A box that is not ticked is not sent.
    #[serde(default)]
    shared: String,
}

/// `POST /o/{org}/views`. **Permissions:** auditor and up; admin and up for shared views.
pub async fn views(
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
    let typed = typed([
        ("do", sent.what),
        ("view", sent.view),
        ("name", sent.name),
        ("query", sent.query),
        ("shared", sent.shared),
    ]);
    answer(&state, parts, &path, "views", typed, done).await
}

/// Does what the form says; where that leads.
async fn act(services: &Services, actor: &Actor, sent: &Sent) -> Result<String, Error> {
    let (name, shared) = (sent.name.clone(), !sent.shared.is_empty());
    let below = format!("/o/{}", actor.slug);
    match sent.what.as_str() {
        "save" => {
            let query = sent.query.clone();
            let saved = services
                .save_view(actor, ViewInput { name, query, shared })
                .await?;
            Ok(format!("{below}/access?{}", saved.query))
        }
        "change" => {
            services.change_view(actor, view(sent)?, &name, shared).await?;
            Ok(format!("{below}/views?changed=1"))
        }
        "delete" => {
            services.delete_view(actor, view(sent)?).await?;
            Ok(format!("{below}/views?deleted=1"))
        }
        other => Err(unknown_deed(other)),
    }
}

fn view(sent: &Sent) -> Result<ViewId, Problem> {
    let gone = |_| Problem::new(ProblemCode::NotFound, "There is no such view any more.");
    sent.view.parse().map_err(gone)
}
