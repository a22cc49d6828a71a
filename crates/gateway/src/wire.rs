//! What is read of the JSON that providers send: with tolerance, since what cannot be read must still be passed on, and
//! what they count is data like any other.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Tokens of one request that are believed: far beyond any model's context, and small enough that the sums of a busy
/// month stay far from the end of the database's integers.
const MOST_TOKENS: u64 = 1_000_000_000;

/// Octets of text that make a token, about, in English and in code (OpenAI's rule of thumb).
const TOKEN_BYTES: u64 = 4;

/// Octets after which a text without a space is data, such as a picture in base64.
const UNBROKEN_BYTES: usize = 1_000;

/// Reads what serde_json refuses as well: lone surrogates and numbers beyond a double's range.
pub(crate) fn read<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    serde_json::from_slice(json)
        .ok()
        .or_else(|| serde_json::from_str(&mended(json)).ok())
}

/// The same JSON with U+FFFD for what is no character and null for what is no number.
fn mended(json: &[u8]) -> String {
    let text = String::from_utf8_lossy(json);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    let mut inside = false;
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        if inside && c == '\\' {
            taken = rest.chars().nth(1).map_or(1, |escaped| 1 + escaped.len_utf8());
            match unit(rest) {
                Some(0xD800..=0xDBFF) if matches!(rest.get(6..).and_then(unit), Some(0xDC00..=0xDFFF)) => {
                    taken = 12;
                }
                Some(0xD800..=0xDFFF) => {
                    out.push('\u{FFFD}');
                    rest = &rest[6..];
                    continue;
                }
                _ => {}
            }
        } else if c == '"' {
            inside = !inside;
        } else if !inside && (c == '-' || c.is_ascii_digit()) {
            let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
            taken = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            if rest[..taken].parse::<f64>().is_ok_and(f64::is_infinite) {
                out.push_str("null");
                rest = &rest[taken..];
                continue;
            }
        }
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

/// The UTF-16 unit that a `\uXXXX` at the start stands for.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok()
}

/// Lets a visitor take every value it does not name as nothing.
macro_rules! else_nothing {
    ($($kind:ident)*) => { $(else_nothing!(@ $kind);)* };
    (@ bool) => { fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> { Ok(Default::default()) } };
    (@ number) => {
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> { Ok(Default::default()) }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> { Ok(Default::default()) }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> { Ok(Default::default()) }
    };
    (@ text) => { fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> { Ok(Default::default()) } };
    (@ null) => { fn visit_unit<E>(self) -> Result<Self::Value, E> { Ok(Default::default()) } };
    (@ list) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Default::default())
        }
    };
    (@ object) => {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(Default::default())
        }
    };
}

/// Has a type read itself by a visitor that takes whatever comes.
macro_rules! reads_anything {
    ($type:ty, $visitor:ident) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_any($visitor)
            }
        }
    };
}

/// A number of tokens in whatever spelling; none where it is no such number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count(Option<u64>);

struct CountVisitor;
reads_anything!(Count, CountVisitor);

impl<'de> Visitor<'de> for CountVisitor {
    type Value = Count;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of tokens")
    }
    fn visit_u64<E>(self, n: u64) -> Result<Count, E> {
        Ok(Count(Some(n.min(MOST_TOKENS))))
    }
    fn visit_i64<E>(self, n: i64) -> Result<Count, E> {
        Ok(Count(u64::try_from(n).ok().map(|n| n.min(MOST_TOKENS))))
    }
    fn visit_f64<E>(self, n: f64) -> Result<Count, E> {
        // Beyond the range of the type, the conversion takes its end.
        Ok(Count((n >= 0.0).then(|| (n as u64).min(MOST_TOKENS))))
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Count, E> {
        match text.trim().parse::<f64>() {
            Ok(n) => self.visit_f64(n),
            Err(_) => Ok(Count(None)),
        }
    }
    else_nothing!(bool null list object);
}

/// Tokens as the provider counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// In, what was read from and written to a cache included.
    pub input: Option<u64>,
    /// Out.
    pub output: Option<u64>,
}

impl Tokens {
    /// Takes over what is said; what is not said stays, and so does what is larger: a provider that tells twice tells more
    /// the second time, or says nothing by a 0.
    pub(crate) fn take(&mut self, said: Self) {
        self.input = self.input.max(said.input);
        self.output = self.output.max(said.output);
    }

    /// In and out together.
    pub fn total(self) -> u64 {
        self.input.unwrap_or(0).saturating_add(self.output.unwrap_or(0))
    }
}

/// About how many tokens so many octets of text are.
pub(crate) fn estimate(text_bytes: u64) -> u64 {
    text_bytes.div_ceil(TOKEN_BYTES).min(MOST_TOKENS)
}

/// The `usage` of any of the APIs, under either name or both.
struct TokensVisitor;
reads_anything!(Tokens, TokensVisitor);

impl<'de> Visitor<'de> for TokensVisitor {
    type Value = Tokens;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("usage")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tokens, A::Error> {
        let (mut tokens, mut cached) = (Tokens::default(), 0);
        while let Some(Name(name)) = map.next_key()? {
            match name.as_str() {
                "prompt_tokens" | "input_tokens" => {
                    tokens.input = tokens.input.max(map.next_value::<Count>()?.0)
                }
                "completion_tokens" | "output_tokens" => {
                    tokens.output = tokens.output.max(map.next_value::<Count>()?.0);
                }
                // Anthropic counts these beside its input_tokens (docs.anthropic.com, "Prompt caching").
                "cache_creation_input_tokens" | "cache_read_input_tokens" => {
                    cached += map.next_value::<Count>()?.0.unwrap_or(0);
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if cached > 0 {
            tokens.input = Some(tokens.input.unwrap_or(0).saturating_add(cached).min(MOST_TOKENS));
        }
        Ok(tokens)
    }
    else_nothing!(bool number text null list);
}

/// The name of a field.
struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self)
    }
}

/// Octets of text in a value, however deep; names, kinds and data do not count.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TextBytes(pub(crate) u64);

struct TextVisitor;
reads_anything!(TextBytes, TextVisitor);

impl<'de> Visitor<'de> for TextVisitor {
    type Value = TextBytes;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }
    fn visit_str<E>(self, text: &str) -> Result<TextBytes, E> {
        let head = &text.as_bytes()[..text.len().min(UNBROKEN_BYTES)];
        let is_data = text.len() > UNBROKEN_BYTES && head.is_ascii() && !head.contains(&b' ');
        Ok(TextBytes(if is_data { 0 } else { text.len() as u64 }))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<TextBytes, A::Error> {
        let mut all = 0;
        while let Some(TextBytes(bytes)) = list.next_element()? {
            all += bytes;
        }
        Ok(TextBytes(all))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TextBytes, A::Error> {
        let mut all = 0;
        while let Some(Name(name)) = map.next_key()? {
            match name.as_str() {
                "type" | "role" | "id" | "object" | "model" | "finish_reason" | "signature"
                | "encrypted_content" => {
                    map.next_value::<IgnoredAny>()?;
                }
                _ => all += map.next_value::<TextBytes>()?.0,
            }
        }
        Ok(TextBytes(all))
    }
    else_nothing!(bool number null);
}

/// Whether anything but null stands there.
#[derive(Clone, Copy, Debug, Default)]
struct Present(bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Option::<IgnoredAny>::deserialize(from).map(|there| Self(there.is_some()))
    }
}

/// A text, if it is one.
#[derive(Clone, Debug, Default)]
struct Text(Option<String>);

struct OnlyTextVisitor;
reads_anything!(Text, OnlyTextVisitor);

impl<'de> Visitor<'de> for OnlyTextVisitor {
    type Value = Text;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }
    fn visit_str<E>(self, text: &str) -> Result<Text, E> {
        Ok(Text(Some(text.to_owned())))
    }
    else_nothing!(bool number null list object);
}

/// The `choices` of chat completions and completions.
#[derive(Clone, Copy, Debug, Default)]
struct Choices {
    any: bool,
    finished: bool,
    text: u64,
}

struct ChoicesVisitor;
reads_anything!(Choices, ChoicesVisitor);

impl<'de> Visitor<'de> for ChoicesVisitor {
    type Value = Choices;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("choices")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Choices, A::Error> {
        let mut all = Choices::default();
        while let Some(one) = list.next_element::<Choice>()? {
            all.any = true;
            all.finished |= one.finished;
            all.text += one.text;
        }
        Ok(all)
    }
    else_nothing!(bool number text null object);
}

#[derive(Clone, Copy, Debug, Default)]
struct Choice {
    finished: bool,
    text: u64,
}

struct ChoiceVisitor;
reads_anything!(Choice, ChoiceVisitor);

impl<'de> Visitor<'de> for ChoiceVisitor {
    type Value = Choice;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a choice")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Choice, A::Error> {
        let mut choice = Choice::default();
        while let Some(Name(name)) = map.next_key()? {
            match name.as_str() {
                // Some send an empty one with every piece, and the right one with the last.
                "finish_reason" => {
                    choice.finished = map
                        .next_value::<Text>()?
                        .0
                        .is_some_and(|reason| !reason.is_empty());
                }
                "delta" | "message" | "text" => choice.text += map.next_value::<TextBytes>()?.0,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(choice)
    }
    else_nothing!(bool number text null list);
}

/// What matters of an answer, or of an event of a streamed one, in any of the APIs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// What is said of tokens.
    pub(crate) tokens: Tokens,
    /// It says anything of tokens.
    pub(crate) has_usage: bool,
    /// `choices` has an element.
    pub(crate) has_choices: bool,
    /// It tells of an error.
    pub(crate) has_error: bool,
    /// A choice has come to its end.
    pub(crate) finished: bool,
    /// `type`.
    pub(crate) kind: String,
    /// Octets of text that the model made.
    pub(crate) text: u64,
}

struct AnswerVisitor;
reads_anything!(Answer, AnswerVisitor);

impl<'de> Visitor<'de> for AnswerVisitor {
    type Value = Answer;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Answer, A::Error> {
        let mut answer = Answer::default();
        while let Some(Name(name)) = map.next_key()? {
            match name.as_str() {
                "usage" => {
                    let said: Option<Tokens> = map.next_value()?;
                    answer.has_usage |= said.is_some();
                    answer.tokens.take(said.unwrap_or_default());
                }
                // OpenAI's responses and Anthropic's first event have theirs inside.
                "response" | "message" => answer.tokens.take(map.next_value::<Inner>()?.0),
                "choices" => {
                    let choices: Choices = map.next_value()?;
                    answer.has_choices |= choices.any;
                    answer.finished |= choices.finished;
                    answer.text += choices.text;
                }
                "error" => answer.has_error |= map.next_value::<Present>()?.0,
                "type" => answer.kind = map.next_value::<Text>()?.0.unwrap_or_default(),
                "delta" | "content" | "output" => answer.text += map.next_value::<TextBytes>()?.0,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(answer)
    }
    else_nothing!(bool number text null list);
}

/// The usage inside of an object.
#[derive(Clone, Copy, Debug, Default)]
struct Inner(Tokens);

struct InnerVisitor;
reads_anything!(Inner, InnerVisitor);

impl<'de> Visitor<'de> for InnerVisitor {
    type Value = Inner;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with usage")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Inner, A::Error> {
        let mut inner = Inner::default();
        while let Some(Name(name)) = map.next_key()? {
            match name.as_str() {
                "usage" => inner.0.take(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(inner)
    }
    else_nothing!(bool number text null list);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(usage: &str) -> (Option<u64>, Option<u64>) {
        let answer: Answer = read(format!("{{\"usage\":{usage}}}").as_bytes()).unwrap();
        (answer.tokens.input, answer.tokens.output)
    }

    #[test]
    fn numbers_of_a_provider_are_data() {
        for (usage, input, output) in [
            (r#"{"prompt_tokens":3,"completion_tokens":4}"#, Some(3), Some(4)),
            (
                r#"{"prompt_tokens":3,"input_tokens":3,"output_tokens":4}"#,
                Some(3),
                Some(4),
            ),
            (r#"{"prompt_tokens":3,"prompt_tokens":5}"#, Some(5), None),
            (
                r#"{"prompt_tokens":12.0,"completion_tokens":"7"}"#,
                Some(12),
                Some(7),
            ),
            (r#"{"prompt_tokens":-1,"completion_tokens":true}"#, None, None),
            (r#"{"prompt_tokens":"many","completion_tokens":[1]}"#, None, None),
            (
                r#"{"prompt_tokens":9223372036854775807}"#,
                Some(MOST_TOKENS),
                None,
            ),
            (
                r#"{"prompt_tokens":18446744073709551616}"#,
                Some(MOST_TOKENS),
                None,
            ),
            (r#"{"prompt_tokens":1e400,"completion_tokens":2}"#, None, Some(2)),
            (
                r#"{"prompt_tokens":-1e400,"completion_tokens":{"n":1}}"#,
                None,
                None,
            ),
            (
                r#"{"input_tokens":10,"cache_creation_input_tokens":5,"cache_read_input_tokens":100,"output_tokens":1}"#,
                Some(115),
                Some(1),
            ),
            ("null", None, None),
            ("[]", None, None),
            ("\"none\"", None, None),
        ] {
            assert_eq!(tokens(usage), (input, output), "{usage}");
        }
    }

    #[test]
    fn a_later_nothing_takes_nothing_back() {
        let mut told = Tokens::default();
        for usage in [(25, 1), (0, 15), (0, 0)] {
            told.take(Tokens {
                input: Some(usage.0),
                output: Some(usage.1),
            });
        }
        told.take(Tokens::default());
        assert_eq!((told.input, told.output), (Some(25), Some(15)));
    }

    #[test]
    fn what_serde_json_refuses_is_read_all_the_same() {
        for (text, bytes) in [
            (
                r#"{"choices":[{"delta":{"content":"a\ud800b"},"finish_reason":"stop"}]}"#,
                5,
            ),
            (
                r#"{"choices":[{"delta":{"content":"\ud83d\ude00"},"finish_reason":"stop","logprob":-1e999}]}"#,
                4,
            ),
            (
                r#"{"choices":[{"delta":{"content":"\\ud800\""},"finish_reason":"stop","x":1E+400}]}"#,
                7,
            ),
        ] {
            let answer: Answer = read(text.as_bytes()).unwrap();
            assert!(answer.finished, "{text}");
            assert_eq!(answer.text, bytes, "{text}");
        }
        assert!(read::<Answer>(b"<html>").is_none());
        assert!(read::<Answer>(b"{\"a\":").is_none());
    }

    #[test]
    fn an_empty_reason_finishes_nothing() {
        for (reason, finished) in [("\"\"", false), ("null", false), ("\"stop\"", true), ("0", false)] {
            let text = format!("{{\"choices\":[{{\"finish_reason\":{reason}}}]}}");
            assert_eq!(
                read::<Answer>(text.as_bytes()).unwrap().finished,
                finished,
                "{reason}"
            );
        }
    }

    #[test]
    fn pictures_are_no_text() {
        let body = format!(
            r#"{{"messages":[{{"role":"user","content":[{{"type":"text","text":"What is it?"}},{{"type":"image_url","image_url":{{"url":"data:image/png;base64,{}"}}}}]}}]}}"#,
            "A".repeat(100_000)
        );
        assert_eq!(read::<TextBytes>(body.as_bytes()).unwrap().0, 11);
    }
}
