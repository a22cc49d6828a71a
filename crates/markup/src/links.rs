//! Addresses: which may be followed, and those that stand in a text as they are.

use crate::escape;

/// The address, when it is of a kind that may be followed. Only its beginning counts, so that nothing a browser might
/// read out of the rest matters.
pub(crate) fn allowed(address: &str) -> Option<&str> {
    let address = address.trim();
    let starts = |with: &&str| starts(address, with);
    ["https://", "http://", "mailto:"]
        .iter()
        .any(starts)
        .then_some(address)
}

fn starts(text: &str, with: &str) -> bool {
    text.get(..with.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(with))
}

/// The beginning of a link.
pub(crate) fn open(address: &str, out: &mut String) {
    out.push_str("<a href=\"");
    escape(address, out);
    out.push_str("\" target=\"_blank\" rel=\"noopener nofollow noreferrer\">");
}

/// A text, in which web addresses are links.
pub(crate) fn write(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((at, len)) = next(rest) {
        let (before, address) = (&rest[..at], &rest[at..at + len]);
        escape(before, out);
        open(address, out);
        escape(address, out);
        out.push_str("</a>");
        rest = &rest[at + len..];
    }
    escape(rest, out);
}

/// Where the next address is, and how long.
fn next(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    loop {
        let colon = from + text[from..].find("://")?;
        from = colon + 3;
        let scheme = ["https", "http"]
            .into_iter()
            .find(|scheme| ends(&text[..colon], scheme));
        let Some(scheme) = scheme else { continue };
        let at = colon - scheme.len();
        // Part of a longer word.
        if text[..at].chars().next_back().is_some_and(char::is_alphanumeric) {
            continue;
        }
        let host = &text[from..];
        if !host.starts_with(|c: char| c.is_alphanumeric() || c == '[') {
            continue;
        }
        return Some((at, from - at + length(host)));
    }
}

fn ends(text: &str, with: &str) -> bool {
    let at = text.len().checked_sub(with.len());
    at.and_then(|at| text.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case(with))
}

/// How much of a text goes with the address that it begins with: not the punctuation of the sentence around it.
fn length(text: &str) -> usize {
    let stops = |c: char| c.is_whitespace() || c.is_control() || "<>\"`“”«»，。；、）】」".contains(c);
    let mut end = text.find(stops).unwrap_or(text.len());
    let count = |c: char| text[..end].matches(c).count();
    let (opened, mut closed) = (count('('), count(')'));
    while let Some(last) = text[..end].chars().next_back() {
        match last {
            '?' | '!' | '.' | ',' | ':' | ';' | '*' | '_' | '~' | '\'' | ']' => {}
            ')' if closed > opened => closed -= 1,
            _ => break,
        }
        end -= 1;
    }
    end
}
