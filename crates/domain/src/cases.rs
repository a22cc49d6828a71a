//! The case files for tests: where they are, and every word of them. A word that is not known here fails with its name
//! and its case, since a test that reads less than a file says finds right results wrong and wrong ones right.

pub mod access;
pub mod addresses;
pub mod budget;
pub mod bulk;
pub mod concurrency;
pub mod cost;
pub mod export;
pub mod import;
pub mod periods;
pub mod scim;
pub mod search;
pub mod sse;
#[cfg(test)]
mod tests;
pub mod why;

use crate::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::PathBuf;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A case of one of the files, without its `id` and its `note`.
pub trait Case: DeserializeOwned {
    /// The file's name.
    const FILE: &'static str;
    /// What the file holds beside its cases.
    type Rest: DeserializeOwned;
}

/// A whole file: what it holds beside its cases, and these by id.
pub type File<C> = (<C as Case>::Rest, Vec<(String, C)>);

/// Nothing but cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// What must be there, if only as null.
pub(crate) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(from)
}

/// The rules in words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// A sentence or more for each.
    pub rules: Vec<String>,
}

/// An instant of the files: RFC 3339 with any offset, to the millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Instant(pub Timestamp);

impl TryFrom<String> for Instant {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let time =
            OffsetDateTime::parse(&text, &Rfc3339).map_err(|why| format!("instant {text:?}: {why}"))?;
        if time.nanosecond() % 1_000_000 != 0 {
            return Err(format!("instant {text:?} is finer than a millisecond"));
        }
        Ok(Self(Timestamp(
            time.unix_timestamp() * 1_000 + i64::from(time.millisecond()),
        )))
    }
}

/// The folder of the case files: `GATEHOUSE_CASES` where that is set, so that other cases of the same form
/// can be tried, else the folder in this crate.
fn dir() -> PathBuf {
    match std::env::var_os("GATEHOUSE_CASES") {
        Some(dir) => PathBuf::from(dir),
        None => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/cases")),
    }
}

/// Reads a file.
///
/// # Panics
/// When the file is missing or is not understood: a test without its cases must not pass.
pub fn file<C: Case>() -> File<C> {
    let path = dir().join(C::FILE);
    let read = std::fs::read_to_string(&path).map_err(|error| error.to_string());
    match read.and_then(|text| parse(&text)) {
        Ok(file) => file,
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

/// The cases of a file by id.
///
/// # Panics
/// As [`file()`].
pub fn each<C: Case>() -> Vec<(String, C)> {
    file::<C>().1
}

/// Reads a file's text; what it does not understand is named, with the case that has it.
pub fn parse<C: Case>(text: &str) -> Result<File<C>, String> {
    let mut whole: Map<String, Value> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    whole.remove("about");
    let cases = match whole.remove("cases") {
        Some(Value::Array(cases)) if !cases.is_empty() => cases,
        _ => return Err("no list of cases".to_owned()),
    };
    let rest = serde_json::from_value(Value::Object(whole)).map_err(|error| error.to_string())?;
    let mut seen = BTreeSet::new();
    let cases = cases.into_iter().map(|case| {
        let Value::Object(mut case) = case else {
            return Err(format!("{case} is no case"));
        };
        case.remove("note");
        let Some(Value::String(id)) = case.remove("id") else {
            return Err("a case has no id".to_owned());
        };
        if !seen.insert(id.clone()) {
            return Err(format!("there are two cases {id}"));
        }
        let case = serde_json::from_value(Value::Object(case)).map_err(|error| format!("{id}: {error}"))?;
        Ok((id, case))
    });
    Ok((rest, cases.collect::<Result<_, _>>()?))
}
