//! `invite-parse.json` and `email-vectors.json`: addresses, many and one.

use super::Nothing;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A pasted text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pasted {
    /// The text.
    pub input: String,
    /// The entries, in the form in which they are sent to browsers: compared as JSON, so that no field of either side is
    /// passed over.
    pub expect: Vec<Value>,
}

impl super::Case for Pasted {
    const FILE: &'static str = "invite-parse.json";
    type Rest = Reasons;
}

/// Why an entry may be invalid.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reasons {
    /// In words.
    pub reasons: BTreeMap<String, String>,
}

/// One address.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// As it is handed over.
    pub address: String,
    /// What the check says.
    pub expect: Verdict,
}

impl super::Case for Address {
    const FILE: &'static str = "email-vectors.json";
    type Rest = Nothing;
}

/// What the check of an address says.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case", deny_unknown_fields)]
pub enum Verdict {
    /// It is one.
    Accept {
        /// The form by which two addresses are the same person.
        identity: String,
    },
    /// It is none.
    Reject {},
}
