//! Accepting an invitation.

use super::{page_again, problem_of};
use crate::cookies::start_session;
use crate::middleware::client::ClientAddress;
use crate::state::AppState;
use app::forms::FormOutcome;
use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::Secret;
use domain::invite::AcceptInput;
use services::Error;

/// `POST /invite/{token}`. **Permissions:** whoever has the link and is, or becomes, the invited person.
pub async fn accept(
    State(state): State<AppState>,
    Path(token): Path<Secret>,
    client: ClientAddress,
    parts: Parts,
    Form(input): Form<AcceptInput>,
) -> Response {
    let result: Result<Response, Error> = async {
        let signed_in = state.signed_in(&parts.headers).await?;
        let client = state.client(client, &parts.headers);
        let accepted = state
            .services
            .accept(token.expose(), &input, signed_in, client)
            .await?;
        let mut response = Redirect::to(&format!("/o/{}", accepted.slug)).into_response();
        if let Some(session) = &accepted.session {
            start_session(&mut response, state.cookies, session);
        }
        Ok(response)
    }
    .await;
    match result {
        Ok(response) => response,
        Err(error) => {
            let outcome = FormOutcome {
                form: "accept".into(),
                values: vec![("name".into(), input.name)],
                problem: Some(problem_of(&error)),
                invited: None,
            };
            let path = parts.uri.path().to_owned();
            page_again(&state, parts, &path, outcome).await
        }
    }
}
