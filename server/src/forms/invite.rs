//! Inviting people without JavaScript.

use super::{page_again, problem_of, sender};
use crate::state::AppState;
use app::forms::FormOutcome;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use domain::invite::{InviteInput, InviteOutcome, InviteResult};
use domain::{Problem, ProblemCode, Role};
use services::Error;

/// `POST /o/{org}/access/invite`. **Permissions:** admin and up, roles up to their own.
pub async fn invite(
    State(state): State<AppState>,
    Path(org): Path<String>,
    mut parts: Parts,
    body: Bytes,
) -> Response {
    let mut values: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let result: Result<InviteResult, Error> = async {
        let actor = sender(&state, &mut parts, &org).await?;
        state.services.invite(&actor, &read(&values)?).await
    }
    .await;
    let (problem, invited) = match result {
        Ok(invited) => {
            keep_failures(&mut values, &invited);
            (None, Some(invited))
        }
        Err(error) => (Some(problem_of(&error)), None),
    };
    let path = parts.uri.path().to_owned();
    page_again(
        &state,
        parts,
        &path,
        FormOutcome {
            form: "invite".into(),
            values,
            problem,
            invited,
        },
    )
    .await
}

fn read(values: &[(String, String)]) -> Result<InviteInput, Problem> {
    let mut input = InviteInput {
        emails: String::new(),
        role: Role::Member,
        teams: Vec::new(),
        idempotency_key: String::new(),
    };
    for (name, value) in values {
        match name.as_str() {
            "emails" => input.emails = value.clone(),
            "role" => {
                input.role = value
                    .parse()
                    .map_err(|e| Problem::invalid("role", format!("The role {e}.")))?
            }
            "team" => {
                let team = value
                    .parse()
                    .map_err(|_| Problem::invalid("team", format!("“{value}” is not a team.")))?;
                input.teams.push(team);
            }
            "idempotency_key" => input.idempotency_key = value.clone(),
            other => {
                return Err(Problem::new(
                    ProblemCode::Invalid,
                    format!("The form has no field “{other}”."),
                ));
            }
        }
    }
    Ok(input)
}

/// Leaves in the field only what still needs the person; a new content also needs a new key.
fn keep_failures(values: &mut Vec<(String, String)>, invited: &InviteResult) {
    let failed = invited
        .lines
        .iter()
        .filter(|line| matches!(line.outcome, InviteOutcome::Invalid { .. }));
    let text = failed
        .map(|line| line.email.as_str())
        .collect::<Vec<_>>()
        .join("\n");
    values.retain(|(name, _)| name != "emails" && name != "idempotency_key");
    values.push(("emails".into(), text));
}
