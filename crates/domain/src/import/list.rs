//! A cell that lists names, taken apart.

use super::is_around;
use crate::text::is_line_break;

/// Octets in which a quoted name must end; far more than any name has, so that an open quote is not looked for long.
const QUOTED_BYTES: usize = 2_048;

/// What is between two separators.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Where it begins, without the space before it.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// What is in the quotes, when it stands in quotes.
    pub(super) quoted: Option<String>,
    /// Which line of the cell it is on: no name goes on across lines.
    pub(super) line: usize,
}

fn is_separator(c: char) -> bool {
    matches!(c, ',' | ';') || is_line_break(c)
}

/// Takes a cell's text apart at commas, semicolons and line breaks that are not in quotes.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut at, mut line) = (0, 0);
    loop {
        let start = skip_space(text, at);
        let (end, quoted) = match quoted(&text[start..]) {
            Some((length, inside)) => (start + length, Some(inside)),
            None => {
                let length = text[start..].find(is_separator).unwrap_or(text.len() - start);
                let piece = text[start..start + length].trim_end_matches(is_around);
                (start + piece.len(), None)
            }
        };
        pieces.push(Piece {
            start,
            end,
            quoted,
            line,
        });
        let separator = skip_space(text, end);
        let Some(c) = text[separator..].chars().next() else {
            return pieces;
        };
        line += usize::from(is_line_break(c));
        at = separator + c.len_utf8();
    }
}

/// The first character from here on that is not to be passed over.
fn skip_space(text: &str, at: usize) -> usize {
    let rest = text[at..].trim_start_matches(|c| is_around(c) && !is_line_break(c));
    text.len() - rest.len()
}

/// The length of a name in quotes at the start, up to a separator or the end, and what is in them. Two quotes inside
/// stand for one.
fn quoted(text: &str) -> Option<(usize, String)> {
    let within = &text[..text.floor_char_boundary(QUOTED_BYTES)];
    let mut rest = within.strip_prefix('"')?;
    let mut inside = String::new();
    loop {
        let quote = rest.find('"')?;
        inside.push_str(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                inside.push('"');
                rest = after;
            }
            None => break,
        }
    }
    let length = within.len() - rest.len();
    let after = text[skip_space(text, length)..].chars().next();
    after.is_none_or(is_separator).then_some((length, inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        pieces(text)
            .into_iter()
            .map(|piece| {
                piece
                    .quoted
                    .unwrap_or_else(|| text[piece.start..piece.end].to_owned())
            })
            .collect()
    }

    #[test]
    fn separators_part_and_quotes_keep_together() {
        assert_eq!(texts("A, B;C\nD"), ["A", "B", "C", "D"]);
        assert_eq!(texts(" A \r\n\u{200b}B\u{a0};"), ["A", "", "B", ""]);
        assert_eq!(texts("\"A, B\" , C"), ["A, B", "C"]);
        assert_eq!(texts("\"A \"\"x\"\"; B\""), ["A \"x\"; B"]);
        assert_eq!(texts("\"A, B"), ["\"A", "B"], "nothing closes it");
        assert_eq!(
            texts("\"A\" B, C"),
            ["\"A\" B", "C"],
            "not all of it is in quotes"
        );
        assert_eq!(texts("5\" disk, C"), ["5\" disk", "C"]);
        assert_eq!(texts(""), [""]);
    }

    #[test]
    fn lines_are_counted() {
        let lines: Vec<_> = pieces("A,B\nC\r\nD")
            .into_iter()
            .map(|piece| piece.line)
            .collect();
        assert_eq!(lines, [0, 0, 1, 2, 3]);
    }
}
