//! Characters that cannot be seen.

/// Unicode general category Cf: zero-width, bidi and other format characters.
const FORMAT: &[(u32, u32)] = &[
    (0x00AD, 0x00AD),
    (0x0600, 0x0605),
    (0x061C, 0x061C),
    (0x06DD, 0x06DD),
    (0x070F, 0x070F),
    (0x0890, 0x0891),
    (0x08E2, 0x08E2),
    (0x180E, 0x180E),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x2064),
    (0x2066, 0x206F),
    (0xFEFF, 0xFEFF),
    (0xFFF9, 0xFFFB),
    (0x110BD, 0x110BD),
    (0x110CD, 0x110CD),
    (0x13430, 0x1343F),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0001, 0xE0001),
    (0xE0020, 0xE007F),
];

/// Characters of other categories that show as nothing (Default_Ignorable_Code_Point).
const IGNORABLE: &[(u32, u32)] = &[
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2065, 0x2065),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0xE0000, 0xE0FFF),
];

fn within(table: &[(u32, u32)], c: char) -> bool {
    let c = u32::from(c);
    let after = table.partition_point(|&(first, _)| first <= c);
    after > 0 && c <= table[after - 1].1
}

/// A format character (Unicode category Cf), such as a zero-width space or a bidi override.
pub fn is_format(c: char) -> bool {
    !c.is_ascii() && within(FORMAT, c)
}

/// A character without a shape of its own, between others: soft hyphen, zero-width, direction, variation, filler.
pub fn is_invisible(c: char) -> bool {
    !c.is_ascii() && (within(FORMAT, c) || within(IGNORABLE, c))
}

/// A code point that will never be a character (Unicode 23.7); XML, and so a spreadsheet, cannot hold them all.
pub fn is_noncharacter(c: char) -> bool {
    let c = u32::from(c);
    matches!(c, 0xFDD0..=0xFDEF) || c & 0xFFFE == 0xFFFE
}

/// Whether both databases can store and compare a text: PostgreSQL takes no NUL. Input that is looked up and not stored
/// is asked this; what is stored goes through the checks of [`crate::input`] or through [`crate::chat::cleaned`].
pub fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}

/// A character that cannot be seen and is no space: control, format, shown as nothing, or none at all.
pub fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control() || is_invisible(c) || is_noncharacter(c)
}

/// A character that ends a line (Unicode's mandatory breaks).
pub fn is_line_break(c: char) -> bool {
    matches!(
        c,
        '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// How a character that cannot be shown is named: `U+200B`.
pub fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

    #[test]
    fn the_table_of_format_characters_is_unicodes() {
        for c in '\0'..=char::MAX {
            let wanted = c.general_category() == GeneralCategory::Format;
            assert_eq!(is_format(c), wanted, "{}", code_point(c));
        }
    }

    #[test]
    fn tells_hidden_from_seen() {
        for hidden in [
            '\0',
            '\n',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{200b}',
            '\u{2065}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{e0fff}',
            '\u{fdd0}',
            '\u{fffe}',
            '\u{10ffff}',
        ] {
            assert!(is_hidden(hidden), "{}", code_point(hidden));
        }
        for seen in ['a', ' ', '\u{a0}', '\u{301}', 'ß', '\u{3000}', '🚀', '\u{fffd}'] {
            assert!(!is_hidden(seen), "{}", code_point(seen));
        }
    }
}
