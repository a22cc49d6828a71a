//! Makes the shipped table of prices out of the data of genai-prices (MIT; pypi.org/project/genai-prices). Only its data:
//! what it says in decimal numbers for a million tokens is written as whole pico-dollars for one.

mod patterns;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value as Json, json};

use crate::python::{Call, Value, list_after};

/// Their providers that are a type of ours. Other types have a server of their own, or anybody's.
const PROVIDERS: [(&str, &str); 4] = [
    ("openai", "openai"),
    ("anthropic", "anthropic"),
    ("google", "gemini"),
    ("azure", "azure_openai"),
];

/// Service tiers with prices of their own, by what genai-prices calls them.
const TIERS: [(&str, &str, &str); 4] = [
    ("service_tier", "flex", "flex"),
    ("service_tier", "priority", "priority"),
    ("service_tier", "fast", "fast"),
    ("processing", "batch", "batch"),
];

/// Our buckets, and whose rates they have there: the first that is given. Here no bucket borrows the rate of another.
const BUCKETS: [(&str, &[&str]); 10] = [
    ("input_text", &["input_mtok"]),
    ("cache_read", &["cache_read_mtok", "input_mtok"]),
    (
        "cache_write_5m",
        &["cache_write_5m_mtok", "cache_write_mtok", "input_mtok"],
    ),
    (
        "cache_write_1h",
        &["cache_write_1h_mtok", "cache_write_mtok", "input_mtok"],
    ),
    ("input_audio", &["input_audio_mtok", "input_mtok"]),
    ("input_image", &["input_image_mtok", "input_mtok"]),
    ("output_text", &["output_mtok"]),
    ("output_reasoning", &["output_reasoning_mtok", "output_mtok"]),
    ("output_audio", &["output_audio_mtok", "output_mtok"]),
    ("output_image", &["output_image_mtok", "output_mtok"]),
];

/// What is counted one by one there, for a thousand.
const SINGLE: [(&str, &str); 2] = [
    ("requests", "requests_kcount"),
    ("web_searches", "web_searches_kcount"),
];

/// Prices of what has no bucket.
const NOT_COUNTED: [&str; 8] = [
    "audio_hours",
    "cache_audio_read_mtok",
    "cache_image_read_mtok",
    "input_audio_hours",
    "input_mchars",
    "input_video_mtok",
    "output_video_mtok",
    "storage_searches_kcount",
];

/// Reads `data.py` and returns the table as JSON, checked on a day such as `2026-11-27`.
pub fn table(data: &str, source: &str, day: &str) -> Result<String> {
    let source_text = fs::read_to_string(data).with_context(|| data.to_owned())?;
    let providers = list_after(&source_text, "providers: list[Provider] =")?;
    let mut lines = Vec::new();
    for (theirs, ours) in PROVIDERS {
        let found = providers.iter().map(|provider| provider.call("Provider"));
        let provider = found
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .find(|provider| provider.text("id").is_ok_and(|id| id == theirs))
            .with_context(|| format!("there is no provider {theirs}"))?;
        // What matches all but some comes after what matches only these.
        let (mut some, mut all_but) = (Vec::new(), Vec::new());
        for model in provider.list("models")? {
            let model = model.call("ModelInfo")?;
            let entries = entries(ours, model)
                .with_context(|| format!("{theirs}: {}", model.text("id").unwrap_or_default()))?;
            match entries.0 {
                true => all_but.extend(entries.1),
                false => some.extend(entries.1),
            }
        }
        lines.extend(some);
        lines.extend(all_but);
    }
    let mut out = String::new();
    writeln!(
        out,
        "{{\"checked\": {}, \"source\": {},",
        json!(day),
        json!(source)
    )?;
    let lines: Vec<String> = lines.iter().map(Json::to_string).collect();
    writeln!(out, "\"prices\": [\n{}\n]}}", lines.join(",\n"))?;
    Ok(out)
}

/// The entries of a model: for each service tier and span of time. Whether they are for all names but some.
fn entries(provider: &str, model: &Call) -> Result<(bool, Vec<Json>)> {
    let matched = model.get("match").context("nothing to match")?;
    let (mut names, unpriced) = patterns::of(matched)?;
    if provider == "gemini" {
        // Its list of models has names with a prefix, which both APIs take.
        let long: Vec<String> = names.iter().map(|name| format!("models/{name}")).collect();
        names.extend(long);
    }
    let id = format!("{provider}/{}", model.text("id")?);
    let standard = match model.get("prices").context("no prices")? {
        Value::List(list) => list.iter().map(dated).collect::<Result<Vec<_>>>()?,
        one => vec![(String::new(), one.call("ModelPrice")?)],
    };
    let mut entries = Vec::new();
    if !unpriced.is_empty() {
        entries.push(json!({
            "id": format!("{id}:unknown"), "provider_type": provider, "match": unpriced, "valid_from": null,
            "valid_to": null, "service_tier": null, "tiers": [{ "from_input_tokens": 0, "rates": {} }],
        }));
    }
    let usual = [("service_tier", "default", "")];
    for (key, value, tier) in TIERS.iter().chain(&usual) {
        let spans = spans(&standard, &variants(model, key, value)?)?;
        for (n, (from, prices, own)) in spans.iter().enumerate() {
            if !tier.is_empty() && !own {
                continue;
            }
            let until = spans.get(n + 1).map(|(from, _, _)| midnight(from));
            let mut name = id.clone();
            if !tier.is_empty() {
                write!(name, ":{tier}")?;
            }
            if !from.is_empty() {
                write!(name, "@{from}")?;
            }
            entries.push(json!({
                "id": name,
                "provider_type": provider,
                "match": names,
                "valid_from": (!from.is_empty()).then(|| midnight(from)),
                "valid_to": until,
                "service_tier": (!tier.is_empty()).then_some(tier),
                "tiers": tiers(prices)?,
            }));
        }
    }
    Ok((!unpriced.is_empty(), entries))
}

/// Rates by what genai-prices calls them.
type Rates = BTreeMap<String, Value>;

/// Prices from a day on; the empty text is always.
type Dated<'a> = (String, &'a Call);

/// The variants of a model for a context, in their order of preference.
fn variants<'a>(model: &'a Call, key: &str, value: &str) -> Result<Vec<Dated<'a>>> {
    let when = Value::Map(BTreeMap::from([(key.to_owned(), Value::Text(value.to_owned()))]));
    let variants = model.list("price_variants")?.iter();
    let fitting = variants
        .filter(|variant| matches!(variant, Value::Call(variant) if variant.get("when") == Some(&when)));
    fitting.map(dated).collect()
}

/// The prices in a conditional price or a variant, and the day from which they are.
fn dated(conditional: &Value) -> Result<Dated<'_>> {
    let Value::Call(conditional) = conditional else {
        bail!("{conditional:?} instead of prices");
    };
    let prices = conditional
        .get("prices")
        .context("no prices")?
        .call("ModelPrice")?;
    let from = match conditional.get("constraint") {
        None => String::new(),
        Some(constraint) => {
            let day = constraint
                .call("StartDateConstraint")?
                .get("start_date")
                .context("no day")?;
            let numbers = day
                .call("datetime.date")?
                .positional
                .iter()
                .map(|number| match number {
                    Value::Number(number) => Ok(number.parse::<u32>()?),
                    other => bail!("{other:?} in a date"),
                });
            match numbers.collect::<Result<Vec<_>>>()?[..] {
                [year, month, day] => format!("{year:04}-{month:02}-{day:02}"),
                _ => bail!("{day:?} is no date"),
            }
        }
    };
    Ok((from, prices))
}

/// The rates from each day on which they change, and whether a variant has a part in them: of the standard prices the
/// last one that has begun, over which the first variant that has begun goes, rate by rate.
fn spans(standard: &[Dated<'_>], variants: &[Dated<'_>]) -> Result<Vec<(String, Rates, bool)>> {
    let all = standard.iter().chain(variants);
    let days: BTreeSet<&String> = all.map(|(from, _)| from).collect();
    let mut spans: Vec<(String, Rates, bool)> = Vec::new();
    for day in days {
        let begun = |dated: &&Dated<'_>| dated.0 <= *day;
        let (_, prices) = standard
            .iter()
            .rfind(begun)
            .context("no price from the beginning")?;
        let active: Vec<_> = variants.iter().filter(begun).collect();
        let mut rates = prices.named.clone();
        for (_, variant) in active.iter().rev() {
            rates.extend(variant.named.clone());
        }
        let own = !active.is_empty();
        if spans.last().is_none_or(|last| (&last.1, last.2) != (&rates, own)) {
            spans.push((day.clone(), rates, own));
        }
    }
    Ok(spans)
}

fn midnight(day: &str) -> String {
    format!("{day}T00:00:00Z")
}

/// The rates by the size of a request, as our buckets have them.
fn tiers(rates: &Rates) -> Result<Vec<Json>> {
    let known = |name: &str| {
        let tokens = BUCKETS.iter().any(|(_, theirs)| theirs.contains(&name));
        tokens || SINGLE.iter().any(|(_, theirs)| *theirs == name) || NOT_COUNTED.contains(&name)
    };
    if let Some(unknown) = rates.keys().find(|name| !known(name)) {
        bail!("{unknown} is not known");
    }
    let mut starts = BTreeSet::from([0]);
    for rate in rates.values() {
        starts.extend(steps(rate)?.iter().map(|(start, _)| *start));
    }
    let at = |start: u64, name: &str| -> Result<Option<&Value>> {
        let Some(rate) = rates.get(name) else {
            return Ok(None);
        };
        Ok(steps(rate)?
            .into_iter()
            .rfind(|(from, _)| *from <= start)
            .map(|(_, price)| price))
    };
    let tier = |start: u64| {
        let mut ours = BTreeMap::new();
        for (bucket, theirs) in BUCKETS {
            for name in theirs {
                if let Some(price) = at(start, name)? {
                    ours.insert(bucket, pico(price, 6)?);
                    break;
                }
            }
        }
        for (bucket, name) in SINGLE {
            if let Some(price) = at(start, name)? {
                ours.insert(bucket, pico(price, 9)?);
            }
        }
        Ok(json!({ "from_input_tokens": start, "rates": ours }))
    };
    starts.into_iter().map(tier).collect()
}

/// A rate from each number of input tokens on. Theirs begins after its start, ours with its first token.
fn steps(rate: &Value) -> Result<Vec<(u64, &Value)>> {
    let Value::Call(call) = rate else {
        bail!("{rate:?} is no rate");
    };
    if call.name == "Decimal" {
        return Ok(vec![(0, rate)]);
    }
    let tiered = rate.call("TieredPrices")?;
    let mut steps = vec![(0, tiered.get("base").context("no base")?)];
    for tier in tiered.list("tiers")? {
        let tier = tier.call("Tier")?;
        let Some(Value::Number(start)) = tier.get("start") else {
            bail!("a tier without a start");
        };
        steps.push((start.parse::<u64>()? + 1, tier.get("price").context("no price")?));
    }
    steps.sort_by_key(|(start, _)| *start);
    Ok(steps)
}

/// A decimal number of dollars, for a million or a thousand, as pico-dollars for one: so many places further left. Exactly.
fn pico(price: &Value, places: usize) -> Result<u64> {
    let Some(Value::Text(number)) = price.call("Decimal")?.positional.first() else {
        bail!("{price:?} is no number");
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let part = part.trim_end_matches('0');
    ensure!(part.len() <= places, "{number} is finer than a pico-dollar");
    Ok(format!("{whole}{part:0<places$}").parse()?)
}

#[cfg(test)]
mod tests;
