//! From what a provider counted to buckets: each API counts in its own way. The rules are those of `cost.json`.

use super::buckets::{Bucket, Buckets};

/// How the numbers of an answer are to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Chat completions and completions: parts are inside the totals.
    Chat,
    /// The same from Gemini, which counts reasoning in the total alone.
    Gemini,
    /// Embeddings: nothing comes out that is counted.
    Embeddings,
    /// OpenAI's responses: parts are inside the totals.
    Responses,
    /// Anthropic's messages: the cache is counted beside the input.
    Messages,
}

/// A member of a usage object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Count {
    /// Not there, or null.
    #[default]
    Absent,
    /// Something that is no whole number from 0 to [`super::MOST`].
    Unreadable,
    /// A number.
    Of(u64),
}

impl Count {
    /// The number, where it is one.
    pub fn number(self) -> Option<u64> {
        match self {
            Self::Of(count) => Some(count),
            Self::Absent | Self::Unreadable => None,
        }
    }

    fn or_zero(self) -> u128 {
        self.number().unwrap_or(0).into()
    }

    /// A later report replaces what it has a number for.
    pub fn replace(&mut self, later: Self) {
        if matches!(later, Self::Of(_)) || *self == Self::Absent {
            *self = later;
        }
    }
}

/// What APIs of OpenAI's kind count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// All that was given.
    pub input: Count,
    /// All that came.
    pub output: Count,
    /// Both, and perhaps what is in neither.
    pub total: Count,
    /// Of the input, what was read from a cache.
    pub cached: Count,
    /// Of the input, what was written to a cache.
    pub cache_written: Count,
    /// Of the input, sound.
    pub input_audio: Count,
    /// Of the input, pictures.
    pub input_image: Count,
    /// Of the output, sound.
    pub output_audio: Count,
    /// Of the output, pictures.
    pub output_image: Count,
    /// Of the output, reasoning.
    pub reasoning: Count,
}

/// The input of a message as Anthropic counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageCounts {
    /// What was given without what the cache had or took.
    pub input: Count,
    /// What was read from the cache.
    pub cache_read: Count,
    /// What was written to the cache.
    pub cache_written: Count,
    /// Of this, for five minutes.
    pub written_5m: Count,
    /// Of this, for an hour.
    pub written_1h: Count,
    /// All that came.
    pub output: Count,
}

impl MessageCounts {
    /// A later report replaces what it has a number for.
    pub fn replace(&mut self, later: &Self) {
        self.input.replace(later.input);
        self.cache_read.replace(later.cache_read);
        self.cache_written.replace(later.cache_written);
        self.written_5m.replace(later.written_5m);
        self.written_1h.replace(later.written_1h);
        self.output.replace(later.output);
    }
}

/// What Anthropic counts of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Of the message as a whole.
    pub counts: MessageCounts,
    /// The same for each time that the model was asked; where there are some, they count instead.
    pub iterations: Vec<MessageCounts>,
    /// Of the output, reasoning.
    pub thinking: Count,
    /// Searches of the web.
    pub web_searches: Count,
}

/// A usage object as buckets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What was given, where that was reported.
    pub input: Option<Buckets>,
    /// What came, where that was reported.
    pub output: Option<Buckets>,
    /// Searches of the web.
    pub web_searches: u64,
}

impl Report {
    /// A side was reported: otherwise it is none.
    pub fn is_one(&self) -> bool {
        self.input.is_some() || self.output.is_some()
    }
}

/// Takes parts out of a total one after the other, each cut to what is left; the rest is `rest`'s.
fn cut(total: u128, parts: &[(Bucket, u128)], rest: Bucket) -> Buckets {
    let mut buckets = Buckets::default();
    let mut left = total;
    for (bucket, part) in parts {
        let part = left.min(*part);
        buckets.add(*bucket, part);
        left -= part;
    }
    buckets.add(rest, left);
    buckets
}

impl Totals {
    /// These numbers as buckets.
    pub fn report(&self, dialect: Dialect) -> Report {
        if dialect == Dialect::Embeddings {
            let input = self.input.number().or(self.total.number());
            let input = input.map(|input| cut(input.into(), &[], Bucket::InputText));
            return Report {
                input,
                ..Report::default()
            };
        }
        let beside = self.reasoning_beside(dialect);
        let input = self.input.number().map(|input| {
            let parts = [
                (Bucket::CacheRead, self.cached.or_zero()),
                (Bucket::CacheWrite5m, self.cache_written.or_zero()),
                (Bucket::InputAudio, self.input_audio.or_zero()),
                (Bucket::InputImage, self.input_image.or_zero()),
            ];
            cut(input.into(), &parts, Bucket::InputText)
        });
        let output = self.output.number().map(|output| {
            let inside = self.reasoning.or_zero().saturating_sub(beside);
            let parts = [
                (Bucket::OutputAudio, self.output_audio.or_zero()),
                (Bucket::OutputImage, self.output_image.or_zero()),
                (Bucket::OutputReasoning, inside),
            ];
            let mut buckets = cut(output.into(), &parts, Bucket::OutputText);
            buckets.add(Bucket::OutputReasoning, beside);
            buckets
        });
        Report {
            input,
            output,
            web_searches: 0,
        }
    }

    /// Tokens of reasoning that are in the total and in none of its two parts.
    fn reasoning_beside(&self, dialect: Dialect) -> u128 {
        let (Some(input), Some(output), Some(total)) =
            (self.input.number(), self.output.number(), self.total.number())
        else {
            return 0;
        };
        let beside = u128::from(total).saturating_sub(u128::from(input) + u128::from(output));
        match dialect {
            Dialect::Gemini => beside,
            Dialect::Chat if beside == self.reasoning.or_zero() => beside,
            _ => 0,
        }
    }
}

impl Message {
    /// A later report replaces what it has a number for.
    pub fn replace(&mut self, later: &Self) {
        self.counts.replace(&later.counts);
        self.thinking.replace(later.thinking);
        self.web_searches.replace(later.web_searches);
        if !later.iterations.is_empty() {
            self.iterations.clone_from(&later.iterations);
        }
    }

    /// These numbers as buckets.
    pub fn report(&self) -> Report {
        let each = match self.iterations.is_empty() {
            true => std::slice::from_ref(&self.counts),
            false => &self.iterations,
        };
        let mut input = each
            .iter()
            .any(|one| one.input.number().is_some())
            .then(Buckets::default);
        let mut output = None;
        for one in each {
            // What stands beside the total and cannot be read leaves the side unknown.
            if one.cache_read == Count::Unreadable || one.cache_written == Count::Unreadable {
                input = None;
            }
            if let Some(input) = &mut input {
                let parts = one.written_5m.or_zero() + one.written_1h.or_zero();
                let written = one.cache_written.number().map_or(parts, u128::from);
                let hour = one.written_1h.or_zero().min(written);
                input.add(Bucket::InputText, one.input.or_zero());
                input.add(Bucket::CacheRead, one.cache_read.or_zero());
                input.add(Bucket::CacheWrite1h, hour);
                input.add(Bucket::CacheWrite5m, written - hour);
            }
            if let Some(came) = one.output.number() {
                *output.get_or_insert(0) += u128::from(came);
            }
        }
        let thinking = (Bucket::OutputReasoning, self.thinking.or_zero());
        Report {
            input,
            output: output.map(|output| cut(output, &[thinking], Bucket::OutputText)),
            web_searches: self.web_searches.number().unwrap_or(0),
        }
    }
}
