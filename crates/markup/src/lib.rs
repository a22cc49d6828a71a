//! Answers are Markdown. What is shown of it is built here, and only here, from escaped text and a fixed set of elements;
//! HTML in an answer is shown as the text it is, nothing is loaded from elsewhere, and links go only where a person may
//! follow. Whatever the answer says, the work is proportional to its length.

mod code;
mod growing;
mod links;
mod math;
mod writer;

pub use growing::{Growing, Piece};

use pulldown_cmark::{Options, Parser};
use writer::Writer;

/// What an answer may grow to as HTML, for each octet of it. Beyond it, which no answer reaches that means something, it is
/// shown as it was written.
const GROWTH: usize = 40;
/// What a short one may have in any case.
const LEAST: usize = 64 * 1024;

/// An answer as HTML. `name` tells its footnotes from those of others on the same page; without one they are no links.
pub fn html(markdown: &str, name: Option<i64>) -> String {
    let mut heading = writer::BASE_HEADING;
    rendered(markdown, name, &mut heading)
}

/// The same for a part of an answer; `heading` is the level of the last heading before it, and then of the last in it.
fn rendered(markdown: &str, name: Option<i64>, heading: &mut usize) -> String {
    let source = math::marked(markdown);
    let most = LEAST + GROWTH * markdown.len();
    let mut writer = Writer::new(&source, name, *heading);
    for (event, at) in Parser::new_ext(&source, options()).into_offset_iter() {
        writer.write(event, at);
        if writer.len() > most {
            return as_written(markdown);
        }
    }
    *heading = writer.heading();
    writer.finish()
}

fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_MATH
}

/// The Markdown itself.
fn as_written(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len() + 64);
    out.push_str("<pre class=\"answer-source\" tabindex=\"0\">");
    escape(markdown, &mut out);
    out.push_str("</pre>");
    out
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests;
