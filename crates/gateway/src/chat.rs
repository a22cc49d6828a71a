//! Chat's way to a model: the same rule, the same connections, the same account as the gateway's.

use crate::forward::{Call, Engine, is_event_stream, refused};
use crate::meter::Meter;
use crate::refusal::Refusal;
use crate::stream::SseBody;
use crate::upstream::{self, Endpoint};
use axum::http::HeaderMap;
use bytes::Bytes;
use domain::ProviderId;
use http_body_util::BodyExt;
use serde::Deserialize;
use serde_json::{Value, json};
use services::Actor;
use services::snapshot::{Caller, Permit};
use std::collections::VecDeque;
use std::future::poll_fn;

/// An answer under way. Dropping it closes the provider's connection.
pub struct ChatStream {
    body: SseBody,
    provider: String,
    waiting: VecDeque<Result<String, Refusal>>,
    over: bool,
}

/// What matters of an event of chat completions.
#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Delta,
}

#[derive(Default, Deserialize)]
struct Delta {
    content: Option<String>,
}

impl Engine {
    /// Asks a model for the next message of a conversation. `messages` is as chat completions takes it. The access rule is
    /// applied here, on every send.
    pub async fn chat(
        &self,
        actor: &Actor,
        provider: ProviderId,
        model: &str,
        messages: Value,
    ) -> Result<ChatStream, Refusal> {
        let now = self.services.now();
        let chosen = self
            .services
            .snapshot()
            .choose_signed_in(actor.organization, actor.member, provider, model, now)
            .map_err(|refused| Refusal::by_rule(refused, Some(model)));
        let (caller, provider) = match chosen {
            Ok(chosen) => chosen,
            Err(refusal) => {
                if let Ok(caller) = self.services.snapshot().member(actor.organization, actor.member) {
                    let mut meter = self.chat_meter(caller);
                    meter.asks_for(model);
                    meter.fail(&refusal);
                }
                return Err(refusal);
            }
        };
        let slot = self.load.begin(&caller);
        let mut memory = self.load.memory(&caller);
        let mut meter = self.chat_meter(caller);
        meter.asks_for(model);
        meter.goes_to(provider.clone());
        let body = json!({
            "model": model,
            "messages": messages,
            "stream": true,
            // The provider counts only when asked to.
            "stream_options": { "include_usage": true },
        });
        let body = Bytes::from(body.to_string());
        let admitted = match slot {
            Ok(slot) => {
                meter.holds(slot);
                memory.reach(body.len(), body.len()).await
            }
            Err(refusal) => Err(refusal),
        };
        if let Err(refusal) = admitted {
            meter.fail(&refusal);
            return Err(refusal);
        }
        let call = Call {
            provider: &provider,
            endpoint: Endpoint::ChatCompletions,
            headers: &HeaderMap::new(),
            body: memory.hold(body),
            ending: self.ending(Permit::of_member(actor, provider.id), model),
        };
        let (answer, ending) = match self.ask(call).await {
            Ok((answer, ending)) if answer.status().is_success() && is_event_stream(answer.headers()) => {
                (answer, ending)
            }
            Ok((answer, _)) => {
                let refusal = self.told(&provider, answer).await;
                meter.fail(&refusal);
                return Err(refusal);
            }
            Err(refusal) => {
                meter.fail(&refusal);
                return Err(refusal);
            }
        };
        let body = answer.into_body();
        Ok(ChatStream {
            body: SseBody::new(
                body,
                Endpoint::ChatCompletions.dialect(),
                self.limits,
                meter,
                ending,
            ),
            provider: provider.name.clone(),
            waiting: VecDeque::new(),
            over: false,
        })
    }

    fn chat_meter(&self, caller: Caller) -> Meter {
        Meter::new(self.services.clone(), self.rates.clone(), caller, "chat").noted_in(self.note.clone())
    }

    /// What an answer that is no stream means, with the provider's own words where it has some.
    async fn told(
        &self,
        provider: &services::snapshot::Provider,
        answer: axum::http::Response<hyper::body::Incoming>,
    ) -> Refusal {
        const WORDS: usize = 500;
        let (head, body) = answer.into_parts();
        if head.status.is_success() {
            return Refusal::provider(
                502,
                "upstream_invalid",
                format!(
                    "{} does not stream its answers. Use another provider.",
                    provider.name
                ),
                "It does not stream answers. Check the API type.",
            );
        }
        let headers = upstream::answer_headers(&head.headers);
        let mut refusal = refused(provider, head.status, &headers);
        let body = http_body_util::Limited::new(body, 64 * 1024).collect();
        if refusal.provider_problem.is_none()
            && let Ok(Ok(body)) = tokio::time::timeout(self.limits.idle, body).await
            && let Ok(chunk) = serde_json::from_slice::<Chunk>(&body.to_bytes())
            && let Some(words) = chunk.error.as_ref().and_then(message)
        {
            let words: String = words.chars().take(WORDS).collect();
            refusal.message = format!("{} says: {words}", provider.name);
        }
        refusal
    }
}

fn message(error: &Value) -> Option<&str> {
    error.as_str().or_else(|| error["message"].as_str())
}

impl ChatStream {
    /// The next piece of text; `None` when the answer is complete. An error ends it.
    pub async fn next(&mut self) -> Option<Result<String, Refusal>> {
        loop {
            if let Some(next) = self.waiting.pop_front() {
                self.over |= next.is_err();
                return Some(next);
            }
            if self.over {
                return None;
            }
            let (waiting, provider) = (&mut self.waiting, &self.provider);
            let body = &mut self.body;
            let piece = poll_fn(|cx| {
                body.poll_piece(cx, &mut |data| {
                    if let Some(next) = understood(data, provider) {
                        waiting.push_back(next);
                    }
                })
            })
            .await;
            if piece.is_none() {
                self.over = true;
            } else if let Some(why) = self.body.broken() {
                self.waiting.push_back(Err(why));
            }
        }
    }
}

fn understood(data: &[u8], provider: &str) -> Option<Result<String, Refusal>> {
    let chunk: Chunk = serde_json::from_slice(data).ok()?;
    if let Some(error) = &chunk.error {
        let words = message(error).unwrap_or("no reason given");
        return Some(Err(Refusal::new(
            502,
            "upstream_failed",
            format!("{provider} says: {words}"),
        )));
    }
    let text: String = chunk
        .choices
        .into_iter()
        .filter_map(|choice| choice.delta.content)
        .collect();
    (!text.is_empty()).then_some(Ok(text))
}
