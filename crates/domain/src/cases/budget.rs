//! `budget.json`: what budgets let pass, step by step.

use super::Instant;
use crate::budget::{Mode, Unit};
use crate::period::PeriodKind;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Budgets, and what happens to them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The organization's time zone.
    pub zone: String,
    /// The instant of the first step, unless that has its own.
    pub start: Instant,
    /// The members of each team at the beginning.
    pub teams: BTreeMap<String, Vec<String>>,
    /// The budgets, in the order of their notices.
    pub budgets: Vec<Budget>,
    /// What happens.
    pub steps: Vec<Step>,
    /// Faults of other products that the case would have caught.
    #[serde(default)]
    pub bug: Vec<String>,
}

impl super::Case for Case {
    const FILE: &'static str = "budget.json";
    type Rest = super::Rules;
}

/// A budget at the beginning.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Its label.
    pub id: String,
    /// Whose requests it counts.
    pub scope: Scope,
    /// The label of that; of no meaning for the organization.
    pub of: String,
    /// What it counts.
    pub unit: Unit,
    /// How much.
    #[serde(deserialize_with = "super::given")]
    pub limit: Option<i64>,
    /// What happens at its end.
    pub mode: Mode,
    /// When it begins anew.
    pub period: PeriodKind,
    /// Percentages of which somebody is told.
    pub warn: Vec<u32>,
}

/// Whose requests a budget counts.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All.
    Organization,
    /// Those with a key.
    Key,
    /// Those of a member.
    Member,
    /// Those of a team's members.
    Team,
    /// Those to a provider.
    Provider,
}

/// One step.
#[derive(Debug, Deserialize)]
pub struct Step {
    /// When; as the step before when absent.
    pub at: Option<Instant>,
    /// What happens.
    #[serde(flatten)]
    pub what: Do,
    /// What comes of it.
    pub expect: Expect,
}

/// What happens in a step.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Do {
    /// A request asks to begin.
    Admit {
        /// Its label.
        request: String,
        /// Whose it is.
        member: String,
        /// With which key; none in Chat.
        #[serde(deserialize_with = "super::given")]
        key: Option<String>,
        /// To which provider.
        provider: String,
        /// What it may take.
        estimate: Amounts,
    },
    /// A request is over.
    Settle {
        /// Its label.
        request: String,
        /// What it took.
        actual: Amounts,
    },
    /// A request is gone.
    Drop {
        /// Its label.
        request: String,
    },
    /// The server dies and starts again.
    Crash {},
    /// A limit is set.
    Limit {
        /// Of which budget.
        budget: String,
        /// To how much.
        #[serde(deserialize_with = "super::given")]
        limit: Option<i64>,
    },
    /// A budget is deleted.
    Delete {
        /// Which.
        budget: String,
    },
    /// A member leaves a team.
    LeaveTeam {
        /// Who.
        member: String,
        /// Which.
        team: String,
    },
    /// A member joins a team.
    JoinTeam {
        /// Who.
        member: String,
        /// Which.
        team: String,
    },
    /// Nothing.
    Look {},
}

/// Amounts by unit. A unit that is not named is 0 (requests: 1); money that is null is not known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amounts {
    /// Nano-dollars.
    #[serde(default = "nothing")]
    pub usd: Option<i64>,
    /// Tokens.
    #[serde(default)]
    pub tokens: i64,
    /// Requests.
    #[serde(default = "one")]
    pub requests: i64,
}

#[expect(clippy::unnecessary_wraps, reason = "the field's type")]
fn nothing() -> Option<i64> {
    Some(0)
}

fn one() -> i64 {
    1
}

/// What comes of a step.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Of an admit.
    pub outcome: Option<Outcome>,
    /// Which budget refuses.
    pub by: Option<String>,
    /// Every budget there is, in its period at that instant.
    pub state: BTreeMap<String, State>,
    /// Who is told, in order.
    pub notices: Vec<Told>,
    /// Periods that are over and that the step changed.
    #[serde(default)]
    pub earlier: Vec<Earlier>,
}

/// What becomes of a request that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It may begin.
    Ok,
    /// It may not.
    Refused,
    /// Nobody knows what it would cost.
    PriceUnknown,
}

/// Where a budget stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// What was taken.
    pub spent: i64,
    /// What is held.
    pub held: i64,
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// Of which budget.
    pub budget: String,
    /// How many percent.
    pub percent: u32,
}

/// A period that is over.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    /// Of which budget.
    pub budget: String,
    /// Its first instant.
    pub start: Instant,
    /// What was taken.
    pub spent: i64,
    /// What is held.
    pub held: i64,
}
