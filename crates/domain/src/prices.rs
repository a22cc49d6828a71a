//! Own prices as the page shows and sends them.

use crate::budgets::Choice;
use crate::usage::{Bucket, MOST};
use crate::{PriceId, Problem, ProviderId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Characters of a model's name or pattern.
const MODEL_CHARS: usize = 200;

/// How rates of a bucket are told: for so many of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unit {
    /// Of how many a price is told.
    of: &'static str,
    /// Pico-dollars (10^-12 USD) of one, when those cost a dollar.
    dollar: u64,
    /// Decimal places with which a dollar of those is still whole pico-dollars of one.
    places: usize,
}

const MILLION: Unit = Unit {
    of: "1M tokens",
    dollar: 1_000_000,
    places: 6,
};
const THOUSAND: Unit = Unit {
    of: "1,000",
    dollar: 1_000_000_000,
    places: 9,
};

fn unit(bucket: Bucket) -> Unit {
    match bucket {
        Bucket::Requests | Bucket::WebSearches => THOUSAND,
        _ => MILLION,
    }
}

/// Of how many of a bucket its price is told: `1M tokens`.
pub fn told_of(bucket: Bucket) -> &'static str {
    unit(bucket).of
}

/// A rate as it is typed: US dollars for a million tokens or a thousand others. `2.5`.
pub fn write_rate(bucket: Bucket, pico: u64) -> String {
    let Unit { dollar, places, .. } = unit(bucket);
    let (whole, part) = (pico / dollar, pico % dollar);
    let part = format!("{part:0places$}");
    match part.trim_end_matches('0') {
        "" => whole.to_string(),
        part => format!("{whole}.{part}"),
    }
}

/// The rate of a bucket that a text says, in pico-dollars of one. The problem names the field.
pub fn read_rate(bucket: Bucket, text: &str) -> Result<u64, Problem> {
    let Unit { dollar, places, of } = unit(bucket);
    let typed: String = text.chars().filter(|c| !matches!(c, ',' | ' ' | '_')).collect();
    let typed = typed.strip_prefix('$').unwrap_or(&typed);
    let (whole, part) = typed.split_once('.').unwrap_or((typed, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let well_formed = !whole.is_empty() && digits(whole) && digits(part) && part.len() <= places;
    let rate = well_formed.then(|| {
        let part: u64 = format!("{part:0<places$}").parse().ok()?;
        let whole: u64 = whole.parse().ok()?;
        whole
            .checked_mul(dollar)?
            .checked_add(part)
            .filter(|rate| *rate <= MOST)
    });
    rate.flatten().ok_or_else(|| {
        let message =
            format!("Enter US dollars per {of}, such as 2.50, with at most {places} decimal places.");
        Problem::invalid(bucket.as_str(), message)
    })
}

/// A price to set, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceInput {
    /// The provider's id.
    pub provider: String,
    /// The model's name as the provider knows it, or a pattern with `*`.
    pub model: String,
    /// The first day in UTC, as [`Timestamp::date`] writes it; empty is at once.
    pub from: String,
    /// What each bucket costs, of those that were filled in.
    pub rates: Vec<(Bucket, String)>,
}

/// The same, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPrice {
    /// Whose model.
    pub provider: ProviderId,
    /// Which.
    pub model: String,
    /// From when on.
    pub from: Timestamp,
    /// Pico-dollars of one.
    pub rates: BTreeMap<Bucket, u64>,
}

fn read_provider(text: &str) -> Result<ProviderId, Problem> {
    text.parse()
        .map_err(|_| Problem::invalid("provider", "Choose a provider."))
}

fn read_model(text: &str) -> Result<String, Problem> {
    let model = text.trim();
    if model.is_empty() || model.chars().count() > MODEL_CHARS || model.contains(char::is_control) {
        let message =
            format!("Enter the model's name, or a pattern such as gpt-5*: 1 to {MODEL_CHARS} characters.");
        return Err(Problem::invalid("model", message));
    }
    Ok(model.to_owned())
}

/// The beginning of a day; `None` of an empty text.
fn read_day(field: &'static str, text: &str) -> Result<Option<Timestamp>, Problem> {
    match text.trim() {
        "" => Ok(None),
        text => {
            let day = Timestamp::end_of(text).map(|end| end.plus(-Timestamp::DAY));
            day.map(Some)
                .ok_or_else(|| Problem::invalid(field, "Enter a day, such as 2026-03-01."))
        }
    }
}

impl PriceInput {
    /// What is asked for at an instant, or what is wrong with it. What is left empty of tokens costs what other tokens of
    /// its side cost; sound, pictures and searches left empty have no price.
    pub fn check(&self, now: Timestamp) -> Result<NewPrice, Problem> {
        let provider = read_provider(&self.provider)?;
        let model = read_model(&self.model)?;
        let from = read_day("from", &self.from)?.unwrap_or(now);
        let mut rates = BTreeMap::new();
        for (bucket, text) in &self.rates {
            if !text.trim().is_empty() {
                rates.insert(*bucket, read_rate(*bucket, text)?);
            }
        }
        let sides = [
            (
                Bucket::InputText,
                &[Bucket::CacheRead, Bucket::CacheWrite5m, Bucket::CacheWrite1h][..],
            ),
            (Bucket::OutputText, &[Bucket::OutputReasoning][..]),
        ];
        for (side, others) in sides {
            let Some(rate) = rates.get(&side).copied() else {
                let message = format!("Enter what {} costs; 0 is free.", side.label().to_lowercase());
                return Err(Problem::invalid(side.as_str(), message));
            };
            for other in others {
                rates.entry(*other).or_insert(rate);
            }
        }
        Ok(NewPrice {
            provider,
            model,
            from,
            rates,
        })
    }
}

/// From when on a price ends, as it was typed; empty is at once.
pub fn read_end(from: &str, now: Timestamp) -> Result<Timestamp, Problem> {
    Ok(read_day("from", from)?.unwrap_or(now))
}

/// A past span to be priced again, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepriceInput {
    /// The provider's id.
    pub provider: String,
    /// The model's name or a pattern; empty is all of the provider's.
    pub model: String,
    /// The first day in UTC.
    pub from: String,
    /// The last day.
    pub until: String,
}

/// The same, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepriceSpan {
    /// Whose requests.
    pub provider: ProviderId,
    /// Of which model; `*` is all.
    pub model: String,
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
}

impl RepriceInput {
    /// What is asked for, or what is wrong with it.
    pub fn check(&self) -> Result<RepriceSpan, Problem> {
        let missing = |field| Problem::invalid(field, "Enter a day, such as 2026-03-01.");
        let from = read_day("from", &self.from)?.ok_or_else(|| missing("from"))?;
        let until = read_day("until", &self.until)?.ok_or_else(|| missing("until"))?;
        if until < from {
            return Err(Problem::invalid("until", "The last day is before the first."));
        }
        Ok(RepriceSpan {
            provider: read_provider(&self.provider)?,
            model: match self.model.trim() {
                "" => "*".to_owned(),
                model => read_model(model)?,
            },
            from,
            until: until.plus(Timestamp::DAY),
        })
    }
}

impl RepriceSpan {
    /// Whether it is about a model.
    pub fn covers(&self, model: &str) -> bool {
        crate::price::matches(&self.model, model)
    }
}

/// Where the price of a model is set: the page, with its form begun.
pub fn set_price_address(org: &str, provider: ProviderId, model: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("provider", &provider.to_string())
        .append_pair("model", model);
    format!("/o/{org}/prices?{}#set-price", query.finish())
}

/// What a price asks for one bucket, as it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateView {
    /// Of what.
    pub bucket: Bucket,
    /// US dollars: `2.5`.
    pub amount: String,
}

impl RateView {
    /// Rates in pico-dollars of one, as they are told.
    pub fn all<'a>(rates: impl IntoIterator<Item = (&'a Bucket, &'a u64)>) -> Vec<Self> {
        let rate = |(bucket, pico): (&Bucket, &u64)| Self {
            bucket: *bucket,
            amount: write_rate(*bucket, *pico),
        };
        rates.into_iter().map(rate).collect()
    }
}

/// An own price as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnPriceView {
    /// Which.
    pub id: PriceId,
    /// Whose model: the provider's name.
    pub provider: String,
    /// Which.
    pub model: String,
    /// From when on.
    pub from: Timestamp,
    /// Until when, where another one succeeds it.
    pub until: Option<Timestamp>,
    /// What it asks; nothing where it ends the one before.
    pub rates: Vec<RateView>,
    /// Who set it.
    pub by: String,
}

/// A model that was asked in the last thirty days, and what is asked for it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricedModel {
    /// Whose it is.
    pub provider: ProviderId,
    /// The provider's name.
    pub provider_name: String,
    /// The model as the provider knows it.
    pub model: String,
    /// Requests.
    pub requests: u64,
    /// Of these, those whose cost is not known.
    pub unpriced: u64,
    /// The name of the price that serves now: `openai/o3`, `own/3`.
    pub price: Option<String>,
    /// What it asks for requests of the usual size.
    pub rates: Vec<RateView>,
}

/// The page of prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceList {
    /// Models that were asked, those without a price first.
    pub models: Vec<PricedModel>,
    /// Own prices, the latest first.
    pub own: Vec<OwnPriceView>,
    /// The providers of the organization.
    pub providers: Vec<Choice>,
    /// What the form for a new price begins with.
    pub draft: PriceInput,
    /// The day on which the shipped prices were checked last: `2026-03-01`.
    pub checked: String,
    /// When this was read.
    pub now: Timestamp,
}

/// What pricing a span again would change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repricing {
    /// Requests in the span.
    pub requests: u64,
    /// Of these, whose cost changes.
    pub changed: u64,
    /// Of the span, what is known to be spent now, in nano-dollars.
    pub before: i64,
    /// The same afterwards.
    pub after: i64,
    /// Requests whose cost is not known now.
    pub unpriced_before: u64,
    /// The same afterwards.
    pub unpriced_after: u64,
    /// What was seen: applied only if it is the same then.
    pub seen: String,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_as_they_are_written() {
        for (bucket, text, pico) in [
            (Bucket::InputText, "2.5", 2_500_000),
            (Bucket::InputText, "0", 0),
            (Bucket::InputText, "0.000001", 1),
            (Bucket::OutputText, "1234.56", 1_234_560_000),
            (Bucket::WebSearches, "10", 10_000_000_000),
            (Bucket::Requests, "0.000000001", 1),
        ] {
            assert_eq!(read_rate(bucket, text).unwrap(), pico, "{text}");
            assert_eq!(write_rate(bucket, pico), text);
        }
        assert_eq!(
            read_rate(Bucket::InputText, " $1,000.50 ").unwrap(),
            1_000_500_000
        );
        for text in [
            "",
            ".5",
            "-1",
            "1e3",
            "0.0000001",
            "1.2.3",
            "99999999999999999999",
            "9223372036855",
            "2,5€",
        ] {
            let refused = read_rate(Bucket::InputText, text).unwrap_err();
            assert_eq!(refused.fields[0].field, "input_text", "{text}");
        }
    }

    #[test]
    fn what_is_left_empty_of_tokens_costs_what_its_side_costs() {
        let mut input = PriceInput {
            provider: "7".into(),
            model: " m ".into(),
            from: "2026-03-01".into(),
            rates: vec![
                (Bucket::InputText, "2".into()),
                (Bucket::OutputText, "8".into()),
                (Bucket::CacheRead, "0.2".into()),
                (Bucket::InputAudio, " ".into()),
            ],
        };
        let read = input.check(Timestamp(0)).unwrap();
        assert_eq!((read.provider, read.model.as_str()), (ProviderId(7), "m"));
        assert_eq!(read.from.rfc3339(), "2026-03-01T00:00:00Z");
        let rate = |bucket| read.rates.get(&bucket).copied();
        assert_eq!(rate(Bucket::CacheRead), Some(200_000));
        assert_eq!(rate(Bucket::CacheWrite1h), Some(2_000_000));
        assert_eq!(rate(Bucket::OutputReasoning), Some(8_000_000));
        assert_eq!(rate(Bucket::InputAudio), None);
        assert_eq!(rate(Bucket::Requests), None);
        input.from = String::new();
        assert_eq!(input.check(Timestamp(5)).unwrap().from, Timestamp(5));
        input.rates.remove(1);
        assert_eq!(
            input.check(Timestamp(5)).unwrap_err().fields[0].field,
            "output_text"
        );
    }

    #[test]
    fn a_span_has_both_its_days() {
        let span = |from: &str, until: &str| {
            let input = RepriceInput {
                provider: "1".into(),
                from: from.into(),
                until: until.into(),
                ..RepriceInput::default()
            };
            input
                .check()
                .map(|span| (span.from.date(), span.until.date(), span.model))
        };
        assert_eq!(
            span("2026-03-01", "2026-03-01").unwrap(),
            ("2026-03-01".to_owned(), "2026-03-02".to_owned(), "*".to_owned())
        );
        assert_eq!(
            span("2026-03-02", "2026-03-01").unwrap_err().fields[0].field,
            "until"
        );
        assert_eq!(span("", "2026-03-01").unwrap_err().fields[0].field, "from");
    }
}
