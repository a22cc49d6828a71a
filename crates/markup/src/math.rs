//! Formulas, which models write in LaTeX, as MathML. What cannot be read is shown as it was written.

mod mathml;

use crate::escape;
use pulldown_cmark::{Event, Parser};
use pulldown_latex::config::{DisplayMode, RenderConfig};
use pulldown_latex::{Parser as Latex, Storage, push_mathml};
use std::borrow::Cow;
use std::ops::Range;
use std::panic::catch_unwind;
use std::thread;

/// The longest formula that is drawn, in octets. A longer one is no formula, and reading one may go deep.
const LONGEST: usize = 2_000;
/// The reader goes one level deeper for each command in the place of an argument. Up to so many fit on any stack; a formula
/// with more is read on one of its own, which has room for as many as fit into the longest.
const COMMANDS: usize = 40;
const STACK: usize = 16 * 1024 * 1024;

/// Begins the code that is a formula: in its line, and in one of its own. No text has these, which mean nothing in any.
const INLINE: char = '\u{fdd0}';
const DISPLAY: char = '\u{fdd1}';

/// Markdown in which `\(…\)` and `\[…\]` are code of a kind of its own: to Markdown, a backslash before a bracket says
/// nothing but that the bracket is one. Nothing is changed within code.
pub(crate) fn marked(markdown: &str) -> Cow<'_, str> {
    if !markdown.contains("\\(") && !markdown.contains("\\[") {
        return Cow::Borrowed(markdown);
    }
    let code = code(markdown);
    let mut code = code.iter().peekable();
    let mut out = String::with_capacity(markdown.len());
    // Where the next end of each kind is: looked for once, however many beginnings come before it.
    let mut ends = [Next::new("\\)"), Next::new("\\]")];
    let (mut at, mut written) = (0, 0);
    while let Some(found) = markdown[at..].find('\\') {
        let begin = at + found;
        while code.next_if(|code| code.end <= begin).is_some() {}
        if let Some(code) = code.peek().filter(|code| code.start <= begin) {
            at = code.end;
            continue;
        }
        let kind = markdown[begin + 1..].chars().next();
        // What follows a backslash begins nothing: `\\(` is a backslash and a bracket.
        at = begin + 1 + kind.map_or(0, char::len_utf8);
        let (mark, end) = match kind {
            Some('(') => (INLINE, ends[0].after(at, markdown)),
            Some('[') => (DISPLAY, ends[1].after(at, markdown)),
            _ => continue,
        };
        let Some(end) = end.filter(|end| end - at <= LONGEST) else {
            continue;
        };
        let formula = markdown[at..end].trim();
        if formula.is_empty() || code.peek().is_some_and(|code| code.start < end) {
            continue;
        }
        out.push_str(&markdown[written..begin]);
        let ticks = "`".repeat(longest_run(formula) + 1);
        out.push_str(&ticks);
        out.push(mark);
        // On one line, where no other block can begin within it.
        out.extend(formula.chars().map(|c| if c == '\n' { ' ' } else { c }));
        // A backtick at the end would go with those which follow.
        out.push(' ');
        out.push_str(&ticks);
        at = end + 2;
        written = at;
    }
    out.push_str(&markdown[written..]);
    Cow::Owned(out)
}

/// The next place of something.
struct Next {
    what: &'static str,
    at: Option<usize>,
    looked: bool,
}

impl Next {
    fn new(what: &'static str) -> Self {
        Self {
            what,
            at: None,
            looked: false,
        }
    }

    fn after(&mut self, from: usize, text: &str) -> Option<usize> {
        let known = self.looked && self.at.is_none_or(|at| at >= from);
        if !known {
            self.at = text[from..].find(self.what).map(|at| from + at);
            self.looked = true;
        }
        self.at
    }
}

/// Where code is.
fn code(markdown: &str) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (event, at) in Parser::new_ext(markdown, crate::options()).into_offset_iter() {
        let is_code = matches!(
            event,
            Event::Code(_)
                | Event::Start(pulldown_cmark::Tag::CodeBlock(_))
                | Event::InlineMath(_)
                | Event::DisplayMath(_)
        );
        if is_code && ranges.last().is_none_or(|last| last.end <= at.start) {
            ranges.push(at);
        }
    }
    ranges
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

/// The formula in code that was marked, and whether it stands on a line of its own.
pub(crate) fn read(code: &str) -> Option<(&str, bool)> {
    let formula = |mark| code.strip_prefix(mark).map(str::trim);
    let inline = formula(INLINE).map(|formula| (formula, false));
    inline.or_else(|| formula(DISPLAY).map(|formula| (formula, true)))
}

/// Writes a formula.
pub(crate) fn write(latex: &str, display: bool, out: &mut String) {
    let Some(mathml) = mathml(latex, display) else {
        out.push_str("<code>");
        escape(latex, out);
        out.push_str("</code>");
        return;
    };
    if display {
        // Focusable, so that long ones can be scrolled by keyboard.
        out.push_str("<span class=\"answer-formula\" role=\"group\" aria-label=\"Formula\" tabindex=\"0\">");
        out.push_str(&mathml);
        out.push_str("</span>");
    } else {
        out.push_str(&mathml);
    }
}

fn mathml(latex: &str, display: bool) -> Option<String> {
    if latex.len() > LONGEST || defines(latex) {
        return None;
    }
    // Whatever a formula does to its reader, it does to itself alone.
    let drawn = if latex.matches('\\').count() <= COMMANDS {
        catch_unwind(|| drawn(latex, display)).ok()
    } else {
        thread::scope(|scope| {
            let own = thread::Builder::new().stack_size(STACK);
            own.spawn_scoped(scope, || drawn(latex, display))
                .ok()?
                .join()
                .ok()
        })
    };
    mathml::safe(&drawn??)
}

/// What the formula's reader makes of it; `None` when it is not understood.
fn drawn(latex: &str, display: bool) -> Option<String> {
    let storage = Storage::new();
    let events: Vec<_> = Latex::new(latex, &storage).collect();
    if events.iter().any(Result::is_err) {
        return None;
    }
    let config = RenderConfig {
        display_mode: if display {
            DisplayMode::Block
        } else {
            DisplayMode::Inline
        },
        ..RenderConfig::default()
    };
    let mut out = String::new();
    push_mathml(&mut out, events.into_iter(), config).ok()?;
    Some(out)
}

/// Whether it names commands of its own, which could go on for ever.
fn defines(latex: &str) -> bool {
    [
        "\\def",
        "\\gdef",
        "\\edef",
        "\\xdef",
        "\\let",
        "\\futurelet",
        "\\newcommand",
        "\\renewcommand",
        "\\providecommand",
    ]
    .iter()
    .any(|command| latex.contains(command))
}

/// Whether an element of a formula may begin like this.
#[cfg(test)]
pub(crate) fn is_safe(tag: &str) -> bool {
    mathml::is_safe(tag)
}
