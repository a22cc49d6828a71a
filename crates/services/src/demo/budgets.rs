//! Budgets of the sample, one of them near its end.

use super::Sample;
use crate::Error;
use domain::budget::{Budget, Charged, Limit, Mode, Scope, Unit};
use domain::number::DOLLAR;
use domain::period::{PeriodKind, Periods, Zone};
use domain::usage::Bucket;
use domain::{ProviderId, Timestamp};
use store::usage::UsageEvent;

/// By the month, as the invoices come.
const MONTH: Periods = Periods {
    kind: PeriodKind::Month,
    anchor: 1,
};
/// Percentages at which somebody is told.
const WARN: [u32; 3] = [50, 80, 100];
/// Of the organization, and never reached.
const TOKENS: i64 = 20_000_000;
/// How much of OpenAI's is spent, in percent.
const NEAR: i64 = 93;

impl Sample<'_> {
    /// Makes them: OpenAI's in dollars, and the organization's in tokens, since not every model has a price.
    pub(super) async fn make_budgets(&mut self, openai: ProviderId) -> Result<(), Error> {
        let (tx, organization) = (&self.change.tx, self.change.organization);
        for (scope, unit, amount) in [
            (Scope::Organization, Unit::Tokens, TOKENS),
            (Scope::Provider(openai), Unit::Usd, DOLLAR),
        ] {
            let limit = Limit {
                unit,
                amount,
                mode: Mode::Normal,
            };
            store::budgets::insert(tx, organization, scope, limit, MONTH, &WARN, self.now).await?;
        }
        let made = store::budgets::list(tx, organization).await?;
        self.budgets = made.into_iter().map(|record| record.budget).collect();
        Ok(())
    }

    /// Sets the limit in dollars so that little is left of it.
    pub(super) async fn bring_near_the_end(&self) -> Result<(), Error> {
        let (tx, organization) = (&self.change.tx, self.change.organization);
        for record in store::budgets::list(tx, organization).await? {
            if record.budget.unit == Unit::Usd {
                let limit = (record.spent.saturating_mul(100) / NEAR).max(DOLLAR);
                store::budgets::set_limit(
                    tx,
                    organization,
                    record.budget.id,
                    limit,
                    record.budget.mode,
                    &WARN,
                )
                .await?;
            }
        }
        Ok(())
    }
}

/// What a request of this month took of budgets.
pub(super) fn charges(budgets: &[Budget], event: &UsageEvent, now: Timestamp) -> Vec<Charged> {
    let start = MONTH.of(&Zone::utc(), now).start;
    if start.is_some_and(|start| event.started_at < start) {
        return Vec::new();
    }
    let concerned = budgets.iter().filter(|budget| match budget.scope {
        Scope::Provider(provider) => event.provider == Some(provider),
        _ => true,
    });
    let tokens = event.measured.buckets.sum(&Bucket::INPUT) + event.measured.buckets.sum(&Bucket::OUTPUT);
    concerned
        .map(|budget| Charged {
            budget: budget.id,
            start,
            amount: match budget.unit {
                Unit::Usd => event.charge.cost.unwrap_or(0),
                _ => i64::try_from(tokens).unwrap_or(i64::MAX),
            },
        })
        .collect()
}
