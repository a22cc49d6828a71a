//! Budgets and what is spent of them.

use crate::connection::{Conn, Inner, WriteTx};
use crate::error::{Result, known};
use crate::sql;
use crate::usage::UsageEvent;
use domain::budget::{Budget, Limit, Mode, Scope, write_warn};
use domain::period::Periods;
use domain::{BudgetId, KeyId, MemberId, OrganizationId, ProviderId, TeamId, Timestamp};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A budget as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetRecord {
    /// The budget itself.
    pub budget: Budget,
    /// What it applies to, by its name; empty for the organization.
    pub of: String,
    /// Counted up by each change.
    pub version: i64,
    /// The beginning of the latest period in which something was spent; `None` for the one that lasts for ever.
    pub spent_from: Option<Timestamp>,
    /// What was spent in that period.
    pub spent: i64,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    member_id: Option<i64>,
    team_id: Option<i64>,
    provider_id: Option<i64>,
    key_id: Option<i64>,
    unit: String,
    amount: i64,
    mode: String,
    period: String,
    anchor: i64,
    warn: String,
    version: i64,
    period_start: Option<i64>,
    spent: Option<i64>,
    of_name: Option<String>,
}

/// How the database writes the period that lasts for ever: no other begins then that is still counted.
const FOR_EVER: i64 = 0;

/// Levels as they are stored.
fn levels(text: &str) -> Vec<u32> {
    text.split(',').filter_map(|level| level.parse().ok()).collect()
}

fn record(row: Row) -> Result<BudgetRecord> {
    let scope = match (row.key_id, row.member_id, row.team_id, row.provider_id) {
        (Some(key), ..) => Scope::Key(KeyId(key)),
        (_, Some(member), _, Some(provider)) => {
            Scope::MemberAtProvider(MemberId(member), ProviderId(provider))
        }
        (_, Some(member), ..) => Scope::Member(MemberId(member)),
        (_, _, Some(team), _) => Scope::Team(TeamId(team)),
        (_, _, _, Some(provider)) => Scope::Provider(ProviderId(provider)),
        _ => Scope::Organization,
    };
    Ok(BudgetRecord {
        budget: Budget {
            id: BudgetId(row.id),
            scope,
            unit: known("budget.unit", &row.unit)?,
            limit: Some(row.amount),
            mode: known("budget.mode", &row.mode)?,
            periods: Periods {
                kind: known("budget.period", &row.period)?,
                anchor: u8::try_from(row.anchor).unwrap_or(1),
            },
            warn: levels(&row.warn),
        },
        of: row.of_name.unwrap_or_default(),
        version: row.version,
        spent_from: row.period_start.filter(|at| *at != FOR_EVER).map(Timestamp),
        spent: row.spent.unwrap_or(0),
    })
}

/// Every budget of an organization, in the order in which they were made.
pub async fn list(conn: &impl Conn, organization: OrganizationId) -> Result<Vec<BudgetRecord>> {
    let rows: Vec<Row> = sql::rows(
        conn,
        "SELECT b.id, b.member_id, b.team_id, b.provider_id, b.key_id, b.unit, b.amount, b.mode, b.period, b.anchor, b.warn, b.version, \
         s.period_start, s.spent, coalesce(coalesce(nullif(m.name, ''), m.email) || ' · ' || p.name, \
         nullif(m.name, ''), m.email, t.name, p.name, k.name) AS of_name \
         FROM budget b LEFT JOIN budget_spent s ON s.budget_id = b.id LEFT JOIN member m ON m.id = b.member_id \
         LEFT JOIN team t ON t.id = b.team_id LEFT JOIN provider p ON p.id = b.provider_id \
         LEFT JOIN virtual_key k ON k.id = b.key_id WHERE b.organization_id = ? ORDER BY b.id",
        vec![organization.0.into()],
    )
    .await?;
    rows.into_iter().map(record).collect()
}

/// Makes a budget.
pub async fn insert(
    tx: &WriteTx,
    organization: OrganizationId,
    scope: Scope,
    limit: Limit,
    periods: Periods,
    warn: &[u32],
    now: Timestamp,
) -> Result<BudgetId> {
    #[derive(FromQueryResult)]
    struct Made {
        id: i64,
    }
    let (mut member, mut team, mut provider, mut key) = (None, None, None, None);
    match scope {
        Scope::Organization => {}
        Scope::Member(id) => member = Some(id.0),
        Scope::MemberAtProvider(id, at) => (member, provider) = (Some(id.0), Some(at.0)),
        Scope::Team(id) => team = Some(id.0),
        Scope::Provider(id) => provider = Some(id.0),
        Scope::Key(id) => key = Some(id.0),
    }
    let made: Vec<Made> = sql::rows(
        tx,
        "INSERT INTO budget (organization_id, member_id, team_id, provider_id, key_id, unit, amount, mode, period, anchor, \
         warn, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        vec![
            organization.0.into(),
            member.into(),
            team.into(),
            provider.into(),
            key.into(),
            limit.unit.as_str().into(),
            limit.amount.into(),
            limit.mode.as_str().into(),
            periods.kind.as_str().into(),
            i64::from(periods.anchor).into(),
            write_warn(warn, ",").into(),
            now.0.into(),
        ],
    )
    .await?;
    made.first()
        .map(|made| BudgetId(made.id))
        .ok_or_else(|| DbErr::RecordNotInserted.into())
}

/// Gives a budget another limit. False when there is no such budget.
pub async fn set_limit(
    tx: &WriteTx,
    organization: OrganizationId,
    budget: BudgetId,
    amount: i64,
    mode: Mode,
    warn: &[u32],
) -> Result<bool> {
    let set = sql::execute(
        tx,
        "UPDATE budget SET amount = ?, mode = ?, warn = ?, version = version + 1 WHERE id = ? AND organization_id = ?",
        vec![
            amount.into(),
            mode.as_str().into(),
            write_warn(warn, ",").into(),
            budget.0.into(),
            organization.0.into(),
        ],
    )
    .await?;
    Ok(set > 0)
}

/// Deletes a budget with what is spent of it. False when there is no such budget.
pub async fn delete(tx: &WriteTx, organization: OrganizationId, budget: BudgetId) -> Result<bool> {
    let sql = "DELETE FROM budget WHERE id = ? AND organization_id = ?";
    Ok(sql::execute(tx, sql, vec![budget.0.into(), organization.0.into()]).await? > 0)
}

/// Adds what requests took to what is spent. Of each budget the latest period is kept; what belongs to one that is over
/// changes nothing, and neither does what belongs to a budget that was deleted.
pub(crate) async fn spend(tx: &WriteTx, events: &[UsageEvent]) -> Result<()> {
    // In one order, so that two servers never wait for each other.
    let mut sums: BTreeMap<(BudgetId, i64), i64> = BTreeMap::new();
    for charged in events.iter().flat_map(|event| &event.budgets) {
        let start = charged.start.map_or(FOR_EVER, |start| start.0);
        let sum = sums.entry((charged.budget, start)).or_default();
        *sum = sum.saturating_add(charged.amount);
    }
    let most = i64::MAX;
    let statement = format!(
        "INSERT INTO budget_spent (budget_id, period_start, spent) SELECT id, ?, ? FROM budget WHERE id = ? \
         ON CONFLICT (budget_id) DO UPDATE SET \
         spent = CASE WHEN excluded.period_start > budget_spent.period_start THEN excluded.spent \
         WHEN excluded.period_start < budget_spent.period_start THEN budget_spent.spent \
         WHEN budget_spent.spent > {most} - excluded.spent THEN {most} ELSE budget_spent.spent + excluded.spent END, \
         told = CASE WHEN excluded.period_start > budget_spent.period_start THEN 0 ELSE budget_spent.told END, \
         period_start = CASE WHEN excluded.period_start > budget_spent.period_start THEN excluded.period_start \
         ELSE budget_spent.period_start END"
    );
    for ((budget, start), amount) in sums {
        let values: Vec<Value> = vec![start.into(), amount.into(), budget.0.into()];
        sql::execute(tx, &statement, values).await?;
    }
    Ok(())
}

/// So much of a budget is spent that somebody is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Where.
    pub organization: OrganizationId,
    /// Which.
    pub budget: BudgetId,
    /// The highest level that is reached, in percent.
    pub percent: u32,
    /// The beginning of the period; `None` for the one that lasts for ever.
    pub start: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct Level {
    id: i64,
    organization_id: i64,
    amount: i64,
    warn: String,
    period_start: i64,
    spent: i64,
    told: i64,
}

/// Which of these budgets have reached a level that was not told of in their latest period.
pub async fn reached(tx: &WriteTx, budgets: &BTreeSet<BudgetId>) -> Result<Vec<Reached>> {
    let ids = sql::ids_in_list(tx.inner().get_database_backend() == DbBackend::Postgres);
    let rows: Vec<Level> = sql::rows(
        tx,
        &format!(
            "SELECT b.id, b.organization_id, b.amount, b.warn, s.period_start, s.spent, s.told \
             FROM budget b JOIN budget_spent s ON s.budget_id = b.id WHERE b.amount > 0 AND b.id IN ({ids}) ORDER BY b.id"
        ),
        vec![sql::id_list(budgets.iter().map(|budget| budget.0)).into()],
    )
    .await?;
    let reached = |row: Level| {
        let spent = i128::from(row.spent) * 100;
        let highest = levels(&row.warn)
            .into_iter()
            .filter(|level| spent >= i128::from(row.amount) * i128::from(*level))
            .max()?;
        (i64::from(highest) > row.told).then_some(Reached {
            organization: OrganizationId(row.organization_id),
            budget: BudgetId(row.id),
            percent: highest,
            start: Some(row.period_start).filter(|at| *at != FOR_EVER).map(Timestamp),
        })
    };
    Ok(rows.into_iter().filter_map(reached).collect())
}

/// Writes down that somebody is told. False when another server did.
pub async fn tell(tx: &WriteTx, reached: &Reached) -> Result<bool> {
    let percent = i64::from(reached.percent);
    let told = sql::execute(
        tx,
        "UPDATE budget_spent SET told = ? WHERE budget_id = ? AND period_start = ? AND told < ?",
        vec![
            percent.into(),
            reached.budget.0.into(),
            reached.start.map_or(FOR_EVER, |start| start.0).into(),
            percent.into(),
        ],
    )
    .await?;
    Ok(told > 0)
}

/// What is spent of a budget in its latest period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Where.
    pub organization: OrganizationId,
    /// Which.
    pub budget: BudgetId,
    /// The beginning of the period; `None` for the one that lasts for ever.
    pub start: Option<Timestamp>,
    /// How much.
    pub spent: i64,
}

#[derive(FromQueryResult)]
struct StoredRow {
    id: i64,
    organization_id: i64,
    period_start: i64,
    spent: i64,
}

/// What is spent of every budget of every organization.
pub async fn stored(conn: &impl Conn) -> Result<Vec<Stored>> {
    let rows: Vec<StoredRow> = sql::rows(
        conn,
        "SELECT b.id, b.organization_id, s.period_start, s.spent FROM budget_spent s JOIN budget b ON b.id = s.budget_id",
        Vec::new(),
    )
    .await?;
    let stored = |row: StoredRow| Stored {
        organization: OrganizationId(row.organization_id),
        budget: BudgetId(row.id),
        start: Some(row.period_start).filter(|at| *at != FOR_EVER).map(Timestamp),
        spent: row.spent,
    };
    Ok(rows.into_iter().map(stored).collect())
}
