//! Prices that an organization set itself: each replaces the shipped one whole, and is never changed, only succeeded.

use super::{Charge, Tier, charge_by, matches, without_price};
use crate::usage::Measured;
use crate::{PriceId, ProviderId, Timestamp};
use std::cmp::Reverse;
use std::collections::HashMap;

/// How the name of an own price begins, by which rows tell which they used; its id follows.
pub const OWN_PRICE: &str = "own/";

/// The price of a model of one provider from an instant on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnPrice {
    /// Which.
    pub id: PriceId,
    /// Whose model.
    pub provider: ProviderId,
    /// The model's whole name as the provider knows it; `*` stands for any characters.
    pub model: String,
    /// The first instant of it.
    pub from: Timestamp,
    /// Its rates; none ends the price before it.
    pub tiers: Vec<Tier>,
}

impl OwnPrice {
    /// Its name in rows.
    pub fn name(&self) -> String {
        format!("{OWN_PRICE}{}", self.id)
    }
}

/// All of one organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnPrices {
    /// In order of preference: a name before a pattern, a longer pattern before a shorter one, and of one name the latest.
    of_provider: HashMap<ProviderId, Vec<OwnPrice>>,
}

impl OwnPrices {
    /// In any order. Of two from the same instant, the one that was set later replaces the other.
    pub fn new(prices: impl IntoIterator<Item = OwnPrice>) -> Self {
        let mut of_provider: HashMap<ProviderId, Vec<OwnPrice>> = HashMap::new();
        for price in prices {
            of_provider.entry(price.provider).or_default().push(price);
        }
        for prices in of_provider.values_mut() {
            prices.sort_by(|a, b| {
                let rank = |price: &OwnPrice| (price.model.contains('*'), Reverse(price.model.len()));
                let latest = |price: &OwnPrice| (Reverse(price.from), Reverse(price.id));
                (rank(a), &a.model, latest(a)).cmp(&(rank(b), &b.model, latest(b)))
            });
        }
        Self { of_provider }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.of_provider.is_empty()
    }

    /// The price of a model at an instant. A price that was ended leaves the model to a pattern, and that to the shipped ones.
    pub fn at(&self, provider: ProviderId, model: &str, at: Timestamp) -> Option<&OwnPrice> {
        let mut prices = self.of_provider.get(&provider)?.iter().peekable();
        while let Some(price) = prices.find(|price| price.from <= at && matches(&price.model, model)) {
            if !price.tiers.is_empty() {
                return Some(price);
            }
            // Older ones of the same name are over.
            while prices.next_if(|older| older.model == price.model).is_some() {}
        }
        None
    }

    /// What a request costs by the own prices; `None` where none is there.
    pub fn charge(
        &self,
        provider: ProviderId,
        model: &str,
        at: Timestamp,
        measured: &Measured,
    ) -> Option<Charge> {
        let price = self.at(provider, model, at)?;
        let charge = without_price(measured);
        Some(charge.unwrap_or_else(|| charge_by(&price.name(), &price.tiers, measured)))
    }

    /// Every price, those of one provider together.
    pub fn all(&self) -> impl Iterator<Item = &OwnPrice> {
        self.of_provider.values().flatten()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::usage::Bucket;

    fn price(id: i64, model: &str, from: i64, rate: Option<u64>) -> OwnPrice {
        let rates = |rate| Tier {
            from_input_tokens: 0,
            rates: [(Bucket::InputText, rate), (Bucket::OutputText, rate)].into(),
        };
        OwnPrice {
            id: PriceId(id),
            provider: ProviderId(1),
            model: model.to_owned(),
            from: Timestamp(from),
            tiers: rate.map(rates).into_iter().collect(),
        }
    }

    #[test]
    fn the_nearest_name_and_the_latest_instant_decide() {
        let prices = OwnPrices::new([
            price(1, "*", 0, Some(1)),
            price(2, "gpt-*", 0, Some(2)),
            price(3, "gpt-5", 10, Some(3)),
            price(4, "gpt-5", 20, Some(4)),
            // Set later, from an instant in between.
            price(5, "gpt-5", 15, Some(5)),
            price(6, "gpt-5", 30, None),
            price(7, "gpt-5", 40, Some(7)),
            // Of the same instant as another.
            price(8, "gpt-5", 40, Some(8)),
        ]);
        let at = |model: &str, at: i64| {
            let found = prices.at(ProviderId(1), model, Timestamp(at));
            found.map(|price| price.id.0)
        };
        for (model, instant, id) in [
            ("gpt-5", 9, Some(2)),
            ("gpt-5", 10, Some(3)),
            ("gpt-5", 15, Some(5)),
            ("gpt-5", 20, Some(4)),
            ("gpt-5", 30, Some(2)),
            ("gpt-5", 40, Some(8)),
            ("gpt-5-mini", 40, Some(2)),
            ("o3", 0, Some(1)),
            ("o3", -1, None),
        ] {
            assert_eq!(at(model, instant), id, "{model} at {instant}");
        }
        assert_eq!(prices.at(ProviderId(2), "gpt-5", Timestamp(50)), None);
    }

    #[test]
    fn an_own_price_replaces_the_other_whole() {
        let prices = OwnPrices::new([price(1, "m", 0, Some(2_000))]);
        let charge = |measured: &Measured| {
            let charge = prices.charge(ProviderId(1), "m", Timestamp(0), measured);
            charge.unwrap()
        };
        let asked = Measured::reported(10, 5);
        assert_eq!(charge(&asked).cost, Some(30));
        assert_eq!(charge(&asked).price.as_deref(), Some("own/1"));
        let mut cached = asked.clone();
        cached.buckets.add(Bucket::CacheRead, 1);
        assert_eq!(charge(&cached).cost, None, "no rate is borrowed from anywhere");
        assert_eq!(charge(&Measured::NOTHING), Charge::NOTHING);
    }
}
