//! What matters of an answer, or of an event of a streamed one, in any of the APIs.

use super::text::{StringBytes, TextBytes};
use super::{
    Deserialize, Deserializer, IgnoredAny, List, MapAccess, Name, Present, SeqAccess, Text, Usage, Visitor,
    fmt,
};
use domain::usage::Dialect;

object!(
    /// A function that a model calls.
    Function {
        "name" => name: StringBytes,
        "arguments" => arguments: StringBytes,
    }
);

object!(
    /// A call of a tool.
    ToolCall {
        "function" => function: Function,
    }
);

object!(
    /// What a model says in chat completions.
    Said {
        "content" => content: TextBytes,
        "refusal" => refusal: StringBytes,
        "reasoning_content" => reasoning_content: Option<StringBytes>,
        "reasoning" => reasoning: StringBytes,
        "tool_calls" => tool_calls: List<ToolCall>,
    }
);

impl Said {
    fn text(&self) -> u64 {
        let calls = self.tool_calls.0.iter().map(|call| &call.function);
        let reasoning = self.reasoning_content.unwrap_or(self.reasoning);
        self.content.0
            + self.refusal.count()
            + reasoning.count()
            + calls
                .map(|function| function.name.count() + function.arguments.count())
                .sum::<u64>()
    }
}

/// Why a choice has ended, or that it has not.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reason {
    /// Anything but null.
    given: bool,
    /// A text that is not empty. Some send an empty one with every piece, and the right one with the last.
    named: bool,
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let reason = Option::<StringBytes>::deserialize(from)?;
        Ok(Self {
            given: reason.is_some(),
            named: reason.is_some_and(|reason| reason.count() > 0),
        })
    }
}

object!(
    /// One of the answers in chat completions and completions.
    Choice {
        "finish_reason" => finish_reason: Reason,
        "delta" => delta: Said,
        "message" => message: Said,
        "text" => text: StringBytes,
    }
);

object!(
    /// A part of a message of Anthropic's.
    Block {
        "type" => kind: Text,
        "text" => text: StringBytes,
        "thinking" => thinking: StringBytes,
        "name" => name: StringBytes,
    }
);

impl Block {
    fn text(&self) -> u64 {
        self.text.count() + self.thinking.count()
    }
}

object!(
    /// What is new in an event of Anthropic's.
    Change {
        "type" => kind: Text,
        "text" => text: StringBytes,
        "thinking" => thinking: StringBytes,
        "partial_json" => partial_json: StringBytes,
        "stop_reason" => stop_reason: Present,
    }
);

/// What is new in an event: text in OpenAI's responses, an object in Anthropic's messages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Delta {
    text: u64,
    change: Change,
}

struct DeltaVisitor;
reads_anything!(Delta, DeltaVisitor);

impl<'de> Visitor<'de> for DeltaVisitor {
    type Value = Delta;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what is new")
    }
    fn visit_str<E>(self, text: &str) -> Result<Delta, E> {
        Ok(Delta {
            text: text.len() as u64,
            ..Delta::default()
        })
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Delta, A::Error> {
        let change = Change::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        Ok(Delta { text: 0, change })
    }
    else_nothing!(bool number null list);
}

object!(
    /// What a call of a tool does.
    Action {
        "type" => kind: Text,
    }
);

object!(
    /// A part of an answer of OpenAI's responses.
    Item {
        "type" => kind: Text,
        "content" => content: TextBytes,
        "action" => action: Option<Action>,
    }
);

impl Item {
    fn is_web_search(&self) -> bool {
        self.kind.is("web_search_call") && self.action.as_ref().is_none_or(|action| action.kind.is("search"))
    }
}

object!(
    /// An answer of OpenAI's responses inside of an event.
    Response {
        "usage" => usage: Usage,
        "service_tier" => service_tier: Text,
        "output" => output: List<Item>,
    }
);

object!(
    /// A message of Anthropic's inside of its first event.
    Start {
        "usage" => usage: Usage,
        "content" => content: List<Block>,
    }
);

object!(
    /// The whole of it; what it means depends on the API.
    Answer {
        /// The kind of an event.
        "type" => kind: Text,
        "error" => error: Present,
        "usage" => usage: Option<Usage>,
        "service_tier" => service_tier: Text,
        "choices" => choices: List<Choice>,
        "output" => output: List<Item>,
        "content" => content: List<Block>,
        "delta" => delta: Delta,
        "content_block" => content_block: Block,
        "item" => item: Item,
        "response" => response: Response,
        "message" => message: Start,
    }
);

/// Events of OpenAI's responses whose `delta` is text of the model.
const TEXT_DELTAS: [&str; 5] = [
    "response.output_text.delta",
    "response.refusal.delta",
    "response.reasoning_text.delta",
    "response.reasoning_summary_text.delta",
    "response.function_call_arguments.delta",
];

impl Text {
    /// Whether it is this one.
    pub(super) fn is(&self, text: &str) -> bool {
        self.0.as_deref() == Some(text)
    }
}

impl Answer {
    /// The kind of an event; empty where it has none.
    pub(crate) fn kind(&self) -> &str {
        self.kind.0.as_deref().unwrap_or_default()
    }

    /// It tells of an error.
    pub(crate) fn has_error(&self) -> bool {
        self.error.0
    }

    /// It is an error and nothing else.
    pub(crate) fn is_error_event(&self) -> bool {
        self.has_error() || matches!(self.kind(), "error" | "response.failed")
    }

    /// It has usage that is not null beside what the model said.
    pub(crate) fn is_usage_alone(&self) -> bool {
        self.usage.is_some() && self.choices.0.is_empty() && !self.is_error_event()
    }

    /// A choice of chat completions has come to its end.
    pub(crate) fn names_finish(&self) -> bool {
        self.choices.0.iter().any(|choice| choice.finish_reason.named)
    }

    /// The provider has nothing more to say: what it counts from here on is final.
    pub(crate) fn is_final(&self, dialect: Dialect) -> bool {
        match dialect {
            Dialect::Chat | Dialect::Gemini | Dialect::Embeddings => {
                self.choices.0.iter().any(|choice| choice.finish_reason.given)
            }
            Dialect::Responses => matches!(self.kind(), "response.completed" | "response.incomplete"),
            Dialect::Messages => match self.kind() {
                "message_stop" => true,
                "message_delta" => self.delta.change.stop_reason.0,
                _ => false,
            },
        }
    }

    /// What an event says of tokens.
    pub(crate) fn event_usage(&self, dialect: Dialect) -> Option<&Usage> {
        match (dialect, self.kind()) {
            (Dialect::Responses, _) => Some(&self.response.usage),
            (Dialect::Messages, "message_start") => Some(&self.message.usage),
            (Dialect::Messages, "message_delta") => self.usage.as_ref(),
            (Dialect::Messages, _) => None,
            _ => self.usage.as_ref(),
        }
    }

    /// The service tier that an event names.
    pub(crate) fn event_tier(&self, dialect: Dialect) -> Option<&str> {
        let tier = match dialect {
            Dialect::Responses => &self.response.service_tier,
            Dialect::Messages => &self.event_usage(dialect)?.service_tier,
            _ => &self.service_tier,
        };
        tier.0.as_deref()
    }

    /// The service tier that a whole answer names.
    pub(crate) fn tier(&self, dialect: Dialect) -> Option<&str> {
        match dialect {
            Dialect::Messages => self.usage.as_ref()?.service_tier.0.as_deref(),
            _ => self.service_tier.0.as_deref(),
        }
    }

    /// Searches of the web in a whole answer of OpenAI's responses.
    pub(crate) fn web_searches(&self) -> u64 {
        searches(&self.output)
    }

    /// Searches of the web in the answer inside of an event, and whether the event is itself about one that was made.
    pub(crate) fn event_searches(&self) -> (u64, bool) {
        let made = self.kind() == "response.output_item.done" && self.item.is_web_search();
        (searches(&self.response.output), made)
    }

    /// Octets of text of the model in a whole answer.
    pub(crate) fn text(&self, dialect: Dialect) -> u64 {
        match dialect {
            Dialect::Responses => self.output.0.iter().map(|item| item.content.0).sum(),
            Dialect::Messages => self.content.0.iter().map(Block::text).sum(),
            _ => self.choice_text(),
        }
    }

    /// Octets of text of the model in an event.
    pub(crate) fn event_text(&self, dialect: Dialect) -> u64 {
        match dialect {
            Dialect::Responses if TEXT_DELTAS.contains(&self.kind()) => self.delta.text,
            Dialect::Responses => 0,
            Dialect::Messages => {
                let starts = &self.content_block;
                let name = match starts.kind.is("tool_use") {
                    true => starts.name.count(),
                    false => 0,
                };
                let change = &self.delta.change;
                let changed = match change.kind.0.as_deref() {
                    Some("text_delta") => change.text.count(),
                    Some("thinking_delta") => change.thinking.count(),
                    Some("input_json_delta") => change.partial_json.count(),
                    _ => 0,
                };
                let start = self.message.content.0.iter().map(Block::text);
                starts.text() + name + changed + start.sum::<u64>()
            }
            _ => self.choice_text(),
        }
    }

    fn choice_text(&self) -> u64 {
        let texts = self.choices.0.iter();
        texts
            .map(|choice| choice.delta.text() + choice.message.text() + choice.text.count())
            .sum()
    }
}

fn searches(output: &List<Item>) -> u64 {
    output.0.iter().map(|item| u64::from(item.is_web_search())).sum()
}
