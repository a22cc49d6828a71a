//! The models that a grant names: exact names, or patterns in which `*` stands for any text.

use crate::input;
use crate::problem::Problem;
use serde::{Deserialize, Serialize};

/// The models of a provider that a grant allows; empty is all of them. In the order they were entered, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ModelList(Vec<String>);

impl ModelList {
    /// The list as it will be stored: one name or pattern on each line.
    pub fn check(names: &[String]) -> Result<Self, Problem> {
        Ok(Self(input::models(names)?))
    }

    /// What is stored; none is all models.
    pub fn stored(lines: Option<&str>) -> Self {
        Self(lines.map_or_else(Vec::new, |lines| lines.lines().map(str::to_owned).collect()))
    }

    /// As it is stored, a line each; `None` is all models.
    pub fn to_stored(&self) -> Option<String> {
        (!self.is_all()).then(|| self.0.join("\n"))
    }

    /// Whether it leaves all models in.
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it leaves a model in. Names are compared letter by letter, as providers compare them.
    pub fn includes(&self, model: &str) -> bool {
        self.is_all() || self.0.iter().any(|pattern| matches(pattern, model))
    }

    /// The names and patterns.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// `only gpt-4o, gpt-5*`; nothing where all models are in.
    pub fn words(&self) -> Option<String> {
        (!self.is_all()).then(|| format!("only {}", self.0.join(", ")))
    }
}

/// Whether a pattern is the whole of a text. Each piece between two `*` is looked for as early as it can be, so that it
/// takes at most the product of both lengths.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(start) else {
        return false;
    };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in middle.split('*') {
        match text.find(piece) {
            Some(place) => text = &text[place + piece.len()..],
            None => return false,
        }
    }
    text.ends_with(end)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn list(names: &[&str]) -> ModelList {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        ModelList::check(&names).unwrap()
    }

    #[test]
    fn none_is_all_and_a_star_is_any_text() {
        for (names, model, included) in [
            (&[] as &[&str], "gpt-4o", true),
            (&["gpt-4o"], "gpt-4o", true),
            (&["gpt-4o"], "gpt-4o-mini", false),
            (&["gpt-4o"], "GPT-4o", false),
            (&["gpt-5*"], "gpt-5", true),
            (&["gpt-5*"], "gpt-5-mini", true),
            (&["gpt-5*"], "my-gpt-5", false),
            (&["*-mini", "o3"], "gpt-5-mini", true),
            (&["*-mini", "o3"], "o3", true),
            (&["*-mini", "o3"], "o3-mini-high", false),
            (&["a*a"], "a", false),
            (&["a*a"], "aa", true),
            (&["a*b*c"], "a-b-b-c", true),
            (&["a*b*c"], "a-c-b", false),
            (&["*"], "anything/at:all", true),
            (&["**"], "", true),
            (&["ü*"], "über", true),
        ] {
            assert_eq!(list(names).includes(model), included, "{names:?} {model}");
        }
    }

    #[test]
    fn is_stored_as_lines_and_told_in_words() {
        let some = list(&[" gpt-5* ", "", "o3", "o3"]);
        assert_eq!(some.to_stored().as_deref(), Some("gpt-5*\no3"));
        assert_eq!(ModelList::stored(some.to_stored().as_deref()), some);
        assert_eq!(some.words().as_deref(), Some("only gpt-5*, o3"));
        let all = list(&[]);
        assert_eq!((all.to_stored(), all.words()), (None, None));
        assert_eq!(ModelList::stored(None), all);
        assert!(ModelList::check(&["a, b".to_owned()]).is_err());
    }

    proptest! {
        #[test]
        fn a_pattern_made_of_a_text_matches_it(pieces in proptest::collection::vec("[ab*]{0,3}", 0..4), between in "[ab]{0,3}") {
            let pattern = pieces.concat();
            let text = pattern.replace('*', &between);
            prop_assert!(matches(&pattern, &text), "{pattern} {text}");
        }
    }
}
