//! Budgets: how much may be spent, by whom, in which period. The rules are those of `budget.json`.

mod input;
mod ledger;
#[cfg(test)]
mod tests;

pub use input::{Limit, NewBudget, Subject, read_limit, read_mode, read_warn, write_warn};
pub use ledger::{Actual, Admission, Asking, Charged, Estimate, Ledger, Notice, Spent};

use crate::number;
use crate::period::Periods;
use crate::role::{UnknownName, named};
use crate::{BudgetId, KeyId, MemberId, ProviderId, TeamId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

named!(
    /// What a budget counts.
    Unit {
        /// Nano-dollars.
        Usd = "usd", "USD";
        /// Tokens of every bucket.
        Tokens = "tokens", "Tokens";
        /// Requests that were answered.
        Requests = "requests", "Requests";
    }
);

named!(
    /// What happens at the end of a budget.
    Mode {
        /// The last request may run past the end; while it is held no other begins.
        Normal = "normal", "Normal";
        /// No request begins that could run past the end.
        Strict = "strict", "Strict";
    }
);

named!(
    /// What a budget can apply to, as it is chosen.
    ScopeKind {
        /// Everything.
        Organization = "organization", "Organization";
        /// Whoever is in a team.
        Team = "team", "Team";
        /// One member.
        Member = "member", "Member";
        /// One provider.
        Provider = "provider", "Provider";
        /// One provider, for one member.
        MemberAtProvider = "member_provider", "Provider for one member";
        /// One virtual key.
        Key = "key", "Virtual key";
    }
);

/// Whose requests a budget counts. In the order of how specific they are, the most specific first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Those with a key.
    Key(KeyId),
    /// Those of a member to a provider, with any key and in Chat.
    MemberAtProvider(MemberId, ProviderId),
    /// Those of a member, with any key and in Chat.
    Member(MemberId),
    /// Those of everybody who is in a team as they begin.
    Team(TeamId),
    /// Those to a provider.
    Provider(ProviderId),
    /// All of the organization.
    Organization,
}

impl Unit {
    /// An amount as people read it.
    pub fn amount(self, amount: i64) -> String {
        let counted = |one: &str, many: &str| {
            let word = if amount == 1 { one } else { many };
            format!("{} {word}", number::thousands(amount))
        };
        match self {
            Self::Usd => number::usd(amount),
            Self::Tokens => counted("token", "tokens"),
            Self::Requests => counted("request", "requests"),
        }
    }

    /// A part of a limit as people read it: `2 of 5 requests`.
    pub fn part(self, part: i64, of: i64) -> String {
        match self {
            Self::Usd => format!("{} of {}", number::usd(part), number::usd(of)),
            Self::Tokens | Self::Requests => format!("{} of {}", number::thousands(part), self.amount(of)),
        }
    }

    /// An amount as programs read it and people type it, exactly: `12.5` dollars, `1000` tokens.
    pub fn exact(self, amount: i64) -> String {
        match self {
            Self::Usd => {
                let decimal = number::decimal(amount);
                decimal.trim_end_matches('0').trim_end_matches('.').to_owned()
            }
            Self::Tokens | Self::Requests => amount.to_string(),
        }
    }
}

impl Scope {
    /// What kind it is.
    pub fn kind(self) -> ScopeKind {
        match self {
            Self::Key(_) => ScopeKind::Key,
            Self::MemberAtProvider(..) => ScopeKind::MemberAtProvider,
            Self::Member(_) => ScopeKind::Member,
            Self::Team(_) => ScopeKind::Team,
            Self::Provider(_) => ScopeKind::Provider,
            Self::Organization => ScopeKind::Organization,
        }
    }

    /// How specific it is, the smaller the more.
    fn rank(self) -> u8 {
        match self {
            Self::Key(_) => 0,
            Self::MemberAtProvider(..) => 1,
            Self::Member(_) => 2,
            Self::Team(_) => 3,
            Self::Provider(_) => 4,
            Self::Organization => 5,
        }
    }
}

/// A budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Which.
    pub id: BudgetId,
    /// Whose requests it counts.
    pub scope: Scope,
    /// What it counts.
    pub unit: Unit,
    /// How much of it, in its unit; `None` for no limit, 0 for nothing.
    pub limit: Option<i64>,
    /// What happens at its end.
    pub mode: Mode,
    /// When it begins anew.
    pub periods: Periods,
    /// Of how many percent somebody is told, ascending.
    pub warn: Vec<u32>,
}
