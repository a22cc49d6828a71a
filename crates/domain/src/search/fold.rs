//! The form in which texts are compared.

use crate::text::is_invisible;
use crate::unicode::{decompose, is_mark};
use caseless::Caseless;

/// Folds a text for comparing: NFKD, combining marks removed, full Unicode case folding, the Turkish dotted and
/// dotless i alike. Apostrophes, double quotes and hyphens are each written in many ways, by keyboards and by word
/// processors, and become the ASCII one; soft hyphens and zero-width characters, which nobody sees, are removed. White
/// space of any kind becomes a plain space, so that folded text is always one line.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

/// Folds the letter case alone (full Unicode case folding): what differs in anything else stays different.
pub fn fold_case(text: &str) -> String {
    text.chars().default_case_fold().collect()
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
    // Decomposed, an acute accent by itself is a space.
    let c = if c == ACUTE_ACCENT { '\'' } else { c };
    decompose(c, |part| {
        if is_mark(part) || is_invisible(part) {
            return;
        }
        folded.extend(std::iter::once(part).default_case_fold().map(plain));
    });
}

/// What is typed for an apostrophe where the keyboard has this and not that.
const ACUTE_ACCENT: char = '\u{b4}';

/// The one character that stands for all those that are read alike.
fn plain(c: char) -> char {
    match c {
        '\u{131}' => 'i',
        // Quotation marks, modifier letters, primes, and the Armenian, Hebrew and saltillo apostrophes.
        '\u{2018}'
        | '\u{2019}'
        | '\u{201b}'
        | '\u{2b9}'
        | '\u{2bb}'..='\u{2bf}'
        | '\u{2c8}'
        | '\u{2032}'
        | '\u{2035}'
        | '\u{55a}'
        | '\u{5f3}'
        | '\u{a78c}' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{2ba}' | '\u{2ee}' | '\u{5f4}' => '"',
        // Hyphens, dashes of each length, the minus, and the Armenian, Hebrew and Mongolian hyphens.
        '\u{2010}'..='\u{2015}'
        | '\u{2212}'
        | '\u{2d7}'
        | '\u{2043}'
        | '\u{2e3a}'
        | '\u{2e3b}'
        | '\u{58a}'
        | '\u{5be}'
        | '\u{1806}' => '-',
        c if c.is_whitespace() => ' ',
        c => c,
    }
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

    #[test]
    fn apostrophes_quotes_and_hyphens_are_found_however_they_were_written() {
        for apostrophe in "‘’‛ʹʼʻʽʾʿˈ′‵´՚׳\u{a78b}\u{a78c}＇".chars() {
            assert_eq!(fold(&format!("O{apostrophe}Neil")), "o'neil", "{apostrophe}");
        }
        for quote in "“”„‟״＂".chars() {
            assert_eq!(fold(&format!("{quote}Mia{quote}")), "\"mia\"", "{quote}");
        }
        for hyphen in "\u{2010}\u{2011}\u{2012}–—―−－﹣﹘˗⁃⸺⸻֊־".chars() {
            assert_eq!(fold(&format!("ci{hyphen}main")), "ci-main", "{hyphen}");
        }
    }

    #[test]
    fn what_nobody_sees_does_not_stand_in_the_way() {
        for c in
            "\u{ad}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2060}\u{feff}\u{61c}\u{202a}\u{2069}\u{fe0f}"
                .chars()
        {
            let code = crate::text::code_point(c);
            assert_eq!(fold(&format!("Data{c}Export")), "dataexport", "{code}");
        }
        for c in "\u{a0}\u{202f}\u{2007}\u{2009}\u{3000}".chars() {
            let code = crate::text::code_point(c);
            assert_eq!(fold(&format!("Ana{c}Müller")), "ana muller", "{code}");
        }
    }

    proptest! {
        #[test]
        fn is_the_fold_of_the_whole_text(text in any::<String>()) {
            use unicode_normalization::UnicodeNormalization;
            let whole: String = text
                .replace(ACUTE_ACCENT, "'")
                .nfkd()
                .filter(|&c| !is_mark(c) && !is_invisible(c))
                .default_case_fold()
                .map(plain)
                .collect();
            prop_assert_eq!(fold(&text), whole);
        }
    }
}
