//! Marking what a search found.

use domain::search::{Field, Search};
use leptos::prelude::*;

/// A text with what the search found in it marked. `field` is what a qualifier can restrict a term to; name and e-mail
/// have none.
pub fn marked(search: &Search, field: Option<Field>, text: &str) -> AnyView {
    let marks = search.marks(field, text);
    if marks.is_empty() {
        return text.to_owned().into_any();
    }
    let mut parts = Vec::with_capacity(marks.len() * 2 + 1);
    let mut at = 0;
    for mark in marks {
        if at < mark.start {
            parts.push(text[at..mark.start].to_owned().into_any());
        }
        parts.push(view! { <mark>{text[mark.clone()].to_owned()}</mark> }.into_any());
        at = mark.end;
    }
    if at < text.len() {
        parts.push(text[at..].to_owned().into_any());
    }
    parts.into_any()
}

/// Whether the search found anything in any of the texts.
pub fn found<'a>(search: &Search, field: Field, texts: impl IntoIterator<Item = &'a str>) -> bool {
    texts
        .into_iter()
        .any(|text| !search.marks(Some(field), text).is_empty())
}
