//! Budgets that stop. What is spent and held of them is in memory, for each organization; what is spent is written with the
//! requests. They follow the database as what decides about access does.

mod edit;
mod preview;
mod scope;
mod shared;
mod usage;
mod warn;

use scope::scope_of;
pub(crate) use scope::title;
pub use usage::{BudgetStanding, UsageUnknown};
pub(crate) use warn::WarningDetails;

use crate::snapshot::{Caller, Provider};
use crate::{Error, Services};
use domain::budget::{Actual, Admission, Asking, Budget, Charged, Estimate, Ledger, Scope, Spent};
use domain::period::{PeriodKind, Zone, Zones};
use domain::usage::{Bucket, Measured};
use domain::{BudgetId, OrganizationId, Timestamp};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use store::ReadTx;
use store::budgets::BudgetRecord;

/// The code of a request that a budget leaves no room for.
pub const BUDGET_EXCEEDED: &str = "budget_exceeded";
/// The code of a request whose price is unknown under a budget of money.
pub const PRICE_UNKNOWN: &str = "price_unknown";

/// The budgets of one organization; requests are counted through.
type Shared = Arc<Mutex<Ledger<u64>>>;

/// The budgets of every organization that has some.
#[derive(Default)]
pub(crate) struct Budgets {
    ledgers: RwLock<HashMap<OrganizationId, Shared>>,
    requests: AtomicU64,
    /// Held while requests are stored.
    pub(crate) storing: tokio::sync::Mutex<()>,
}

/// A request that a budget does not let pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverBudget {
    /// [`BUDGET_EXCEEDED`] or [`PRICE_UNKNOWN`].
    pub code: &'static str,
    /// Which budget, where it stands, when it renews and whom to ask.
    pub message: String,
    /// Seconds until the period renews; `None` where none does, or that would not help.
    pub retry_after: Option<u64>,
}

/// What a request holds of budgets until it is over. Dropped, it took nothing.
pub struct BudgetHold {
    ledger: Shared,
    request: u64,
}

impl BudgetHold {
    /// Ends it with what the request took. What that is of each budget is to be written with the request.
    pub fn settle(self, measured: &Measured, cost: Option<i64>, now: Timestamp) -> Vec<Charged> {
        let tokens = measured.buckets.sum(&Bucket::INPUT) + measured.buckets.sum(&Bucket::OUTPUT);
        let actual = Actual {
            usd: cost,
            tokens: i64::try_from(tokens).unwrap_or(i64::MAX),
            requests: i64::from(!measured.is_nothing()),
        };
        let mut ledger = lock(&self.ledger);
        let charges = ledger.charges(&self.request, actual);
        ledger.settle(&self.request, actual, now);
        charges
    }
}

impl Drop for BudgetHold {
    fn drop(&mut self) {
        lock(&self.ledger).drop_request(&self.request);
    }
}

impl Budgets {
    fn of(&self, organization: OrganizationId) -> Option<Shared> {
        let ledgers = self.ledgers.read().unwrap_or_else(PoisonError::into_inner);
        ledgers.get(&organization).cloned()
    }

    /// Puts an organization's budgets in the place of what was known of them. What is spent and held of those that stay
    /// is known better here than in the database, which the latest requests have not reached.
    fn put(&self, organization: OrganizationId, zones: Zones, records: Vec<BudgetRecord>) {
        let ledger = match self.of(organization) {
            Some(ledger) => ledger,
            None if records.is_empty() => return,
            None => {
                let mut ledgers = self.ledgers.write().unwrap_or_else(PoisonError::into_inner);
                let empty = || Arc::new(Mutex::new(Ledger::new(Zone::utc().into(), Vec::new())));
                ledgers.entry(organization).or_insert_with(empty).clone()
            }
        };
        let budgets = records
            .into_iter()
            .map(|record| (record.budget, record.spent_from, record.spent))
            .collect();
        lock(&ledger).put(zones, budgets);
    }

    /// Whether a period of a budget, by its beginning, is under way.
    fn is_current(
        &self,
        organization: OrganizationId,
        budget: BudgetId,
        start: Option<Timestamp>,
        now: Timestamp,
    ) -> bool {
        let Some(ledger) = self.of(organization) else {
            return false;
        };
        let ledger = lock(&ledger);
        let budget = ledger.budget(budget);
        budget.is_some_and(|budget| ledger.period(budget.periods, now).start == start)
    }

    /// Where a budget stands now and when it renews. Nothing of one that is not known here yet.
    fn stand(
        &self,
        organization: OrganizationId,
        budget: &Budget,
        now: Timestamp,
    ) -> (Spent, Option<Timestamp>) {
        let Some(ledger) = self.of(organization) else {
            return (Spent::default(), None);
        };
        let ledger = lock(&ledger);
        let spent = ledger.stand(budget.id, now).unwrap_or_default();
        (spent, ledger.period(budget.periods, now).end)
    }
}

impl Services {
    /// Takes over the budgets of an organization and its time zones from the database.
    pub(crate) async fn follow_budgets(
        &self,
        tx: &ReadTx,
        organization: OrganizationId,
    ) -> Result<(), Error> {
        let budgets = store::budgets::list(tx, organization).await?;
        let zones = store::time_zones::of(tx, organization).await?;
        self.inner.budgets.put(organization, zones, budgets);
        Ok(())
    }

    /// Asks every budget that a request concerns, and holds what it is expected to take, which is found when it is needed.
    /// `None` where the organization has no budgets.
    pub fn admit(
        &self,
        caller: &Caller,
        provider: &Provider,
        model: &str,
        expected: impl FnOnce() -> Measured,
    ) -> Result<Option<BudgetHold>, OverBudget> {
        let Some(shared) = self.inner.budgets.of(caller.organization) else {
            return Ok(None);
        };
        let (now, expected) = (self.now(), expected());
        let teams = self.inner.snapshot.teams_of(caller);
        let asking = Asking {
            member: caller.member,
            key: caller.key.as_ref().map(|key| key.id),
            teams: &teams,
            provider: provider.id,
        };
        let tokens = expected.buckets.sum(&Bucket::INPUT) + expected.buckets.sum(&Bucket::OUTPUT);
        let estimate = Estimate {
            usd: self
                .charge(caller.organization, provider, model, now, &expected)
                .cost,
            tokens: i64::try_from(tokens).unwrap_or(i64::MAX),
        };
        let request = self.inner.budgets.requests.fetch_add(1, Ordering::Relaxed);
        let admitted = {
            let mut ledger = lock(&shared);
            ledger.forget_over(now);
            match ledger.admit(request, asking, estimate, now) {
                Admission::Ok => Ok(()),
                Admission::Refused { by } => Err(exceeded(&ledger, by, &provider.name, now)),
                Admission::PriceUnknown { by } => Err(unpriced(&ledger, by, &provider.name)),
            }
        };
        admitted.map(|()| {
            Some(BudgetHold {
                ledger: shared,
                request,
            })
        })
    }
}

fn lock(ledger: &Shared) -> MutexGuard<'_, Ledger<u64>> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A budget as whoever is refused knows it: `the monthly budget of your organization`.
fn named(budget: &Budget, provider: &str) -> String {
    let period = match budget.periods.kind {
        PeriodKind::Minute => "budget by the minute",
        PeriodKind::Hour => "hourly budget",
        PeriodKind::Day => "daily budget",
        PeriodKind::Week => "weekly budget",
        PeriodKind::Month => "monthly budget",
        PeriodKind::Quarter => "quarterly budget",
        PeriodKind::Year => "yearly budget",
        PeriodKind::Total => "total budget",
    };
    match budget.scope {
        Scope::Organization => format!("the {period} of your organization"),
        Scope::Member(_) => format!("your {period}"),
        Scope::MemberAtProvider(..) => format!("your {period} for {provider}"),
        Scope::Team(_) => format!("the {period} of your team"),
        Scope::Key(_) => format!("the {period} of this key"),
        Scope::Provider(_) => format!("the {period} for {provider}"),
    }
}

/// As a sentence begins.
fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn exceeded(ledger: &Ledger<u64>, by: BudgetId, provider: &str, now: Timestamp) -> OverBudget {
    let code = BUDGET_EXCEEDED;
    let Some(budget) = ledger.budget(by) else {
        return OverBudget {
            code,
            message: "A budget is used up. Ask an admin of your organization.".to_owned(),
            retry_after: None,
        };
    };
    let stand = ledger.stand(by, now).unwrap_or_default();
    let held = match stand.held {
        0 => String::new(),
        held => format!(
            " and {} held for requests under way",
            budget.unit.amount(whole(held))
        ),
    };
    let renews = ledger.period(budget.periods, now).end;
    let until = match renews {
        Some(end) => format!("It renews at {}.", end.rfc3339()),
        None => "It does not renew.".to_owned(),
    };
    OverBudget {
        code,
        message: format!(
            "{} leaves no room for this request: {} spent{held}. {until} Ask an admin of your organization to raise it.",
            capitalized(&named(budget, provider)),
            budget.unit.part(whole(stand.spent), budget.limit.unwrap_or(0)),
        ),
        retry_after: renews
            .and_then(|end| u64::try_from(end.0 - now.0).ok())
            .map(|wait| wait.div_ceil(1_000).max(1)),
    }
}

fn unpriced(ledger: &Ledger<u64>, by: BudgetId, provider: &str) -> OverBudget {
    let which = ledger
        .budget(by)
        .map_or_else(|| "a budget".to_owned(), |budget| named(budget, provider));
    OverBudget {
        code: PRICE_UNKNOWN,
        message: format!(
            "This model has no price, and {which} limits US dollars. Use another model, or ask an admin of your organization to set its price."
        ),
        retry_after: None,
    }
}

/// What is spent or held, as far as the database can hold it.
fn whole(amount: i128) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}
