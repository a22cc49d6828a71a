//! What a provider's form asks about its models: their names, and the version of Azure's API.

use super::free_text;
use crate::limits::{API_VERSION_CHARS, MODEL_NAME_CHARS, MODELS_ENTERED};
use crate::problem::Problem;
use crate::provider::ApiType;
use std::collections::HashSet;

/// The name of the query parameter.
const API_VERSION: &str = "api-version=";

/// Names of models as they will be stored: each once, in the order they were entered, without white space around them
/// and without empty lines.
pub fn models(names: &[String]) -> Result<Vec<String>, Problem> {
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for line in names.iter().flat_map(|name| name.lines()) {
        let name = free_text("models", line, "a model name", MODEL_NAME_CHARS, &[])?;
        if name.contains(',') {
            return Err(Problem::invalid(
                "models",
                format!("Enter one model name on each line, without commas: “{name}” holds several."),
            ));
        }
        if !name.is_empty() && seen.insert(name.clone()) {
            kept.push(name);
        }
    }
    if kept.len() > MODELS_ENTERED {
        return Err(Problem::invalid(
            "models",
            format!(
                "Enter at most {MODELS_ENTERED} model names; there are {}.",
                kept.len()
            ),
        ));
    }
    Ok(kept)
}

/// The version of Azure's API: what was typed, or else what the base URL named.
pub fn api_version(typed: &str, in_url: &str, api_type: ApiType) -> Result<String, Problem> {
    let problem = |message: String| Err(Problem::invalid("api_version", message));
    let typed = typed.trim().trim_start_matches('?');
    let typed = without_prefix(typed).unwrap_or(typed);
    if !api_type.has_api_version() {
        return match typed {
            "" => Ok(String::new()),
            _ => problem(format!(
                "{} has no API version. Leave it empty.",
                api_type.label()
            )),
        };
    }
    let version = match (typed, in_url) {
        ("", version) | (version, "") => version,
        (typed, in_url) if typed == in_url => typed,
        (typed, in_url) => {
            return problem(format!(
                "The base URL names the API version {in_url}, this field {typed}. Remove one of them."
            ));
        }
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    if version.len() > API_VERSION_CHARS || !version.bytes().all(plain) {
        return problem(format!(
            "An API version is letters, digits, dots and hyphens, at most {API_VERSION_CHARS}, for example 2024-10-21."
        ));
    }
    Ok(version.to_owned())
}

/// The base URL and the version of a URL whose query is nothing but a version, as Azure's portal shows it.
pub fn api_version_in(url: &str) -> Option<(&str, &str)> {
    let (base, query) = url.trim().split_once('?')?;
    let version = without_prefix(query)?;
    (!version.is_empty() && !version.contains(['&', '#'])).then_some((base, version))
}

fn without_prefix(text: &str) -> Option<&str> {
    let (name, version) = text.split_at_checked(API_VERSION.len())?;
    name.eq_ignore_ascii_case(API_VERSION).then_some(version)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn lines(text: &str) -> Result<Vec<String>, Problem> {
        models(&text.split('\n').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn names_are_kept_once_and_without_what_is_around_them() {
        assert_eq!(
            lines(" gpt-4o \r\n\n\tlab/Deep:1b\ngpt-4o\nGPT-4o\n\u{feff}Claude 3 Haiku").unwrap(),
            ["gpt-4o", "lab/Deep:1b", "GPT-4o", "Claude 3 Haiku"]
        );
        assert_eq!(lines("").unwrap(), [""; 0]);
        assert_eq!(models(&["a\nb".into(), "a".into()]).unwrap(), ["a", "b"]);
    }

    #[test]
    fn names_that_nobody_could_ask_for_are_refused_at_the_field() {
        let many: Vec<String> = (0..=MODELS_ENTERED).map(|n| format!("m{n}")).collect();
        assert!(models(&many[1..]).is_ok());
        for (names, words) in [
            (many.as_slice(), "at most 500 model names; there are 501"),
            (&["a\0b".into()], "hidden character U+0000"),
            (&["a\u{202e}b".into()], "hidden character U+202E"),
            (&["gpt-4o, gpt-4o-mini".into()], "one model name on each line"),
            (&["x".repeat(MODEL_NAME_CHARS + 1)], "at most 200 characters"),
        ] {
            let problem = models(names).expect_err(words);
            assert!(
                problem.field("models").is_some_and(|m| m.contains(words)),
                "{problem:?}"
            );
        }
    }

    #[test]
    fn an_api_version_comes_from_its_field_or_the_url_and_is_plain() {
        let azure = |typed: &str, url: &str| api_version(typed, url, ApiType::AzureOpenAi);
        assert_eq!(azure(" 2024-10-21 ", "").as_deref(), Ok("2024-10-21"));
        assert_eq!(azure("?api-version=preview", "").as_deref(), Ok("preview"));
        assert_eq!(azure("", "2024-10-21").as_deref(), Ok("2024-10-21"));
        assert_eq!(azure("v1", "v1").as_deref(), Ok("v1"));
        assert_eq!(azure("", "").as_deref(), Ok(""));
        for wrong in ["2024 10 21", "a&b=c", "a#b", "a%20b", "é", "a\0", &"1".repeat(41)] {
            assert!(
                azure(wrong, "").unwrap_err().field("api_version").is_some(),
                "{wrong}"
            );
        }
        assert!(azure("2024-10-21", "preview").is_err());
        assert!(api_version("2024-10-21", "", ApiType::OpenAi).is_err());
        assert_eq!(api_version(" ", "", ApiType::OpenAi).as_deref(), Ok(""));
    }

    #[test]
    fn a_version_is_found_at_the_end_of_an_azure_url() {
        let base = "https://x.openai.azure.com/openai/v1";
        for (url, found) in [
            ("?api-version=2024-10-21", Some("2024-10-21")),
            ("?API-Version=preview ", Some("preview")),
            ("?api-version=", None),
            ("?api-version=1&x=2", None),
            ("?é", None),
            ("?", None),
            ("", None),
        ] {
            let url = format!("{base}{url}");
            assert_eq!(
                api_version_in(&url),
                found.map(|version| (base, version)),
                "{url}"
            );
        }
    }
}
