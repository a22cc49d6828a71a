//! The prices that come with the product: data of genai-prices, made into a table by `cargo xtask prices`.

use crate::Services;
use domain::Timestamp;
use domain::price::{Charge, Price, Tier, charge};
use domain::provider::ApiType;
use domain::usage::{Bucket, Measured};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

const TABLE: &str = include_str!("../prices/genai-prices.json");

/// For each kind of provider, in order of preference.
static SHIPPED: LazyLock<HashMap<ApiType, Vec<Price>>> = LazyLock::new(|| match read(TABLE) {
    Ok(prices) => prices,
    Err(why) => {
        tracing::error!(
            why,
            "the shipped table of prices cannot be read: no model has a price"
        );
        HashMap::new()
    }
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(rename = "checked")]
    _checked: String,
    #[serde(rename = "source")]
    _source: String,
    prices: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    provider_type: ApiType,
    r#match: Vec<String>,
    valid_from: Option<String>,
    valid_to: Option<String>,
    service_tier: Option<String>,
    tiers: Vec<Rates>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rates {
    from_input_tokens: u64,
    rates: BTreeMap<Bucket, u64>,
}

fn read(table: &str) -> Result<HashMap<ApiType, Vec<Price>>, String> {
    let table: Table = serde_json::from_str(table).map_err(|error| error.to_string())?;
    let mut prices: HashMap<ApiType, Vec<Price>> = HashMap::new();
    for entry in table.prices {
        let instant = |text: Option<String>| match text {
            Some(text) => Timestamp::read(&text)
                .map(Some)
                .ok_or_else(|| format!("{}: {text} is no instant", entry.id)),
            None => Ok(None),
        };
        let (valid_from, valid_to) = (instant(entry.valid_from)?, instant(entry.valid_to)?);
        let tiers: Vec<Tier> = entry
            .tiers
            .into_iter()
            .map(|tier| Tier {
                from_input_tokens: tier.from_input_tokens,
                rates: tier.rates,
            })
            .collect();
        let of_type = prices.entry(entry.provider_type).or_default();
        of_type.extend(entry.r#match.into_iter().map(|model| Price {
            id: entry.id.clone(),
            provider_type: entry.provider_type,
            model,
            valid_from,
            valid_to,
            service_tier: entry.service_tier.clone(),
            tiers: tiers.clone(),
        }));
    }
    Ok(prices)
}

impl Services {
    /// What a request costs that was admitted at an instant. `model` is the name by which the provider was asked. Unknown
    /// where no price serves.
    pub fn charge(&self, provider_type: ApiType, model: &str, at: Timestamp, measured: &Measured) -> Charge {
        shipped(provider_type, model, at, measured)
    }
}

/// The same by the shipped prices alone.
pub(crate) fn shipped(provider_type: ApiType, model: &str, at: Timestamp, measured: &Measured) -> Charge {
    let prices = SHIPPED.get(&provider_type).map_or(&[][..], Vec::as_slice);
    charge(prices, provider_type, model, at, measured)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(provider_type: ApiType, model: &str, at: &str) -> (Option<i64>, Option<String>) {
        let measured = Measured::reported(1_000, 100);
        let charge = shipped(provider_type, model, Timestamp::read(at).unwrap(), &measured);
        (charge.cost, charge.price)
    }

    #[test]
    fn the_shipped_table_is_read_whole_and_in_order() {
        let prices = read(TABLE).unwrap();
        let types = [
            ApiType::OpenAi,
            ApiType::Anthropic,
            ApiType::Gemini,
            ApiType::AzureOpenAi,
        ];
        for of_type in types {
            assert!(prices[&of_type].len() > 20, "{of_type}");
        }
        for price in prices.values().flatten() {
            let starts: Vec<u64> = price.tiers.iter().map(|tier| tier.from_input_tokens).collect();
            assert!(
                starts[0] == 0 && starts.is_sorted_by(|a, b| a < b),
                "{}",
                price.id
            );
            assert!(
                price
                    .valid_from
                    .is_none_or(|from| price.valid_to.is_none_or(|to| from < to)),
                "{}",
                price.id
            );
        }
    }

    // OpenAI lowered the price of o3 by four fifths on 10 June 2025.
    #[test]
    fn a_price_is_that_of_the_day_and_of_its_own_kind_of_provider() {
        let o3 = |at| cost(ApiType::OpenAi, "o3", at);
        assert_eq!(
            o3("2025-06-09T23:59:59Z"),
            (Some(14_000_000), Some("openai/o3".to_owned()))
        );
        assert_eq!(
            o3("2025-06-10T00:00:00Z"),
            (Some(2_800_000), Some("openai/o3@2025-06-10".to_owned()))
        );
        let now = "2026-03-01T12:00:00Z";
        let sonnet = Some("anthropic/claude-sonnet-4-5".to_owned());
        assert_eq!(
            cost(ApiType::Anthropic, "claude-sonnet-4-5-20250929", now),
            (Some(4_500_000), sonnet)
        );
        assert!(cost(ApiType::Gemini, "models/gemini-2.5-pro", now).0.is_some());
        for (of_type, model) in [
            (ApiType::OpenAiCompatible, "o3"),
            (ApiType::Ollama, "o3"),
            (ApiType::OpenAi, "no such model"),
        ] {
            assert_eq!(cost(of_type, model, now), (None, None), "{of_type} {model}");
        }
        assert_eq!(
            cost(ApiType::Gemini, "gemini-2.5-pro-new-tts", now).0,
            None,
            "speech has another price"
        );
    }
}
