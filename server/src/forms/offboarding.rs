//! Handing over what a member leads, and removing them.

use super::{answer, sender};
use crate::state::AppState;
use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use domain::member::KeysForOthers;
use domain::offboarding::HandOver;
use domain::{MemberId, Problem, ProblemCode};
use services::Error;

/// `POST /o/{org}/access/{member}/offboarding`. **Permissions:** admin and up, for a row up to their own role.
pub async fn offboarding(
    State(state): State<AppState>,
    Path((org, member)): Path<(String, String)>,
    mut parts: Parts,
    Form(sent): Form<Vec<(String, String)>>,
) -> Response {
    let done: Result<(), Error> = async {
        let actor = sender(&state, &mut parts, &org).await?;
        let member: MemberId = member.parse().map_err(|_| Problem::not_found("member"))?;
        state
            .services
            .hand_over_and_remove(&actor, member, &read(&sent)?)
            .await?;
        Ok(())
    }
    .await;
    let done = done.map(|()| format!("/o/{org}/access"));
    let path = parts.uri.path().to_owned();
    answer(&state, parts, &path, "offboarding", sent, done).await
}

/// `lead.7=12` makes member 12 lead team 7; without a member the team stays without a lead.
fn read(sent: &[(String, String)]) -> Result<HandOver, Problem> {
    let mut hand_over = HandOver::default();
    for (name, value) in sent {
        match (name.strip_prefix("lead."), value.as_str()) {
            (Some(_), "") => {}
            (Some(team), lead) => match (team.parse(), lead.parse()) {
                (Ok(team), Ok(lead)) => hand_over.leads.push((team, lead)),
                _ => return Err(Problem::invalid("lead", "Choose a lead from the list.")),
            },
            (None, "revoke") if name == "keys_for_others" => {
                hand_over.keys_for_others = KeysForOthers::Revoke;
            }
            (None, _) => {
                return Err(Problem::new(
                    ProblemCode::Invalid,
                    format!("The form has no field “{name}”. Load the page again."),
                ));
            }
        }
    }
    Ok(hand_over)
}
