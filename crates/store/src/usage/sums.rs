//! Sums of what was used and spent by hour and by day, written with the requests.

use super::UsageEvent;
use super::corrections::Correction;
use crate::connection::WriteTx;
use crate::error::Result;
use crate::sql;
use domain::usage::{Bucket, UsageSource};
use domain::{OrganizationId, Timestamp};
use sea_orm::Value;
use std::collections::BTreeMap;

/// What a row is of.
const KEY: [&str; 7] = [
    "organization_id",
    "at",
    "member_id",
    "key_id",
    "provider_id",
    "model",
    "source",
];

/// The columns that are added up, beside those of the buckets.
const OTHER: [&str; 5] = ["requests", "refused", "cost_nano", "unpriced", "unpriced_tokens"];

/// Rows that one statement writes; twenty-five values each stay well under what either database takes.
const ROWS_AT_ONCE: usize = 256;

/// The tables, and for how long a row of each is.
const TABLES: [(&str, i64); 2] = [("usage_hour", Timestamp::HOUR), ("usage_day", Timestamp::DAY)];

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Of {
    organization: i64,
    at: i64,
    member: i64,
    key: i64,
    provider: i64,
    model: String,
    source: UsageSource,
}

#[derive(Default)]
struct Sum {
    provider_slug: String,
    counts: Vec<i64>,
}

/// The name of a bucket's column.
pub(crate) fn column(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Requests => "answered",
        other => other.as_str(),
    }
}

/// The columns that are added up, in their order.
fn counted() -> impl Iterator<Item = &'static str> {
    Bucket::ALL.iter().map(|bucket| column(*bucket)).chain(OTHER)
}

/// The beginning of the hour or day of an instant.
fn beginning(at: Timestamp, length: i64) -> i64 {
    at.0.div_euclid(length) * length
}

fn of(event: &UsageEvent, length: i64) -> Of {
    let source = event.measured.source;
    Of {
        organization: event.organization.0,
        at: beginning(event.started_at, length),
        member: event.member.0,
        key: event.key.map_or(0, |key| key.0),
        provider: event.provider.map_or(0, |provider| provider.0),
        // Of what was refused, anybody can make up models.
        model: match source {
            UsageSource::None => String::new(),
            _ => event.provider_model.replace('\0', "\u{FFFD}"),
        },
        source,
    }
}

/// As large as the databases' integers can be.
fn whole(count: u128) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The numbers of an event, in the order of [`counted`].
fn counts(event: &UsageEvent) -> impl Iterator<Item = i64> {
    let requests = i64::from(event.requests);
    let buckets = &event.measured.buckets;
    let tokens = buckets.sum(&Bucket::INPUT) + buckets.sum(&Bucket::OUTPUT);
    let (unpriced, unpriced_tokens) = match event.charge.cost {
        Some(_) => (0, 0),
        None => (requests, whole(tokens)),
    };
    let refused = if event.code.is_some() { requests } else { 0 };
    let cost = event.charge.cost.unwrap_or(0);
    let each = Bucket::ALL
        .iter()
        .map(|bucket| whole(buckets.get(*bucket).into()));
    each.chain([requests, refused, cost, unpriced, unpriced_tokens])
}

/// Adds requests to the sums. Where a sum would leave the range of the databases' integers, it stays at its end.
pub(super) async fn add(tx: &WriteTx, events: &[UsageEvent]) -> Result<()> {
    for (table, length) in TABLES {
        // In one order, so that two servers never wait for each other.
        let mut sums: BTreeMap<Of, Sum> = BTreeMap::new();
        for event in events {
            let sum = sums.entry(of(event, length)).or_default();
            sum.provider_slug.clone_from(&event.provider_slug);
            sum.counts.resize(counted().count(), 0);
            for (sum, count) in sum.counts.iter_mut().zip(counts(event)) {
                *sum = sum.saturating_add(count);
            }
        }
        write(tx, table, sums).await?;
    }
    Ok(())
}

/// Takes what requests cost after all over into the sums.
pub(super) async fn correct(
    tx: &WriteTx,
    organization: OrganizationId,
    corrections: &[Correction],
) -> Result<()> {
    for (table, length) in TABLES {
        let mut sums: BTreeMap<Of, Sum> = BTreeMap::new();
        for correction in corrections {
            let of = Of {
                organization: organization.0,
                at: beginning(correction.row.at, length),
                member: correction.row.member.0,
                key: correction.row.key.map_or(0, |key| key.0),
                provider: correction.row.provider.0,
                model: correction.row.model.clone(),
                source: correction.row.measured.source,
            };
            let sum = sums.entry(of).or_default();
            sum.provider_slug.clone_from(&correction.row.provider_slug);
            sum.counts.resize(counted().count(), 0);
            let costs = &mut sum.counts[Bucket::ALL.len()..];
            for (sum, count) in costs.iter_mut().zip(correction.differences()) {
                *sum = sum.saturating_add(count);
            }
        }
        write(tx, table, sums).await?;
    }
    Ok(())
}

impl Correction {
    /// What it changes of the columns of [`OTHER`].
    fn differences(&self) -> [i64; OTHER.len()] {
        let (before, after) = (self.row.cost, self.cost);
        let cost = after.unwrap_or(0) - before.unwrap_or(0);
        let buckets = &self.row.measured.buckets;
        let tokens = whole(buckets.sum(&Bucket::INPUT) + buckets.sum(&Bucket::OUTPUT));
        let requests = i64::from(self.row.requests);
        let (unpriced, unpriced_tokens) = match (before, after) {
            (None, Some(_)) => (-requests, -tokens),
            (Some(_), None) => (requests, tokens),
            _ => (0, 0),
        };
        [0, 0, cost, unpriced, unpriced_tokens]
    }
}

async fn write(tx: &WriteTx, table: &str, sums: BTreeMap<Of, Sum>) -> Result<()> {
    let rows: Vec<Vec<Value>> = sums.into_iter().map(|(of, sum)| row(of, sum)).collect();
    let mut rest = &rows[..];
    while let Some(size) = rest.len().checked_ilog2() {
        // Of a few sizes, so that the database need not read a statement anew for each number of rows.
        let (some, after) = rest.split_at((1 << size).min(ROWS_AT_ONCE));
        rest = after;
        let statement = statement(table, some);
        sql::execute(tx, &statement.text, statement.values).await?;
    }
    Ok(())
}

fn row(of: Of, sum: Sum) -> Vec<Value> {
    let mut row: Vec<Value> = vec![
        of.organization.into(),
        of.at.into(),
        of.member.into(),
        of.key.into(),
        of.provider.into(),
        of.model.into(),
        of.source.as_str().into(),
        sum.provider_slug.into(),
    ];
    row.extend(sum.counts.into_iter().map(Value::from));
    row
}

fn statement(table: &str, rows: &[Vec<Value>]) -> sql::Sql {
    let columns: Vec<&str> = KEY
        .into_iter()
        .chain(["provider_slug"])
        .chain(counted())
        .collect();
    let mut statement = sql::Sql::default();
    statement.push(&format!("INSERT INTO {table} ({}) VALUES ", columns.join(", ")));
    for (index, row) in rows.iter().enumerate() {
        statement
            .push(if index == 0 { "" } else { ", " })
            .list(row.iter().cloned());
    }
    let most = i64::MAX;
    let added: Vec<String> = counted()
        .map(|column| {
            format!(
                "{column} = CASE WHEN excluded.{column} < 0 THEN {table}.{column} + excluded.{column} \
                 WHEN {table}.{column} > {most} - excluded.{column} THEN {most} \
                 ELSE {table}.{column} + excluded.{column} END"
            )
        })
        .collect();
    statement.push(&format!(
        " ON CONFLICT ({}) DO UPDATE SET provider_slug = excluded.provider_slug, {}",
        KEY.join(", "),
        added.join(", ")
    ));
    statement
}
