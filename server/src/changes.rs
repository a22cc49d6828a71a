//! The changes of an organization as events, for tables that are open.

use crate::events::event_stream;
use crate::forms::failure;
use crate::state::{AppState, session_ended};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use services::{Error, Followed, Following};
use std::convert::Infallible;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// `GET /o/{org}/access/changes`: an event with the revision ([`domain::member::MemberPage::revision`]) at once and after
/// each change, until the session ends or the server stops. **Permissions:** auditor and up.
pub async fn follow(State(state): State<AppState>, Path(org): Path<String>, headers: HeaderMap) -> Response {
    match following(&state, &org, &headers).await {
        Ok(following) => events(following, state.stopping.clone()),
        Err(error) => failure(&error).into_response(),
    }
}

async fn following(state: &AppState, org: &str, headers: &HeaderMap) -> Result<Following, Error> {
    let ended = || session_ended("Sign in again.");
    let token = state.cookies.token(headers).ok_or_else(ended)?;
    let session = state.services.session(token.expose()).await?.ok_or_else(ended)?;
    let actor = state.services.actor(session, org).await?;
    state
        .services
        .follow_changes(actor, session, token.expose())
        .await
}

fn events(mut following: Following, stopping: CancellationToken) -> Response {
    let (events, waiting) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            let next = tokio::select! {
                () = stopping.cancelled() => return,
                () = events.closed() => return,
                next = following.next() => next,
            };
            let event = match next {
                Some(Followed::Revision(revision)) => format!("data: {revision}\n\n"),
                // A comment, which no page hears of.
                Some(Followed::Quiet) => ":\n\n".to_owned(),
                None => return,
            };
            if events
                .send(Ok::<_, Infallible>(Bytes::from(event)))
                .await
                .is_err()
            {
                return;
            }
        }
    });
    event_stream(waiting)
}
