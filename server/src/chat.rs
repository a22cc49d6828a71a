//! Chat's answers, passed on as they are written. What is said is stored before a model is asked, and the answer is
//! stored however it ends, also when the person has gone.

use crate::forms::{failure, problem_of};
use crate::state::AppState;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::chat::{ChatEvent, MessageState, Send};
use domain::limits::{ANSWER_BYTES, MESSAGE_CHARS};
use domain::{Problem, ProblemCode};
use gateway::Engine;
use services::{Actor, Answered, Begun, Error, RequestNote};
use std::convert::Infallible;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Events that may wait for a slow reader. Beyond, the model waits too.
const WAITING_EVENTS: usize = 64;

type Events = mpsc::Sender<Result<Bytes, Infallible>>;

/// `POST /o/{org}/chat/send`: sends a message; the answer comes as events. **Permissions:** the organization's active
/// members, in their own conversations, with a provider that is allowed to them.
pub async fn send(
    State(state): State<AppState>,
    Path(org): Path<String>,
    headers: HeaderMap,
    note: Option<Extension<RequestNote>>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let note = note.map(|Extension(note)| note);
    match begin(&state, &org, &headers, body).await {
        Ok((actor, begun)) => answer(state, actor, begun, note),
        Err(error) => failure(&error).into_response(),
    }
}

async fn begin(
    state: &AppState,
    org: &str,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(Actor, Begun), Error> {
    let user = state.signed_in(headers).await?.ok_or_else(|| {
        Problem::new(
            ProblemCode::Unauthenticated,
            "Your session has ended. Sign in again in a new tab, then send again.",
        )
    })?;
    let actor = state.services.actor(user, org).await?;
    let send = read(body)?;
    let begun = state.services.begin_send(&actor, &send).await?;
    Ok((actor, begun))
}

fn read(body: Result<Bytes, BytesRejection>) -> Result<Send, Problem> {
    let body = body.map_err(|rejected| match rejected.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::invalid(
            "content",
            format!("Shorten the message to at most {MESSAGE_CHARS} characters."),
        ),
        _ => Problem::new(
            ProblemCode::Invalid,
            "The message did not arrive whole. Send it again.",
        ),
    })?;
    serde_json::from_slice(&body).map_err(|error| {
        Problem::new(
            ProblemCode::Invalid,
            format!("The request was not understood: {error}."),
        )
    })
}

/// The events of an answer. It is followed by a task of its own, which outlives the request.
fn answer(mut state: AppState, actor: Actor, begun: Begun, note: Option<RequestNote>) -> Response {
    let (events, waiting) = mpsc::channel(WAITING_EVENTS);
    state.engine = state.engine.noting(note);
    state.answers.clone().spawn(write(state, actor, begun, events));
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // Asks proxies to pass each event on at once.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(ReceiverStream::new(waiting))).into_response()
}

async fn write(state: AppState, actor: Actor, begun: Begun, events: Events) {
    tell(
        &events,
        &ChatEvent::Started {
            conversation: begun.conversation,
            user_message: begun.user_message,
        },
    )
    .await;
    let mut content = String::new();
    let (ended, problem) = follow(&state.engine, &actor, &begun, &events, &mut content).await;
    let answered = Answered {
        content,
        state: ended,
        problem,
    };
    let done = match state.services.finish_answer(&actor, &begun, &answered).await {
        Ok(message) => ChatEvent::Done {
            message,
            state: answered.state,
            problem: answered.problem,
        },
        Err(error) => ChatEvent::Done {
            message: None,
            state: MessageState::Failed,
            problem: Some(problem_of(&error).message),
        },
    };
    tell(&events, &done).await;
}

/// Collects what the model writes and passes it on. Ends at once, and drops the provider's connection, when nobody
/// listens any more.
async fn follow(
    engine: &Engine,
    actor: &Actor,
    begun: &Begun,
    events: &Events,
    content: &mut String,
) -> (MessageState, Option<String>) {
    let failed = |message: String| (MessageState::Failed, Some(message));
    let stopped = (MessageState::Stopped, None);
    let Ok(messages) = serde_json::to_value(&begun.turns) else {
        return failed("The conversation could not be sent. Begin a new one.".to_owned());
    };
    let asked = tokio::select! {
        () = events.closed() => return stopped,
        asked = engine.chat(actor, begun.provider, &begun.model, messages) => asked,
    };
    let mut stream = match asked {
        Ok(stream) => stream,
        Err(refusal) => return failed(refusal.message),
    };
    loop {
        let next = tokio::select! {
            () = events.closed() => return stopped,
            next = stream.next() => next,
        };
        match next {
            None if content.is_empty() => {
                return failed(format!(
                    "{} answered without a word. Regenerate the answer, or choose another model.",
                    begun.model
                ));
            }
            None => return (MessageState::Complete, None),
            Some(Err(refusal)) => return failed(refusal.message),
            Some(Ok(text)) => {
                content.push_str(&text);
                tell(events, &ChatEvent::Text { text }).await;
            }
        }
        if content.len() > ANSWER_BYTES {
            return failed("The answer became too long and was cut off. Ask for less at once.".to_owned());
        }
    }
}

/// Passes an event on, if anybody listens. A line each, which is all that the page's reader knows of the format.
async fn tell(events: &Events, event: &ChatEvent) {
    if let Ok(json) = serde_json::to_string(event) {
        let line = Bytes::from(format!("data: {json}\n\n"));
        // Whoever has gone is noticed by what follows.
        let _ = events.send(Ok(line)).await;
    }
}
