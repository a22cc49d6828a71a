//! What models cost: own prices of organizations, else those that come with the product, which are data of genai-prices, made
//! into a table by `cargo xtask prices`.

mod edit;
mod reprice;

use crate::snapshot::Provider;
use crate::{Error, Services};
use domain::price::{Charge, OWN_PRICE, OwnPrices, Price, Tier, charge, rates_for};
use domain::prices::RateView;
use domain::provider::ApiType;
use domain::request_log::{PriceTold, RequestRow};
use domain::usage::{Bucket, Buckets, Measured};
use domain::{OrganizationId, ProviderId, Timestamp};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use store::{Conn, ReadTx};

const TABLE: &str = include_str!("../../prices/genai-prices.json");

/// The own prices of every organization that has some.
pub(crate) type Prices = RwLock<HashMap<OrganizationId, Arc<OwnPrices>>>;

/// The shipped prices.
#[derive(Default)]
struct Shipped {
    /// The day on which they were checked last.
    checked: String,
    /// For each kind of provider, in order of preference.
    of_type: HashMap<ApiType, Vec<Price>>,
}

static SHIPPED: LazyLock<Shipped> = LazyLock::new(|| match read(TABLE) {
    Ok(prices) => prices,
    Err(why) => {
        tracing::error!(
            why,
            "the shipped table of prices cannot be read: no model has a price"
        );
        Shipped::default()
    }
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    checked: String,
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

fn read(table: &str) -> Result<Shipped, String> {
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
    Ok(Shipped {
        checked: table.checked,
        of_type: prices,
    })
}

/// Own prices as they are stored.
pub(crate) async fn own(conn: &impl Conn, organization: OrganizationId) -> Result<OwnPrices, Error> {
    let records = store::prices::list(conn, organization).await?;
    Ok(OwnPrices::new(records.into_iter().map(|record| record.price)))
}

impl Services {
    /// Takes over the own prices of an organization from the database.
    pub(crate) async fn follow_prices(&self, tx: &ReadTx, organization: OrganizationId) -> Result<(), Error> {
        let own = own(tx, organization).await?;
        let mut prices = self.inner.prices.write().unwrap_or_else(PoisonError::into_inner);
        match own.is_empty() {
            true => prices.remove(&organization),
            false => prices.insert(organization, Arc::new(own)),
        };
        Ok(())
    }

    fn own_prices(&self, organization: OrganizationId) -> Option<Arc<OwnPrices>> {
        let prices = self.inner.prices.read().unwrap_or_else(PoisonError::into_inner);
        prices.get(&organization).cloned()
    }

    /// What a request costs that was admitted at an instant. `model` is the name by which the provider was asked. Unknown
    /// where no price serves.
    pub fn charge(
        &self,
        organization: OrganizationId,
        provider: &Provider,
        model: &str,
        at: Timestamp,
        measured: &Measured,
    ) -> Charge {
        let own = self.own_prices(organization);
        let own = own.and_then(|own| own.charge(provider.id, model, at, measured));
        own.unwrap_or_else(|| shipped(provider.api_type, model, at, measured))
    }

    /// What the price of a request asks for what it used, where that price is still known.
    pub(crate) async fn price_told(
        &self,
        conn: &impl Conn,
        organization: OrganizationId,
        row: &RequestRow,
    ) -> Result<Option<PriceTold>, Error> {
        let Some(name) = row.price.as_deref() else {
            return Ok(None);
        };
        let mut measured = Measured {
            buckets: Buckets::default(),
            ..Measured::NOTHING
        };
        for (bucket, used) in &row.buckets {
            measured.buckets.add(*bucket, u128::from(*used));
        }
        let used = |tiers: &[Tier]| {
            let rates = rates_for(tiers, &measured).into_iter().flatten();
            let used = rates.filter(|(bucket, _)| measured.buckets.get(**bucket) > 0);
            RateView::all(used)
        };
        if name.starts_with(OWN_PRICE) {
            let own = own(conn, organization).await?;
            let price = own.all().find(|price| price.name() == name);
            return Ok(price.map(|price| PriceTold {
                own: true,
                since: Some(price.from),
                checked: String::new(),
                rates: used(&price.tiers),
            }));
        }
        let price = SHIPPED.of_type.values().flatten().find(|price| price.id == name);
        Ok(price.map(|price| PriceTold {
            own: false,
            since: price.valid_from,
            checked: SHIPPED.checked.clone(),
            rates: used(&price.tiers),
        }))
    }
}

/// What a request costs by the shipped prices alone.
pub(crate) fn shipped(provider_type: ApiType, model: &str, at: Timestamp, measured: &Measured) -> Charge {
    let prices = SHIPPED.of_type.get(&provider_type).map_or(&[][..], Vec::as_slice);
    charge(prices, provider_type, model, at, measured)
}

/// The price that serves a request of the usual size, by its name, and its rates.
fn serving(
    own: &OwnPrices,
    provider: ProviderId,
    provider_type: ApiType,
    model: &str,
    at: Timestamp,
) -> Option<(String, BTreeMap<Bucket, u64>)> {
    let first = |tiers: &[Tier]| tiers.first().map(|tier| tier.rates.clone()).unwrap_or_default();
    if let Some(price) = own.at(provider, model, at) {
        return Some((price.name(), first(&price.tiers)));
    }
    let mut shipped = SHIPPED.of_type.get(&provider_type).into_iter().flatten();
    let price = shipped.find(|price| price.serves(at, None) && price.serves_model(model));
    price.map(|price| (price.id.clone(), first(&price.tiers)))
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
        let prices = read(TABLE).unwrap().of_type;
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
