//! Making, changing and deleting budgets. One address takes all forms of the page; the field `do` says which it was.

use super::{answer, sender, typed, unknown_deed};
use crate::state::AppState;
use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use domain::budgets::{BudgetChange, BudgetInput};
use domain::{BudgetId, Problem, ProblemCode, VersionedOutcome};
use serde::Deserialize;
use services::{Actor, Error, Services};

/// Any of the forms; each sends its own part of the fields.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// `create`, `change` or `delete`.
    #[serde(rename = "do")]
    what: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    provider: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    limit: String,
    #[serde(default)]
    period: String,
    #[serde(default)]
    anchor: String,
    #[serde(default)]
    mode: String,
    #[serde(default)]
    budget: String,
    #[serde(default)]
    version: String,
}

/// `POST /o/{org}/budgets`. **Permissions:** admin and up.
pub async fn budgets(
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
    let done = done.map(|done| format!("{path}?done={done}"));
    let typed = typed([
        ("budget", sent.budget),
        ("scope", sent.scope),
        ("name", sent.name),
        ("provider", sent.provider),
        ("unit", sent.unit),
        ("limit", sent.limit),
        ("period", sent.period),
        ("anchor", sent.anchor),
        ("mode", sent.mode),
    ]);
    answer(&state, parts, &path, "budgets", typed, done).await
}

/// Does what the form says; what was done.
async fn act(services: &Services, actor: &Actor, sent: &Sent) -> Result<&'static str, Error> {
    let budget = || {
        let id = sent.budget.parse::<BudgetId>();
        id.map_err(|_| Problem::not_found("budget"))
    };
    match sent.what.as_str() {
        "create" => {
            let Sent {
                scope,
                name,
                provider,
                unit,
                limit,
                period,
                anchor,
                mode,
                ..
            } = sent.clone();
            let input = BudgetInput {
                scope,
                name,
                provider,
                unit,
                limit,
                period,
                anchor,
                mode,
            };
            services.create_budget(actor, &input).await?;
            Ok("created")
        }
        "change" => {
            let input = BudgetChange {
                limit: sent.limit.clone(),
                mode: sent.mode.clone(),
                version: sent.version.parse().unwrap_or_default(),
            };
            match services.change_budget(actor, budget()?, &input).await? {
                VersionedOutcome::Saved(_) => Ok("changed"),
                VersionedOutcome::Conflict(now) => Err(Problem::new(
                    ProblemCode::Conflict,
                    format!(
                        "Somebody changed this budget meanwhile: its limit is {} now. Yours, {}, was not saved. Change it again if you still want to.",
                        now.limit, sent.limit
                    ),
                )
                .into()),
            }
        }
        "delete" => {
            services.delete_budget(actor, budget()?).await?;
            Ok("deleted")
        }
        other => Err(unknown_deed(other)),
    }
}
