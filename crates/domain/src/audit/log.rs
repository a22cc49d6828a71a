//! The audit log as a page and a file show it.

use crate::role::{UnknownName, named};
use crate::search::words;
use crate::{BulkChangeId, Problem, ProblemCode, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

named!(
    /// What an action was done to, as the log is narrowed by.
    AuditKind {
        /// The organization itself.
        Organization = "organization", "Organization";
        /// A person's account.
        User = "user", "Account";
        /// A member or an invitation.
        Member = "member", "Member or invitation";
        /// A provider.
        Provider = "provider", "Provider";
        /// A team.
        Team = "team", "Team";
        /// A virtual key.
        Key = "key", "Virtual key";
        /// A change of many rows.
        Bulk = "bulk", "Change of many rows";
        /// A token of a SCIM connection.
        ScimToken = "scim_token", "SCIM token";
        /// A budget.
        Budget = "budget", "Budget";
        /// An own price.
        Price = "price", "Price";
        /// A template.
        Template = "template", "Template";
        /// A sign-in, or tries of one.
        SignIn = "sign_in", "Sign-in";
        /// An access review.
        Review = "review", "Access review";
    }
);

/// Characters of a search; far more than an address has.
const SEARCH_CHARS: usize = 320;

/// What is shown of the log. Nothing chosen is all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// Words, each of which is in the name or address of who did it, or in what it was done to.
    pub search: String,
    /// Only what was done to these.
    pub kind: Option<AuditKind>,
    /// The first day in UTC, as [`Timestamp::date`] writes it; empty is the first there is.
    pub from: String,
    /// The last day.
    pub until: String,
    /// Only what is older than this place in the log: the next page.
    pub before: Option<i64>,
}

/// The same, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Words in small letters.
    pub words: Vec<String>,
    /// Only what was done to these.
    pub kind: Option<AuditKind>,
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Before this one.
    pub until: Option<Timestamp>,
    /// Only what is older than this place in the log.
    pub before: Option<i64>,
}

impl AuditQuery {
    /// Reads the query part of a URL, with or without its question mark. What is unknown or broken is as if it were not there.
    pub fn from_query_string(text: &str) -> Self {
        let text = text.strip_prefix('?').unwrap_or(text);
        let mut query = Self::default();
        let day = |text: &str| Timestamp::end_of(text).map_or_else(String::new, |_| text.to_owned());
        for (key, value) in form_urlencoded::parse(text.as_bytes()) {
            match &*key {
                "q" => query.search = value.into_owned(),
                "kind" => query.kind = value.parse().ok(),
                "from" => query.from = day(&value),
                "until" => query.until = day(&value),
                "before" => query.before = value.parse().ok(),
                _ => {}
            }
        }
        query
    }

    /// The query part of the URL with its question mark; empty when everything is shown from the newest on.
    pub fn to_query_string(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.search.is_empty() {
            query.append_pair("q", &self.search);
        }
        if let Some(kind) = self.kind {
            query.append_pair("kind", kind.as_str());
        }
        if !self.from.is_empty() {
            query.append_pair("from", &self.from);
        }
        if !self.until.is_empty() {
            query.append_pair("until", &self.until);
        }
        if let Some(before) = self.before {
            query.append_pair("before", &before.to_string());
        }
        match query.finish() {
            text if text.is_empty() => text,
            text => format!("?{text}"),
        }
    }

    /// Whether something narrows it, other than the page.
    pub fn narrows(&self) -> bool {
        let Self {
            search,
            kind,
            from,
            until,
            ..
        } = self;
        kind.is_some() || [search, from, until].iter().any(|text| !text.trim().is_empty())
    }

    /// What the database is asked.
    pub fn check(&self) -> Result<AuditFilter, Problem> {
        if self.search.chars().count() > SEARCH_CHARS {
            let long = format!("The search is longer than {SEARCH_CHARS} characters. Shorten it.");
            return Err(Problem::new(ProblemCode::Invalid, long));
        }
        let end = |text: &str| match text {
            "" => Ok(None),
            text => Timestamp::end_of(text).map(Some).ok_or_else(|| {
                Problem::new(
                    ProblemCode::Invalid,
                    format!("“{text}” is not a date such as 2026-03-01."),
                )
            }),
        };
        Ok(AuditFilter {
            words: words(&self.search),
            kind: self.kind,
            from: end(&self.from)?.map(|end| end.plus(-Timestamp::DAY)),
            until: end(&self.until)?,
            before: self.before,
        })
    }
}

/// One action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its place in the log; later ones have larger ones.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who: a name, or the address where the account has none.
    pub by: String,
    /// The address then.
    pub by_email: String,
    /// What, as the rest of a sentence that begins with `by`.
    pub what: String,
    /// Its name among machines.
    pub action: String,
    /// What kind of thing it was done to.
    pub kind: AuditKind,
    /// What that was called then.
    pub about: String,
    /// What changed, as it was, as JSON.
    pub before: Option<String>,
    /// What changed, as it is.
    pub after: Option<String>,
    /// The change of many rows that it is, while it can be undone.
    pub undo: Option<BulkChangeId>,
}

/// Some of the log, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The actions.
    pub entries: Vec<AuditEntry>,
    /// From where older ones are read, if there may be any. With a search, that can be where it was given up.
    pub next: Option<i64>,
    /// The server's clock.
    pub now: Timestamp,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_the_whole_query() {
        let query = AuditQuery {
            search: "Ana & co".to_owned(),
            kind: Some(AuditKind::Key),
            from: "2026-03-01".to_owned(),
            until: "2026-03-02".to_owned(),
            before: Some(7),
        };
        let text = query.to_query_string();
        assert_eq!(
            text,
            "?q=Ana+%26+co&kind=key&from=2026-03-01&until=2026-03-02&before=7"
        );
        assert_eq!(AuditQuery::from_query_string(&text), query);
        assert_eq!(AuditQuery::default().to_query_string(), "");
        let broken = AuditQuery::from_query_string("kind=praise&from=yesterday&before=x&other=1");
        assert_eq!(broken, AuditQuery::default());
    }

    #[test]
    fn days_are_whole_days_in_utc() {
        let query = AuditQuery {
            from: "2026-03-01".to_owned(),
            until: "2026-03-01".to_owned(),
            ..AuditQuery::default()
        };
        let filter = query.check().unwrap();
        let (from, until) = (filter.from.unwrap(), filter.until.unwrap());
        assert_eq!(from.rfc3339(), "2026-03-01T00:00:00Z");
        assert_eq!(until.rfc3339(), "2026-03-02T00:00:00Z");
        let wrong = AuditQuery {
            from: "2026-02-30".to_owned(),
            ..AuditQuery::default()
        };
        assert!(
            wrong
                .check()
                .unwrap_err()
                .message
                .contains("“2026-02-30” is not a date")
        );
    }
}
