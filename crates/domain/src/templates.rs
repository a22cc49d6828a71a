//! Templates: named sets of providers and teams that an organization gives to many at once. They give nothing by themselves.

use crate::bulk::{BulkChange, BulkInput, Selection, Shown};
use crate::input::{self, Findings};
use crate::provider::ProviderRef;
use crate::query::MemberQuery;
use crate::team::TeamRef;
use crate::{Problem, ProviderId, TeamId, TemplateId, Timestamp};
use serde::{Deserialize, Serialize};

/// Templates of one organization: few enough to be chosen from in a list.
pub const TEMPLATES: usize = 100;
/// Days after which what a template allows can expire at most: ten years, as an end that is set by hand.
const DAYS: u32 = 3_650;

/// What a template gives. It is stored as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateContent {
    /// Providers to allow.
    pub providers: Vec<ProviderId>,
    /// Teams to join.
    pub teams: Vec<TeamId>,
    /// Days after which the providers expire; `None` is never.
    pub days: Option<u32>,
}

impl TemplateContent {
    /// The change that gives it now.
    pub fn change(&self, now: Timestamp) -> BulkChange {
        let end = |days: u32| Timestamp::end_of(&now.plus(i64::from(days) * Timestamp::DAY).date());
        BulkChange {
            add_providers: self.providers.clone(),
            until: self.days.filter(|_| !self.providers.is_empty()).and_then(end),
            add_teams: self.teams.clone(),
            ..BulkChange::default()
        }
    }
}

/// A template as a form sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateInput {
    /// Its name.
    pub name: String,
    /// Ids of providers.
    pub providers: Vec<String>,
    /// Ids of teams.
    pub teams: Vec<String>,
    /// Days after which the providers expire; empty is never.
    pub days: String,
}

impl TemplateInput {
    /// Its name and what it gives, or everything that is wrong with it.
    pub fn check(&self) -> Result<(String, TemplateContent), Problem> {
        let mut found = Findings::default();
        let name = found.keep(input::name("name", &self.name, "the template's name"));
        let days = found.keep(input::whole_number("days", &self.days, "days", DAYS));
        let providers: Vec<ProviderId> = found.keep(ids("providers", &self.providers));
        let teams: Vec<TeamId> = found.keep(ids("teams", &self.teams));
        if self.providers.is_empty() && self.teams.is_empty() {
            found.keep(Err::<(), _>(Problem::invalid(
                "providers",
                "Choose at least one provider or team.",
            )));
        } else if self.providers.is_empty() && days.is_some() {
            found.keep(Err::<(), _>(Problem::invalid(
                "days",
                "Choose providers that expire, or leave this empty.",
            )));
        }
        let content = TemplateContent {
            providers,
            teams,
            days,
        };
        found.finish((name, content))
    }
}

/// Each id once, in order.
fn ids<T: std::str::FromStr + Ord>(field: &str, sent: &[String]) -> Result<Vec<T>, Problem> {
    if sent.len() > crate::limits::LIST_IDS {
        return Err(Problem::invalid(field, "These are too many. Make two templates."));
    }
    let read: Option<std::collections::BTreeSet<T>> = sent.iter().map(|id| id.parse().ok()).collect();
    let read =
        read.ok_or_else(|| Problem::invalid(field, "One of these cannot be read. Load the page again."))?;
    Ok(read.into_iter().collect())
}

/// A template as the page shows it. What was deleted since is no longer part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateView {
    /// Which.
    pub id: TemplateId,
    /// The version that an edit must carry.
    pub version: i64,
    /// Its name, unique in the organization whatever the letter case.
    pub name: String,
    /// Providers to allow, by name.
    pub providers: Vec<ProviderRef>,
    /// Teams to join, by name.
    pub teams: Vec<TeamRef>,
    /// Days after which the providers expire; `None` is never.
    pub days: Option<u32>,
}

/// What an address asks for. Its parameters: `apply`, which template would be given; `q`, to whom, a search of AI Access.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateQuery {
    /// Which template would be given.
    pub apply: Option<TemplateId>,
    /// To whom; nobody while it is empty.
    pub search: String,
}

impl TemplateQuery {
    /// Reads the query part of an address, with or without its question mark. What cannot be read is not asked.
    pub fn from_query_string(text: &str) -> Self {
        let text = text.strip_prefix('?').unwrap_or(text);
        let mut query = Self::default();
        for (key, value) in form_urlencoded::parse(text.as_bytes()) {
            match &*key {
                "apply" => query.apply = value.parse().ok(),
                "q" => query.search = value.trim().to_owned(),
                _ => {}
            }
        }
        query
    }

    /// What stands in the address, with its question mark; empty where nothing was asked.
    pub fn to_query_string(&self) -> String {
        let Some(apply) = self.apply else {
            return String::new();
        };
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.append_pair("apply", &apply.to_string());
        if !self.search.is_empty() {
            text.append_pair("q", &self.search);
        }
        format!("?{}", text.finish())
    }

    /// Giving it to all who match.
    pub fn input(&self, content: &TemplateContent, now: Timestamp) -> BulkInput {
        let query = MemberQuery {
            search: self.search.clone(),
            ..MemberQuery::default()
        };
        BulkInput {
            selection: Selection::Matching(Box::new(query)),
            change: content.change(now),
        }
    }
}

/// A template that would be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateApplying {
    /// Which.
    pub template: TemplateView,
    /// The change; the terms of all.
    pub change: BulkChange,
    /// What it would do, once somebody is said to whom.
    pub shown: Option<Shown>,
}

/// The page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateList {
    /// Every template, by name.
    pub templates: Vec<TemplateView>,
    /// Every provider, by name.
    pub providers: Vec<ProviderRef>,
    /// Every team, by name.
    pub teams: Vec<TeamRef>,
    /// The one that would be given.
    pub applying: Option<TemplateApplying>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(name: &str, providers: &[&str], teams: &[&str], days: &str) -> TemplateInput {
        let texts = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        TemplateInput {
            name: name.to_owned(),
            providers: texts(providers),
            teams: texts(teams),
            days: days.to_owned(),
        }
    }

    #[test]
    fn a_template_has_a_name_and_gives_something() {
        let (name, content) = input(" New ", &["3", "1", "3"], &["2"], " 30 ")
            .check()
            .expect("a template");
        assert_eq!(name, "New");
        assert_eq!(
            content,
            TemplateContent {
                providers: vec![ProviderId(1), ProviderId(3)],
                teams: vec![TeamId(2)],
                days: Some(30),
            }
        );
        for (wrong, field) in [
            (input("", &["1"], &[], ""), "name"),
            (input("N", &[], &[], ""), "providers"),
            (input("N", &["x"], &[], ""), "providers"),
            (input("N", &[], &["x"], ""), "teams"),
            (input("N", &[], &["1"], "3"), "days"),
            (input("N", &["1"], &[], "0"), "days"),
            (input("N", &["1"], &[], "3651"), "days"),
        ] {
            let problem = wrong.check().expect_err("refused");
            assert!(problem.field(field).is_some(), "{wrong:?}: {problem:?}");
        }
    }

    #[test]
    fn what_it_allows_ends_with_the_day_so_that_a_preview_stays_the_same() {
        let content = TemplateContent {
            providers: vec![ProviderId(1)],
            days: Some(1),
            ..TemplateContent::default()
        };
        let day = Timestamp::read("2026-03-01T00:00:00Z").expect("an instant");
        let end = Timestamp::end_of("2026-03-02");
        assert_eq!(content.change(day).until, end);
        assert_eq!(content.change(day.plus(Timestamp::DAY - 1)).until, end);
        let text = "?apply=7&q=team%3Asales";
        assert_eq!(TemplateQuery::from_query_string(text).to_query_string(), text);
        assert_eq!(TemplateQuery::from_query_string("q=a").to_query_string(), "");
    }
}
