//! What of the past is shown: it stands in the address.

use crate::{MemberId, ProviderId};
use serde::{Deserialize, Serialize};

/// Bytes of a date and time; what is longer is none.
const MOMENT_BYTES: usize = 64;

/// Which instant, or which two, and which rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AsOfQuery {
    /// The instant: a local date and time of the organization as browsers write it, or one in UTC with a `Z`. Empty is now.
    pub at: String,
    /// A second one, to show what differs; empty is none.
    pub to: String,
    /// Words, each of which is in the name or the e-mail.
    pub search: String,
    /// Only who could use this provider; with two instants, only who gained or lost it.
    pub provider: Option<ProviderId>,
    /// Only this member.
    pub member: Option<MemberId>,
    /// The page, from 1.
    pub page: u32,
}

impl Default for AsOfQuery {
    fn default() -> Self {
        Self {
            at: String::new(),
            to: String::new(),
            search: String::new(),
            provider: None,
            member: None,
            page: 1,
        }
    }
}

impl AsOfQuery {
    /// Reads the query part of a URL, with or without its question mark. What is unknown is as if it were not there.
    pub fn from_query_string(text: &str) -> Self {
        let text = text.strip_prefix('?').unwrap_or(text);
        let mut query = Self::default();
        let moment = |text: &str| text[..text.floor_char_boundary(MOMENT_BYTES)].trim().to_owned();
        for (key, value) in form_urlencoded::parse(text.as_bytes()) {
            match &*key {
                "at" => query.at = moment(&value),
                "to" => query.to = moment(&value),
                "q" => query.search = value.into_owned(),
                "provider" => query.provider = value.parse().ok(),
                "member" => query.member = value.parse().ok(),
                "page" => query.page = value.parse().unwrap_or(1).max(1),
                _ => {}
            }
        }
        query
    }

    /// The query part of the URL with its question mark; empty when nothing was chosen.
    pub fn to_query_string(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, text) in [("at", &self.at), ("to", &self.to), ("q", &self.search)] {
            if !text.is_empty() {
                query.append_pair(name, text);
            }
        }
        let numbers = [
            ("provider", self.provider.map(|id| id.0)),
            ("member", self.member.map(|id| id.0)),
            ("page", (self.page > 1).then(|| self.page.into())),
        ];
        for (name, number) in numbers {
            if let Some(number) = number {
                query.append_pair(name, &number.to_string());
            }
        }
        match query.finish() {
            text if text.is_empty() => text,
            text => format!("?{text}"),
        }
    }

    /// Whether something narrows it, other than the instants and the page.
    pub fn narrows(&self) -> bool {
        self.provider.is_some() || self.member.is_some() || !self.search.trim().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_the_whole_query() {
        let query = AsOfQuery {
            at: "2026-03-03T10:42".to_owned(),
            to: "2026-03-04T00:00:00Z".to_owned(),
            search: "Ana & co".to_owned(),
            provider: Some(ProviderId(7)),
            member: Some(MemberId(8)),
            page: 3,
        };
        let text = query.to_query_string();
        assert_eq!(AsOfQuery::from_query_string(&text), query);
        assert_eq!(AsOfQuery::default().to_query_string(), "");
        let broken = AsOfQuery::from_query_string("provider=x&member=&page=-1&other=1");
        assert_eq!(broken, AsOfQuery::default());
        let long = AsOfQuery::from_query_string(&format!("at={}", "ü".repeat(1_000)));
        assert!(long.at.len() <= MOMENT_BYTES);
    }
}
