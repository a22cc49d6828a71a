//! What models cost: which part of it is asked for, and how it is told.

use crate::role::{UnknownName, named};
use crate::{KeyId, MemberId, Problem, ProblemCode, ProviderId, TeamId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Days that one page tells of; more than a year.
pub const SPEND_DAYS: i64 = 400;
/// Groups that one page lists.
pub const SPEND_ROWS: u32 = 100;
/// Characters of a model's name in an address; more than any has.
const MODEL_CHARS: usize = 320;

named!(
    /// What spend is added up by.
    SpendBy {
        /// Who asked.
        Member = "member", "Member";
        /// The teams of who asked, as they are now.
        Team = "team", "Team";
        /// The virtual key.
        Key = "key", "Virtual key";
        /// Who was asked.
        Provider = "provider", "Provider";
        /// Which of its models.
        Model = "model", "Model";
    }
);

named!(
    /// Days that can be chosen by name.
    SpendSpan {
        /// From the first of this month on.
        ThisMonth = "this-month", "This month";
        /// The month before.
        LastMonth = "last-month", "Last month";
        /// Today and the twenty-nine days before.
        Last30Days = "30-days", "Last 30 days";
        /// Today and the six days before.
        Last7Days = "7-days", "Last 7 days";
    }
);

/// What is shown of the spend. Nothing chosen is this month, by member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpendQuery {
    /// The days by name, where none are given.
    pub span: SpendSpan,
    /// The first day in UTC, as [`Timestamp::date`] writes it; empty unless days were given.
    pub from: String,
    /// The last day.
    pub until: String,
    /// What is added up.
    pub by: SpendBy,
    /// Of this member only.
    pub member: Option<MemberId>,
    /// Of the people of this team only; 0 is who is in none.
    pub team: Option<TeamId>,
    /// With this key only; 0 is Chat.
    pub key: Option<KeyId>,
    /// Of this provider only; 0 is where none was chosen.
    pub provider: Option<ProviderId>,
    /// Of this model only, by the provider's name for it.
    pub model: Option<String>,
}

impl Default for SpendQuery {
    fn default() -> Self {
        Self {
            span: SpendSpan::ThisMonth,
            from: String::new(),
            until: String::new(),
            by: SpendBy::Member,
            member: None,
            team: None,
            key: None,
            provider: None,
            model: None,
        }
    }
}

/// Days, from the beginning of the first to the end of the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpendDays {
    /// Inside.
    pub from: Timestamp,
    /// Outside.
    pub until: Timestamp,
}

impl SpendQuery {
    /// Reads the query part of a URL, with or without its question mark. What is unknown or broken is as if it were not there.
    pub fn from_query_string(text: &str) -> Self {
        let text = text.strip_prefix('?').unwrap_or(text);
        let mut query = Self::default();
        let id = |text: &str| text.parse::<i64>().ok().filter(|id| *id >= 0);
        for (key, value) in form_urlencoded::parse(text.as_bytes()) {
            match &*key {
                "span" => query.span = value.parse().unwrap_or(SpendSpan::ThisMonth),
                "from" => query.from = value.trim().to_owned(),
                "until" => query.until = value.trim().to_owned(),
                "by" => query.by = value.parse().unwrap_or(SpendBy::Member),
                "member" => query.member = id(&value).map(MemberId),
                "team" => query.team = id(&value).map(TeamId),
                "key" => query.key = id(&value).map(KeyId),
                "provider" => query.provider = id(&value).map(ProviderId),
                "model" => query.model = Some(value.into_owned()).filter(|model| !model.is_empty()),
                _ => {}
            }
        }
        query
    }

    /// What stands in the address, name and value, without what is so anyway.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        let plain = Self::default();
        if self.span != plain.span {
            pairs.push(("span", self.span.to_string()));
        }
        for (name, text) in [("from", &self.from), ("until", &self.until)] {
            if !text.is_empty() {
                pairs.push((name, text.clone()));
            }
        }
        if self.by != plain.by {
            pairs.push(("by", self.by.to_string()));
        }
        let ids = [
            ("member", self.member.map(|id| id.0)),
            ("team", self.team.map(|id| id.0)),
            ("key", self.key.map(|id| id.0)),
            ("provider", self.provider.map(|id| id.0)),
        ];
        pairs.extend(
            ids.into_iter()
                .filter_map(|(name, id)| Some((name, id?.to_string()))),
        );
        pairs.extend(self.model.clone().map(|model| ("model", model)));
        pairs
    }

    /// The query part of the URL with its question mark; empty where nothing was chosen.
    pub fn to_query_string(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.pairs());
        match query.finish() {
            text if text.is_empty() => text,
            text => format!("?{text}"),
        }
    }

    /// This month of one member.
    pub fn of_member(member: MemberId) -> Self {
        Self {
            member: Some(member),
            ..Self::default()
        }
    }

    /// This month at one provider.
    pub fn of_provider(provider: ProviderId) -> Self {
        Self {
            provider: Some(provider),
            ..Self::default()
        }
    }

    /// The same without one filter.
    #[must_use]
    pub fn without(&self, by: SpendBy) -> Self {
        let mut query = self.clone();
        match by {
            SpendBy::Member => query.member = None,
            SpendBy::Team => query.team = None,
            SpendBy::Key => query.key = None,
            SpendBy::Provider => query.provider = None,
            SpendBy::Model => query.model = None,
        }
        query
    }

    /// The same for one group alone, added up by what comes next.
    #[must_use]
    pub fn of_group(&self, group: &SpendGroup) -> Self {
        let mut query = self.clone();
        match self.by {
            SpendBy::Member => (query.member, query.by) = (Some(MemberId(group.id)), SpendBy::Model),
            SpendBy::Team => (query.team, query.by) = (Some(TeamId(group.id)), SpendBy::Member),
            SpendBy::Key => (query.key, query.by) = (Some(KeyId(group.id)), SpendBy::Model),
            SpendBy::Provider => (query.provider, query.by) = (Some(ProviderId(group.id)), SpendBy::Model),
            SpendBy::Model => {
                query.provider = Some(ProviderId(group.id));
                query.model = Some(group.model.clone()).filter(|model| !model.is_empty());
                query.by = SpendBy::Member;
            }
        }
        query
    }

    /// The days that are meant at an instant.
    pub fn days(&self, now: Timestamp) -> Result<SpendDays, Problem> {
        if self
            .model
            .as_ref()
            .is_some_and(|model| model.chars().count() > MODEL_CHARS)
        {
            let long = format!("The model's name is longer than {MODEL_CHARS} characters. Shorten it.");
            return Err(Problem::new(ProblemCode::Invalid, long));
        }
        let midnight = |at: Timestamp| Timestamp(at.0.div_euclid(Timestamp::DAY) * Timestamp::DAY);
        let (today, tomorrow) = (midnight(now), midnight(now).plus(Timestamp::DAY));
        let first_of_month = |day: Timestamp| {
            let date = day.date();
            let day_of_month = date.rsplit('-').next().and_then(|day| day.parse::<i64>().ok());
            day.plus((1 - day_of_month.unwrap_or(1)) * Timestamp::DAY)
        };
        let this_month = first_of_month(today);
        if self.from.is_empty() && self.until.is_empty() {
            let (from, until) = match self.span {
                SpendSpan::ThisMonth => (this_month, tomorrow),
                SpendSpan::LastMonth => (first_of_month(this_month.plus(-Timestamp::DAY)), this_month),
                SpendSpan::Last30Days => (today.plus(-29 * Timestamp::DAY), tomorrow),
                SpendSpan::Last7Days => (today.plus(-6 * Timestamp::DAY), tomorrow),
            };
            return Ok(SpendDays { from, until });
        }
        let end = |text: &str| {
            Timestamp::end_of(text).ok_or_else(|| {
                let wrong = format!("“{text}” is not a date such as 2026-03-01.");
                Problem::new(ProblemCode::Invalid, wrong)
            })
        };
        let until = match self.until.as_str() {
            "" => tomorrow,
            text => end(text)?,
        };
        let from = match self.from.as_str() {
            "" => first_of_month(until.plus(-Timestamp::DAY)),
            text => end(text)?.plus(-Timestamp::DAY),
        };
        if from >= until {
            let wrong = "The first day is after the last. Swap them.";
            return Err(Problem::new(ProblemCode::Invalid, wrong));
        }
        if until.0 - from.0 > SPEND_DAYS * Timestamp::DAY {
            let long = format!("These are more than {SPEND_DAYS} days. Choose fewer.");
            return Err(Problem::new(ProblemCode::Invalid, long));
        }
        Ok(SpendDays { from, until })
    }
}

/// What was used and spent, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpendSum {
    /// Requests.
    pub requests: u64,
    /// Of these, refused or broken off.
    pub refused: u64,
    /// Tokens in.
    pub tokens_in: u64,
    /// Tokens out.
    pub tokens_out: u64,
    /// What is known of the cost, in nano-dollars.
    pub cost: i64,
    /// Of the cost, what rests on estimated tokens, in nano-dollars.
    pub estimated: i64,
    /// Requests whose cost nobody knows.
    pub unpriced: u64,
    /// Their tokens.
    pub unpriced_tokens: u64,
}

impl SpendSum {
    /// Tokens in and out.
    pub fn tokens(&self) -> u64 {
        self.tokens_in.saturating_add(self.tokens_out)
    }

    /// Both together; what leaves the range stays at its end.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            requests: self.requests.saturating_add(other.requests),
            refused: self.refused.saturating_add(other.refused),
            tokens_in: self.tokens_in.saturating_add(other.tokens_in),
            tokens_out: self.tokens_out.saturating_add(other.tokens_out),
            cost: self.cost.saturating_add(other.cost),
            estimated: self.estimated.saturating_add(other.estimated),
            unpriced: self.unpriced.saturating_add(other.unpriced),
            unpriced_tokens: self.unpriced_tokens.saturating_add(other.unpriced_tokens),
        }
    }

    /// Whether nothing of the cost is known, though there is one.
    pub fn is_unpriced(&self) -> bool {
        self.cost == 0 && self.unpriced > 0
    }
}

/// One of what is added up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpendGroup {
    /// The member, team, key or provider; the provider of a model. 0 is none.
    pub id: i64,
    /// The model where models are added up, else empty.
    pub model: String,
    /// What it is called.
    pub label: String,
    /// What tells it from others of that name; may be empty.
    pub detail: String,
    /// What it used and cost.
    pub sum: SpendSum,
}

/// Whose spend somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpendScope {
    /// Everybody's.
    Organization,
    /// That of the teams they lead, and their own.
    Teams,
    /// Their own.
    Own,
}

/// The page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpendPage {
    /// Whose it is.
    pub scope: SpendScope,
    /// Which days, in UTC.
    pub days: SpendDays,
    /// All together.
    pub total: SpendSum,
    /// Each day, in order.
    pub by_day: Vec<(Timestamp, SpendSum)>,
    /// What is added up, the most expensive first; at most [`SPEND_ROWS`].
    pub groups: Vec<SpendGroup>,
    /// How many there are in all.
    pub group_count: u32,
    /// Models whose cost nobody knows, by tokens, the most first; at most [`SPEND_ROWS`].
    pub unpriced: Vec<SpendGroup>,
    /// What the filters name.
    pub narrowed: Vec<(SpendBy, String)>,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn days(text: &str) -> Result<(String, String), String> {
        let now = Timestamp::read("2026-03-05T09:30:00Z").unwrap();
        let days = SpendQuery::from_query_string(text).days(now);
        days.map(|days| (days.from.date(), days.until.plus(-1).date()))
            .map_err(|problem| problem.message)
    }

    #[test]
    fn an_address_holds_the_whole_query() {
        let text = "?span=7-days&from=2026-03-01&until=2026-03-02&by=model&member=1&team=0&key=3&provider=4&model=a%2Fb";
        let query = SpendQuery::from_query_string(text);
        assert_eq!(query.to_query_string(), text);
        assert_eq!(query.member, Some(MemberId(1)));
        assert_eq!(query.model.as_deref(), Some("a/b"));
        assert_eq!(SpendQuery::default().to_query_string(), "");
        let broken = SpendQuery::from_query_string("span=ever&by=mood&member=-1&team=x&model=&other=1");
        assert_eq!(broken, SpendQuery::default());
    }

    #[test]
    fn spans_are_whole_days() {
        let span = |from: &str, until: &str| Ok((from.to_owned(), until.to_owned()));
        assert_eq!(days(""), span("2026-03-01", "2026-03-05"));
        assert_eq!(days("span=last-month"), span("2026-02-01", "2026-02-28"));
        assert_eq!(days("span=7-days"), span("2026-02-27", "2026-03-05"));
        assert_eq!(days("span=30-days"), span("2026-02-04", "2026-03-05"));
        assert_eq!(
            days("span=7-days&from=2026-01-30&until=2026-02-02"),
            span("2026-01-30", "2026-02-02")
        );
        assert_eq!(days("from=2026-03-04"), span("2026-03-04", "2026-03-05"));
        assert_eq!(days("until=2026-02-10"), span("2026-02-01", "2026-02-10"));
    }

    #[test]
    fn days_that_cannot_be_meant_are_told() {
        for (text, message) in [
            (
                "from=2026-02-30",
                "“2026-02-30” is not a date such as 2026-03-01.",
            ),
            (
                "from=2026-03-04&until=2026-03-03",
                "The first day is after the last. Swap them.",
            ),
            ("from=2020-01-01", "These are more than 400 days. Choose fewer."),
        ] {
            assert_eq!(days(text), Err(message.to_owned()));
        }
    }
}
