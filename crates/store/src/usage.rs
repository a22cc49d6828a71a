//! What was asked of models: written in batches, read as sums.

pub mod corrections;
pub mod requests;
pub mod spend;
mod sums;
mod whose;

use crate::connection::{Conn, WriteTx};
use crate::error::Result;
use crate::{budgets, providers, sql};
use domain::budget::Charged;
use domain::price::Charge;
use domain::usage::{Bucket, Measured, UsageSource, UsageSum};
use domain::{KeyId, MemberId, OrganizationId, ProviderId, Timestamp};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Value};
use std::collections::BTreeMap;
pub use whose::Whose;

/// Rows that one statement writes; thirty-four values each stay well under what either database takes.
const ROWS_AT_ONCE: usize = 512;

/// One request to a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageEvent {
    /// Where it was made.
    pub organization: OrganizationId,
    /// Who made it.
    pub member: MemberId,
    /// With which key; `None` is in Chat.
    pub key: Option<KeyId>,
    /// Which provider was asked; `None` where it was refused before one was chosen.
    pub provider: Option<ProviderId>,
    /// The slug of that provider; empty where there is none.
    pub provider_slug: String,
    /// The model as the request named it.
    pub model: String,
    /// The name by which the provider was asked for it; empty where none was asked.
    pub provider_model: String,
    /// The id of the request; `None` where nobody gave it one.
    pub request_id: Option<String>,
    /// Which attempt to answer the request it was, from 1.
    pub attempt: u16,
    /// The path below `/v1/`, or `chat`.
    pub endpoint: &'static str,
    /// HTTP status of the answer.
    pub status: u16,
    /// Why it was refused or broke off; `None` when it went well.
    pub code: Option<&'static str>,
    /// What that says about the provider, as a sentence for administrators; `None` when it says nothing.
    pub provider_problem: Option<&'static str>,
    /// When it came in.
    pub started_at: Timestamp,
    /// Milliseconds until the answer was complete.
    pub latency_ms: u32,
    /// Milliseconds until the first token of a streamed answer.
    pub first_token_ms: Option<u32>,
    /// What it used.
    pub measured: Measured,
    /// What that costs.
    pub charge: Charge,
    /// Requests that it stands for: one, or refusals that are counted together.
    pub requests: u32,
    /// What it took of budgets.
    pub budgets: Vec<Charged>,
}

/// The columns beside those of the buckets, in the order of [`row`].
const COLUMNS: &str = "organization_id, member_id, key_id, provider_id, provider_slug, model, endpoint, status, code, \
     started_at, latency_ms, first_token_ms, tokens_in, tokens_out, usage_source, requests, provider_model, service_tier, \
     request_id, attempt, price, cost_nano";

/// The beginning of a statement that writes rows.
fn insert_into() -> String {
    let buckets: Vec<&str> = Bucket::ALL.iter().map(|bucket| sums::column(*bucket)).collect();
    format!(
        "INSERT INTO usage_event ({COLUMNS}, {}) VALUES ",
        buckets.join(", ")
    )
}

/// Names what is written at once, so that it can be tried again when nobody knows whether it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchId {
    /// When it was tried first.
    pub at: Timestamp,
    /// Random.
    pub nonce: i64,
}

/// How long batches are remembered; nobody tries one again after that.
const BATCHES_KEPT: i64 = Timestamp::HOUR;

/// Takes an id for what is about to be written. False when it was written before.
async fn claim(tx: &WriteTx, batch: BatchId) -> Result<bool> {
    let old = "DELETE FROM usage_batch WHERE at < ?";
    sql::execute(tx, old, vec![batch.at.plus(-BATCHES_KEPT).0.into()]).await?;
    let claimed = sql::execute(
        tx,
        "INSERT INTO usage_batch (at, nonce) VALUES (?, ?) ON CONFLICT DO NOTHING",
        vec![batch.at.0.into(), batch.nonce.into()],
    )
    .await?;
    Ok(claimed > 0)
}

/// Writes requests, and when each key was last used. A batch that was written before stays as it is.
pub async fn insert(tx: &WriteTx, batch: BatchId, events: &[UsageEvent]) -> Result<()> {
    if !claim(tx, batch).await? {
        return Ok(());
    }
    let mut rest = events;
    while let Some(rows) = rest.len().checked_ilog2() {
        // Of a few sizes, so that the database need not read a statement anew for each number of rows.
        let (some, after) = rest.split_at((1 << rows).min(ROWS_AT_ONCE));
        rest = after;
        let mut sql = sql::Sql::default();
        sql.push(&insert_into());
        for (index, event) in some.iter().enumerate() {
            sql.push(if index == 0 { "" } else { ", " }).list(row(event));
        }
        sql::execute(tx, &sql.text, sql.values).await?;
    }
    sums::add(tx, events).await?;
    budgets::spend(tx, events).await?;
    note(tx, events).await
}

#[derive(FromQueryResult)]
struct IdRow {
    id: i64,
}

/// Counts requests in a row of before, or in one of their own where there is none. Which row that is. What was counted
/// before under the same id is not counted again.
pub async fn count(tx: &WriteTx, batch: BatchId, before: Option<i64>, event: &UsageEvent) -> Result<i64> {
    if !claim(tx, batch).await? {
        let rows: Vec<IdRow> = sql::rows(
            tx,
            "SELECT usage_event_id AS id FROM usage_batch WHERE at = ? AND nonce = ?",
            vec![batch.at.0.into(), batch.nonce.into()],
        )
        .await?;
        return rows
            .first()
            .map(|row| row.id)
            .ok_or_else(|| DbErr::RecordNotFound("usage_batch".to_owned()).into());
    }
    let id = count_in_row(tx, before, event).await?;
    sql::execute(
        tx,
        "UPDATE usage_batch SET usage_event_id = ? WHERE at = ? AND nonce = ?",
        vec![id.into(), batch.at.0.into(), batch.nonce.into()],
    )
    .await?;
    Ok(id)
}

async fn count_in_row(tx: &WriteTx, before: Option<i64>, event: &UsageEvent) -> Result<i64> {
    sums::add(tx, std::slice::from_ref(event)).await?;
    note(tx, std::slice::from_ref(event)).await?;
    if let Some(id) = before {
        let counted = sql::execute(
            tx,
            "UPDATE usage_event SET requests = requests + ? WHERE id = ? AND organization_id = ?",
            vec![
                i64::from(event.requests).into(),
                id.into(),
                event.organization.0.into(),
            ],
        )
        .await?;
        if counted > 0 {
            return Ok(id);
        }
    }
    let mut sql = sql::Sql::default();
    sql.push(&insert_into()).list(row(event)).push(" RETURNING id");
    let rows: Vec<IdRow> = sql::rows(tx, &sql.text, sql.values).await?;
    rows.first()
        .map(|row| row.id)
        .ok_or_else(|| DbErr::RecordNotInserted.into())
}

/// What requests say about keys and providers.
async fn note(tx: &WriteTx, events: &[UsageEvent]) -> Result<()> {
    let mut used: BTreeMap<KeyId, Timestamp> = BTreeMap::new();
    let mut worked: BTreeMap<ProviderId, Timestamp> = BTreeMap::new();
    let mut failed: BTreeMap<ProviderId, (Timestamp, &str)> = BTreeMap::new();
    for event in events {
        let at = event.started_at;
        if let Some(key) = event.key {
            let last = used.entry(key).or_insert(at);
            *last = (*last).max(at);
        }
        match (event.provider, event.provider_problem) {
            // They are in the order in which they ended, not in that in which they began.
            (Some(provider), Some(problem)) => {
                let last = failed.entry(provider).or_insert((at, problem));
                if last.0 <= at {
                    *last = (at, problem);
                }
            }
            (Some(provider), None) if event.status < 400 => {
                let last = worked.entry(provider).or_insert(at);
                *last = (*last).max(at);
            }
            _ => {}
        }
    }
    for (provider, at) in worked {
        providers::record_success(tx, provider, at).await?;
    }
    for (provider, (at, problem)) in failed {
        providers::record_failure(tx, provider, at, problem).await?;
    }
    for (key, at) in used {
        sql::execute(
            tx,
            "UPDATE virtual_key SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)",
            vec![at.0.into(), key.0.into(), at.0.into()],
        )
        .await?;
    }
    Ok(())
}

/// Tokens of one row that are added up, and more than any request has: so no sum leaves the range of the databases'
/// integers, whatever is stored.
const MOST_TOKENS: i64 = 1_000_000_000;

/// A column of tokens as it is added up.
fn counted(column: &str) -> String {
    format!(
        "CASE WHEN {column} > {MOST_TOKENS} THEN {MOST_TOKENS} WHEN {column} > 0 THEN {column} ELSE 0 END"
    )
}

fn row(event: &UsageEvent) -> Vec<Value> {
    let measured = &event.measured;
    let tokens = |of: &[Bucket]| {
        let sum = i64::try_from(measured.buckets.sum(of)).unwrap_or(MOST_TOKENS);
        (measured.source != UsageSource::None).then_some(sum.min(MOST_TOKENS))
    };
    // What others wrote; PostgreSQL takes no NUL.
    let text = |text: &str| text.replace('\0', "\u{FFFD}");
    let mut row: Vec<Value> = vec![
        event.organization.0.into(),
        event.member.0.into(),
        event.key.map(|key| key.0).into(),
        event.provider.map(|provider| provider.0).into(),
        event.provider_slug.as_str().into(),
        text(&event.model).into(),
        event.endpoint.into(),
        i64::from(event.status).into(),
        event.code.into(),
        event.started_at.0.into(),
        i64::from(event.latency_ms).into(),
        event.first_token_ms.map(i64::from).into(),
        tokens(&Bucket::INPUT).into(),
        tokens(&Bucket::OUTPUT).into(),
        measured.source.as_str().into(),
        i64::from(event.requests).into(),
        text(&event.provider_model).into(),
        measured.service_tier.as_deref().map(text).into(),
        event.request_id.as_deref().into(),
        i64::from(event.attempt).into(),
        event.charge.price.as_deref().into(),
        event.charge.cost.into(),
    ];
    let buckets = Bucket::ALL.iter().map(|bucket| measured.buckets.get(*bucket));
    row.extend(buckets.map(|count| Value::from(i64::try_from(count).unwrap_or(i64::MAX))));
    row
}

#[derive(FromQueryResult)]
struct SumRow {
    key_id: Option<i64>,
    #[sea_orm(nested)]
    sum: Sums,
}

#[derive(FromQueryResult)]
struct Sums {
    requests: i64,
    refused: i64,
    tokens_in: i64,
    tokens_out: i64,
}

impl From<Sums> for UsageSum {
    fn from(sums: Sums) -> Self {
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        Self {
            requests: count(sums.requests),
            refused: count(sums.refused),
            tokens_in: count(sums.tokens_in),
            tokens_out: count(sums.tokens_out),
        }
    }
}

/// The columns of [`Sums`], added up.
fn sums() -> String {
    format!(
        "CAST(coalesce(sum(requests), 0) AS bigint) AS requests, CAST(coalesce(sum(CASE WHEN code IS NULL \
         THEN 0 ELSE requests END), 0) AS bigint) AS refused, CAST(coalesce(sum({}), 0) AS bigint) AS tokens_in, \
         CAST(coalesce(sum({}), 0) AS bigint) AS tokens_out",
        counted("tokens_in"),
        counted("tokens_out")
    )
}

/// What a member asked for since an instant, for each key and for Chat (`None`).
pub async fn of_member(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    since: Timestamp,
) -> Result<Vec<(Option<KeyId>, UsageSum)>> {
    let rows: Vec<SumRow> = sql::rows(
        conn,
        &format!(
            "SELECT key_id, {} FROM usage_event WHERE organization_id = ? AND member_id = ? AND started_at >= ? \
             GROUP BY key_id",
            sums()
        ),
        vec![organization.0.into(), member.0.into(), since.0.into()],
    )
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.key_id.map(KeyId), row.sum.into()))
        .collect())
}

#[derive(FromQueryResult)]
struct DayRow {
    day: i64,
    #[sea_orm(nested)]
    sum: Sums,
}

/// Whose requests are added up by day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Those that a member made.
    Member(MemberId),
    /// Those that a provider was asked.
    Provider(ProviderId),
}

/// What was asked for since an instant, for each day in UTC on which something was, by day.
pub async fn by_day(
    conn: &impl Conn,
    organization: OrganizationId,
    of: Of,
    since: Timestamp,
) -> Result<Vec<(Timestamp, UsageSum)>> {
    let query = by_day_query(organization, of, since);
    let rows: Vec<DayRow> = sql::rows(conn, &query.text, query.values).await?;
    Ok(rows
        .into_iter()
        .map(|row| (Timestamp(row.day * Timestamp::DAY), row.sum.into()))
        .collect())
}

fn by_day_query(organization: OrganizationId, of: Of, since: Timestamp) -> sql::Sql {
    let (column, id) = match of {
        Of::Member(member) => ("member_id", member.0),
        Of::Provider(provider) => ("provider_id", provider.0),
    };
    let day = Timestamp::DAY;
    let mut query = sql::Sql::default();
    query.push(&format!(
        "SELECT started_at / {day} AS day, {} FROM usage_event WHERE organization_id = ",
        sums()
    ));
    query
        .bind(organization.0)
        .push(" AND ")
        .push(column)
        .push(" = ")
        .bind(id);
    query.push(" AND started_at >= ").bind(since.0);
    query.push(&format!(" GROUP BY started_at / {day} ORDER BY 1"));
    query
}

#[derive(FromQueryResult)]
struct LastRow {
    member_id: i64,
    at: i64,
}

/// When each of these members last asked a provider with success, of those who did since an instant.
pub async fn last_used(
    conn: &impl Conn,
    organization: OrganizationId,
    provider: ProviderId,
    members: &[MemberId],
    since: Timestamp,
) -> Result<Vec<(MemberId, Timestamp)>> {
    let postgres = conn.inner().get_database_backend() == DbBackend::Postgres;
    let query = last_used_query(organization, provider, members, since, postgres);
    let rows: Vec<LastRow> = sql::rows(conn, &query.text, query.values).await?;
    Ok(rows
        .into_iter()
        .map(|row| (MemberId(row.member_id), Timestamp(row.at)))
        .collect())
}

fn last_used_query(
    organization: OrganizationId,
    provider: ProviderId,
    members: &[MemberId],
    since: Timestamp,
    postgres: bool,
) -> sql::Sql {
    let mut query = sql::Sql::default();
    query.push(
        "SELECT +member_id AS member_id, max(started_at) AS at FROM usage_event WHERE organization_id = ",
    );
    query
        .bind(organization.0)
        .push(" AND provider_id = ")
        .bind(provider.0);
    query.push(" AND started_at >= ").bind(since.0);
    // A bare column, here and in the group, would be a reason to read everybody's requests by member instead.
    query
        .push(" AND code IS NULL AND +member_id IN (")
        .push(sql::ids_in_list(postgres));
    query
        .values
        .push(sql::id_list(members.iter().map(|member| member.0)).into());
    query.push(") GROUP BY 1");
    query
}

#[derive(FromQueryResult)]
struct TokensRow {
    tokens: i64,
}

/// Tokens that a key used since an instant, in and out.
pub async fn tokens_of_key(conn: &impl Conn, key: KeyId, since: Timestamp) -> Result<u64> {
    let rows: Vec<TokensRow> = sql::rows(
        conn,
        &format!(
            "SELECT CAST(coalesce(sum({} + {}), 0) AS bigint) AS tokens FROM usage_event WHERE key_id = ? AND started_at >= ?",
            counted("tokens_in"),
            counted("tokens_out")
        ),
        vec![key.0.into(), since.0.into()],
    )
    .await?;
    Ok(rows
        .first()
        .map_or(0, |row| u64::try_from(row.tokens).unwrap_or(0)))
}

#[cfg(any(test, feature = "testing"))]
pub(crate) use sums::column;

#[cfg(test)]
mod tests;
