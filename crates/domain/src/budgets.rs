//! Budgets as the page shows and sends them.

use crate::{BudgetId, Timestamp};
use serde::{Deserialize, Serialize};

/// A budget to make, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetInput {
    /// What it applies to, as `ScopeKind` names it.
    pub scope: String,
    /// Which of these: a team's name, a member's email, a provider's slug, the beginning of a key.
    pub name: String,
    /// The slug of the provider for one member.
    pub provider: String,
    /// What it counts: `usd`, `tokens` or `requests`.
    pub unit: String,
    /// How much.
    pub limit: String,
    /// How long its periods are, as `PeriodKind` names them.
    pub period: String,
    /// The day on which a month begins; empty is the first.
    pub anchor: String,
    /// What happens at the end: `normal` or `strict`.
    pub mode: String,
    /// At how many percent somebody is told, with commas; empty is never.
    pub warn: String,
}

/// Another limit for a budget, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetChange {
    /// How much, in the budget's unit.
    pub limit: String,
    /// What happens at the end.
    pub mode: String,
    /// At how many percent somebody is told, with commas; empty is never.
    pub warn: String,
    /// The version that the change was made of.
    pub version: i64,
}

/// A budget as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetView {
    /// Which.
    pub id: BudgetId,
    /// Counted up by each change.
    pub version: i64,
    /// What it applies to: `Team Data`.
    pub title: String,
    /// The limit: `$250.00`.
    pub limit: String,
    /// The same to be edited: `250`.
    pub limit_input: String,
    /// When it renews: `Month`, `Month from day 15`.
    pub period: String,
    /// What happens at the end, as it is stored.
    pub mode: String,
    /// What is spent in this period, and of how much: `2 of 5 requests`.
    pub spent: String,
    /// What is held for requests under way; empty when nothing is.
    pub held: String,
    /// How much of the limit is spent, in percent, rounded down; 100 for a limit of 0.
    pub percent: u32,
    /// The levels of which somebody is told, in percent: `50, 80, 100`.
    pub warn: String,
    /// The highest of them that is reached; 0 is none.
    pub warned: u32,
    /// When it renews; `None` is never.
    pub renews_at: Option<Timestamp>,
}

/// Something to choose: what is sent and what is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
}

/// The page of budgets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetList {
    /// In the order in which they were made.
    pub budgets: Vec<BudgetView>,
    /// What a budget can apply to.
    pub scopes: Vec<Choice>,
    /// What a budget can count.
    pub units: Vec<Choice>,
    /// How long its periods can be.
    pub periods: Vec<Choice>,
    /// What can happen at its end.
    pub modes: Vec<Choice>,
    /// Names of teams that it can apply to.
    pub teams: Vec<Choice>,
    /// Slugs of providers that it can apply to.
    pub providers: Vec<Choice>,
    /// The time zone in which periods begin and end.
    pub zone: String,
    /// When this was read.
    pub now: Timestamp,
}
