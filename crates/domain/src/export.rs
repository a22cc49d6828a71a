//! What the export writes into the cells of a row. The import compares with it, so both read it from here.

use crate::Timestamp;
use crate::member::{KeyRef, KeyState};
use crate::provider::ProviderStatus;
use std::borrow::Cow;

/// Between the names in a cell. No name holds a line break, while one may hold commas, semicolons and quotes: so each line
/// is one name.
pub const NAME_SEPARATOR: &str = "\n";
/// Between the keys in a cell, each of which ends with its last four characters in brackets.
pub const KEY_SEPARATOR: &str = ", ";
/// What stands after the name of a provider that is not active.
pub const INACTIVE_SUFFIX: &str = " (inactive)";
/// UTF-16 units in a cell.
const CELL_UNITS: usize = 32_767;
/// Days from the spreadsheet's day zero to 1970-01-01.
const DAYS_TO_1970: f64 = 25_569.0;

/// A key as the table shows it.
pub fn key_text(key: &KeyRef) -> String {
    match key.state {
        KeyState::Active => format!("{} (…{})", key.name, key.last_four),
        state => format!(
            "{} (…{}, {})",
            key.name,
            key.last_four,
            state.label().to_lowercase()
        ),
    }
}

/// A provider as the table shows it.
pub fn provider_text(name: &str, status: ProviderStatus) -> Cow<'_, str> {
    match status {
        ProviderStatus::Active => Cow::from(name),
        ProviderStatus::Inactive => format!("{name}{INACTIVE_SUFFIX}").into(),
    }
}

/// A list as it stands in one cell.
pub fn joined<T: AsRef<str>>(parts: impl IntoIterator<Item = T>, separator: &str) -> String {
    let mut text = String::new();
    for (n, part) in parts.into_iter().enumerate() {
        if n > 0 {
            text.push_str(separator);
        }
        text.push_str(part.as_ref());
    }
    text
}

/// An instant as spreadsheets count it: days and a fraction.
pub fn serial(at: Timestamp) -> f64 {
    at.0.div_euclid(1_000) as f64 / 86_400.0 + DAYS_TO_1970
}

/// The second, since 1970, of an instant as spreadsheets count it.
pub fn second_of_serial(serial: f64) -> Option<i64> {
    let second = ((serial - DAYS_TO_1970) * 86_400.0).round();
    // Some three thousand centuries, all of which the conversion keeps whole.
    (second.abs() < 1e13).then_some(second as i64)
}

/// The text as a cell can hold it: U+FFFD for each character that XML cannot, and no longer than a cell may be.
pub fn cell_text(text: &str) -> Cow<'_, str> {
    let mut text = Cow::from(text);
    if text.chars().any(not_in_xml) {
        text = text
            .chars()
            .map(|c| if not_in_xml(c) { '\u{FFFD}' } else { c })
            .collect();
    }
    // A UTF-8 text never has more UTF-16 units than bytes, so most are not counted.
    if text.len() > CELL_UNITS && text.encode_utf16().count() > CELL_UNITS {
        let mut units = 0;
        let end = text
            .char_indices()
            .find(|(_, c)| {
                units += c.len_utf16();
                units > CELL_UNITS - 1
            })
            .map_or(text.len(), |(at, _)| at);
        text = format!("{}…", &text[..end]).into();
    }
    text
}

fn not_in_xml(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_end_in_an_ellipsis_and_never_within_a_character() {
        let rocket = "🚀".repeat(16_384);
        let cut = cell_text(&rocket);
        assert_eq!(cut.encode_utf16().count(), 32_767);
        assert!(cut.ends_with("🚀…"));
        let exact = "x".repeat(32_767);
        assert_eq!(cell_text(&exact), exact);
        let odd = format!("x{rocket}");
        assert_eq!(cell_text(&odd).encode_utf16().count(), 32_766);
    }

    #[test]
    fn instants_are_days_and_come_back_to_the_second() {
        assert_eq!(serial(Timestamp(0)), 25_569.0);
        assert_eq!(serial(Timestamp(1_772_366_400_000)), 46_082.5);
        for second in [0, -1, 1_772_366_400, 1_772_440_199, 4_102_444_799] {
            let days = serial(Timestamp(second * 1_000));
            assert_eq!(second_of_serial(days), Some(second));
        }
        assert_eq!(second_of_serial(f64::NAN), None);
        assert_eq!(second_of_serial(1e300), None);
    }
}
