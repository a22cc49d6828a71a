//! From the tables of unicode-rs.

use super::HostRules;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// Gives the parts of a character in its full compatibility decomposition (NFKD).
pub(crate) fn decompose(c: char, part: impl FnMut(char)) {
    decompose_compatible(c, part);
}

/// Whether a character is a combining mark.
pub(crate) fn is_mark(c: char) -> bool {
    is_combining_mark(c)
}

/// The composed normal form (NFC).
pub(crate) fn nfc(text: &str) -> String {
    text.nfc().collect()
}

/// A host name in the form that the DNS knows (UTS 46); none when it cannot be one.
pub(crate) fn host_to_ascii(host: &str, rules: HostRules) -> Option<String> {
    let (deny, hyphens, length) = match rules {
        HostRules::Mail => (AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Ignore),
        HostRules::Url => (AsciiDenyList::URL, Hyphens::Allow, DnsLength::VerifyAllowRootDot),
    };
    Uts46::new()
        .to_ascii(host.as_bytes(), deny, hyphens, length)
        .ok()
        .map(|host| host.into_owned())
}
