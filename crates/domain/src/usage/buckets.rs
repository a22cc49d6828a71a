//! What a request used, in parts that do not overlap.

use crate::role::{UnknownName, named};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

named!(
    /// A part of what a request used. The order is that of lists and columns.
    Bucket {
        /// Tokens that were given and are in no other part.
        InputText = "input_text", "Input";
        /// Tokens that were given and read from the provider's cache.
        CacheRead = "cache_read", "Cache read";
        /// Tokens that were given and written to a cache that keeps them for five minutes, or for the provider's usual time.
        CacheWrite5m = "cache_write_5m", "Cache write (5 min)";
        /// Tokens that were given and written to a cache that keeps them for an hour.
        CacheWrite1h = "cache_write_1h", "Cache write (1 h)";
        /// Tokens of sound that were given.
        InputAudio = "input_audio", "Audio input";
        /// Tokens of pictures that were given.
        InputImage = "input_image", "Image input";
        /// Tokens that came and are in no other part.
        OutputText = "output_text", "Output";
        /// Tokens of reasoning.
        OutputReasoning = "output_reasoning", "Reasoning";
        /// Tokens of sound that came.
        OutputAudio = "output_audio", "Audio output";
        /// Tokens of pictures that came.
        OutputImage = "output_image", "Image output";
        /// Requests that did not fail.
        Requests = "requests", "Requests";
        /// Searches of the web that the provider made.
        WebSearches = "web_searches", "Web searches";
    }
);

impl Bucket {
    /// Tokens that a model was given.
    pub const INPUT: [Self; 6] = [
        Self::InputText,
        Self::CacheRead,
        Self::CacheWrite5m,
        Self::CacheWrite1h,
        Self::InputAudio,
        Self::InputImage,
    ];

    /// Tokens that came from a model.
    pub const OUTPUT: [Self; 4] = [
        Self::OutputText,
        Self::OutputReasoning,
        Self::OutputAudio,
        Self::OutputImage,
    ];
}

/// The largest number in a bucket, a rate or an amount: what the databases' integers hold.
pub const MOST: u64 = i64::MAX.unsigned_abs();

/// How much of each bucket; none is above [`MOST`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Buckets([u64; Bucket::ALL.len()]);

impl Buckets {
    /// How much of one.
    pub fn get(&self, bucket: Bucket) -> u64 {
        self.0[bucket as usize]
    }

    /// Adds to one, which stays at [`MOST`] when it gets there.
    pub fn add(&mut self, bucket: Bucket, count: u128) {
        let sum = u128::from(self.0[bucket as usize]).saturating_add(count);
        self.0[bucket as usize] = u64::try_from(sum).unwrap_or(MOST).min(MOST);
    }

    /// Adds all of another's.
    pub fn add_all(&mut self, other: &Self) {
        for bucket in Bucket::ALL {
            self.add(*bucket, other.get(*bucket).into());
        }
    }

    /// Those in which there is something.
    pub fn used(&self) -> impl Iterator<Item = (Bucket, u64)> {
        Bucket::ALL
            .iter()
            .map(|bucket| (*bucket, self.get(*bucket)))
            .filter(|(_, count)| *count > 0)
    }

    /// Tokens of these buckets together.
    pub fn sum(&self, of: &[Bucket]) -> u128 {
        of.iter().map(|bucket| u128::from(self.get(*bucket))).sum()
    }
}

named!(
    /// Where the numbers come from.
    UsageSource {
        /// The provider counted all of it.
        Reported = "reported", "Reported";
        /// At least one side is an estimate.
        Estimated = "estimated", "Estimated";
        /// There are none: the request failed, or nobody counted and there is no text to estimate from.
        None = "none", "None";
    }
);

/// What one request used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Whose numbers they are.
    pub source: UsageSource,
    /// The numbers.
    pub buckets: Buckets,
    /// The service tier in which the provider worked, where it has a price of its own.
    pub service_tier: Option<String>,
}

impl Measured {
    /// Of a request that failed, or asked no model.
    pub const NOTHING: Self = Self {
        source: UsageSource::None,
        buckets: Buckets([0; Bucket::ALL.len()]),
        service_tier: None,
    };

    /// Of a request that a provider reports so many tokens of text for.
    pub fn reported(input: u64, output: u64) -> Self {
        let mut buckets = Buckets::default();
        buckets.add(Bucket::InputText, input.into());
        buckets.add(Bucket::OutputText, output.into());
        buckets.add(Bucket::Requests, 1);
        Self {
            source: UsageSource::Reported,
            buckets,
            service_tier: None,
        }
    }

    /// Nothing was used: what did not fail is counted as a request at least.
    pub fn is_nothing(&self) -> bool {
        self.buckets.get(Bucket::Requests) == 0
    }
}
