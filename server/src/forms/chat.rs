//! Sending a message without JavaScript: the conversation is shown once the answer is there.

use super::{page_again, problem_of};
use crate::chat::send_and_wait;
use crate::state::AppState;
use app::forms::FormOutcome;
use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::chat::Send;
use domain::{ConversationId, Problem};
use serde::Deserialize;
use services::Error;
use std::time::Duration;

/// How long a page waits for the whole answer: less than what proxies in front of the server wait for a page. What is
/// not there by then is there when the page is loaded again.
const PATIENCE: Duration = Duration::from_secs(20);

/// The composer's form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Whom to ask for which model: `3:gpt-4o`.
    #[serde(default)]
    model: String,
    content: String,
}

/// `POST /o/{org}/chat`: begins a conversation. **Permissions:** as for `POST /o/{org}/chat/send`.
pub async fn begin(
    State(state): State<AppState>,
    Path(org): Path<String>,
    parts: Parts,
    Form(form): Form<Message>,
) -> Response {
    send(state, org, None, parts, form).await
}

/// `POST /o/{org}/chat/{conversation}`: goes on with one. **Permissions:** as for `POST /o/{org}/chat/send`.
pub async fn go_on(
    State(state): State<AppState>,
    Path((org, conversation)): Path<(String, ConversationId)>,
    parts: Parts,
    Form(form): Form<Message>,
) -> Response {
    send(state, org, Some(conversation), parts, form).await
}

async fn send(
    state: AppState,
    org: String,
    conversation: Option<ConversationId>,
    parts: Parts,
    form: Message,
) -> Response {
    let sent: Result<Option<ConversationId>, Error> = async {
        let Some(session) = state.session(&parts.headers).await? else {
            return Ok(None);
        };
        let actor = state.services.actor(session, &org).await?;
        let send = read(conversation, &form)?;
        let conversation = send_and_wait(state.clone(), actor, send, PATIENCE).await?;
        Ok(Some(conversation))
    }
    .await;
    match sent {
        Ok(Some(conversation)) => Redirect::to(&format!("/o/{org}/chat/{conversation}")).into_response(),
        Ok(None) => Redirect::to("/login").into_response(),
        Err(error) => {
            let path = parts.uri.path().to_owned();
            let outcome = FormOutcome {
                form: "chat".into(),
                values: vec![("model".into(), form.model), ("content".into(), form.content)],
                problem: Some(problem_of(&error)),
                ..FormOutcome::default()
            };
            page_again(&state, parts, &path, outcome).await
        }
    }
}

fn read(conversation: Option<ConversationId>, form: &Message) -> Result<Send, Problem> {
    let chosen = form.model.split_once(':');
    let provider = chosen.and_then(|(provider, _)| provider.parse().ok());
    let (Some((_, model)), Some(provider)) = (chosen, provider) else {
        return Err(Problem::invalid("model", "Choose a model."));
    };
    Ok(Send {
        conversation,
        provider,
        model: model.to_owned(),
        content: form.content.clone(),
        replace_from: None,
        seen: None,
    })
}
