//! Two members side by side, and making one like the other.

use crate::bulk::Cannot;
use crate::ends::Terms;
use crate::provider::ProviderRef;
use crate::team::{TeamPerson, TeamRef};
use crate::{BulkChangeId, MemberId, MemberStatus, ProviderId, Role, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an address asks for. Its parameters: `a` and `b`, who is compared; `q`, a search for the one that is missing; `copy=1`,
/// what making the second like the first would do, and `role=1`, with the role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompareQuery {
    /// The first.
    pub a: Option<MemberId>,
    /// The second.
    pub b: Option<MemberId>,
    /// For whom to look.
    pub search: String,
    /// What making the second like the first would do.
    pub copy: bool,
    /// With the role.
    pub role: bool,
}

impl CompareQuery {
    /// Reads the query part of an address, with or without its question mark. What cannot be read is not asked.
    pub fn from_query_string(text: &str) -> Self {
        let text = text.strip_prefix('?').unwrap_or(text);
        let mut query = Self::default();
        for (key, value) in form_urlencoded::parse(text.as_bytes()) {
            match &*key {
                "a" => query.a = value.parse().ok(),
                "b" => query.b = value.parse().ok(),
                "q" => query.search = value.trim().to_owned(),
                "copy" => query.copy = value == "1",
                "role" => query.role = value == "1",
                _ => {}
            }
        }
        // Nobody is compared with themselves.
        query.b = query.b.filter(|b| query.a != Some(*b));
        query
    }

    /// What stands in the address, with its question mark; empty where nothing was asked.
    pub fn to_query_string(&self) -> String {
        let on = |on: bool| on.then(|| "1".to_owned());
        let pairs = [
            ("a", self.a.map(|id| id.to_string())),
            ("b", self.b.map(|id| id.to_string())),
            ("q", Some(self.search.clone()).filter(|text| !text.is_empty())),
            ("copy", on(self.copy)),
            ("role", on(self.role)),
        ];
        let mut text = form_urlencoded::Serializer::new(String::new());
        for (name, value) in pairs {
            if let Some(value) = value {
                text.append_pair(name, &value);
            }
        }
        match text.finish() {
            text if text.is_empty() => text,
            text => format!("?{text}"),
        }
    }
}

/// By what a provider is allowed, and on which terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The team that carries it; `None` for a grant of their own.
    pub team: Option<TeamRef>,
    /// Until when, why, and of which models.
    pub terms: Terms,
}

/// One of the two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// Which row.
    pub member: MemberId,
    /// The name, or the e-mail where there is none.
    pub name: String,
    /// E-mail as it was typed.
    pub email: String,
    /// Organization role.
    pub role: Role,
    /// Active, suspended, invited or expired.
    pub status: MemberStatus,
    /// Last sign-in; `None` is never.
    pub last_login: Option<Timestamp>,
    /// The teams, by name.
    pub teams: Vec<TeamRef>,
    /// The live sources of each allowed provider, their own first, then teams by name. What an invitation's teams carry comes with
    /// joining.
    pub sources: BTreeMap<ProviderId, Vec<Source>>,
    /// The day on which each provider was last used, in UTC.
    pub last_used: BTreeMap<ProviderId, Timestamp>,
    /// Their own budgets, as `$250 a month`.
    pub budgets: Vec<String>,
}

impl Side {
    /// The sources by which a provider is allowed.
    pub fn sources(&self, provider: ProviderId) -> &[Source] {
        self.sources.get(&provider).map_or(&[], Vec::as_slice)
    }
}

/// What becomes of something that the second has, or is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// They get it.
    Gains,
    /// They have it by other sources or on other terms.
    Changes,
    /// They no longer have it.
    Loses,
    /// Nothing.
    Stays,
}

impl Effect {
    /// What becomes of a provider by its sources.
    pub fn of(before: &[Source], after: &[Source]) -> Self {
        match (before, after) {
            ([], [_, ..]) => Self::Gains,
            ([_, ..], []) => Self::Loses,
            (before, after) if before == after => Self::Stays,
            _ => Self::Changes,
        }
    }

    /// The label people see.
    pub fn label(self) -> &'static str {
        match self {
            Self::Gains => "Gains",
            Self::Loses => "Loses",
            Self::Changes => "Changes",
            Self::Stays => "Stays",
        }
    }
}

/// What making the second like the first would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyShown {
    /// Another one as soon as anything that is shown is another.
    pub fingerprint: String,
    /// Whether anything would be done.
    pub changes: bool,
    /// The sources of each provider afterwards, as far as it can be done.
    pub sources: BTreeMap<ProviderId, Vec<Source>>,
    /// The teams afterwards.
    pub teams: Vec<TeamRef>,
    /// The role afterwards.
    pub role: Role,
    /// What cannot be done, and why: `Allow OpenAI`.
    pub cannot: Vec<(String, Cannot)>,
}

/// The page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparePage {
    /// The first, once chosen.
    pub a: Option<Side>,
    /// The second, once chosen.
    pub b: Option<Side>,
    /// Who can be chosen: the first that match.
    pub found: Vec<TeamPerson>,
    /// The providers that one of them has or would have, by name.
    pub providers: Vec<ProviderRef>,
    /// What making the second like the first would do, if that was asked.
    pub copy: Option<CopyShown>,
    /// The server's clock.
    pub now: Timestamp,
}

/// One is to be made like another, as it was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyInput {
    /// Like whom.
    pub from: MemberId,
    /// Who.
    pub to: MemberId,
    /// With the role.
    pub role: bool,
    /// The fingerprint of what was shown.
    pub fingerprint: String,
    /// Sent again with a retry, so that it is done once.
    pub idempotency_key: String,
}

/// What comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyOutcome {
    /// All that was shown was done.
    Applied(BulkChangeId),
    /// Nothing was done, since it would be something else than what was shown.
    Changed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_who_is_compared() {
        let text = "?a=7&b=9&q=ana+m&copy=1&role=1";
        let query = CompareQuery::from_query_string(text);
        assert_eq!(query.to_query_string(), text);
        assert_eq!((query.a, query.b), (Some(MemberId(7)), Some(MemberId(9))));
        assert!(query.copy && query.role);
        let same = CompareQuery::from_query_string("a=7&b=7&copy=yes&x=1");
        assert_eq!(
            same.to_query_string(),
            "?a=7",
            "nobody is compared with themselves"
        );
        assert_eq!(CompareQuery::from_query_string("a=ana&b=").to_query_string(), "");
    }

    #[test]
    fn what_becomes_of_a_provider_is_told_by_its_sources() {
        let own = |ends_at| Source {
            team: None,
            terms: Terms {
                ends_at,
                ..Terms::default()
            },
        };
        let (open, ending) = ([own(None)], [own(Some(Timestamp(1)))]);
        assert_eq!(Effect::of(&[], &open), Effect::Gains);
        assert_eq!(Effect::of(&open, &[]), Effect::Loses);
        assert_eq!(Effect::of(&open, &ending), Effect::Changes);
        assert_eq!(Effect::of(&open, &open), Effect::Stays);
        assert_eq!(Effect::of(&[], &[]), Effect::Stays);
    }
}
