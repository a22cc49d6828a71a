//! What the command palette finds.

use crate::MemberId;
use crate::provider::ProviderRef;
use crate::search::fold;
use crate::team::TeamRef;

/// What an organization holds that matches; a few of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// People and invitations.
    pub members: Vec<FoundMember>,
    /// Providers, by name.
    pub providers: Vec<ProviderRef>,
    /// Teams, by name.
    pub teams: Vec<TeamRef>,
}

/// A person, or an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundMember {
    /// Which.
    pub id: MemberId,
    /// The name, or the address where there is none.
    pub label: String,
    /// The address.
    pub email: String,
}

/// Whether a name holds each word of a text somewhere, written in whatever way the search of AI Access takes.
pub fn holds_words(name: &str, text: &str) -> bool {
    let name = fold(name);
    fold(text).split_whitespace().all(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_counts_in_any_order_and_writing() {
        assert!(holds_words("Zürich Sales", "sales zur"));
        assert!(holds_words("Audit log", ""));
        assert!(!holds_words("Audit log", "audit spend"));
    }
}
