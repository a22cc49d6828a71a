//! The form in which texts are compared.

use crate::unicode::{decompose, is_mark};
use caseless::Caseless;

/// Folds a text for comparing: NFKD, combining marks removed, full Unicode case folding, the Turkish dotted and
/// dotless i alike. White space of any kind becomes a plain space, so that folded text is always one line.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

/// Folds a text and appends it.
pub(super) fn fold_into(text: &str, folded: &mut String) {
    for c in text.chars() {
        fold_char(c, folded);
    }
}

/// Folds one character and appends it. What a character folds to never depends on its neighbours: only marks
/// are reordered by normalization, and they are removed.
pub(super) fn fold_char(c: char, folded: &mut String) {
    if c.is_ascii() {
        folded.push(match c.to_ascii_lowercase() {
            '\t'..='\r' => ' ',
            c => c,
        });
        return;
    }
    decompose(c, |part| {
        if is_mark(part) {
            return;
        }
        folded.extend(std::iter::once(part).default_case_fold().map(|c| match c {
            '\u{131}' => 'i',
            c if c.is_whitespace() => ' ',
            c => c,
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every character there is, so that a new version of the tables behind `fold` cannot break this unseen.
    #[test]
    fn folding_again_changes_nothing() {
        for c in '\0'..=char::MAX {
            let once = fold(&String::from(c));
            assert_eq!(fold(&once), once, "{}", crate::text::code_point(c));
            assert!(!once.contains(|c: char| c.is_whitespace() && c != ' '));
        }
    }

    #[test]
    fn marks_are_what_unicode_calls_marks() {
        use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
        for c in '\0'..=char::MAX {
            let wanted = c.general_category_group() == GeneralCategoryGroup::Mark;
            assert_eq!(is_mark(c), wanted, "{}", crate::text::code_point(c));
        }
    }

    #[test]
    fn reads_alike_what_people_type_alike() {
        for (a, b) in [
            ("Müller", "MU\u{308}LLER"),
            ("GROẞ", "gross"),
            ("İSTANBUL", "ıstanbul"),
            ("ΣΊΣΥΦΟΣ", "σισυφος"),
            ("ﬁnance", "Finance"),
            ("Ｍｉｋａ\u{3000}", "mika\t"),
        ] {
            assert_eq!(fold(a), fold(b), "{a}");
        }
        assert_ne!(fold("Bjørn"), fold("Bjorn"));
    }

    proptest! {
        #[test]
        fn is_the_fold_of_the_whole_text(text in any::<String>()) {
            use unicode_normalization::UnicodeNormalization;
            let whole: String = text
                .nfkd()
                .filter(|&c| !is_mark(c))
                .default_case_fold()
                .map(|c| match c { '\u{131}' => 'i', c if c.is_whitespace() => ' ', c => c })
                .collect();
            prop_assert_eq!(fold(&text), whole);
        }
    }
}
