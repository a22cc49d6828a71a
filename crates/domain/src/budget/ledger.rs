//! What is spent and held of each budget. A request is admitted with an estimate, which is held until it is settled with
//! what it really took, or dropped; both in the period in which it was admitted.

use super::{Budget, Mode, Scope, Unit};
use crate::period::{Period, Periods, Zones};
use crate::{BudgetId, KeyId, MemberId, ProviderId, TeamId, Timestamp};
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The beginning of a period; `None` for the one that lasts for ever.
type Start = Option<Timestamp>;

/// Amounts are compared as fractions, by products: this much on each side, and no product overflows.
const MOST: i128 = 1 << 63;

/// Who asks for what, which decides about the budgets that are concerned.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The member.
    pub member: MemberId,
    /// Their key; `None` in Chat.
    pub key: Option<KeyId>,
    /// The teams that the member belongs to now.
    pub teams: &'a [TeamId],
    /// The provider.
    pub provider: ProviderId,
}

/// The most that a request is expected to take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Nano-dollars; `None` where the model has no price.
    pub usd: Option<i64>,
    /// Tokens.
    pub tokens: i64,
}

/// What a request took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actual {
    /// Nano-dollars; `None` where the model has no price, which adds nothing.
    pub usd: Option<i64>,
    /// Tokens.
    pub tokens: i64,
    /// 1, or 0 for an answer that was an error.
    pub requests: i64,
}

/// Whether a request may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may, and its estimate is held.
    Ok,
    /// It may not: this is the tightest of the budgets that refuse.
    Refused {
        /// Which.
        by: BudgetId,
    },
    /// The model has no price, and this budget limits money.
    PriceUnknown {
        /// Which.
        by: BudgetId,
    },
}

/// So much of a budget is spent: told once in each period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Of which budget.
    pub budget: BudgetId,
    /// How many percent, at least.
    pub percent: u32,
}

/// What a request took of one budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charged {
    /// Which.
    pub budget: BudgetId,
    /// The beginning of the period in which the request was admitted; `None` for the one that lasts for ever.
    pub start: Option<Timestamp>,
    /// How much, in the budget's unit.
    pub amount: i64,
}

/// Where a budget stands in one period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// What requests took that are over.
    pub spent: i128,
    /// What requests are expected to take that are under way.
    pub held: i128,
}

impl Spent {
    fn used(self) -> i128 {
        (self.spent + self.held).clamp(0, MOST)
    }
}

#[derive(Clone, Debug, Default)]
struct Span {
    stand: Spent,
    /// Of what is spent, what this server has not stored yet.
    unwritten: i128,
    /// The percentages of which somebody was told.
    told: BTreeSet<u32>,
}

#[derive(Clone, Debug)]
struct Account {
    budget: Budget,
    spans: BTreeMap<Start, Span>,
    /// The period that was asked for last: working one out takes longer than all else that a request asks of a budget.
    latest: Cell<Option<Period>>,
}

/// What a request holds of one budget.
#[derive(Clone, Copy, Debug)]
struct Hold {
    budget: BudgetId,
    start: Start,
    amount: i128,
}

/// The budgets of one organization with what is spent and held of them. `R` names requests.
#[derive(Clone, Debug)]
pub struct Ledger<R> {
    zones: Zones,
    accounts: Vec<Account>,
    open: HashMap<R, Vec<Hold>>,
}

impl<R: Eq + std::hash::Hash> Ledger<R> {
    /// Nothing spent, nothing held. Notices come in the order of the budgets.
    pub fn new(zones: Zones, budgets: Vec<Budget>) -> Self {
        Self {
            zones,
            accounts: budgets
                .into_iter()
                .map(|budget| Account::new(budget, BTreeMap::new()))
                .collect(),
            open: HashMap::new(),
        }
    }

    /// Asks every budget that is concerned, and holds the estimate in each if all let it pass.
    pub fn admit(&mut self, request: R, asking: Asking<'_>, estimate: Estimate, at: Timestamp) -> Admission {
        let Self {
            zones,
            accounts,
            open,
        } = self;
        let concerned = || {
            accounts
                .iter()
                .filter(|account| concerns(account.budget.scope, asking))
        };
        if estimate.usd.is_none()
            && let Some(limited) = concerned()
                .map(|account| &account.budget)
                .find(|budget| budget.unit == Unit::Usd && budget.limit.is_some())
        {
            return Admission::PriceUnknown { by: limited.id };
        }
        let refused = concerned()
            .filter(|account| {
                let used = account.stand(account.period(zones, at).start).used();
                !account
                    .budget
                    .lets_pass(used, of_estimate(account.budget.unit, estimate))
            })
            .min_by(|a, b| {
                let used = |account: &Account| account.stand(account.period(zones, at).start).used();
                tighter((&a.budget, used(a)), (&b.budget, used(b)))
            });
        if let Some(account) = refused {
            return Admission::Refused {
                by: account.budget.id,
            };
        }
        let mut holds = Vec::new();
        for account in accounts
            .iter_mut()
            .filter(|account| concerns(account.budget.scope, asking))
        {
            let start = account.period(zones, at).start;
            let amount = of_estimate(account.budget.unit, estimate);
            account.spans.entry(start).or_default().stand.held += amount;
            holds.push(Hold {
                budget: account.budget.id,
                start,
                amount,
            });
        }
        open.insert(request, holds);
        Admission::Ok
    }

    /// Ends a request with what it took. Nothing happens when it is not open.
    pub fn settle(&mut self, request: &R, actual: Actual, at: Timestamp) -> Vec<Notice> {
        if !self.end(request, Some(actual)) {
            return Vec::new();
        }
        self.notices(at)
    }

    /// What settling a request with what it took would add to what is spent. Nothing of budgets that it takes nothing of.
    pub fn charges(&self, request: &R, actual: Actual) -> Vec<Charged> {
        let holds = self.open.get(request).map_or(&[][..], Vec::as_slice);
        holds
            .iter()
            .filter_map(|hold| {
                let account = self.accounts.iter().find(|a| a.budget.id == hold.budget)?;
                let amount = of_actual(account.budget.unit, actual);
                (amount > 0).then(|| Charged {
                    budget: hold.budget,
                    start: hold.start,
                    amount: i64::try_from(amount).unwrap_or(i64::MAX),
                })
            })
            .collect()
    }

    /// What a request took is stored.
    pub fn written(&mut self, charged: &Charged) {
        let span = self
            .account(charged.budget)
            .and_then(|account| account.spans.get_mut(&charged.start));
        if let Some(span) = span {
            span.unwritten -= i128::from(charged.amount);
        }
    }

    /// So much is stored as spent in a period, by all servers.
    pub fn stored(&mut self, budget: BudgetId, start: Option<Timestamp>, spent: i64) {
        if let Some(account) = self.account(budget) {
            let span = account.spans.entry(start).or_default();
            span.stand.spent = i128::from(spent) + span.unwritten;
        }
    }

    /// Puts budgets in the place of those there are. One that stays keeps what is spent and held of it; a new one begins
    /// with what was spent of it in the period that began then. A period under way goes on in other zones, and only ends
    /// when theirs does.
    pub fn put(&mut self, zones: Zones, budgets: Vec<(Budget, Start, i64)>) {
        self.zones = zones;
        let mut before = std::mem::take(&mut self.accounts);
        for (budget, start, spent) in budgets {
            let known = before.iter().position(|account| account.budget.id == budget.id);
            let spans = match known {
                Some(at) => before.swap_remove(at).spans,
                None => {
                    let mut span = Span::default();
                    span.stand.spent = spent.into();
                    BTreeMap::from([(start, span)])
                }
            };
            self.accounts.push(Account::new(budget, spans));
        }
    }

    /// Forgets periods that are over and in which nothing is held.
    pub fn forget_over(&mut self, at: Timestamp) {
        for account in &mut self.accounts {
            let now = account.period(&self.zones, at).start;
            let over = |start: &Start| *start < now;
            account
                .spans
                .retain(|start, span| !over(start) || span.stand.held != 0);
        }
    }

    /// A budget.
    pub fn budget(&self, budget: BudgetId) -> Option<&Budget> {
        self.budgets().find(|known| known.id == budget)
    }

    /// The period that an instant belongs to.
    pub fn period(&self, periods: Periods, at: Timestamp) -> Period {
        periods.within(&self.zones, at)
    }

    /// Ends a request that took nothing. Nothing happens when it is not open.
    pub fn drop_request(&mut self, request: &R) {
        self.end(request, None);
    }

    fn end(&mut self, request: &R, actual: Option<Actual>) -> bool {
        let Some(holds) = self.open.remove(request) else {
            return false;
        };
        for hold in holds {
            // One that was deleted meanwhile is left out.
            let Some(account) = self.account(hold.budget) else {
                continue;
            };
            let unit = account.budget.unit;
            let taken = actual.map_or(0, |actual| of_actual(unit, actual));
            let span = account.spans.entry(hold.start).or_default();
            span.stand.held -= hold.amount;
            span.stand.spent += taken;
            span.unwritten += taken;
        }
        true
    }

    /// The server died: what was held is held no more, what was spent stays.
    pub fn crash(&mut self) {
        self.open.clear();
        for span in self
            .accounts
            .iter_mut()
            .flat_map(|account| account.spans.values_mut())
        {
            span.stand.held = 0;
        }
    }

    /// Sets a limit at once; requests under way go on.
    pub fn set_limit(&mut self, budget: BudgetId, limit: Option<i64>, at: Timestamp) -> Vec<Notice> {
        if let Some(account) = self.account(budget) {
            account.budget.limit = limit;
        }
        self.notices(at)
    }

    /// Removes a budget with all it has.
    pub fn delete(&mut self, budget: BudgetId) {
        self.accounts.retain(|account| account.budget.id != budget);
    }

    /// The budgets, in their order.
    pub fn budgets(&self) -> impl Iterator<Item = &Budget> {
        self.accounts.iter().map(|account| &account.budget)
    }

    /// Where a budget stands in the period of an instant; `None` when there is no such budget.
    pub fn stand(&self, budget: BudgetId, at: Timestamp) -> Option<Spent> {
        let account = self.accounts.iter().find(|account| account.budget.id == budget)?;
        Some(account.stand(account.period(&self.zones, at).start))
    }

    fn account(&mut self, budget: BudgetId) -> Option<&mut Account> {
        self.accounts
            .iter_mut()
            .find(|account| account.budget.id == budget)
    }

    /// What is to be told now and was not in this period.
    fn notices(&mut self, at: Timestamp) -> Vec<Notice> {
        let mut notices = Vec::new();
        for account in &mut self.accounts {
            let Some(limit) = account.budget.limit.filter(|limit| *limit > 0) else {
                continue;
            };
            let start = account.period(&self.zones, at).start;
            let Account { budget, spans, .. } = account;
            let span = spans.entry(start).or_default();
            let spent = span.stand.spent.clamp(0, MOST);
            for percent in &budget.warn {
                let reached = spent * 100 >= i128::from(limit) * i128::from(*percent);
                if reached && span.told.insert(*percent) {
                    notices.push(Notice {
                        budget: budget.id,
                        percent: *percent,
                    });
                }
            }
        }
        notices
    }
}

impl Account {
    fn new(budget: Budget, spans: BTreeMap<Start, Span>) -> Self {
        Self {
            budget,
            spans,
            latest: Cell::new(None),
        }
    }

    fn period(&self, zones: &Zones, at: Timestamp) -> Period {
        if let Some(latest) = self.latest.get()
            && latest.includes(at)
        {
            return latest;
        }
        let period = self.budget.periods.within(zones, at);
        self.latest.set(Some(period));
        period
    }

    fn stand(&self, start: Start) -> Spent {
        self.spans.get(&start).map(|span| span.stand).unwrap_or_default()
    }
}

impl Budget {
    fn lets_pass(&self, used: i128, estimate: i128) -> bool {
        let Some(limit) = self.limit.map(i128::from) else {
            return true;
        };
        estimate == 0
            || match self.mode {
                Mode::Normal => used < limit,
                Mode::Strict => used + estimate <= limit,
            }
    }
}

fn concerns(scope: Scope, asking: Asking<'_>) -> bool {
    match scope {
        Scope::Organization => true,
        Scope::Provider(provider) => provider == asking.provider,
        Scope::Member(member) => member == asking.member,
        Scope::MemberAtProvider(member, provider) => member == asking.member && provider == asking.provider,
        Scope::Key(key) => Some(key) == asking.key,
        Scope::Team(team) => asking.teams.contains(&team),
    }
}

/// Which of two budgets that refuse is the tighter: the smaller share of its limit that is left, compared exactly; then
/// the more specific, then the one that was made first. Each with what is used of it.
fn tighter((a, used_a): (&Budget, i128), (b, used_b): (&Budget, i128)) -> Ordering {
    let limit = |budget: &Budget| i128::from(budget.limit.unwrap_or(0).max(0));
    let (limit_a, limit_b) = (limit(a), limit(b));
    let share = match (limit_a, limit_b) {
        (0, 0) => Ordering::Equal,
        (0, _) => Ordering::Less,
        (_, 0) => Ordering::Greater,
        _ => ((limit_a - used_a) * limit_b).cmp(&((limit_b - used_b) * limit_a)),
    };
    share
        .then(a.scope.rank().cmp(&b.scope.rank()))
        .then(a.id.cmp(&b.id))
}

/// An estimate in a budget's unit, never less than nothing.
fn of_estimate(unit: Unit, estimate: Estimate) -> i128 {
    let amount = match unit {
        Unit::Usd => estimate.usd.unwrap_or(0),
        Unit::Tokens => estimate.tokens,
        Unit::Requests => 1,
    };
    i128::from(amount.max(0))
}

fn of_actual(unit: Unit, actual: Actual) -> i128 {
    let amount = match unit {
        Unit::Usd => actual.usd.unwrap_or(0),
        Unit::Tokens => actual.tokens,
        Unit::Requests => actual.requests,
    };
    i128::from(amount.max(0))
}
