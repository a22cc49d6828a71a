//! Forwarding a stream of server-sent events (WHATWG HTML, 9.2) as it comes, and understanding just enough of it to end it
//! properly and to count.
//!
//! Only whole events are forwarded. Their lines stay as they are, character for character; line ends become LF.

use crate::measure::{self, Measure};
use crate::refusal::Refusal;
use crate::upstream::Endpoint;
use crate::wire::{self, Answer};
use domain::provider::ApiType;
use domain::usage::{Dialect, Measured};
use memchr::memchr2;
use services::snapshot::Provider;
use services::upstream::error::masked;
use std::borrow::Cow;
use std::sync::Arc;

/// Octets of one event that are kept while waiting for its end; a picture in base64 fits.
pub(crate) const EVENT_BYTES: usize = 32 * 1024 * 1024;

/// How an answer's numbers are to be understood; none for what uses no tokens.
pub(crate) fn dialect(endpoint: Endpoint, provider: ApiType) -> Option<Dialect> {
    match endpoint {
        Endpoint::ChatCompletions | Endpoint::Completions if provider == ApiType::Gemini => {
            Some(Dialect::Gemini)
        }
        Endpoint::ChatCompletions | Endpoint::Completions => Some(Dialect::Chat),
        Endpoint::Embeddings => Some(Dialect::Embeddings),
        Endpoint::Responses => Some(Dialect::Responses),
        Endpoint::Messages => Some(Dialect::Messages),
        Endpoint::CountTokens => None,
    }
}

/// Whether events are those of chat completions, which end with `[DONE]`. Responses end with an event that says so,
/// Anthropic's messages with `message_stop`.
fn is_chat(dialect: Dialect) -> bool {
    !matches!(dialect, Dialect::Responses | Dialect::Messages)
}

/// How a stream ended that did not end itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The provider closed the connection.
    Closed,
    /// The connection broke.
    Broken,
    /// Nothing came for too long.
    Idle,
    /// An event was too large.
    TooLarge,
}

impl End {
    /// A sentence for whoever reads the stream.
    pub fn message(self) -> &'static str {
        match self {
            Self::Closed | Self::Broken => "The provider ended the answer before it was complete. Try again.",
            Self::Idle => "The provider stopped sending before the answer was complete. Try again.",
            Self::TooLarge => "The provider sent more at once than can be passed on.",
        }
    }

    /// Its name for machines.
    pub fn code(self) -> &'static str {
        match self {
            Self::Closed | Self::Broken => "upstream_closed",
            Self::Idle => "upstream_timeout",
            Self::TooLarge => "upstream_too_large",
        }
    }
}

/// A stream on its way.
#[derive(Debug)]
pub struct Relay {
    dialect: Dialect,
    /// The line under way.
    line: Vec<u8>,
    /// The lines of the event under way, comments left out.
    event: Vec<u8>,
    /// The data of the event under way.
    data: Vec<u8>,
    has_data: bool,
    first_line: bool,
    skip_lf: bool,
    /// An event came that ends an answer, if perhaps not the stream.
    complete: bool,
    /// Nothing follows.
    over: bool,
    /// An event with data has come.
    pub started: bool,
    /// The provider reported an error.
    pub failed: bool,
    /// What was counted.
    measure: Measure,
    /// Usage was asked for by the gateway alone: an event of nothing else is not forwarded.
    keeps_usage: bool,
    /// Whose credential no error may repeat.
    provider: Option<Arc<Provider>>,
}

impl Relay {
    /// A stream that has not begun.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            measure: Measure::new(dialect),
            keeps_usage: false,
            provider: None,
            line: Vec::new(),
            event: Vec::new(),
            data: Vec::new(),
            has_data: false,
            first_line: true,
            skip_lf: false,
            complete: false,
            over: false,
            started: false,
            failed: false,
        }
    }

    /// The stream of a provider, which was asked for usage though the client was not told, or not.
    pub fn of(provider: Arc<Provider>, endpoint: Endpoint, keeps_usage: bool) -> Self {
        let dialect = dialect(endpoint, provider.api_type).unwrap_or(Dialect::Messages);
        Self {
            keeps_usage,
            provider: Some(provider),
            ..Self::new(dialect)
        }
    }

    /// Whether the stream has ended by itself; whatever comes after is not forwarded.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Whether the answer in it is complete.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// What it used, when it has ended so; `given` finds the octets of text that the model was given.
    pub(crate) fn measured(&self, end: measure::End, given: impl FnOnce() -> u64) -> Measured {
        self.measure.measured(end, given)
    }

    /// Takes what was read; puts what can be forwarded at the end of `out`, and hands each event's data to `each`.
    pub fn push(
        &mut self,
        mut bytes: &[u8],
        out: &mut Vec<u8>,
        each: &mut dyn FnMut(&[u8]),
    ) -> Result<(), End> {
        while !bytes.is_empty() && !self.over {
            if std::mem::take(&mut self.skip_lf) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let Some(at) = memchr2(b'\n', b'\r', bytes) else {
                self.line.extend_from_slice(bytes);
                break;
            };
            self.skip_lf = bytes[at] == b'\r';
            if self.line.is_empty() {
                self.end_line(&bytes[..at], out, each);
            } else {
                self.line.extend_from_slice(&bytes[..at]);
                let line = std::mem::take(&mut self.line);
                self.end_line(&line, out, each);
                self.line = line;
                self.line.clear();
            }
            bytes = &bytes[at + 1..];
        }
        if self.line.len() + self.event.len() > EVENT_BYTES {
            return Err(End::TooLarge);
        }
        Ok(())
    }

    fn end_line(&mut self, line: &[u8], out: &mut Vec<u8>, each: &mut dyn FnMut(&[u8])) {
        let mut line = line;
        if std::mem::take(&mut self.first_line) {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        match line {
            [] => self.end_event(out, each),
            // A comment keeps the connection alive, all the way; it belongs to no event.
            [b':', ..] => {
                out.extend_from_slice(line);
                out.push(b'\n');
            }
            _ => {
                self.event.extend_from_slice(line);
                self.event.push(b'\n');
                let data = match line.strip_prefix(b"data") {
                    Some([]) => Some(&[][..]),
                    Some([b':', b' ', rest @ ..] | [b':', rest @ ..]) => Some(rest),
                    _ => None,
                };
                if let Some(data) = data {
                    if self.has_data {
                        self.data.push(b'\n');
                    }
                    self.has_data = true;
                    self.data.extend_from_slice(data);
                }
            }
        }
    }

    fn end_event(&mut self, out: &mut Vec<u8>, each: &mut dyn FnMut(&[u8])) {
        if self.has_data {
            self.started = true;
            let forwards = self.understand();
            if self.failed
                && let Some(provider) = &self.provider
            {
                let credential = provider.credential.as_ref().ok().and_then(Option::as_ref);
                for text in [&mut self.data, &mut self.event] {
                    if let Cow::Owned(masked) = masked(text, credential) {
                        *text = masked;
                    }
                }
            }
            each(&self.data);
            if forwards {
                out.extend_from_slice(&self.event);
                out.push(b'\n');
            }
        }
        self.event.clear();
        self.data.clear();
        self.has_data = false;
    }

    /// Takes note of an event. Whether it is to be forwarded.
    fn understand(&mut self) -> bool {
        if is_chat(self.dialect) && self.data == b"[DONE]" {
            self.measure.done();
            self.complete = true;
            self.over = true;
            return true;
        }
        // What is no JSON, or another, is forwarded all the same.
        let Some(event) = wire::read::<Answer>(&self.data) else {
            return true;
        };
        self.measure.take(&event);
        let failed = event.is_error_event();
        let finished = match self.dialect {
            Dialect::Responses => event.is_final(self.dialect),
            Dialect::Messages => event.kind() == "message_stop",
            _ => event.names_finish(),
        };
        self.failed |= failed;
        self.complete |= failed || finished;
        !(self.keeps_usage && event.is_usage_alone())
    }

    /// Ends the stream for whoever reads it: with an error where the answer is not complete. True when there was one.
    pub fn end(&mut self, end: End, out: &mut Vec<u8>) -> bool {
        self.end_with(&Refusal::new(502, end.code(), end.message()), out)
    }

    /// The same for a reason that is not the provider's.
    pub(crate) fn end_with(&mut self, why: &Refusal, out: &mut Vec<u8>) -> bool {
        if std::mem::replace(&mut self.over, true) {
            return false;
        }
        let broken = !self.complete;
        if broken {
            let (kind, code, message) = (why.kind(), why.code, &why.message);
            let error = match self.dialect {
                Dialect::Chat | Dialect::Gemini | Dialect::Embeddings => serde_json::json!({
                    "error": { "message": message, "type": kind, "param": null, "code": code }
                }),
                Dialect::Responses => serde_json::json!({
                    "type": "error", "message": message, "code": code, "param": null
                }),
                Dialect::Messages => serde_json::json!({
                    "type": "error", "error": { "type": kind, "message": message, "code": code }
                }),
            };
            if !is_chat(self.dialect) {
                out.extend_from_slice(b"event: error\n");
            }
            out.extend_from_slice(b"data: ");
            out.extend_from_slice(error.to_string().as_bytes());
            out.extend_from_slice(b"\n\n");
        }
        if is_chat(self.dialect) {
            out.extend_from_slice(b"data: [DONE]\n\n");
        }
        broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use domain::cases;
    use domain::cases::sse::{Case, Event};
    use domain::usage::Bucket;
    use serde_json::Value;

    /// What a conforming client sees of what was forwarded: event names and data.
    fn frames(bytes: &[u8]) -> Vec<(Option<String>, String)> {
        let text = std::str::from_utf8(bytes).unwrap();
        let (mut name, mut data, mut seen) = (None, Vec::new(), Vec::new());
        for line in text.split('\n') {
            if line.is_empty() {
                if !data.is_empty() {
                    seen.push((name.take(), data.join("\n")));
                    data.clear();
                }
                name = None;
            } else if let Some(rest) = line.strip_prefix("data:") {
                data.push(rest.strip_prefix(' ').unwrap_or(rest).to_owned());
            } else if let Some(rest) = line.strip_prefix("event:") {
                name = Some(rest.strip_prefix(' ').unwrap_or(rest).to_owned());
            }
        }
        seen
    }

    fn chunks(case: &Case) -> Vec<Vec<u8>> {
        let chunks = case.chunks.iter();
        chunks.map(|c| STANDARD.decode(c).unwrap()).collect()
    }

    fn check(id: &str, case: &Case, got: &[(Option<String>, String)]) {
        assert_eq!(got.len(), case.frames.len(), "{id}: {got:?}");
        for ((name, data), want) in got.iter().zip(&case.frames) {
            match &want.event {
                Event::GatewayError => {
                    let error: Value = serde_json::from_str(data).unwrap();
                    assert!(!error["error"]["message"].as_str().unwrap().is_empty(), "{id}");
                    assert!(error["error"]["type"].is_string(), "{id}");
                }
                Event::Passed {
                    data: wanted,
                    name: named,
                } => {
                    assert_eq!((data, name), (wanted, named), "{id}");
                }
            }
        }
    }

    fn end_of(case: &Case) -> End {
        match case.end {
            cases::sse::End::Eof => End::Closed,
            cases::sse::End::Reset => End::Broken,
        }
    }

    #[test]
    fn cases_of_sse() {
        for (id, case) in cases::each::<Case>() {
            let mut relay = Relay::new(Dialect::Chat);
            let mut out = Vec::new();
            let mut after = Vec::new();
            for chunk in chunks(&case) {
                relay.push(&chunk, &mut out, &mut |_| {}).unwrap();
                after.push(frames(&out).len());
            }
            relay.end(end_of(&case), &mut out);
            check(&id, &case, &frames(&out));
            for (index, want) in case.frames.iter().enumerate() {
                if let Some(read) = want.after {
                    assert!(after[read] > index, "{id}: frame {index} is late");
                }
            }
        }
    }

    #[test]
    fn cases_of_sse_however_they_are_cut() {
        for (id, case) in cases::each::<Case>() {
            let whole = chunks(&case).concat();
            // Longer ones take too long to cut everywhere.
            let step = (whole.len() / 200).max(1);
            for cut in (0..=whole.len()).step_by(step) {
                let mut relay = Relay::new(Dialect::Chat);
                let mut out = Vec::new();
                for part in [&whole[..cut], &whole[cut..]] {
                    relay.push(part, &mut out, &mut |_| {}).unwrap();
                }
                relay.end(end_of(&case), &mut out);
                check(&id, &case, &frames(&out));
            }
        }
    }

    #[test]
    fn other_dialects_end_in_their_own_way() {
        for (dialect, last, input, output) in [
            (
                Dialect::Responses,
                r#"{"type":"response.completed","response":{"usage":{"input_tokens":3,"output_tokens":4}}}"#,
                3,
                4,
            ),
            (Dialect::Messages, r#"{"type":"message_stop"}"#, 0, 0),
        ] {
            let event = format!("event: x\ndata: {last}\n\n");
            let mut relay = Relay::new(dialect);
            let mut out = Vec::new();
            relay.push(event.as_bytes(), &mut out, &mut |_| {}).unwrap();
            assert!(!relay.end(End::Closed, &mut out));
            assert_eq!(out, event.as_bytes());
            let used = relay.measured(measure::End::Complete, || 0).buckets;
            assert_eq!(
                (used.sum(&Bucket::INPUT), used.sum(&Bucket::OUTPUT)),
                (input, output)
            );

            let mut relay = Relay::new(dialect);
            let mut out = Vec::new();
            assert!(relay.end(End::Idle, &mut out));
            let [(Some(name), data)] = &frames(&out)[..] else {
                panic!()
            };
            assert_eq!(name, "error");
            assert_eq!(serde_json::from_str::<Value>(data).unwrap()["type"], "error");
        }
    }

    #[test]
    fn an_endless_event_is_not_kept() {
        let mut relay = Relay::new(Dialect::Chat);
        let block = vec![b'x'; 1 << 20];
        let mut out = Vec::new();
        let ended = (0..64).find_map(|_| relay.push(&block, &mut out, &mut |_| {}).err());
        assert_eq!(ended, Some(End::TooLarge));
        assert!(out.is_empty());
    }
}
