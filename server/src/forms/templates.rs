//! Making, changing, deleting and applying templates. One address takes all forms of the page; the field `do` says which it was.

use super::{answer, sender, unknown_deed};
use crate::state::AppState;
use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use domain::bulk::ApplyOutcome;
use domain::templates::{TemplateInput, TemplateQuery};
use domain::{Problem, ProblemCode, TemplateId, VersionedOutcome};
use services::{Actor, Error, Services};

/// The fields of any of the forms; `provider` and `team` may come several times.
type Sent = Vec<(String, String)>;

/// `POST /o/{org}/templates`. **Permissions:** admin and up, for rows up to their own role.
pub async fn templates(
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
    let query = match field(&sent, "do") {
        "apply" => query(&sent),
        _ => TemplateQuery::default(),
    };
    let shown = format!("{path}{}", query.to_query_string());
    let done = done.map(|outcome| match outcome.as_str() {
        "moved" => format!("{shown}&done=moved"),
        outcome => format!("{path}?{outcome}"),
    });
    answer(&state, parts, &shown, "templates", sent, done).await
}

/// Does what the form says; what the page is to say of it.
async fn act(services: &Services, actor: &Actor, sent: &Sent) -> Result<String, Error> {
    match field(sent, "do") {
        "create" => {
            services.create_template(actor, &input(sent)?).await?;
            Ok("done=created".to_owned())
        }
        "change" => {
            let version = field(sent, "version").parse().unwrap_or_default();
            match services.change_template(actor, template(sent)?, version, &input(sent)?).await? {
                VersionedOutcome::Saved(_) => Ok("done=saved".to_owned()),
                VersionedOutcome::Conflict(now) => Err(Problem::new(
                    ProblemCode::Conflict,
                    format!(
                        "Somebody changed this template meanwhile; it is called {} now. Your changes were not saved. Load the page again, then make them.",
                        now.name
                    ),
                )
                .into()),
            }
        }
        "delete" => {
            services.delete_template(actor, template(sent)?).await?;
            Ok("done=deleted".to_owned())
        }
        "apply" => {
            let (fingerprint, key) = (field(sent, "fingerprint"), field(sent, "idempotency_key"));
            Ok(
                match services
                    .apply_template(actor, &query(sent), fingerprint, key)
                    .await?
                {
                    ApplyOutcome::Applied { change, counts } => {
                        format!("change={change}&changed={}", counts.change)
                    }
                    ApplyOutcome::PreviewChanged(_) => "moved".to_owned(),
                },
            )
        }
        other => Err(unknown_deed(other)),
    }
}

fn field<'a>(sent: &'a Sent, name: &str) -> &'a str {
    let found = sent.iter().find(|(field, _)| field == name);
    found.map_or("", |(_, value)| value.as_str())
}

fn template(sent: &Sent) -> Result<TemplateId, Problem> {
    let id = field(sent, "template").parse();
    id.map_err(|_| Problem::not_found("template"))
}

fn query(sent: &Sent) -> TemplateQuery {
    TemplateQuery {
        apply: field(sent, "template").parse().ok(),
        search: field(sent, "q").trim().to_owned(),
    }
}

/// What is to be stored. A field that the form does not have is refused.
fn input(sent: &Sent) -> Result<TemplateInput, Problem> {
    let mut input = TemplateInput::default();
    for (name, value) in sent {
        match name.as_str() {
            "name" => input.name.clone_from(value),
            "days" => input.days.clone_from(value),
            "provider" => input.providers.push(value.clone()),
            "team" => input.teams.push(value.clone()),
            "do" | "template" | "version" => {}
            _ => {
                let message = format!("The form has no field “{name}”. Load the page again.");
                return Err(Problem::new(ProblemCode::Invalid, message));
            }
        }
    }
    Ok(input)
}
