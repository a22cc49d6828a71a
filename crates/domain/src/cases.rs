//! Where the case files are, and how tests read them.

use serde_json::Value;
use std::path::PathBuf;

/// The folder of the case files: `GATEHOUSE_CASES` where that is set, so that other cases of the same form
/// can be tried, else the folder in this crate.
pub fn dir() -> PathBuf {
    match std::env::var_os("GATEHOUSE_CASES") {
        Some(dir) => PathBuf::from(dir),
        None => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/cases")),
    }
}

/// A whole case file, for example `load("search.json")`.
///
/// # Panics
/// When the file is missing or is not JSON: a test without its cases must not pass.
pub fn load(file: &str) -> Value {
    let path = dir().join(file);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => panic!("{}: {error}", path.display()),
    };
    match serde_json::from_str(&text) {
        Ok(value) => value,
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

/// The `cases` of a case file, each with its `id`.
///
/// # Panics
/// When the file cannot be read, has no cases, or has one without an id.
pub fn each(file: &str) -> Vec<(String, Value)> {
    let mut whole = load(file);
    let Value::Array(cases) = whole["cases"].take() else {
        panic!("{file} has no list of cases");
    };
    assert!(!cases.is_empty(), "{file} has no cases");
    cases
        .into_iter()
        .map(|case| match case["id"].as_str() {
            Some(id) => (id.to_owned(), case),
            None => panic!("{file} has a case without an id"),
        })
        .collect()
}
