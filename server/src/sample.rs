//! The provider of the sample organization: answers the OpenAI API by itself, so that Chat and the first request of a
//! program work without an account anywhere.

use axum::body::Body;
use axum::extract::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, response};
use serde::Deserialize;
use serde_json::{Value, json};
use services::demo::SAMPLE_MODEL;
use std::convert::Infallible;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_stream::StreamExt;

/// Between two pieces of a streamed answer: about as fast as people read.
const PACE: Duration = Duration::from_millis(25);

/// Answers for as long as the process runs.
pub async fn serve(listener: TcpListener) -> std::io::Result<()> {
    let app = Router::new()
        .route("/v1/models", get(models))
        .route("/v1/chat/completions", post(complete));
    axum::serve(listener, app).await
}

async fn models() -> response::Json<Value> {
    response::Json(
        json!({ "object": "list", "data": [{ "id": SAMPLE_MODEL, "object": "model", "owned_by": "gatehouse" }] }),
    )
}

#[derive(Deserialize)]
struct Asked {
    messages: Vec<Message>,
    #[serde(default)]
    stream: bool,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    /// A text, or a list of parts of which some are texts.
    content: Value,
}

impl Message {
    fn text(&self) -> String {
        match &self.content {
            Value::Array(parts) => parts
                .iter()
                .filter_map(|part| part["text"].as_str())
                .collect::<Vec<_>>()
                .join("\n"),
            other => other.as_str().unwrap_or_default().to_owned(),
        }
    }
}

async fn complete(Json(asked): Json<Asked>) -> Response {
    let question = asked
        .messages
        .iter()
        .rev()
        .find(|message| message.role == "user")
        .map(Message::text);
    let Some(question) = question else {
        let error = json!({ "error": { "message": "There is no message of a user.", "type": "invalid_request_error" } });
        return (StatusCode::BAD_REQUEST, response::Json(error)).into_response();
    };
    let answer = answer(&question);
    let words = |text: &str| text.split_whitespace().count();
    let tokens_in: usize = asked.messages.iter().map(|message| words(&message.text())).sum();
    let tokens_out = words(&answer);
    let usage = json!({ "prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out });
    if asked.stream {
        let events = tokio_stream::iter(events(&answer, &usage)).then(|event| async move {
            tokio::time::sleep(PACE).await;
            Ok::<_, Infallible>(event)
        });
        let body = Body::from_stream(events);
        ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
    } else {
        response::Json(whole(&answer, &usage)).into_response()
    }
}

fn whole(answer: &str, usage: &Value) -> Value {
    let message = json!({ "role": "assistant", "content": answer });
    let choices = json!([{ "index": 0, "message": message, "finish_reason": "stop" }]);
    json!({
        "id": "sample", "object": "chat.completion", "created": 0, "model": SAMPLE_MODEL, "choices": choices, "usage": usage,
    })
}

/// The events of a streamed answer, a word each.
fn events(answer: &str, usage: &Value) -> Vec<String> {
    let event = |choices: Value, usage: &Value| {
        let chunk = json!({
            "id": "sample", "object": "chat.completion.chunk", "created": 0, "model": SAMPLE_MODEL, "choices": choices, "usage": usage,
        });
        format!("data: {chunk}\n\n")
    };
    let piece = |delta: Value, finish: Value| {
        event(
            json!([{ "index": 0, "delta": delta, "finish_reason": finish }]),
            &Value::Null,
        )
    };
    let mut events: Vec<_> = answer
        .split_inclusive(' ')
        .map(|word| piece(json!({ "content": word }), Value::Null))
        .collect();
    events.push(piece(json!({}), json!("stop")));
    events.push(event(json!([]), usage));
    events.push("data: [DONE]\n\n".to_owned());
    events
}

/// What it says to a question, in Markdown.
fn answer(question: &str) -> String {
    let quoted: String = question
        .trim()
        .lines()
        .map(|line| format!("> {line}\n"))
        .collect();
    format!(
        "**This is the sample provider.** It is part of the sample organization: no model has read this, and nothing has \
         left this machine. You asked:\n\n{quoted}\nEverything around it is real:\n\n\
         - You may use this provider because it is among your *allowed providers*. Take it away in **AI Access**, and the \
         next request is refused.\n\
         - This request is counted, with its tokens, on your account.\n\
         - A program gets the same answer at `/v1/chat/completions` with one of your virtual keys.\n\n\
         For answers of a model, add a provider of your own under **Providers**."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_says_the_same_as_a_whole_answer() {
        let (answer, usage) = (answer("Who\nare you?"), json!({ "total_tokens": 7 }));
        assert!(answer.contains("> Who\n> are you?\n"), "{answer}");
        let mut events = events(&answer, &usage);
        assert_eq!(events.pop().unwrap(), "data: [DONE]\n\n");
        let chunks: Vec<Value> = events
            .iter()
            .map(|event| serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap())
            .collect();
        let said: String = chunks
            .iter()
            .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str())
            .collect();
        assert_eq!(said, answer);
        assert_eq!(whole(&answer, &usage)["choices"][0]["message"]["content"], answer);
        assert_eq!(chunks.last().unwrap()["usage"], usage);
    }

    #[test]
    fn parts_of_a_message_are_read_as_its_text() {
        let content = json!([{ "type": "text", "text": "One" }, { "type": "image_url" }, { "type": "text", "text": "Two" }]);
        let role = "user".to_owned();
        assert_eq!(Message { role, content }.text(), "One\nTwo");
    }
}
