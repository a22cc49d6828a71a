//! The order of names.
//!
//! Byte order is no name order and each database's own collation differs, so the key that names are ordered by
//! is made here, once, and stored: both databases then give the same order.

use icu_collator::options::CollatorOptions;
use icu_collator::preferences::CollationNumericOrdering;
use icu_collator::{CollatorBorrowed, CollatorPreferences};
use std::sync::LazyLock;

/// The Unicode root collation at its default, tertiary strength: base letters first, then accents, then case. Numbers
/// are ordered by their value.
static ROOT: LazyLock<CollatorBorrowed<'static>> = LazyLock::new(|| {
    let mut preferences = CollatorPreferences::default();
    preferences.numeric_ordering = Some(CollationNumericOrdering::True);
    CollatorBorrowed::try_new(preferences, CollatorOptions::default())
        .expect("the root collation is compiled in")
});

/// Bytes that compare as the texts do.
pub fn sort_key(text: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(2 * text.len() + 8);
    match ROOT.write_sort_key_to(text, &mut key) {
        Ok(()) => key,
        Err(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::sort_key;

    #[test]
    fn orders_numbers_in_names_by_their_value() {
        let mut names = [
            "Provider 10",
            "Provider 3",
            "Provider 3 b",
            "Provider 03 a",
            "Provider",
        ];
        names.sort_by_cached_key(|n| sort_key(n));
        assert_eq!(
            names,
            [
                "Provider",
                "Provider 3",
                "Provider 03 a",
                "Provider 3 b",
                "Provider 10"
            ]
        );
    }

    #[test]
    fn orders_names_by_letter_then_accent_then_case() {
        let mut names = [
            "Zoë", "Åsa", "asa", "Asa", "Ása", "Øster", "Oster", "Émile", "Emil", "de Boer", "Deb", "山田",
        ];
        names.sort_by_cached_key(|n| sort_key(n));
        assert_eq!(
            names,
            [
                "asa", "Asa", "Ása", "Åsa", "de Boer", "Deb", "Emil", "Émile", "Oster", "Øster", "Zoë",
                "山田"
            ]
        );
    }
}
