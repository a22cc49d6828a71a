//! Budgets and what is spent of them.

use crate::connection::{Conn, WriteTx};
use crate::error::{Result, known};
use crate::sql;
use crate::usage::UsageEvent;
use domain::budget::{Budget, Limit, Mode, Scope};
use domain::period::Periods;
use domain::{BudgetId, KeyId, MemberId, OrganizationId, ProviderId, TeamId, Timestamp};
use sea_orm::{DbErr, FromQueryResult, Value};
use std::collections::BTreeMap;

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
    version: i64,
    period_start: Option<i64>,
    spent: Option<i64>,
    of_name: Option<String>,
}

/// How the database writes the period that lasts for ever: no other begins then that is still counted.
const FOR_EVER: i64 = 0;

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
            warn: Vec::new(),
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
        "SELECT b.id, b.member_id, b.team_id, b.provider_id, b.key_id, b.unit, b.amount, b.mode, b.period, b.anchor, b.version, \
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
         created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
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
) -> Result<bool> {
    let set = sql::execute(
        tx,
        "UPDATE budget SET amount = ?, mode = ?, version = version + 1 WHERE id = ? AND organization_id = ?",
        vec![
            amount.into(),
            mode.as_str().into(),
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
         period_start = CASE WHEN excluded.period_start > budget_spent.period_start THEN excluded.period_start \
         ELSE budget_spent.period_start END"
    );
    for ((budget, start), amount) in sums {
        let values: Vec<Value> = vec![start.into(), amount.into(), budget.0.into()];
        sql::execute(tx, &statement, values).await?;
    }
    Ok(())
}
