//! Chat's way to a model: the same rule, the same connections, the same account as the gateway's.

use crate::forward::{Engine, UpstreamRequest, UpstreamResponse, credential};
use crate::measure::{End, Measure};
use crate::meter::{Given, Meter};
use crate::permit::Ending;
use crate::provider_refusal::refused;
use crate::refusal::Refusal;
use crate::sse::{Relay, dialect};
use crate::stream::{Begun, SseBody};
use crate::upstream::{self, Endpoint};
use crate::wire::{self, Answer};
use axum::http::HeaderMap;
use bytes::Bytes;
use domain::ProviderId;
use serde::Deserialize;
use serde_json::{Value, json};
use services::Actor;
use services::snapshot::{Caller, Permit, Provider};
use services::upstream::error::{masked, reason};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;

/// An answer under way. Dropping it closes the provider's connection.
pub struct ChatStream {
    /// None when it came whole.
    body: Option<SseBody>,
    provider: String,
    waiting: VecDeque<Result<String, Refusal>>,
    over: bool,
}

/// What matters of an event of chat completions.
#[derive(Deserialize)]
struct Chunk {
    choices: Option<Vec<Choice>>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default, alias = "message")]
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
        let memory = || self.load.memory(&caller);
        let (mut with_usage, mut without_usage, for_answer) = (memory(), memory(), memory());
        let mut meter = self.chat_meter(caller);
        meter.asks_for(model);
        meter.goes_to(provider.clone(), model);
        let ask = |options: Value| {
            let mut body = json!({ "model": model, "messages": messages, "stream": true });
            if !options.is_null() {
                body["stream_options"] = options;
            }
            Bytes::from(body.to_string())
        };
        // The provider counts only when asked to, and some know no such question.
        let (asking, plain) = (ask(json!({ "include_usage": true })), ask(Value::Null));
        meter.gives(Given::of(&plain));
        let admitted = async {
            meter.holds(slot?);
            meter.admit()?;
            with_usage.reach(asking.len(), asking.len()).await?;
            without_usage.reach(plain.len(), plain.len()).await
        };
        if let Err(refusal) = admitted.await {
            meter.fail(&refusal);
            return Err(refusal);
        }
        let request = UpstreamRequest {
            provider: &provider,
            endpoint: Endpoint::ChatCompletions,
            headers: &HeaderMap::new(),
            body: with_usage.hold(asking),
            stream: true,
            without_usage: Some(without_usage.hold(plain)),
            memory: for_answer,
            ending: self.ending(Permit::of_member(actor, provider.id, model), model),
        };
        let begun = match self.send(request).await {
            Ok(response) => self.begin(&provider, response).await,
            Err(refusal) => Err(refusal),
        };
        let stream = |body, waiting| ChatStream {
            body,
            provider: provider.name.clone(),
            waiting,
            over: false,
        };
        match begun {
            Ok(Said::Stream(begun, ending)) => {
                let body = SseBody::new(*begun, self.limits, meter, ending);
                Ok(stream(Some(body), VecDeque::new()))
            }
            Ok(Said::Whole(whole)) => {
                let counted = wire::read::<Answer>(&whole).unwrap_or_default();
                if let Some(dialect) = dialect(Endpoint::ChatCompletions, provider.api_type) {
                    meter.answered(|given| Measure::of(dialect, &counted).measured(End::Complete, given));
                }
                match understood(&whole, &provider.name) {
                    Some(Ok(text)) => {
                        meter.finish(200);
                        Ok(stream(None, VecDeque::from([Ok(text)])))
                    }
                    Some(Err(refusal)) => {
                        meter.fail(&refusal);
                        Err(refusal)
                    }
                    None => {
                        let refusal = no_answer(&provider.name);
                        meter.fail(&refusal);
                        Err(refusal)
                    }
                }
            }
            Err(refusal) => {
                meter.fail(&refusal);
                Err(refusal)
            }
        }
    }

    fn chat_meter(&self, caller: Caller) -> Meter {
        Meter::new(self.services.clone(), self.rates.clone(), caller, "chat").noted_in(self.note.clone())
    }

    /// What the provider's answer begins as; its refusal in its own words where it has some.
    async fn begin(&self, provider: &Arc<Provider>, response: UpstreamResponse) -> Result<Said, Refusal> {
        let (streams, response) = self.read(provider, response, true).await?;
        let UpstreamResponse {
            head, body, ending, ..
        } = response;
        if streams {
            let relay = Relay::of(provider.clone(), Endpoint::ChatCompletions, false);
            return Ok(Said::Stream(Box::new(body.begun(relay)), ending));
        }
        let whole = body.whole();
        let whole = masked(&whole, credential(provider));
        if head.status.is_success() {
            return Ok(Said::Whole(whole.into_owned()));
        }
        let headers = upstream::answer_headers(&head.headers);
        Err(refused(
            provider,
            head.status,
            &headers,
            reason(&whole).as_deref(),
        ))
    }
}

/// How a provider answers Chat.
enum Said {
    /// Piece by piece, as it was asked to.
    Stream(Box<Begun>, Ending),
    /// All at once.
    Whole(Vec<u8>),
}

fn no_answer(provider: &str) -> Refusal {
    Refusal::provider(
        502,
        "upstream_invalid",
        format!("{provider} answered with something that is no answer. Try again, or use another provider."),
        "It answered with something that is no chat completion. Check the base URL and the API type.",
    )
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
            let Some(body) = &mut self.body else {
                self.over = true;
                continue;
            };
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
            } else if let Some(why) = self.body.as_ref().and_then(SseBody::broken) {
                self.waiting.push_back(Err(why));
            }
        }
    }
}

fn understood(data: &[u8], provider: &str) -> Option<Result<String, Refusal>> {
    let chunk: Chunk = wire::read(data)?;
    if let Some(error) = &chunk.error {
        let said = reason(error.to_string().as_bytes());
        let said = said.as_deref().unwrap_or("no reason given");
        return Some(Err(Refusal::new(
            502,
            "upstream_failed",
            format!("{provider} says: {said}"),
        )));
    }
    let text: String = chunk
        .choices
        .unwrap_or_default()
        .into_iter()
        .filter_map(|choice| choice.delta.content)
        .collect();
    (!text.is_empty()).then_some(Ok(text))
}
