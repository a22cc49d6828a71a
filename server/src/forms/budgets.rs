//! Making, changing and deleting budgets. One address takes all forms of the page; the field `do` says which it was.

use super::{answer, page_again, sender, typed, unknown_deed};
use crate::state::AppState;
use app::forms::FormOutcome;
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
    /// `create`, `change`, `preview` or `delete`.
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
    warn: String,
    #[serde(default)]
    budget: String,
    #[serde(default)]
    version: String,
}

impl Sent {
    fn budget(&self) -> Result<BudgetId, Problem> {
        let id = self.budget.parse::<BudgetId>();
        id.map_err(|_| Problem::not_found("budget"))
    }

    fn input(&self) -> BudgetInput {
        let sent = self.clone();
        BudgetInput {
            scope: sent.scope,
            name: sent.name,
            provider: sent.provider,
            unit: sent.unit,
            limit: sent.limit,
            period: sent.period,
            anchor: sent.anchor,
            mode: sent.mode,
            warn: sent.warn,
        }
    }
}

/// What became of a form.
enum Done {
    /// Something was changed, as the address then says.
    Changed(&'static str),
    /// Nothing was: sentences about what the limit would have done.
    Previewed(Vec<String>),
}

/// `POST /o/{org}/budgets`. **Permissions:** admin and up.
pub async fn budgets(
    State(state): State<AppState>,
    Path(org): Path<String>,
    mut parts: Parts,
    Form(sent): Form<Sent>,
) -> Response {
    let done: Result<Done, Error> = async {
        let actor = sender(&state, &mut parts, &org).await?;
        act(&state.services, &actor, &sent).await
    }
    .await;
    let path = parts.uri.path().to_owned();
    let mut typed = typed([
        ("budget", sent.budget),
        ("scope", sent.scope),
        ("name", sent.name),
        ("provider", sent.provider),
        ("unit", sent.unit),
        ("limit", sent.limit),
        ("period", sent.period),
        ("anchor", sent.anchor),
        ("mode", sent.mode),
        ("warn", sent.warn),
    ]);
    let done = match done {
        Ok(Done::Changed(what)) => Ok(format!("{path}?done={what}")),
        Err(error) => Err(error),
        Ok(Done::Previewed(told)) => {
            typed.extend(told.into_iter().map(|told| ("previewed".to_owned(), told)));
            let outcome = FormOutcome {
                form: "budgets".to_owned(),
                values: typed,
                ..FormOutcome::default()
            };
            return page_again(&state, parts, &path, outcome).await;
        }
    };
    answer(&state, parts, &path, "budgets", typed, done).await
}

/// Does what the form says.
async fn act(services: &Services, actor: &Actor, sent: &Sent) -> Result<Done, Error> {
    match sent.what.as_str() {
        "preview" if sent.budget.is_empty() => {
            let told = services.preview_budget(actor, &sent.input()).await?;
            Ok(Done::Previewed(told))
        }
        "preview" => {
            let told = services.preview_limit(actor, sent.budget()?, &sent.limit).await?;
            Ok(Done::Previewed(told))
        }
        "create" => {
            services.create_budget(actor, &sent.input()).await?;
            Ok(Done::Changed("created"))
        }
        "change" => {
            let input = BudgetChange {
                limit: sent.limit.clone(),
                mode: sent.mode.clone(),
                warn: sent.warn.clone(),
                version: sent.version.parse().unwrap_or_default(),
            };
            match services.change_budget(actor, sent.budget()?, &input).await? {
                VersionedOutcome::Saved(_) => Ok(Done::Changed("changed")),
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
            services.delete_budget(actor, sent.budget()?).await?;
            Ok(Done::Changed("deleted"))
        }
        other => Err(unknown_deed(other)),
    }
}
