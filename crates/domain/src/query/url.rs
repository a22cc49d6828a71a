//! The URL form of a query: `q`, `role`, `status`, `team`, `provider`, `without=1`, `sort`, `dir=desc`, `page`.
//! What is as by default is left out, so that one view has one address.

use super::{MemberQuery, ProviderFilter, SortColumn, TeamFilter};
use crate::{ProviderId, TeamId};
use std::fmt::{self, Display};
use std::num::IntErrorKind;
use std::str::FromStr;

impl MemberQuery {
    /// Reads the parameters of a URL. What is unknown or broken is as if it were not there, since an old link
    /// should rather show too much than nothing. A list is comma-separated, repeated, or both.
    pub fn from_pairs<K: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut query = Self::default();
        for (key, value) in pairs {
            let value = value.as_ref();
            match key.as_ref() {
                "q" => query.search = value.to_owned(),
                "role" => extend(&mut query.roles, value),
                "status" => extend(&mut query.statuses, value),
                "team" => extend(&mut query.teams, value),
                "provider" => extend(&mut query.providers, value),
                "without" => query.without_providers = value == "1",
                "sort" => query.sort = value.parse().unwrap_or(SortColumn::Name),
                "dir" => query.descending = value == "desc",
                "page" => query.page = page(value),
                _ => {}
            }
        }
        query
    }

    /// Reads the query part of a URL, with or without its question mark.
    pub fn from_query_string(text: &str) -> Self {
        let text = text.strip_prefix('?').unwrap_or(text);
        Self::from_pairs(form_urlencoded::parse(text.as_bytes()))
    }

    /// The query part of the URL, without a question mark; empty when everything is as by default.
    pub fn to_query_string(&self) -> String {
        let mut parts = Vec::new();
        if !self.search.is_empty() {
            let search: String = form_urlencoded::byte_serialize(self.search.as_bytes()).collect();
            parts.push(format!("q={search}"));
        }
        list(&mut parts, "role", &self.roles);
        list(&mut parts, "status", &self.statuses);
        list(&mut parts, "team", &self.teams);
        list(&mut parts, "provider", &self.providers);
        if self.without_providers {
            parts.push("without=1".to_owned());
        }
        if self.sort != SortColumn::Name {
            parts.push(format!("sort={}", self.sort));
        }
        if self.descending {
            parts.push("dir=desc".to_owned());
        }
        if self.page > 1 {
            parts.push(format!("page={}", self.page));
        }
        parts.join("&")
    }
}

fn extend<T: FromStr + PartialEq>(list: &mut Vec<T>, value: &str) {
    for item in value.split(',').filter_map(|item| item.parse().ok()) {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

/// A list whose values are words and numbers, which need no encoding.
fn list<T: Display>(parts: &mut Vec<String>, key: &str, values: &[T]) {
    if !values.is_empty() {
        let values: Vec<_> = values.iter().map(T::to_string).collect();
        parts.push(format!("{key}={}", values.join(",")));
    }
}

/// A page number too large to hold is out of range like any other: the last page.
fn page(value: &str) -> u32 {
    match value.parse::<u32>() {
        Ok(page) => page.max(1),
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => u32::MAX,
        Err(_) => 1,
    }
}

const NONE: &str = "none";
const ENDING: &str = "ending";

impl Display for TeamFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str(NONE),
            Self::Team(id) => id.fmt(f),
        }
    }
}

impl FromStr for TeamFilter {
    type Err = <TeamId as FromStr>::Err;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        if s == NONE {
            return Ok(Self::None);
        }
        s.parse().map(Self::Team)
    }
}

impl Display for ProviderFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str(NONE),
            Self::Ending => f.write_str(ENDING),
            Self::Provider(id) => id.fmt(f),
        }
    }
}

impl FromStr for ProviderFilter {
    type Err = <ProviderId as FromStr>::Err;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        match s {
            NONE => Ok(Self::None),
            ENDING => Ok(Self::Ending),
            id => id.parse().map(Self::Provider),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemberStatus, Role};
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};

    #[test]
    fn the_default_has_no_parameters() {
        assert_eq!(MemberQuery::default().to_query_string(), "");
        assert_eq!(MemberQuery::from_query_string(""), MemberQuery::default());
        assert_eq!(MemberQuery::from_query_string("?"), MemberQuery::default());
    }

    #[test]
    fn reads_like_what_it_asks_for() {
        let query = MemberQuery {
            search: "data & science+".into(),
            roles: vec![Role::Owner, Role::Admin],
            statuses: vec![MemberStatus::Invited],
            teams: vec![TeamFilter::Team(TeamId(7)), TeamFilter::None],
            providers: vec![ProviderFilter::None, ProviderFilter::Ending],
            without_providers: true,
            sort: SortColumn::LastLogin,
            descending: true,
            page: 3,
        };
        assert_eq!(
            query.to_query_string(),
            "q=data+%26+science%2B&role=owner,admin&status=invited&team=7,none&provider=none,ending&without=1\
             &sort=last_login&dir=desc&page=3"
        );
    }

    #[test]
    fn takes_lists_as_forms_send_them() {
        let query = MemberQuery::from_query_string("role=owner&role=admin,owner&team=1%2C2");
        assert_eq!(query.roles, [Role::Owner, Role::Admin]);
        assert_eq!(
            query.teams,
            [TeamFilter::Team(TeamId(1)), TeamFilter::Team(TeamId(2))]
        );
    }

    #[test]
    fn leaves_out_what_it_does_not_know() {
        let query = MemberQuery::from_query_string(
            "role=king,,OWNER&team=x&provider=99999999999999999999&sort=shoe&dir=up&page=-1&without=yes&%ff=%zz&utm=1",
        );
        assert_eq!(query, MemberQuery::default());
        assert_eq!(MemberQuery::from_query_string("page=99999999999").page, u32::MAX);
        assert_eq!(MemberQuery::from_query_string("page=0").page, 1);
    }

    #[test]
    fn a_change_goes_back_to_page_one() {
        let query = MemberQuery::default().with_page(4);
        assert_eq!(query.page, 4);
        assert_eq!(query.clone().with(|q| q.search = "ana".into()).page, 1);
        let by_email = query.toggled_sort(SortColumn::Email);
        assert_eq!(
            (by_email.sort, by_email.descending, by_email.page),
            (SortColumn::Email, false, 1)
        );
        let back = by_email.toggled_sort(SortColumn::Email);
        assert!(back.descending);
        assert!(!back.toggled_sort(SortColumn::Name).descending);
    }

    prop_compose! {
        fn any_query()(
            search in any::<String>(),
            roles in subsequence(Role::ALL, 0..=Role::ALL.len()),
            statuses in subsequence(MemberStatus::ALL, 0..=MemberStatus::ALL.len()),
            teams in subsequence(vec![TeamFilter::None, TeamFilter::Team(TeamId(1)), TeamFilter::Team(TeamId(i64::MAX))], 0..=3),
            providers in subsequence(vec![ProviderFilter::Provider(ProviderId(12)), ProviderFilter::Ending, ProviderFilter::None], 0..=3),
            without_providers in any::<bool>(),
            sort in select(SortColumn::ALL),
            descending in any::<bool>(),
            page in 1..=u32::MAX,
        ) -> MemberQuery {
            MemberQuery { search, roles, statuses, teams, providers, without_providers, sort, descending, page }
        }
    }

    proptest! {
        #[test]
        fn an_address_shows_the_same_view_again(query in any_query()) {
            let address = query.to_query_string();
            prop_assert!(address.is_ascii());
            prop_assert_eq!(MemberQuery::from_query_string(&address), query);
        }

        #[test]
        fn any_address_is_read(address in any::<String>()) {
            let query = MemberQuery::from_query_string(&address);
            prop_assert!(query.page >= 1);
            prop_assert_eq!(MemberQuery::from_query_string(&query.to_query_string()), query);
        }
    }
}
