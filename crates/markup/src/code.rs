//! Code in colours: comments, strings, numbers, keywords and what is called. One pass over the text by a table of
//! languages, so that the time is proportional to the length whatever is in it.

mod languages;

use crate::escape;
use languages::{Language, language};

/// Code as HTML; text alone when its language is not known.
pub(crate) fn write(code: &str, name: &str, out: &mut String) {
    match name.to_ascii_lowercase().as_str() {
        "diff" | "patch" => diff(code, out),
        "html" | "xml" | "svg" | "vue" => tags(code, out),
        name => match language(name) {
            Some(language) => words(code, language, out),
            None => escape(code, out),
        },
    }
}

fn span(class: &str, text: &str, out: &mut String) {
    out.push_str("<span class=\"");
    out.push_str(class);
    out.push_str("\">");
    escape(text, out);
    out.push_str("</span>");
}

/// A language made of words.
fn words(code: &str, language: &Language, out: &mut String) {
    let mut rest = code;
    // Everything up to here is written; what has no colour is written with what comes next.
    let mut plain = rest;
    let mut before = None::<char>;
    while let Some(c) = rest.chars().next() {
        let found = token(rest, c, before, language);
        let len = found.map_or(c.len_utf8(), |(len, _)| len);
        if let Some((len, Some(class))) = found {
            escape(&plain[..plain.len() - rest.len()], out);
            span(class, &rest[..len], out);
            plain = &rest[len..];
        }
        before = rest[..len].chars().next_back();
        rest = &rest[len..];
    }
    escape(plain, out);
}

/// What begins here: how long it is, and its colour if it has one.
fn token(
    text: &str,
    c: char,
    before: Option<char>,
    language: &Language,
) -> Option<(usize, Option<&'static str>)> {
    let begins_word = c.is_alphabetic() || matches!(c, '_' | '$' | '@');
    if !begins_word && !c.is_numeric() {
        for mark in language.lines {
            // In a shell a hash within a word is none.
            let apart = *mark != "#" || before.is_none_or(|c| c.is_whitespace() || ";({[,)}]".contains(c));
            if apart && text.starts_with(mark) {
                return Some((text.find('\n').unwrap_or(text.len()), Some("hl-comment")));
            }
        }
        if let Some((begin, end)) = language.block
            && let Some(inside) = text.strip_prefix(begin)
        {
            let len = inside.find(end).map_or(inside.len(), |at| at + end.len());
            return Some((begin.len() + len, Some("hl-comment")));
        }
        for mark in language.strings {
            if text.starts_with(mark) {
                return string(text, mark).map(|len| (len, Some("hl-string")));
            }
        }
        return None;
    }
    if c.is_ascii_digit() {
        let goes_on = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let len = text.find(|c| !goes_on(c)).unwrap_or(text.len());
        return Some((len, Some("hl-number")));
    }
    if !begins_word {
        return None;
    }
    let goes_on = |(at, c): &(usize, char)| *at == 0 || c.is_alphanumeric() || *c == '_';
    let len = text
        .char_indices()
        .take_while(goes_on)
        .map(|(_, c)| c.len_utf8())
        .sum();
    let word = &text[..len];
    let class = if language.has(word) {
        Some("hl-keyword")
    } else if text[len..].starts_with('(') {
        Some("hl-call")
    } else {
        None
    };
    Some((len, class))
}

/// How long the string is that begins here. A short mark ends on its line, or is no string: an apostrophe, a lifetime.
fn string(text: &str, mark: &str) -> Option<usize> {
    let many_lines = mark.len() > 1 || mark == "`";
    let mut at = mark.len();
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with(mark) {
            return Some(at + mark.len());
        }
        match rest.chars().next() {
            Some('\\') => at += 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            Some('\n') if !many_lines => return None,
            Some(c) => at += c.len_utf8(),
            None if many_lines => return Some(at),
            None => return None,
        }
    }
}

/// What was added and what was taken away.
fn diff(code: &str, out: &mut String) {
    for line in code.split_inclusive('\n') {
        match line.chars().next() {
            Some('+') => span("hl-added", line, out),
            Some('-') => span("hl-removed", line, out),
            Some('@') => span("hl-comment", line, out),
            _ => escape(line, out),
        }
    }
}

/// Elements, their attributes' values, and comments.
fn tags(code: &str, out: &mut String) {
    let mut rest = code;
    while let Some(at) = rest.find('<') {
        escape(&rest[..at], out);
        rest = &rest[at..];
        if let Some(inside) = rest.strip_prefix("<!--") {
            let len = 4 + inside.find("-->").map_or(inside.len(), |at| at + 3);
            span("hl-comment", &rest[..len], out);
            rest = &rest[len..];
            continue;
        }
        let name = rest[1..]
            .find(|c: char| !(c.is_ascii_alphanumeric() || "/!?:-".contains(c)))
            .map_or(rest.len(), |at| at + 1);
        span("hl-keyword", &rest[..name], out);
        rest = &rest[name..];
        let mut end = 0;
        while let Some(c) = rest[end..].chars().next() {
            match c {
                '>' | '<' => break,
                '"' | '\'' => {
                    let value = &rest[end..];
                    let len = 1 + value[1..].find(c).map_or(value.len() - 1, |at| at + 1);
                    escape(&rest[..end], out);
                    span("hl-string", &value[..len], out);
                    rest = &rest[end + len..];
                    end = 0;
                }
                c => end += c.len_utf8(),
            }
        }
        escape(&rest[..end], out);
        rest = &rest[end..];
        if rest.starts_with('>') {
            span("hl-keyword", ">", out);
            rest = &rest[1..];
        }
    }
    escape(rest, out);
}
