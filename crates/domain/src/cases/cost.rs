//! `cost.json`: what a request used and costs, by what its provider answered.

use super::Instant;
use crate::price::{Price, Tier};
use crate::provider::ApiType;
use crate::usage::{Bucket, Dialect, MOST, UsageSource};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// How the answer is read.
    pub dialect: Spoken,
    /// By which the price is chosen.
    pub provider_type: ApiType,
    /// The name by which the provider was asked.
    pub model: String,
    /// When the request was admitted.
    pub at: Instant,
    /// HTTP status; 200 when absent.
    pub status: Option<u16>,
    /// What the client sent, as far as an estimate may need it.
    pub request: Option<Value>,
    /// A whole answer.
    pub answer: Option<Value>,
    /// The data of a stream's events.
    pub events: Option<Vec<Value>>,
    /// How the stream ended.
    pub end: Option<End>,
    /// When it did, which changes nothing.
    pub ended_at: Option<Instant>,
    /// In order of preference.
    pub prices: Vec<Entry>,
    /// What comes of it.
    pub expect: Expect,
    /// Faults of other products that the case would have caught.
    #[serde(default)]
    pub bug: Vec<String>,
}

impl super::Case for Case {
    const FILE: &'static str = "cost.json";
    type Rest = super::Rules;
}

/// The dialects by the names of the file.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spoken {
    /// Chat completions.
    OpenaiChat,
    /// The same as a stream.
    OpenaiChatStream,
    /// Azure OpenAI.
    Azure,
    /// Ollama.
    Ollama,
    /// Gemini's chat completions.
    GeminiCompatible,
    /// OpenAI's responses, whole or as a stream.
    OpenaiResponses,
    /// Anthropic's messages.
    AnthropicMessages,
    /// The same as a stream.
    AnthropicMessagesStream,
    /// Embeddings.
    Embeddings,
}

impl Spoken {
    /// The dialect meant.
    pub fn dialect(self) -> Dialect {
        match self {
            Self::OpenaiChat | Self::OpenaiChatStream | Self::Azure | Self::Ollama => Dialect::Chat,
            Self::GeminiCompatible => Dialect::Gemini,
            Self::OpenaiResponses => Dialect::Responses,
            Self::AnthropicMessages | Self::AnthropicMessagesStream => Dialect::Messages,
            Self::Embeddings => Dialect::Embeddings,
        }
    }
}

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// In the provider's own way.
    Complete,
    /// The client left.
    ClientGone,
    /// The connection broke or closed too early.
    Broken,
}

/// An entry of a price list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    id: String,
    provider_type: ApiType,
    r#match: String,
    valid_from: Option<Instant>,
    valid_to: Option<Instant>,
    service_tier: Option<String>,
    tiers: Vec<Rates>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rates {
    from_input_tokens: u64,
    rates: BTreeMap<Bucket, u64>,
}

impl Entry {
    /// The price that it is.
    ///
    /// # Panics
    /// When the tiers are not ascending from 0, or a rate has more than 63 bits.
    pub fn price(&self) -> Price {
        let tiers = self.tiers.iter().map(|tier| Tier {
            from_input_tokens: tier.from_input_tokens,
            rates: tier.rates.clone(),
        });
        let starts: Vec<u64> = self.tiers.iter().map(|tier| tier.from_input_tokens).collect();
        assert!(
            starts.first() == Some(&0) && starts.is_sorted_by(|a, b| a < b),
            "{}: {starts:?}",
            self.id
        );
        let price = Price {
            id: self.id.clone(),
            provider_type: self.provider_type,
            model: self.r#match.clone(),
            valid_from: self.valid_from.map(|at| at.0),
            valid_to: self.valid_to.map(|at| at.0),
            service_tier: self.service_tier.clone(),
            tiers: tiers.collect(),
        };
        let rates = price.tiers.iter().flat_map(|tier| tier.rates.values());
        assert!(rates.max().is_none_or(|rate| *rate <= MOST), "{}", self.id);
        price
    }
}

/// What comes of a request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Whose numbers they are.
    pub usage_source: UsageSource,
    /// The numbers; those that are not listed are 0.
    pub buckets: BTreeMap<Bucket, u64>,
    /// Nano-dollars; none when unknown.
    #[serde(deserialize_with = "super::given")]
    pub cost_nano: Option<i64>,
    /// The entry that was used.
    #[serde(deserialize_with = "super::given")]
    pub price: Option<String>,
    /// What had no rate.
    #[serde(default)]
    pub unpriced: Vec<Bucket>,
}
