//! Reading the list of models in an answer. No two services spell it alike, so what can be read is, and an entry that
//! cannot is left out.

use crate::upstream::api;
use domain::limits::MODEL_NAME_CHARS;
use domain::provider::ApiType;
use domain::text::is_hidden;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;

/// Where lists are kept, besides being the whole answer, in the order in which they are believed.
const LISTS: [&str; 7] = ["data", "models", "result", "results", "value", "items", "list"];
/// The fields of an entry that name it, likewise.
const NAMES: [&str; 5] = ["id", "name", "model", "model_name", "model_id"];

type Fields<'a> = HashMap<Cow<'a, str>, &'a RawValue>;

/// One page of a list.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    /// The names that can be read, in the list's order.
    pub(super) names: Vec<String>,
    /// Where the list goes on.
    pub(super) next: Option<Next>,
}

/// Where a list goes on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// At the same address with this parameter.
    Query(&'static str, String),
    /// At this address, absolute or relative.
    Url(String),
}

/// Reads a page. `None` when there is no list in it, or none of its entries can be read.
pub(super) fn page(api_type: ApiType, json: &RawValue) -> Option<Page> {
    if let Some(entries) = array(json) {
        return named(api_type, &entries).map(|names| Page { names, next: None });
    }
    let fields = object(json)?;
    let mut places = LISTS;
    if api::of(api_type).lists_below_models() {
        places.swap(0, 1);
    }
    let readable = places
        .iter()
        .filter_map(|place| named(api_type, &array(fields.get(*place)?)?));
    let mut empty = false;
    for names in readable {
        // The same models under two names are common; one of the two may be empty.
        if names.is_empty() {
            empty = true;
            continue;
        }
        let next = next(api_type, &fields, names.last());
        return Some(Page { names, next });
    }
    empty.then(Page::default)
}

/// The names of entries; `None` when there are entries and not one of them has a name.
fn named(api_type: ApiType, entries: &[&RawValue]) -> Option<Vec<String>> {
    let names: Vec<String> = entries.iter().filter_map(|entry| name(api_type, entry)).collect();
    (entries.is_empty() || !names.is_empty()).then_some(names)
}

/// The name of an entry, when it is one that a request can name.
fn name(api_type: ApiType, entry: &RawValue) -> Option<String> {
    let usable = |name: &str| {
        !name.trim().is_empty() && !name.contains(is_hidden) && name.chars().count() <= MODEL_NAME_CHARS
    };
    let name = match text(entry) {
        Some(name) => name,
        None => {
            let fields = object(entry)?;
            NAMES
                .iter()
                .filter_map(|field| text(fields.get(*field)?))
                .find(|name| !name.trim().is_empty())?
        }
    };
    let name = name
        .strip_prefix(api::of(api_type).name_prefix())
        .unwrap_or(&name);
    usable(name).then(|| name.to_owned())
}

/// What the fields beside a list say about where it goes on.
fn next(api_type: ApiType, fields: &Fields<'_>, last: Option<&String>) -> Option<Next> {
    let field = |name: &str| {
        fields
            .get(name)
            .and_then(|raw| text(raw))
            .filter(|value| !value.is_empty())
    };
    if let Some(token) = field("nextPageToken") {
        return Some(Next::Query("pageToken", token));
    }
    if let Some(token) = field("next_page_token") {
        return Some(Next::Query("page_token", token));
    }
    if fields.get("has_more").is_some_and(|raw| raw.get() == "true") {
        let parameter = api::of(api_type).page_after();
        return field("last_id")
            .or_else(|| last.cloned())
            .map(|last| Next::Query(parameter, last));
    }
    ["next", "nextLink", "next_url"]
        .iter()
        .find_map(|name| field(name))
        .map(Next::Url)
}

fn array(json: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(json.get()).ok()
}

fn object(json: &RawValue) -> Option<Fields<'_>> {
    serde_json::from_str(json.get()).ok()
}

fn text(json: &RawValue) -> Option<String> {
    serde_json::from_str(json.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(api_type: ApiType, body: &str) -> Option<Page> {
        page(api_type, serde_json::from_str(body).expect("JSON"))
    }

    fn names(api_type: ApiType, body: &str) -> Vec<String> {
        read(api_type, body).expect(body).names
    }

    #[test]
    fn every_spelling_of_a_list_is_read() {
        for body in [
            r#"{"object":"list","data":[{"id":"a"},{"id":"b/c:d"}]}"#,
            r#"[{"id":"a"},{"id":"b/c:d"}]"#,
            r#"["a","b/c:d"]"#,
            r#"{"data":["a","b/c:d"]}"#,
            r#"{"models":[{"id":"a"},"b/c:d"]}"#,
            r#"{"models":[{"name":"a"},{"model":"b/c:d"}]}"#,
            r#"{"data":[{"model_name":"a"},{"model_id":"b/c:d"}]}"#,
            r#"{"data":[{"id":null,"name":"a"},{"id":7,"model":"b/c:d"},{"id":"","name":" "}]}"#,
            r#"{"result":[{"name":"a"},{"name":"b/c:d"}],"success":true}"#,
            r#"{"data":[],"models":[{"name":"a"},{"name":"b/c:d"}]}"#,
            r#"{"data":null,"models":["a","b/c:d"]}"#,
            r#"{"data":[{"id":"a","price":1e999},{"id":"b/c:d","say":"\ud800"},{"id":"\ud800"},{"id":"x\u0000y"}]}"#,
            r#"{"data":[null,1,[],{},"",{"id":"a"},{"id":"b/c:d"}]}"#,
        ] {
            for api_type in [ApiType::OpenAi, ApiType::OpenAiCompatible, ApiType::AzureOpenAi] {
                assert_eq!(names(api_type, body), ["a", "b/c:d"], "{body}");
            }
        }
        assert_eq!(
            names(ApiType::Gemini, r#"{"models":[{"name":"models/gemini-x"}]}"#),
            ["gemini-x"]
        );
        assert_eq!(
            names(
                ApiType::Ollama,
                r#"{"models":[{"name":"gemma:270m"}],"data":[{"id":"x"}]}"#
            ),
            ["gemma:270m"]
        );
        let long = format!(r#"["{}","a"]"#, "x".repeat(MODEL_NAME_CHARS + 1));
        assert_eq!(names(ApiType::OpenAi, &long), ["a"]);
    }

    #[test]
    fn an_empty_list_is_one_and_what_is_no_list_is_none() {
        for empty in ["[]", r#"{"data":[]}"#, r#"{"models":[]}"#] {
            assert_eq!(read(ApiType::OpenAi, empty), Some(Page::default()), "{empty}");
        }
        for none in [
            "{}",
            "null",
            "7",
            r#""models""#,
            r#"{"data":{}}"#,
            r#"{"data":[1]}"#,
            r#"[{"x":"y"}]"#,
            r#"{"error":"no"}"#,
        ] {
            assert_eq!(read(ApiType::OpenAi, none), None, "{none}");
        }
    }

    #[test]
    fn the_next_page_is_found() {
        let next = |api_type, more: &str| {
            read(
                api_type,
                &format!(r#"{{"data":[{{"id":"a"}},{{"id":"b"}}]{more}}}"#),
            )
            .expect(more)
            .next
        };
        for (api_type, more, wanted) in [
            (
                ApiType::Anthropic,
                r#","has_more":true,"last_id":"z""#,
                Some(("after_id", "z")),
            ),
            (
                ApiType::OpenAi,
                r#","has_more":true,"last_id":"z""#,
                Some(("after", "z")),
            ),
            (ApiType::OpenAi, r#","has_more":true"#, Some(("after", "b"))),
            (ApiType::OpenAi, r#","has_more":false,"last_id":"z""#, None),
            (
                ApiType::Gemini,
                r#","nextPageToken":"t""#,
                Some(("pageToken", "t")),
            ),
            (
                ApiType::OpenAi,
                r#","next_page_token":"t""#,
                Some(("page_token", "t")),
            ),
            (ApiType::OpenAi, r#","next_page_token":"""#, None),
        ] {
            let wanted = wanted.map(|(name, value)| Next::Query(name, value.to_owned()));
            assert_eq!(next(api_type, more), wanted, "{more}");
        }
        assert_eq!(
            next(ApiType::OpenAi, r#","next":"/v1/models?page=2""#),
            Some(Next::Url("/v1/models?page=2".to_owned()))
        );
        assert_eq!(next(ApiType::OpenAi, r#","next":null"#), None);
    }
}
