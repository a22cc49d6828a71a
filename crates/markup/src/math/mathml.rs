//! What of MathML is let through: elements and attributes of a fixed set, without styles or links.

use crate::escape;

const ELEMENTS: &[&str] = &[
    "math",
    "mrow",
    "mi",
    "mn",
    "mo",
    "mtext",
    "mspace",
    "mfrac",
    "msqrt",
    "mroot",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "mover",
    "munderover",
    "mmultiscripts",
    "mprescripts",
    "mtable",
    "mtr",
    "mtd",
    "mpadded",
    "mphantom",
    "mstyle",
    "menclose",
];

const ATTRIBUTES: &[&str] = &[
    "display",
    "displaystyle",
    "scriptlevel",
    "stretchy",
    "symmetric",
    "fence",
    "separator",
    "form",
    "accent",
    "accentunder",
    "linethickness",
    "width",
    "height",
    "depth",
    "lspace",
    "rspace",
    "voffset",
    "minsize",
    "maxsize",
    "mathvariant",
    "movablelimits",
    "largeop",
    "columnalign",
    "columnspan",
    "rowspan",
    "notation",
    "class",
];

/// The MathML with nothing else in it; `None` when it has an element that it must not have, or is not well formed.
pub(super) fn safe(mathml: &str) -> Option<String> {
    let mut out = String::with_capacity(mathml.len());
    let mut open: Vec<&str> = Vec::new();
    let mut rest = mathml;
    while let Some(at) = rest.find('<') {
        text(&rest[..at], &mut out);
        rest = &rest[at + 1..];
        let named = rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        if !named {
            // An operator.
            out.push_str("&lt;");
            continue;
        }
        let (tag, after) = rest.split_once('>')?;
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            (open.pop() == Some(name)).then_some(())?;
            out.push_str("</");
            out.push_str(name);
            out.push('>');
            continue;
        }
        let (tag, is_empty) = match tag.strip_suffix('/') {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        ELEMENTS.contains(&name).then_some(())?;
        out.push('<');
        out.push_str(name);
        self::attributes(attributes, &mut out)?;
        out.push('>');
        if is_empty {
            out.push_str("</");
            out.push_str(name);
            out.push('>');
        } else {
            open.push(name);
        }
    }
    text(rest, &mut out);
    open.is_empty().then_some(out)
}

fn attributes(text: &str, out: &mut String) -> Option<()> {
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"")?;
        let (value, after) = after.split_once('"')?;
        rest = after.trim_start();
        if ATTRIBUTES.contains(&name) {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape(value, out);
            out.push('"');
        }
    }
    Some(())
}

/// Text, in which the few things that are escaped may be escaped already.
fn text(text: &str, out: &mut String) {
    let plain = text
        .replace("&nbsp;", "\u{a0}")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    escape(&plain, out);
}

/// Whether an element may begin like this.
#[cfg(test)]
pub(super) fn is_safe(tag: &str) -> bool {
    let tag = tag.split('>').next().unwrap_or_default();
    let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
    let names = attributes
        .split("=\"")
        .filter_map(|part| part.rsplit(['"', ' ']).next());
    let known = |name: &str| name.is_empty() || ATTRIBUTES.contains(&name);
    ELEMENTS.contains(&name) && names.into_iter().all(known)
}
