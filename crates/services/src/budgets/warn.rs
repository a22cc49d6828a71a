//! Telling that so much of a budget is spent, once in each period.

use crate::{Error, Services};
use domain::{BudgetId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::WriteTx;

/// What is stored with a message about a budget.
#[derive(Serialize, Deserialize)]
pub(crate) struct WarningDetails {
    pub(crate) budget: BudgetId,
    /// How many percent were spent, at least.
    pub(crate) percent: u32,
}

impl Services {
    /// Has whoever is concerned mailed that so much of these budgets is spent, in the transaction that makes it so. Each level
    /// is told once in each period, whichever server writes it; of several that are reached at once the highest. Without mail
    /// the page of budgets alone tells. Whether there is anything to send.
    pub(crate) async fn warn_of(
        &self,
        tx: &WriteTx,
        budgets: &BTreeSet<BudgetId>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        if budgets.is_empty() || !self.mail_is_set_up() {
            return Ok(false);
        }
        let mut any = false;
        for reached in store::budgets::reached(tx, budgets).await? {
            // What was spent in a period that is over is no news.
            let (organization, budget) = (reached.organization, reached.budget);
            let current = self
                .inner
                .budgets
                .is_current(organization, budget, reached.start, now);
            if !current || !store::budgets::tell(tx, &reached).await? {
                continue;
            }
            let details = WarningDetails {
                budget,
                percent: reached.percent,
            };
            let details = serde_json::to_string(&details)?;
            store::mail::queue_budget_warning(tx, organization, budget, &details, now).await?;
            any = true;
        }
        Ok(any)
    }
}
