//! A change of many rows as an address says it, step by step, for pages without scripts: which rows, what to change, and to
//! what.

use super::{BulkInput, BulkKind, Selection, Shown};
use crate::provider::ProviderRef;
use crate::query::MemberQuery;
use crate::team::TeamRef;
use crate::{Problem, Role, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What an address says of a change. Its parameters: `row` for each selected row, or `all=1` with those of the table's own
/// address; `what` is changed; `choose` for each provider or team, `to` for a role, `until` for an expiration date.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BulkAsked {
    pairs: Vec<(String, String)>,
}

/// What a form for a change shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkForm {
    /// Every provider.
    pub providers: Vec<ProviderRef>,
    /// Every team.
    pub teams: Vec<TeamRef>,
    /// What the change would do, once it is said.
    pub shown: Option<Shown>,
}

impl From<Vec<(String, String)>> for BulkAsked {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self { pairs }
    }
}

impl BulkAsked {
    /// Reads the query part of an address, with or without its question mark.
    pub fn from_query_string(text: &str) -> Self {
        let text = text.strip_prefix('?').unwrap_or(text);
        Self {
            pairs: form_urlencoded::parse(text.as_bytes()).into_owned().collect(),
        }
    }

    /// The query part of the address, without a question mark.
    pub fn to_query_string(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.pairs)
            .finish()
    }

    /// The same with only these parameters, in their order.
    pub fn only(&self, names: impl Fn(&str) -> bool) -> Vec<(String, String)> {
        let pairs = self.pairs.iter().filter(|(name, _)| names(name));
        pairs.cloned().collect()
    }

    /// Whether a parameter is one of the change, and not of the selection.
    pub fn is_of_change(name: &str) -> bool {
        matches!(name, "what" | "choose" | "to" | "until")
    }

    fn all_of<'a>(&'a self, name: &str) -> impl DoubleEndedIterator<Item = &'a str> {
        let of = self.pairs.iter().filter(move |(key, _)| key == name);
        of.map(|(_, value)| value.as_str())
    }

    /// Its only value, or the last one.
    pub fn value(&self, name: &str) -> &str {
        self.all_of(name).next_back().unwrap_or_default()
    }

    /// Which rows; none when none are selected.
    pub fn selection(&self) -> Option<Selection> {
        if self.value("all") == "1" {
            let view = MemberQuery::from_pairs(self.only(|name| !Self::is_of_change(name)));
            return Some(Selection::Matching(Box::new(view)));
        }
        let rows: Vec<_> = self.all_of("row").filter_map(|id| id.parse().ok()).collect();
        (!rows.is_empty()).then_some(Selection::Ids(rows))
    }

    /// What is changed.
    pub fn kind(&self) -> Option<BulkKind> {
        BulkKind::from_text(self.value("what"))
    }

    /// The ids of what was chosen.
    pub fn chosen(&self) -> BTreeSet<i64> {
        self.all_of("choose").filter_map(|id| id.parse().ok()).collect()
    }

    /// The role that is given.
    pub fn role(&self) -> Option<Role> {
        self.value("to").parse().ok()
    }

    /// The change, once everything is said.
    pub fn input(&self) -> Result<Option<BulkInput>, Problem> {
        let (Some(selection), Some(kind)) = (self.selection(), self.kind()) else {
            return Ok(None);
        };
        let (chosen, role) = (self.chosen(), self.role());
        let said = match kind {
            BulkKind::Role => role.is_some(),
            BulkKind::Action(_) => self.value("to") == "1",
            _ => !chosen.is_empty(),
        };
        if !said {
            return Ok(None);
        }
        let until = match self.value("until").trim() {
            "" => None,
            date => Some(Timestamp::end_of(date).ok_or_else(|| {
                let wrong = format!("“{date}” is not a date. Write it as 2027-03-31.");
                Problem::invalid("until", wrong)
            })?),
        };
        let change = kind.change(&chosen, role.unwrap_or(Role::Member), until);
        Ok(Some(BulkInput { selection, change }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bulk::{BulkChange, RowAction};
    use crate::{MemberId, ProviderId, TeamId};

    fn asked(text: &str) -> BulkAsked {
        BulkAsked::from_query_string(text)
    }

    fn input(text: &str) -> BulkInput {
        let asked = asked(text);
        // The way through an address and a form changes nothing.
        let again = BulkAsked::from_query_string(&asked.to_query_string());
        assert_eq!(again, asked);
        asked.input().expect("no problem").expect("everything is said")
    }

    #[test]
    fn an_address_says_a_whole_change() {
        let two = Selection::Ids(vec![MemberId(7), MemberId(9)]);
        let change = |change: BulkChange| BulkInput {
            selection: two.clone(),
            change,
        };
        assert_eq!(
            input("?row=7&row=9&what=add-providers&choose=3&choose=1&until=2027-03-31"),
            change(BulkChange {
                add_providers: vec![ProviderId(1), ProviderId(3)],
                until: Timestamp::end_of("2027-03-31"),
                ..BulkChange::default()
            })
        );
        assert_eq!(
            input("row=7&row=9&what=remove-teams&choose=4&until="),
            change(BulkChange {
                remove_teams: vec![TeamId(4)],
                ..BulkChange::default()
            })
        );
        assert_eq!(
            input("row=7&row=9&what=role&to=auditor"),
            change(BulkChange {
                role: Some(Role::Auditor),
                ..BulkChange::default()
            })
        );
        assert_eq!(
            input("row=7&row=9&what=suspend&to=1"),
            change(BulkChange {
                action: Some(RowAction::Suspend),
                ..BulkChange::default()
            })
        );
    }

    #[test]
    fn all_that_match_are_a_search_and_no_rows() {
        let all = input("all=1&row=7&q=lab&role=member&team=2&what=role&to=admin");
        let Selection::Matching(query) = all.selection else {
            panic!("{all:?}");
        };
        assert_eq!(*query, MemberQuery::from_query_string("q=lab&role=member&team=2"));
    }

    #[test]
    fn what_is_not_said_yet_is_asked_for() {
        for text in [
            "",
            "row=x&what=suspend&to=1",
            "row=7",
            "row=7&what=everything",
            "row=7&what=add-teams",
            "row=7&what=role&to=emperor",
            "row=7&what=remove",
        ] {
            assert_eq!(asked(text).input(), Ok(None), "{text}");
        }
        let problem = asked("row=7&what=add-providers&choose=1&until=soon").input();
        assert!(problem.expect_err("no date").field("until").is_some());
    }
}
