//! What the AI Access table is asked for. One query feeds table, count and both exports, and its URL form
//! is the page's address, so that a view can be linked, reloaded and gone back to.

use crate::role::{UnknownName, named};
use crate::{MemberStatus, ProviderId, Role, TeamId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

mod columns;
mod url;

pub use columns::Columns;

named!(
    /// A column of the table that can be sorted by.
    SortColumn {
        /// Display name, accents and letter case considered last.
        Name = "name", "Name";
        /// E-mail.
        Email = "email", "Email";
        /// Organization role, lowest first.
        Role = "role", "Role";
        /// The first team by name.
        Teams = "teams", "Teams";
        /// The number of virtual keys that are not revoked.
        Keys = "keys", "Keys";
        /// The first allowed provider by name.
        Providers = "providers", "Allowed providers";
        /// Status, by label.
        Status = "status", "Status";
        /// Last sign-in, oldest first.
        LastLogin = "last_login", "Last login";
    }
);

/// A team filter: one team, or the rows without any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TeamFilter {
    /// Rows without a team.
    None,
    /// Rows in this team.
    Team(TeamId),
}

/// A provider filter: one provider, the rows without any, or those that are about to lose one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderFilter {
    /// Rows without an allowed provider.
    None,
    /// Rows of which an allowed provider, be it active or not, ends soon ([`crate::ends::SOON`]) and from every source.
    Ending,
    /// Rows to which this provider is allowed, be it active or not.
    Provider(ProviderId),
}

/// Search, filters, order and page. Filters of one kind are joined with OR, kinds with AND.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberQuery {
    /// The search as typed; see [`crate::search`].
    pub search: String,
    /// Only these roles; empty is all.
    pub roles: Vec<Role>,
    /// Only these statuses; empty is all.
    pub statuses: Vec<MemberStatus>,
    /// Only these teams; empty is all.
    pub teams: Vec<TeamFilter>,
    /// Only these allowed providers; empty is all.
    pub providers: Vec<ProviderFilter>,
    /// Only active members for whom no allowed provider is active.
    pub without_providers: bool,
    /// The column to order by; ties are broken by name, then e-mail, then id.
    pub sort: SortColumn,
    /// Last first. Rows without a value stay last either way.
    pub descending: bool,
    /// The page, from 1.
    pub page: u32,
}

impl Default for MemberQuery {
    fn default() -> Self {
        Self {
            search: String::new(),
            roles: Vec::new(),
            statuses: Vec::new(),
            teams: Vec::new(),
            providers: Vec::new(),
            without_providers: false,
            sort: SortColumn::Name,
            descending: false,
            page: 1,
        }
    }
}

impl MemberQuery {
    /// Whether anything narrows the rows.
    pub fn narrows(&self) -> bool {
        !self.search.trim().is_empty()
            || !self.roles.is_empty()
            || !self.statuses.is_empty()
            || !self.teams.is_empty()
            || !self.providers.is_empty()
            || self.without_providers
    }
    /// Whether another query finds the same rows, in whatever order and on whichever page.
    pub fn finds_rows_of(&self, other: &Self) -> bool {
        let rows = |query: &Self| Self {
            sort: SortColumn::Name,
            descending: false,
            page: 1,
            ..query.clone()
        };
        rows(self) == rows(other)
    }

    /// This query on another page.
    #[must_use]
    pub fn with_page(mut self, page: u32) -> Self {
        self.page = page.max(1);
        self
    }

    /// This query with something changed that decides which rows there are or in what order: back on page one.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self.with_page(1)
    }

    /// This query ordered by a column; the other way round when it is ordered by it already.
    #[must_use]
    pub fn toggled_sort(self, column: SortColumn) -> Self {
        self.with(|query| {
            query.descending = query.sort == column && !query.descending;
            query.sort = column;
        })
    }
}
