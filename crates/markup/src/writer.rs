//! Markdown's events as HTML.

use crate::{code, escape, links, math};
use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Tag, TagEnd};
use std::collections::HashMap;
use std::ops::Range;

/// Levels of quotes and lists that are shown as such; a deeper one continues on the last.
pub(crate) const DEPTH: usize = 40;
/// The heading that answers stand under.
pub(crate) const BASE_HEADING: usize = 2;

/// Writes one answer.
pub(crate) struct Writer<'a> {
    /// What the events were read from.
    source: &'a str,
    name: Option<i64>,
    out: String,
    /// Text that may go on with the next event: an address is not to be cut in two.
    text: String,
    /// The code block that is open, and its language.
    code: Option<(String, String)>,
    /// What closes each element that is open; empty for what opened none.
    ends: Vec<&'static str>,
    /// Links that are open: one inside another would not be valid.
    links: usize,
    /// The level of the last heading, so that none is skipped.
    heading: usize,
    columns: Vec<Alignment>,
    column: usize,
    in_head: bool,
    footnotes: Footnotes,
}

#[derive(Default)]
struct Footnotes {
    /// In the order in which they are spoken of.
    numbers: HashMap<String, usize>,
    /// Those which have come.
    texts: Vec<(usize, String)>,
    /// Those which are open, with what was written before each.
    open: Vec<(usize, String)>,
    /// How much is in all of these texts.
    len: usize,
}

impl Footnotes {
    fn number(&mut self, label: &str) -> usize {
        let next = self.numbers.len() + 1;
        *self.numbers.entry(label.to_owned()).or_insert(next)
    }
}

impl<'a> Writer<'a> {
    pub(crate) fn new(source: &'a str, name: Option<i64>, heading: usize) -> Self {
        Self {
            source,
            name,
            out: String::with_capacity(source.len() * 2),
            text: String::new(),
            code: None,
            ends: Vec::new(),
            links: 0,
            heading,
            columns: Vec::new(),
            column: 0,
            in_head: false,
            footnotes: Footnotes::default(),
        }
    }

    /// How much is written.
    pub(crate) fn len(&self) -> usize {
        self.out.len() + self.footnotes.len
    }

    pub(crate) fn heading(&self) -> usize {
        self.heading
    }

    pub(crate) fn write(&mut self, event: Event<'_>, at: Range<usize>) {
        if let Event::Text(text) = &event {
            match &mut self.code {
                Some((code, _)) => code.push_str(text),
                None => self.text.push_str(text),
            }
            return;
        }
        self.flush();
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Code(text) => match math::read(&text) {
                Some((formula, display)) => math::write(formula, display, &mut self.out),
                None => {
                    self.out.push_str("<code>");
                    escape(&text, &mut self.out);
                    self.out.push_str("</code>");
                }
            },
            Event::InlineMath(text) if self.is_money(&at) => {
                self.text.push('$');
                self.text.push_str(&text);
                self.text.push('$');
            }
            Event::InlineMath(text) => math::write(&text, false, &mut self.out),
            Event::DisplayMath(text) => math::write(&text, true, &mut self.out),
            Event::SoftBreak => self.out.push('\n'),
            Event::HardBreak => self.out.push_str("<br>"),
            Event::Rule => self.out.push_str("<hr>"),
            Event::TaskListMarker(done) => self.out.push_str(if done { "☑ " } else { "☐ " }),
            Event::FootnoteReference(label) => self.reference(&label),
            Event::Html(text) | Event::InlineHtml(text) | Event::Text(text) => escape(&text, &mut self.out),
        }
    }

    /// Writes the text that has gathered.
    fn flush(&mut self) {
        if self.text.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        if self.links == 0 {
            links::write(&text, &mut self.out);
        } else {
            escape(&text, &mut self.out);
        }
    }

    /// Dollars with a letter or digit on their outer side are no formula: `$5-$10`.
    fn is_money(&self, at: &Range<usize>) -> bool {
        let before = self.source[..at.start].chars().next_back();
        let after = self.source[at.end..].chars().next();
        before.is_some_and(char::is_alphanumeric) || after.is_some_and(char::is_alphanumeric)
    }

    fn open(&mut self, begin: &str, end: &'static str) {
        self.out.push_str(begin);
        self.ends.push(end);
    }

    fn start(&mut self, tag: Tag<'_>) {
        let deep = self.ends.len() > DEPTH;
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.open("<p>", "</p>"),
            Tag::Heading { level, .. } => {
                let level = (BASE_HEADING + depth(level)).min(self.heading + 1).min(6);
                self.heading = level;
                const TAGS: [(&str, &str); 4] = [
                    ("<h3>", "</h3>"),
                    ("<h4>", "</h4>"),
                    ("<h5>", "</h5>"),
                    ("<h6>", "</h6>"),
                ];
                let (begin, end) = TAGS[level.saturating_sub(3).min(3)];
                self.open(begin, end);
            }
            Tag::BlockQuote(_) if !deep => self.open("<blockquote dir=\"auto\">", "</blockquote>"),
            Tag::List(Some(first)) if !deep => {
                self.open(&format!("<ol dir=\"auto\" start=\"{first}\">"), "</ol>");
            }
            Tag::List(None) if !deep => self.open("<ul dir=\"auto\">", "</ul>"),
            // An item goes with its list: both are one level further than what they stand in.
            Tag::Item if self.ends.len() <= DEPTH + 1 => self.open("<li>", "</li>"),
            Tag::CodeBlock(kind) => {
                let language = match &kind {
                    CodeBlockKind::Fenced(info) => info.split_whitespace().next().unwrap_or_default(),
                    CodeBlockKind::Indented => "",
                };
                self.code = Some((String::new(), language.to_owned()));
                self.out
                    .push_str("<div class=\"code\"><div class=\"code-head\"><span>");
                escape(language, &mut self.out);
                // Focusable, so that long lines can be scrolled by keyboard.
                self.open(
                    "</span><button type=\"button\" class=\"button small copy-code needs-script\">Copy code</button></div><pre tabindex=\"0\"><code>",
                    "</code></pre></div>",
                );
            }
            Tag::Table(columns) => {
                self.columns = columns;
                self.open(
                    "<div class=\"answer-table\" role=\"group\" aria-label=\"Table\" tabindex=\"0\"><table dir=\"auto\">",
                    "</tbody></table></div>",
                );
            }
            Tag::TableHead => {
                self.column = 0;
                self.in_head = true;
                self.open("<thead><tr>", "</tr></thead><tbody>");
            }
            Tag::TableRow => {
                self.column = 0;
                self.open("<tr>", "</tr>");
            }
            Tag::TableCell => {
                let to_the_right = self.columns.get(self.column) == Some(&Alignment::Right);
                self.column += 1;
                let (begin, end) = match (self.in_head, to_the_right) {
                    (true, false) => ("<th scope=\"col\">", "</th>"),
                    (true, true) => ("<th scope=\"col\" class=\"number\">", "</th>"),
                    (false, false) => ("<td>", "</td>"),
                    (false, true) => ("<td class=\"number\">", "</td>"),
                };
                self.open(begin, end);
            }
            Tag::Emphasis => self.open("<em>", "</em>"),
            Tag::Strong => self.open("<strong>", "</strong>"),
            Tag::Strikethrough => self.open("<del>", "</del>"),
            // An image would be fetched from wherever the model says: its address is offered instead.
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => self.link(&dest_url),
            Tag::FootnoteDefinition(label) => {
                let number = self.footnotes.number(&label);
                self.footnotes.len += self.out.len();
                self.footnotes.open.push((number, std::mem::take(&mut self.out)));
                self.ends.push("");
            }
            _ => self.ends.push(""),
        }
    }

    fn link(&mut self, address: &str) {
        match links::allowed(address) {
            Some(address) if self.links == 0 => {
                links::open(address, &mut self.out);
                self.ends.push("</a>");
            }
            _ => self.ends.push(""),
        }
        self.links += 1;
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Link | TagEnd::Image => self.links -= 1,
            TagEnd::TableHead => self.in_head = false,
            TagEnd::CodeBlock => {
                if let Some((text, language)) = self.code.take() {
                    code::write(&text, &language, &mut self.out);
                }
            }
            _ => {}
        }
        self.out.push_str(self.ends.pop().unwrap_or_default());
        if tag == TagEnd::FootnoteDefinition
            && let Some((number, before)) = self.footnotes.open.pop()
        {
            let text = std::mem::replace(&mut self.out, before);
            self.footnotes.len = self.footnotes.len + text.len() - self.out.len();
            self.footnotes.texts.push((number, text));
        }
    }

    fn reference(&mut self, label: &str) {
        let number = self.footnotes.number(label);
        match self.name.filter(|_| self.links == 0) {
            Some(name) => self.out.push_str(&format!(
                "<sup><a href=\"#footnote-{name}-{number}\" aria-label=\"Footnote {number}\">{number}</a></sup>"
            )),
            None => self.out.push_str(&format!("<sup>{number}</sup>")),
        }
    }

    /// All of it, footnotes last.
    pub(crate) fn finish(mut self) -> String {
        self.flush();
        let mut texts = self.footnotes.texts;
        if texts.is_empty() {
            return self.out;
        }
        texts.sort_by_key(|(number, _)| *number);
        self.out.push_str("<ol class=\"footnotes\">");
        for (number, text) in texts {
            // Numbered one by one: what is spoken of may be missing.
            match self.name {
                Some(name) => self.out.push_str(&format!(
                    "<li id=\"footnote-{name}-{number}\" value=\"{number}\">"
                )),
                None => self.out.push_str(&format!("<li value=\"{number}\">")),
            }
            self.out.push_str(&text);
            self.out.push_str("</li>");
        }
        self.out.push_str("</ol>");
        self.out
    }
}

fn depth(level: HeadingLevel) -> usize {
    level as usize
}
