//! What a request costs: prices with dates, and one amount in integers. The rules are those of `cost.json`.

mod own;

use crate::Timestamp;
use crate::provider::ApiType;
use crate::usage::{Bucket, MOST, Measured, UsageSource};
pub use own::{OWN_PRICE, OwnPrice, OwnPrices};
use std::collections::BTreeMap;

/// The price of some models from an instant on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Its name, by which rows tell which price they used.
    pub id: String,
    /// The kind of provider that asks for it.
    pub provider_type: ApiType,
    /// The model's whole name as the provider knows it; `*` stands for any characters.
    pub model: String,
    /// The first instant of it; none for always.
    pub valid_from: Option<Timestamp>,
    /// The first instant after it; none as long as nothing else is known.
    pub valid_to: Option<Timestamp>,
    /// The service tier that it is for; none for all.
    pub service_tier: Option<String>,
    /// Its rates by the size of the request, ascending; the first is from 0.
    pub tiers: Vec<Tier>,
}

/// The rates of requests from a size on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// The least number of input tokens, all kinds together.
    pub from_input_tokens: u64,
    /// Pico-dollars (10^-12 USD) for one of each bucket. What is not here has no price.
    pub rates: BTreeMap<Bucket, u64>,
}

/// What one request costs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Charge {
    /// Nano-dollars (10^-9 USD); none when nobody knows.
    pub cost: Option<i64>,
    /// The price that was used.
    pub price: Option<String>,
    /// What was used and has no rate in it, in the order of the buckets.
    pub unpriced: Vec<Bucket>,
}

impl Charge {
    /// Of what failed, or asked no model.
    pub const NOTHING: Self = Self {
        cost: Some(0),
        price: None,
        unpriced: Vec::new(),
    };
}

impl Price {
    /// Whether it is for a model.
    pub fn serves_model(&self, model: &str) -> bool {
        matches(&self.model, model)
    }

    /// Whether it is for an instant and a service tier.
    pub fn serves(&self, at: Timestamp, service_tier: Option<&str>) -> bool {
        self.valid_from.is_none_or(|from| from <= at)
            && self.valid_to.is_none_or(|to| at < to)
            && self
                .service_tier
                .as_deref()
                .is_none_or(|tier| Some(tier) == service_tier)
    }

    fn charge(&self, measured: &Measured) -> Charge {
        charge_by(&self.id, &self.tiers, measured)
    }
}

/// The rates of a request of this size.
pub fn rates_for<'a>(tiers: &'a [Tier], measured: &Measured) -> Option<&'a BTreeMap<Bucket, u64>> {
    let input = measured.buckets.sum(&Bucket::INPUT);
    let reached = |tier: &&Tier| u128::from(tier.from_input_tokens) <= input;
    tiers.iter().rfind(reached).map(|tier| &tier.rates)
}

/// What was used, by the rates of one price.
fn charge_by(id: &str, tiers: &[Tier], measured: &Measured) -> Charge {
    let rates = rates_for(tiers, measured);
    let rate = |bucket| rates.and_then(|rates| rates.get(&bucket)).copied();
    let (mut sum, mut unpriced) = (0_u128, Vec::new());
    for (bucket, count) in measured.buckets.used() {
        match rate(bucket) {
            Some(rate) => sum = sum.saturating_add(u128::from(count) * u128::from(rate)),
            None if bucket == Bucket::Requests => {}
            None => unpriced.push(bucket),
        }
    }
    Charge {
        cost: unpriced.is_empty().then(|| to_nano(sum)),
        price: Some(id.to_owned()),
        unpriced,
    }
}

/// What a request costs by the first of these prices that serves. They are in order of preference.
pub fn charge<'a>(
    prices: impl IntoIterator<Item = &'a Price>,
    provider_type: ApiType,
    model: &str,
    at: Timestamp,
    measured: &Measured,
) -> Charge {
    let tier = measured.service_tier.as_deref();
    let serves = |price: &&Price| {
        price.provider_type == provider_type && price.serves(at, tier) && price.serves_model(model)
    };
    let price = || prices.into_iter().find(serves);
    without_price(measured)
        .unwrap_or_else(|| price().map_or_else(Charge::default, |price| price.charge(measured)))
}

/// What needs no price: nothing, and what nobody counted.
fn without_price(measured: &Measured) -> Option<Charge> {
    if measured.is_nothing() {
        return Some(Charge::NOTHING);
    }
    (measured.source == UsageSource::None).then(Charge::default)
}

/// Pico-dollars as nano-dollars, rounded half to even.
fn to_nano(pico: u128) -> i64 {
    let (whole, rest) = (pico / 1_000, pico % 1_000);
    let up = rest > 500 || (rest == 500 && whole % 2 == 1);
    let most = u128::from(MOST);
    i64::try_from((whole + u128::from(up)).min(most)).unwrap_or(i64::MAX)
}

/// Whether a pattern is for the whole of a text. Linear in the text for each star: patterns are a table's, names anybody's.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, pattern)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(head) else {
        return false;
    };
    let (middle, tail) = pattern.rsplit_once('*').unwrap_or(("", pattern));
    // The first place of each part leaves the most for those after it.
    for part in middle.split('*') {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::{matches, to_nano};

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text, found) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "a", true),
            ("a*", "a/b:c", true),
            ("*a", "ba", true),
            ("*a*", "xay", true),
            ("*", "", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("ab*ba", "aba", false),
            ("a**b", "ab", true),
            ("a*é", "aé", true),
            ("a.c", "abc", false),
        ] {
            assert_eq!(matches(pattern, text), found, "{pattern} {text}");
        }
    }

    #[test]
    fn half_is_rounded_to_even_once() {
        let sums = [0, 499, 500, 501, 1_500, 2_500, u128::MAX];
        assert_eq!(sums.map(to_nano), [0, 0, 0, 1, 2, 2, i64::MAX]);
    }
}
