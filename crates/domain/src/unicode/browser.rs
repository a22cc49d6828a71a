//! From the browser's own tables. What is found here is a hint while somebody types; the server looks again.

use super::HostRules;
use js_sys::{JsString, RegExp};
use web_sys::Url;

/// Gives the parts of a character in its full compatibility decomposition (NFKD).
pub(crate) fn decompose(c: char, part: impl FnMut(char)) {
    normalized(c.encode_utf8(&mut [0; 4]), "NFKD")
        .chars()
        .for_each(part);
}

/// Whether a character is a combining mark.
pub(crate) fn is_mark(c: char) -> bool {
    thread_local! {
        static MARK: RegExp = RegExp::new(r"\p{M}", "u");
    }
    !c.is_ascii() && MARK.with(|mark| mark.test(c.encode_utf8(&mut [0; 4])))
}

/// The composed normal form (NFC).
pub(crate) fn nfc(text: &str) -> String {
    if text.is_ascii() {
        text.to_owned()
    } else {
        normalized(text, "NFC")
    }
}

fn normalized(text: &str, form: &str) -> String {
    JsString::from(text).normalize(form).into()
}

/// A host name in the form that the DNS knows (UTS 46); none when it cannot be one.
pub(crate) fn host_to_ascii(host: &str, rules: HostRules) -> Option<String> {
    let may_hold = |c: char| match rules {
        HostRules::Mail => c.is_ascii_alphanumeric() || matches!(c, '-' | '.'),
        HostRules::Url => c.is_ascii_graphic() && !"\"#%/:<>?@[\\]^`{|}".contains(c),
    };
    let hyphens_are_inside = rules == HostRules::Url
        || !host
            .split('.')
            .any(|label| label.starts_with('-') || label.ends_with('-'));
    if !hyphens_are_inside || !host.chars().all(|c| !c.is_ascii() || may_hold(c)) {
        return None;
    }
    let lower = host.to_ascii_lowercase();
    let ascii = if lower.is_ascii() && !lower.split('.').any(|label| label.starts_with("xn--")) {
        lower
    } else {
        // A URL would read a name that ends in a number as an address; with another end it stays a name.
        let url = Url::new(&format!("http://{lower}.invalid")).ok()?;
        url.hostname().strip_suffix(".invalid")?.to_owned()
    };
    (rules == HostRules::Mail || fits_dns(&ascii)).then_some(ascii)
}

/// Whether the labels and the whole are as long as the DNS allows; a dot at the end stands for its root.
fn fits_dns(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.len() <= 253 && host.split('.').all(|label| (1..=63).contains(&label.len()))
}
