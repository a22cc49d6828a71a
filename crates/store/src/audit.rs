//! Who did what. Written in the transaction of the deed.

pub(crate) mod chain;

pub use chain::{Broken, Fault, Head as ChainHead, Verdict, verify};

use crate::connection::{Conn, Inner, WriteTx};
use crate::entity::audit;
use crate::error::{Error, Result, known};
use crate::sql;
use chain::{Head, Said};
use domain::audit::{AuditAction, AuditFilter, AuditTarget};
use domain::{MemberId, OrganizationId, Timestamp, UserId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// One deed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Where; `None` for what concerns no organization.
    pub organization: Option<OrganizationId>,
    /// When.
    pub at: Timestamp,
    /// Who; `None` where nobody is signed in.
    pub actor: Option<UserId>,
    /// The actor's e-mail then.
    pub actor_email: String,
    /// What.
    pub action: AuditAction,
    /// What it was done to.
    pub target: AuditTarget,
    /// What it was called then.
    pub target_label: String,
    /// What changed, as it was.
    pub before: Option<Value>,
    /// What changed, as it is.
    pub after: Option<Value>,
}

/// Writes one deed.
pub async fn insert(tx: &WriteTx, record: AuditRecord) -> Result<()> {
    let organization = record.organization.map(|o| o.0);
    let head = chain::take(tx, organization).await?;
    let (row, head) = row(record, head);
    row.insert(tx.inner()).await?;
    chain::put(tx, organization, head).await
}

/// A deed as it is stored, at the end of its chain, and the end of the chain then.
fn row(record: AuditRecord, head: Head) -> (audit::ActiveModel, Head) {
    let (target_kind, target_id) = record.target.parts();
    let organization = record.organization.map(|o| o.0);
    let action = record.action.to_string();
    let (before, after) = (
        record.before.map(|v| v.to_string()),
        record.after.map(|v| v.to_string()),
    );
    let head = head.with(&Said {
        organization,
        at: record.at.0,
        actor_email: &record.actor_email,
        action: &action,
        target_kind,
        target_id: Some(target_id),
        target_label: &record.target_label,
        before: before.as_deref(),
        after: after.as_deref(),
    });
    let row = audit::ActiveModel {
        organization_id: Set(organization),
        at: Set(record.at.0),
        actor_user_id: Set(record.actor.map(|a| a.0)),
        actor_email: Set(record.actor_email),
        action: Set(action),
        target_kind: Set(target_kind.to_owned()),
        target_id: Set(Some(target_id)),
        target_label: Set(record.target_label),
        before: Set(before),
        after: Set(after),
        place: Set(Some(head.length)),
        hash: Set(Some(head.hash.to_vec())),
        ..Default::default()
    };
    (row, head)
}

/// Deeds in one statement: SQLite takes 32,766 marks in one.
const DEEDS_AT_ONCE: usize = 2_000;

/// Writes many deeds, in their order.
pub async fn insert_many(tx: &WriteTx, records: Vec<AuditRecord>) -> Result<()> {
    let mut heads: BTreeMap<Option<i64>, Head> = BTreeMap::new();
    for record in &records {
        if let Entry::Vacant(head) = heads.entry(record.organization.map(|o| o.0)) {
            let taken = chain::take(tx, *head.key()).await?;
            head.insert(taken);
        }
    }
    let mut rows = records
        .into_iter()
        .map(|record| {
            let head = heads.entry(record.organization.map(|o| o.0)).or_default();
            let (row, next) = row(record, *head);
            *head = next;
            row
        })
        .collect::<Vec<_>>()
        .into_iter()
        .peekable();
    while rows.peek().is_some() {
        let some: Vec<_> = rows.by_ref().take(DEEDS_AT_ONCE).collect();
        audit::Entity::insert_many(some)
            .exec_without_returning(tx.inner())
            .await?;
    }
    for (organization, head) in heads {
        chain::put(tx, organization, head).await?;
    }
    Ok(())
}

/// The latest deeds in an organization, newest first.
pub async fn latest(conn: &impl Conn, organization: OrganizationId, limit: u64) -> Result<Vec<AuditRecord>> {
    audit::Entity::find()
        .filter(audit::Column::OrganizationId.eq(organization.0))
        .order_by_desc(audit::Column::Id)
        .limit(limit)
        .all(conn.inner())
        .await?
        .into_iter()
        .map(record)
        .collect()
}

/// One action, with who did it by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// Its place in the log.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// The name of who did it, or the address where the account is gone or has none.
    pub by: String,
    /// The address then.
    pub by_email: String,
    /// What.
    pub action: AuditAction,
    /// What it was done to.
    pub target: AuditTarget,
    /// What the target was called then.
    pub target_label: String,
    /// What changed, as it was.
    pub before: Option<Value>,
    /// What changed, as it is.
    pub after: Option<Value>,
}

#[derive(FromQueryResult)]
struct DeedRow {
    id: i64,
    at: i64,
    by_name: String,
    actor_email: String,
    action: String,
    target_kind: String,
    target_id: Option<i64>,
    target_label: String,
    before: Option<String>,
    after: Option<String>,
}

const DEEDS: &str = "SELECT a.id, a.at, coalesce(nullif(u.name, ''), a.actor_email) AS by_name, a.actor_email, a.action, \
     a.target_kind, a.target_id, a.target_label, a.before, a.after \
     FROM audit a LEFT JOIN app_user u ON u.id = a.actor_user_id WHERE a.organization_id = ";

fn deed(row: DeedRow) -> Result<Deed> {
    Ok(Deed {
        id: row.id,
        at: Timestamp(row.at),
        by: row.by_name,
        by_email: row.actor_email,
        action: known("audit.action", &row.action)?,
        target: AuditTarget::from_parts(&row.target_kind, row.target_id.unwrap_or_default())
            .map_err(|why| Error::corrupt("audit.target_kind", why))?,
        target_label: row.target_label,
        before: json("audit.before", row.before)?,
        after: json("audit.after", row.after)?,
    })
}

/// What was done to a member and to their keys, newest first; with `before`, only what is older than that place.
pub async fn of_member(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Deed>> {
    let mut query = sql::Sql::default();
    query.push(DEEDS).bind(organization.0);
    query.push(" AND a.id < ").bind(before.unwrap_or(i64::MAX));
    query
        .push(" AND ((a.target_kind = 'member' AND a.target_id = ")
        .bind(member.0);
    query
        .push(") OR (a.target_kind = 'key' AND a.target_id IN (SELECT k.id FROM virtual_key k WHERE k.organization_id = ")
        .bind(organization.0);
    query.push(" AND k.member_id = ").bind(member.0);
    query.push("))) ORDER BY a.id DESC LIMIT ").bind(i64::from(limit));
    let rows: Vec<DeedRow> = sql::rows(conn, &query.text, query.values).await?;
    rows.into_iter().map(deed).collect()
}

/// The newest actions that a filter lets through, but for its words.
pub async fn page(
    conn: &impl Conn,
    organization: OrganizationId,
    filter: &AuditFilter,
    limit: u32,
) -> Result<Vec<Deed>> {
    let mut query = sql::Sql::default();
    query.push(DEEDS).bind(organization.0);
    query.push(" AND a.id < ").bind(filter.before.unwrap_or(i64::MAX));
    if let Some(kind) = filter.kind {
        query.push(" AND a.target_kind = ").bind(kind.as_str());
    }
    if let Some(from) = filter.from {
        query.push(" AND a.at >= ").bind(from.0);
    }
    if let Some(until) = filter.until {
        query.push(" AND a.at < ").bind(until.0);
    }
    query.push(" ORDER BY a.id DESC LIMIT ").bind(i64::from(limit));
    let rows: Vec<DeedRow> = sql::rows(conn, &query.text, query.values).await?;
    rows.into_iter().map(deed).collect()
}

fn json(column: &'static str, text: Option<String>) -> Result<Option<Value>> {
    text.map(|text| serde_json::from_str(&text).map_err(|why| Error::corrupt(column, why)))
        .transpose()
}

fn record(row: audit::Model) -> Result<AuditRecord> {
    Ok(AuditRecord {
        organization: row.organization_id.map(OrganizationId),
        at: Timestamp(row.at),
        actor: row.actor_user_id.map(UserId),
        actor_email: row.actor_email,
        action: known("audit.action", &row.action)?,
        target: AuditTarget::from_parts(&row.target_kind, row.target_id.unwrap_or_default())
            .map_err(|why| Error::corrupt("audit.target_kind", why))?,
        target_label: row.target_label,
        before: json("audit.before", row.before)?,
        after: json("audit.after", row.after)?,
    })
}
