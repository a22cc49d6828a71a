//! What a limit would have done last month, from the sums by day.

use super::{scope_of, whole};
use crate::{Actor, Error, Services};
use domain::budget::{Limit, Scope, Unit, read_limit};
use domain::budgets::BudgetInput;
use domain::period::{Period, PeriodKind, Periods, Zones};
use domain::spend::{SpendBy, SpendDays, SpendQuery, SpendSpan, SpendSum};
use domain::{BudgetId, Problem, Timestamp};
use store::usage::Whose;
use store::usage::spend::{self, Part};
use store::{Conn, ReadTx};

/// Periods in which the limit was reached that are told one by one.
const TOLD: usize = 10;
/// People who are named for each.
const NAMED: u32 = 5;

/// What was taken in one period, as far as it lies in the month.
struct Taken {
    period: Period,
    amount: i128,
    /// The first day at whose end the limit was reached.
    reached: Option<Timestamp>,
}

impl Services {
    /// What a budget that is being made would have done last month, in sentences. For admins and owners.
    pub async fn preview_budget(&self, actor: &Actor, input: &BudgetInput) -> Result<Vec<String>, Error> {
        let new = input.check()?;
        let tx = self.previewing(actor).await?;
        let scope = scope_of(&tx, actor.organization, new.subject, self.now()).await?;
        self.previewed(&tx, actor, scope, new.limit, new.periods).await
    }

    /// What another limit of a budget would have done last month, in sentences. For admins and owners.
    pub async fn preview_limit(
        &self,
        actor: &Actor,
        budget: BudgetId,
        limit: &str,
    ) -> Result<Vec<String>, Error> {
        let tx = self.previewing(actor).await?;
        let records = store::budgets::list(&tx, actor.organization).await?;
        let found = records.into_iter().find(|record| record.budget.id == budget);
        let found = found.ok_or_else(|| Problem::not_found("budget"))?.budget;
        let limit = Limit {
            unit: found.unit,
            amount: read_limit(found.unit, limit)?,
            mode: found.mode,
        };
        self.previewed(&tx, actor, found.scope, limit, found.periods)
            .await
    }

    async fn previewing(&self, actor: &Actor) -> Result<ReadTx, Error> {
        match actor.role.administers() {
            true => self.read(actor).await,
            false => Err(self
                .refuse(actor, "Only admins and owners can keep budgets. Ask one of them.")
                .into()),
        }
    }

    async fn previewed(
        &self,
        conn: &impl Conn,
        actor: &Actor,
        scope: Scope,
        limit: Limit,
        periods: Periods,
    ) -> Result<Vec<String>, Error> {
        if matches!(periods.kind, PeriodKind::Minute | PeriodKind::Hour) {
            let what = periods.kind.label().to_lowercase();
            return Ok(vec![format!(
                "Usage is summed up by day, so what a limit for each {what} would have done cannot be told."
            )]);
        }
        let last_month = SpendQuery {
            span: SpendSpan::LastMonth,
            ..narrowed(scope)
        };
        let part = Part {
            organization: actor.organization,
            whose: Whose::Everybody,
            days: last_month.days(self.now())?,
            query: last_month,
        };
        let zones = store::time_zones::of(conn, actor.organization).await?;
        let days = spend::by_day(conn, &part).await?;
        let taken = by_period(&days, limit, periods, &zones);
        let month = format!("{} to {}", part.days.from.day(), part.days.until.last_day().day());
        let amount = |amount: i128| limit.unit.amount(whole(amount));
        let reached: Vec<(&Taken, Timestamp)> = taken
            .iter()
            .filter_map(|taken| Some((taken, taken.reached?)))
            .collect();
        let mut told = Vec::new();
        let unpriced: u64 = days.iter().map(|(_, sum)| sum.unpriced).sum();
        if reached.is_empty() {
            let most = taken.iter().map(|taken| taken.amount).max().unwrap_or(0);
            told.push(format!(
                "From {month} (UTC), this limit would have stopped nobody: at most {} were spent in one period.",
                amount(most)
            ));
        } else {
            told.push(format!(
                "From {month} (UTC), this limit would have been reached {}:",
                match reached.len() {
                    1 => "once".to_owned(),
                    times => format!("in {times} periods"),
                }
            ));
        }
        for (taken, day) in reached.iter().take(TOLD) {
            let end = taken
                .period
                .end
                .map_or(part.days.until, |end| end.min(part.days.until));
            let rest = Part {
                days: SpendDays {
                    from: *day,
                    until: end.max(day.plus(Timestamp::DAY)),
                },
                ..part.clone()
            };
            told.push(format!(
                "{}: {} by the end of the period. {}",
                day.day(),
                limit.unit.part(whole(taken.amount), limit.amount),
                stopped(conn, &rest).await?,
            ));
        }
        if reached.len() > TOLD {
            told.push(format!("And in {} more.", reached.len() - TOLD));
        }
        if limit.unit == Unit::Usd && unpriced > 0 {
            told.push(format!(
                "{} asked for models without a price, which a budget in US dollars refuses.",
                Unit::Requests.amount(i64::try_from(unpriced).unwrap_or(i64::MAX))
            ));
        }
        Ok(told)
    }
}

/// What concerns a budget, as spend is narrowed.
fn narrowed(scope: Scope) -> SpendQuery {
    let mut query = SpendQuery {
        by: SpendBy::Member,
        ..SpendQuery::default()
    };
    match scope {
        Scope::Organization => {}
        Scope::Team(team) => query.team = Some(team),
        Scope::Member(member) => query.member = Some(member),
        Scope::Provider(provider) => query.provider = Some(provider),
        Scope::MemberAtProvider(member, provider) => {
            (query.member, query.provider) = (Some(member), Some(provider));
        }
        Scope::Key(key) => query.key = Some(key),
    }
    query
}

/// What was taken in each period. A day of the sums is one of UTC, and counts where its noon does.
fn by_period(days: &[(Timestamp, SpendSum)], limit: Limit, periods: Periods, zones: &Zones) -> Vec<Taken> {
    let mut taken: Vec<Taken> = Vec::new();
    for (day, sum) in days {
        let period = periods.within(zones, day.plus(Timestamp::DAY / 2));
        if taken.last().is_none_or(|last| last.period != period) {
            taken.push(Taken {
                period,
                amount: 0,
                reached: None,
            });
        }
        let Some(last) = taken.last_mut() else { continue };
        last.amount += match limit.unit {
            Unit::Usd => i128::from(sum.cost),
            Unit::Tokens => i128::from(sum.tokens_in) + i128::from(sum.tokens_out),
            Unit::Requests => i128::from(sum.requests.saturating_sub(sum.refused)),
        };
        if last.reached.is_none() && last.amount >= i128::from(limit.amount) {
            last.reached = Some(*day);
        }
    }
    taken
}

/// Who asked from the day on which it was reached to the end of the period.
async fn stopped(conn: &impl Conn, rest: &Part) -> Result<String, Error> {
    let count = spend::group_count(conn, rest).await?;
    let groups = spend::groups(conn, rest, NAMED).await?;
    let ids = groups.iter().map(|group| group.id);
    let labels = spend::labels(conn, rest.organization, SpendBy::Member, ids).await?;
    let mut names: Vec<String> = groups
        .iter()
        .map(|group| match labels.get(&group.id) {
            Some((label, _)) => label.clone(),
            None => "a removed member".to_owned(),
        })
        .collect();
    let others = count.saturating_sub(NAMED);
    if others > 0 {
        names.push(format!("{others} more"));
    }
    let who = match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "Nobody".to_owned(),
    };
    Ok(format!("{who} asked on that day or later in the period."))
}
