//! Answers are Markdown. What is shown of it is built here from escaped text and a fixed set of elements; HTML in an
//! answer is shown as the text it is, nothing is loaded from elsewhere, and links go only where a person may follow.

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// Levels of quotes and lists that are shown as such; a deeper one continues on the last.
const DEPTH: usize = 40;

/// The answer as HTML.
pub fn html(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut writer = Writer {
        out: String::with_capacity(markdown.len() * 2),
        ends: Vec::new(),
        links: 0,
        heading: BASE_HEADING,
        columns: Vec::new(),
        column: 0,
        in_head: false,
    };
    for event in Parser::new_ext(markdown, options) {
        writer.write(event);
    }
    writer.out
}

/// The heading that answers stand under.
const BASE_HEADING: usize = 2;

struct Writer {
    out: String,
    /// What closes each element that is open; empty for what opened none.
    ends: Vec<&'static str>,
    /// Links that are open: one inside another would not be valid.
    links: usize,
    /// The level of the last heading, so that none is skipped.
    heading: usize,
    columns: Vec<Alignment>,
    column: usize,
    in_head: bool,
}

impl Writer {
    fn write(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Code(text) => {
                self.out.push_str("<code>");
                escape(&text, &mut self.out);
                self.out.push_str("</code>");
            }
            Event::SoftBreak => self.out.push('\n'),
            Event::HardBreak => self.out.push_str("<br>"),
            Event::Rule => self.out.push_str("<hr>"),
            Event::TaskListMarker(done) => self.out.push_str(if done { "☑ " } else { "☐ " }),
            Event::Text(text)
            | Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => escape(&text, &mut self.out),
        }
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
            Tag::BlockQuote(_) if !deep => self.open("<blockquote>", "</blockquote>"),
            Tag::List(Some(first)) if !deep => {
                self.open(&format!("<ol start=\"{first}\">"), "</ol>");
            }
            Tag::List(None) if !deep => self.open("<ul>", "</ul>"),
            // An item goes with its list: both are one level further than what they stand in.
            Tag::Item if self.ends.len() <= DEPTH + 1 => self.open("<li>", "</li>"),
            Tag::CodeBlock(kind) => {
                let language = match &kind {
                    CodeBlockKind::Fenced(info) => info.split_whitespace().next().unwrap_or_default(),
                    CodeBlockKind::Indented => "",
                };
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
                    "<div class=\"answer-table\" role=\"group\" aria-label=\"Table\" tabindex=\"0\"><table>",
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
            _ => self.ends.push(""),
        }
    }

    fn link(&mut self, address: &str) {
        match allowed(address) {
            Some(address) if self.links == 0 => {
                self.out.push_str("<a href=\"");
                escape(address, &mut self.out);
                self.open(
                    "\" target=\"_blank\" rel=\"noopener nofollow noreferrer\">",
                    "</a>",
                );
            }
            _ => self.ends.push(""),
        }
        self.links += 1;
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Link | TagEnd::Image => self.links -= 1,
            TagEnd::TableHead => self.in_head = false,
            _ => {}
        }
        self.out.push_str(self.ends.pop().unwrap_or_default());
    }
}

fn depth(level: HeadingLevel) -> usize {
    level as usize
}

/// The address, when it is of a kind that may be followed. Only its beginning counts, so that nothing a browser might
/// read out of the rest matters.
fn allowed(address: &str) -> Option<&str> {
    let address = address.trim();
    let starts = |with: &str| {
        address
            .get(..with.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    ["https://", "http://", "mailto:"]
        .into_iter()
        .any(starts)
        .then_some(address)
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
mod tests;
