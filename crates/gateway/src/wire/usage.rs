//! What a provider says of tokens. Its numbers are data like any other, and what is no count is as good as not said.

use super::{Deserialize, Deserializer, IgnoredAny, List, MapAccess, Name, SeqAccess, Text, Visitor, fmt};
use domain::usage::{Count, Dialect, MOST, Message, MessageCounts, Totals};
use serde::de::value::MapAccessDeserializer;

/// A member that should be a count.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Said(pub(crate) Count);

/// The first number beyond [`MOST`], which a double holds exactly.
const BEYOND: f64 = 9_223_372_036_854_775_808.0;

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Counts;
        impl<'de> Visitor<'de> for Counts {
            type Value = Count;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a count")
            }
            fn visit_u64<E>(self, n: u64) -> Result<Count, E> {
                Ok(if n <= MOST {
                    Count::Of(n)
                } else {
                    Count::Unreadable
                })
            }
            fn visit_i64<E>(self, n: i64) -> Result<Count, E> {
                Ok(u64::try_from(n).map_or(Count::Unreadable, Count::Of))
            }
            fn visit_f64<E>(self, n: f64) -> Result<Count, E> {
                let whole = n.fract() == 0.0 && (0.0..BEYOND).contains(&n);
                Ok(if whole {
                    Count::Of(n as u64)
                } else {
                    Count::Unreadable
                })
            }
            fn visit_unit<E>(self) -> Result<Count, E> {
                Ok(Count::Absent)
            }
            fn visit_bool<E>(self, _: bool) -> Result<Count, E> {
                Ok(Count::Unreadable)
            }
            fn visit_str<E>(self, _: &str) -> Result<Count, E> {
                Ok(Count::Unreadable)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Count, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Count::Unreadable)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Count, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Count::Unreadable)
            }
        }
        from.deserialize_any(Counts).map(Self)
    }
}

object!(
    /// Parts of a total.
    Details {
        "cached_tokens" => cached: Said,
        "cache_write_tokens" => written: Said,
        "audio_tokens" => audio: Said,
        "image_tokens" => image: Said,
        "reasoning_tokens" => reasoning: Said,
        "thinking_tokens" => thinking: Said,
    }
);

object!(
    /// What Anthropic wrote to its cache, by how long it is kept.
    Written {
        "ephemeral_5m_input_tokens" => minutes: Said,
        "ephemeral_1h_input_tokens" => hour: Said,
    }
);

object!(
    /// What Anthropic did besides.
    ServerTools {
        "web_search_requests" => web_searches: Said,
    }
);

object!(
    /// One of several times that Anthropic asked a model for one answer.
    Iteration {
        "type" => kind: Option<Text>,
        "input_tokens" => input: Said,
        "cache_read_input_tokens" => cache_read: Said,
        "cache_creation_input_tokens" => cache_written: Said,
        "cache_creation" => written: Written,
        "output_tokens" => output: Said,
    }
);

object!(
    /// A usage object of any of the APIs.
    Usage {
        "prompt_tokens" => prompt: Said,
        "input_tokens" => input: Said,
        "completion_tokens" => completion: Said,
        "output_tokens" => output: Said,
        "total_tokens" => total: Said,
        "prompt_tokens_details" => prompt_details: Details,
        "input_tokens_details" => input_details: Details,
        "completion_tokens_details" => completion_details: Details,
        "output_tokens_details" => output_details: Details,
        "cache_read_input_tokens" => cache_read: Said,
        "cache_creation_input_tokens" => cache_written: Said,
        "cache_creation" => written: Written,
        "server_tool_use" => server_tools: ServerTools,
        "iterations" => iterations: List<Entry>,
        "service_tier" => service_tier: Text,
    }
);

/// One that is an object, and none in place of anything else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry(Option<Iteration>);

struct EntryVisitor;
reads_anything!(Entry, EntryVisitor);

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry")
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
        Iteration::deserialize(MapAccessDeserializer::new(map)).map(|one| Entry(Some(one)))
    }
    else_nothing!(bool number text null list);
}

impl Iteration {
    /// Whether it is the asked model's own; what another model did is not this request's.
    fn is_own(&self) -> bool {
        match &self.kind {
            None => true,
            Some(Text(kind)) => matches!(kind.as_deref(), Some("message" | "compaction")),
        }
    }

    fn counts(&self) -> MessageCounts {
        MessageCounts {
            input: self.input.0,
            cache_read: self.cache_read.0,
            cache_written: self.cache_written.0,
            written_5m: self.written.minutes.0,
            written_1h: self.written.hour.0,
            output: self.output.0,
        }
    }
}

impl Usage {
    /// As APIs of OpenAI's kind count.
    pub(crate) fn totals(&self, dialect: Dialect) -> Totals {
        let (input, output, given, came) = match dialect {
            Dialect::Responses => (self.input, self.output, &self.input_details, &self.output_details),
            _ => (
                self.prompt,
                self.completion,
                &self.prompt_details,
                &self.completion_details,
            ),
        };
        Totals {
            input: input.0,
            output: output.0,
            total: self.total.0,
            cached: given.cached.0,
            cache_written: given.written.0,
            input_audio: given.audio.0,
            input_image: given.image.0,
            output_audio: came.audio.0,
            output_image: came.image.0,
            reasoning: came.reasoning.0,
        }
    }

    /// As Anthropic counts.
    pub(crate) fn message(&self) -> Message {
        let entries = self.iterations.0.iter().filter_map(|entry| entry.0.as_ref());
        Message {
            counts: MessageCounts {
                input: self.input.0,
                cache_read: self.cache_read.0,
                cache_written: self.cache_written.0,
                written_5m: self.written.minutes.0,
                written_1h: self.written.hour.0,
                output: self.output.0,
            },
            iterations: entries
                .filter(|one| one.is_own())
                .map(Iteration::counts)
                .collect(),
            thinking: self.output_details.thinking.0,
            web_searches: self.server_tools.web_searches.0,
        }
    }
}
