//! Requests to models as a page lists them: never their content.

use crate::budgets::Choice;
use crate::role::{UnknownName, named};
use crate::spend::SpendBy;
use crate::{KeyId, MemberId, Problem, ProblemCode, ProviderId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Requests on one page.
pub const REQUESTS_PAGE: u32 = 50;
/// Characters of a model's name in an address; more than any has.
const MODEL_CHARS: usize = 320;

named!(
    /// How a request ended.
    RequestEnd {
        /// Answered.
        Answered = "answered", "Answered";
        /// Refused, failed or broken off.
        Failed = "failed", "Failed or refused";
    }
);

/// Which requests are shown. Nothing chosen is all of them, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestQuery {
    /// Of this member only.
    pub member: Option<MemberId>,
    /// With this key only; 0 is Chat.
    pub key: Option<KeyId>,
    /// To this provider only.
    pub provider: Option<ProviderId>,
    /// Only those whose model is called so, by the client or the provider; empty is any.
    pub model: String,
    /// Only those that ended so.
    pub end: Option<RequestEnd>,
    /// The last day in UTC, as [`Timestamp::date`] writes it; empty is today.
    pub until: String,
    /// Only what is older than this request: the next page.
    pub before: Option<RequestPlace>,
}

/// A place in the order of the requests: when one began, and its number among those of the same instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestPlace {
    /// When it began.
    pub at: Timestamp,
    /// Its row.
    pub id: i64,
}

impl RequestQuery {
    /// Reads the query part of a URL, with or without its question mark. What is unknown or broken is as if it were not there.
    pub fn from_query_string(text: &str) -> Self {
        let text = text.strip_prefix('?').unwrap_or(text);
        let mut query = Self::default();
        let id = |text: &str| text.parse::<i64>().ok().filter(|id| *id >= 0);
        for (key, value) in form_urlencoded::parse(text.as_bytes()) {
            match &*key {
                "member" => query.member = id(&value).map(MemberId),
                "key" => query.key = id(&value).map(KeyId),
                "provider" => query.provider = id(&value).map(ProviderId),
                "model" => query.model = value.trim().to_owned(),
                "end" => query.end = value.parse().ok(),
                "until" => query.until = value.trim().to_owned(),
                "before" => {
                    query.before = value.split_once('.').and_then(|(at, id)| {
                        let at = Timestamp(at.parse().ok()?);
                        Some(RequestPlace {
                            at,
                            id: id.parse().ok()?,
                        })
                    });
                }
                _ => {}
            }
        }
        query
    }

    /// What stands in the address, name and value, without what is so anyway.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("member", self.member.map(|id| id.0.to_string())),
            ("key", self.key.map(|id| id.0.to_string())),
            ("provider", self.provider.map(|id| id.0.to_string())),
            (
                "model",
                Some(self.model.clone()).filter(|model| !model.is_empty()),
            ),
            ("end", self.end.map(|end| end.to_string())),
            ("until", Some(self.until.clone()).filter(|day| !day.is_empty())),
            (
                "before",
                self.before.map(|place| format!("{}.{}", place.at.0, place.id)),
            ),
        ];
        let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
        pairs.collect()
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

    /// Whether something narrows it, other than the page.
    pub fn narrows(&self) -> bool {
        let rest = Self {
            before: None,
            ..self.clone()
        };
        rest != Self::default()
    }

    /// The same with another filter by what stands in a row, from its first page on; 0 is Chat.
    #[must_use]
    pub fn with(&self, member: Option<MemberId>, key: Option<KeyId>) -> Self {
        Self {
            member,
            key,
            before: None,
            ..self.clone()
        }
    }

    /// Before which instant the requests began; `None` is without an end.
    pub fn ends(&self) -> Result<Option<Timestamp>, Problem> {
        if self.model.chars().count() > MODEL_CHARS {
            let long = format!("The model's name is longer than {MODEL_CHARS} characters. Shorten it.");
            return Err(Problem::new(ProblemCode::Invalid, long));
        }
        match self.until.as_str() {
            "" => Ok(None),
            text => Timestamp::end_of(text).map(Some).ok_or_else(|| {
                let wrong = format!("“{text}” is not a date such as 2026-03-01.");
                Problem::new(ProblemCode::Invalid, wrong)
            }),
        }
    }
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRow {
    /// Where it stands.
    pub place: RequestPlace,
    /// Whose it was.
    pub member: MemberId,
    /// What they are called; empty where they are gone.
    pub member_name: String,
    /// With which key; `None` is Chat.
    pub key_id: Option<KeyId>,
    /// That key's name.
    pub key: Option<String>,
    /// The provider's slug; empty where none was chosen.
    pub provider: String,
    /// The model as the request named it.
    pub model: String,
    /// The provider's name for it; empty where none was asked.
    pub provider_model: String,
    /// The path below `/v1/`, or `chat`.
    pub endpoint: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// Why it was refused or broke off.
    pub code: Option<String>,
    /// Milliseconds until the answer was complete.
    pub latency_ms: u32,
    /// Milliseconds until the first token of a streamed answer.
    pub first_token_ms: Option<u32>,
    /// The id under which the request is logged and answered.
    pub request_id: Option<String>,
    /// The service tier, where it is not the usual one.
    pub service_tier: Option<String>,
    /// Which attempt to answer the request it was, from 1.
    pub attempt: u32,
    /// Requests that the row stands for.
    pub requests: u64,
    /// Where the tokens come from.
    pub source: crate::usage::UsageSource,
    /// What was used of each bucket, of those that are not 0.
    pub buckets: Vec<(crate::usage::Bucket, u64)>,
    /// The price that was used.
    pub price: Option<String>,
    /// Nano-dollars; `None` when nobody knows.
    pub cost: Option<i64>,
    /// That it was priced again, if it was; price and cost are those of the last time.
    pub corrected: Option<CorrectionView>,
}

/// The price of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceTold {
    /// Whether the organization set it itself.
    pub own: bool,
    /// From when on it is; `None` for always.
    pub since: Option<Timestamp>,
    /// The day on which a shipped price was checked last: `2026-03-01`.
    pub checked: String,
    /// What it asks for what the request used.
    pub rates: Vec<crate::prices::RateView>,
}

/// One request with its receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptView {
    /// The request.
    pub row: RequestRow,
    /// Its price, where it had one that is still known.
    pub price: Option<PriceTold>,
}

/// What was known of a request's cost before it was priced again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionView {
    /// When it was priced again.
    pub at: Timestamp,
    /// Nano-dollars when it was answered; `None` when nobody knew.
    pub cost: Option<i64>,
}

impl RequestRow {
    /// The sum of some buckets.
    pub fn tokens(&self, of: &[crate::usage::Bucket]) -> u64 {
        let counts = self.buckets.iter().filter(|(bucket, _)| of.contains(bucket));
        counts.fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }
}

/// Some requests, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestPage {
    /// The requests.
    pub rows: Vec<RequestRow>,
    /// From where older ones are read, if there are any.
    pub next: Option<RequestPlace>,
    /// What the member and the key are called that the query names.
    pub narrowed: Vec<(SpendBy, String)>,
    /// Providers to choose from.
    pub providers: Vec<Choice>,
    /// The server's clock.
    pub now: Timestamp,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_the_whole_query() {
        let text = "?member=1&key=0&provider=3&model=gpt-5&end=failed&until=2026-03-01&before=1700.9";
        let query = RequestQuery::from_query_string(text);
        assert_eq!(query.to_query_string(), text);
        assert_eq!(query.before.unwrap().id, 9);
        assert_eq!(RequestQuery::default().to_query_string(), "");
        let broken = RequestQuery::from_query_string("member=-1&end=soon&before=7&other=1");
        assert_eq!(broken, RequestQuery::default());
        assert!(query.narrows() && !broken.narrows());
    }
}
