//! Budgets: how much may be spent, by whom, in which period. The rules are those of `budget.json`.

mod input;
mod ledger;
#[cfg(test)]
mod tests;

pub use input::{Limit, NewBudget, Subject, read_limit, read_mode};
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

/// Whose requests a budget counts. In the order of how specific they are, the most specific first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Those with a key.
    Key(KeyId),
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
}

impl Scope {
    /// How specific it is, the smaller the more.
    fn rank(self) -> u8 {
        match self {
            Self::Key(_) => 0,
            Self::Member(_) => 1,
            Self::Team(_) => 2,
            Self::Provider(_) => 3,
            Self::Organization => 4,
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
