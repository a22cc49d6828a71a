//! What a message says, as plain text and as HTML.

use std::fmt::Write;

/// A message to one person. Texts come from people and are escaped where they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) subject: String,
    /// One after the other, above the link.
    pub(super) paragraphs: Vec<String>,
    /// What the link is called, and where it leads.
    pub(super) link: Option<(String, String)>,
    /// Below the link: how long it works, what to do if nobody asked for this.
    pub(super) notes: Vec<String>,
}

impl Letter {
    /// One line without control characters: a subject is a header.
    pub(super) fn subject_line(&self) -> String {
        one_line(&self.subject)
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for paragraph in &self.paragraphs {
            let _ = write!(text, "{}\n\n", one_line(paragraph));
        }
        if let Some((label, url)) = &self.link {
            let _ = write!(text, "{}:\n{url}\n\n", one_line(label));
        }
        for note in &self.notes {
            let _ = write!(text, "{}\n\n", one_line(note));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }

    pub(super) fn html(&self) -> String {
        // Readers of mail know few styles, and those beside the elements.
        let mut html = String::from(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"></head>\
             <body style=\"margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif;color:#1c2330;background:#ffffff\">\
             <div style=\"max-width:560px;margin:0 auto\">",
        );
        for paragraph in &self.paragraphs {
            let _ = write!(html, "<p style=\"margin:0 0 16px\">{}</p>", escaped(paragraph));
        }
        if let Some((label, url)) = &self.link {
            let (label, url) = (escaped(label), escaped(url));
            let _ = write!(
                html,
                "<p style=\"margin:24px 0\"><a href=\"{url}\" style=\"display:inline-block;padding:10px 18px;\
                 border-radius:6px;background:#2f5bd7;color:#ffffff;text-decoration:none\">{label}</a></p>\
                 <p style=\"margin:0 0 16px;color:#5a6474;word-break:break-all\">{url}</p>"
            );
        }
        for note in &self.notes {
            let _ = write!(
                html,
                "<p style=\"margin:0 0 16px;color:#5a6474\">{}</p>",
                escaped(note)
            );
        }
        html.push_str("</div></body></html>");
        html
    }
}

/// A text from somebody on one line, so that it cannot pass for more than it is.
fn one_line(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    plain.trim().to_owned()
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_stays_text() {
        let letter = Letter {
            subject: "Join A\r\nBcc: all@example.com".to_owned(),
            paragraphs: vec!["<script>alert(\"1\")</script> & co".to_owned()],
            link: Some((
                "Open".to_owned(),
                "https://gatehouse.example/invite/a\"b".to_owned(),
            )),
            notes: vec!["It's over\nsoon".to_owned()],
        };
        assert_eq!(letter.subject_line(), "Join A  Bcc: all@example.com");
        assert_eq!(
            letter.text(),
            "<script>alert(\"1\")</script> & co\n\nOpen:\nhttps://gatehouse.example/invite/a\"b\n\nIt's over soon\n"
        );
        let html = letter.html();
        assert!(html.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; co"));
        assert!(html.contains("href=\"https://gatehouse.example/invite/a&quot;b\""));
        assert!(html.contains("It&#39;s over soon"));
    }
}
