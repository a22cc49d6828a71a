//! What a request is expected to take, before anybody answered: what budgets hold for it.

use super::usage::Said;
use super::{
    Deserialize, Deserializer, IgnoredAny, MapAccess, Name, SeqAccess, Visitor, fmt, given_bytes, read,
};
use crate::measure::TOKEN_BYTES;
use domain::usage::{Count, Measured};

/// Tokens of an answer to a request that sets no limit: long answers are shorter, and a budget is not held for nothing.
const OUTPUT_TOKENS: u64 = 4_096;

object!(
    /// The longest answer that a request asks for, in any of the APIs.
    Longest {
        "max_tokens" => tokens: Said,
        "max_completion_tokens" => completion_tokens: Said,
        "max_output_tokens" => output_tokens: Said,
    }
);

/// How long a request is, and its answer at most.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Length {
    /// Octets of text that the model is given.
    pub(crate) text: u64,
    /// Tokens of the longest answer, where the request sets a limit.
    longest: Option<u64>,
}

impl Length {
    /// Of a request's body.
    pub(crate) fn of(body: &[u8]) -> Self {
        let longest = read::<Longest>(body).unwrap_or_default();
        let said = [longest.completion_tokens, longest.output_tokens, longest.tokens];
        let longest = said.into_iter().find_map(|Said(count)| match count {
            Count::Of(tokens) => Some(tokens),
            _ => None,
        });
        Self {
            text: given_bytes(body),
            longest,
        }
    }

    /// What a request is expected to take: its text, at four octets a token, and the longest answer that it asks for.
    pub(crate) fn expected(self, answers: bool) -> Measured {
        let output = match answers {
            true => self.longest.unwrap_or(OUTPUT_TOKENS),
            false => 0,
        };
        Measured::reported(self.text.div_ceil(TOKEN_BYTES), output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::usage::Bucket;

    #[test]
    fn an_answer_is_expected_to_be_as_long_as_the_request_lets_it() {
        for (body, answers, tokens) in [
            (
                r#"{"messages":[{"content":"12345"}],"max_tokens":10}"#,
                true,
                (2, 10),
            ),
            (
                r#"{"input":"1234","max_output_tokens":7,"max_tokens":null}"#,
                true,
                (1, 7),
            ),
            (r#"{"prompt":"","max_tokens":"many"}"#, true, (0, OUTPUT_TOKENS)),
            (r#"{"input":"12345678"}"#, false, (2, 0)),
        ] {
            let measured = Length::of(body.as_bytes()).expected(answers);
            let sum = |of: &[Bucket]| u64::try_from(measured.buckets.sum(of)).unwrap();
            assert_eq!((sum(&Bucket::INPUT), sum(&Bucket::OUTPUT)), tokens, "{body}");
        }
    }
}
