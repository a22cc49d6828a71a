//! Chat's answers, passed on as they are written. What is said is stored before a model is asked, and the answer is
//! stored however it ends. A request is a reader of an answer, not its owner: others may read along, and it goes on while a
//! page is loaded again.

use crate::events::event_stream;
use crate::forms::{failure, failure_for, problem_of};
use crate::state::AppState;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::chat::{ChatEvent, MessageState, Send};
use domain::limits::{ANSWER_BYTES, MESSAGE_CHARS};
use domain::{ConversationId, Problem, ProblemCode};
use gateway::Engine;
use services::{Actor, AnswerReader, AnswerWriter, Answered, Begun, EndedBy, Error, RequestNote};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::mpsc;

/// Events on their way to one reader; what comes meanwhile comes as one.
const WAITING_EVENTS: usize = 4;

/// `POST /o/{org}/chat/send`: sends a message; the answer comes as events. **Permissions:** the organization's active
/// members, in their own conversations, with a provider that is allowed to them.
pub async fn send(
    State(state): State<AppState>,
    Path(org): Path<String>,
    headers: HeaderMap,
    note: Option<Extension<RequestNote>>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let mut state = state;
    state.engine = state.engine.noting(note.map(|Extension(note)| note));
    // In a task of its own: a request that ends early must not leave a message behind that nobody answers.
    let begun = state
        .answers
        .clone()
        .spawn(async move { begin(state, &org, &headers, body).await });
    match begun.await {
        Ok(Ok(reader)) => events(reader),
        Ok(Err(error)) => failure(&error).into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a message was not sent");
            failure(&not_sent().into()).into_response()
        }
    }
}

async fn begin(
    state: AppState,
    org: &str,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<AnswerReader, Error> {
    let actor = state.actor(headers, org, THEN).await?;
    let (_, reader) = ask_for_answer(state, actor, &read(body)?).await?;
    Ok(reader)
}

/// Stores what is said and has the answer written, whoever reads it.
async fn ask_for_answer(
    state: AppState,
    actor: Actor,
    send: &Send,
) -> Result<(ConversationId, AnswerReader), Error> {
    let begun = state.services.begin_send(&actor, send).await?;
    let (writer, reader) = state.services.begin_answer(&actor, &begun);
    let conversation = begun.conversation;
    state.answers.clone().spawn(write(state, actor, begun, writer));
    Ok((conversation, reader))
}

/// Sends a message and reads its answer to the end, or for as long as somebody waits for a page; the rest is written all
/// the same.
pub async fn send_and_wait(
    state: AppState,
    actor: Actor,
    send: Send,
    patience: Duration,
) -> Result<ConversationId, Error> {
    let tasks = state.answers.clone();
    let sending = tasks.spawn(async move { ask_for_answer(state, actor, &send).await });
    let (conversation, mut reader) = sending.await.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a message was not sent");
        not_sent()
    })??;
    let reading = tasks.spawn(async move { while reader.next().await.is_some() {} });
    // Left alone, it reads on.
    let _ = tokio::time::timeout(patience, reading).await;
    Ok(conversation)
}

fn not_sent() -> Problem {
    Problem::new(
        ProblemCode::Internal,
        "Something went wrong on the server. Reload the page, and send the message again if it is not there.",
    )
}

/// What people are told to do whose session has ended.
const THEN: &str = "Sign in again in a new tab, then send again.";

/// `GET /o/{org}/chat/{conversation}/answer`: the answer that is being written, from its beginning and on as it comes, as
/// the same events; 204 when none is. **Permissions:** whoever has the conversation.
pub async fn follow(
    State(state): State<AppState>,
    Path((org, conversation)): Path<(String, ConversationId)>,
    headers: HeaderMap,
) -> Response {
    let reader = async {
        let actor = state.actor(&headers, &org, THEN).await?;
        state.services.follow_answer(&actor, conversation).await
    };
    match reader.await {
        Ok(Some(reader)) => events(reader),
        Ok(None) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => failure(&error).into_response(),
    }
}

/// `GET /o/{org}/chat/{conversation}/export.md`: a conversation as a file of Markdown. **Permissions:** whoever has the
/// conversation.
pub async fn export(
    State(state): State<AppState>,
    Path((org, conversation)): Path<(String, ConversationId)>,
    headers: HeaderMap,
) -> Response {
    let file = async {
        let actor = state.actor(&headers, &org, THEN).await?;
        state.services.conversation_file(&actor, conversation).await
    };
    match file.await {
        Ok(markdown) => {
            let name = format!("attachment; filename=\"conversation-{conversation}.md\"");
            let headers = [
                (header::CONTENT_TYPE, "text/markdown; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, name),
                (header::CACHE_CONTROL, "private, no-store".to_owned()),
            ];
            (headers, markdown).into_response()
        }
        Err(error) => failure_for(&headers, &error),
    }
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

/// An answer as events, a line each, which is all that the page's reader knows of the format.
fn events(mut reader: AnswerReader) -> Response {
    let (events, waiting) = mpsc::channel(WAITING_EVENTS);
    tokio::spawn(async move {
        loop {
            // Whoever goes is no reader from that moment on, also while nothing comes.
            let event = tokio::select! {
                () = events.closed() => return,
                event = reader.next() => event,
            };
            let Some(json) = event.and_then(|event| serde_json::to_string(&event).ok()) else {
                return;
            };
            let line = Bytes::from(format!("data: {json}\n\n"));
            if events.send(Ok::<_, Infallible>(line)).await.is_err() {
                return;
            }
        }
    });
    event_stream(waiting)
}

/// Writes an answer to its end, whoever reads it, and stores it.
async fn write(state: AppState, actor: Actor, begun: Begun, writer: AnswerWriter) {
    // Ending early drops the provider's connection.
    let (ended, problem) = tokio::select! {
        ended = ask(&state.engine, &actor, &begun, &writer) => ended,
        by = writer.ended() => by.state(),
        () = state.services.keep_answer(&actor, &begun, &writer) => EndedBy::Person.state(),
    };
    let answered = Answered {
        content: writer.text(),
        state: ended,
        problem,
    };
    let done = match state.services.store_answer(&actor, &begun, &answered).await {
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
    writer.done(done);
}

/// Has the model write.
async fn ask(
    engine: &Engine,
    actor: &Actor,
    begun: &Begun,
    writer: &AnswerWriter,
) -> (MessageState, Option<String>) {
    let failed = |message: String| (MessageState::Failed, Some(message));
    let Ok(messages) = serde_json::to_value(&begun.turns) else {
        return failed("The conversation could not be sent. Start a new chat.".to_owned());
    };
    let mut stream = match engine.chat(actor, begun.provider, &begun.model, messages).await {
        Ok(stream) => stream,
        Err(refusal) => return failed(refusal.message),
    };
    loop {
        match stream.next().await {
            None if writer.octets() == 0 => {
                return failed(format!(
                    "{} answered without a word. Regenerate the answer, or choose another model.",
                    begun.model
                ));
            }
            None => return (MessageState::Complete, None),
            Some(Err(refusal)) => return failed(refusal.message),
            Some(Ok(text)) => writer.push(&text),
        }
        if writer.octets() > ANSWER_BYTES {
            return failed("The answer became too long and was cut off. Ask for less at once.".to_owned());
        }
    }
}
