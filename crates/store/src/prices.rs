//! Prices that organizations set themselves. None is ever changed.

use crate::connection::{Conn, WriteTx};
use crate::error::{Error, Result};
use crate::sql;
use domain::price::{OwnPrice, Tier};
use domain::usage::Bucket;
use domain::{OrganizationId, PriceId, ProviderId, Timestamp, UserId};
use sea_orm::{DbErr, FromQueryResult};
use std::collections::BTreeMap;

/// An own price as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceRecord {
    /// The price itself.
    pub price: OwnPrice,
    /// Who set it; empty where that account is gone.
    pub by: String,
}

/// A price to store.
#[derive(Clone, Copy, Debug)]
pub struct NewPrice<'a> {
    /// Whose model.
    pub provider: ProviderId,
    /// Which, or a pattern.
    pub model: &'a str,
    /// From when on.
    pub from: Timestamp,
    /// Pico-dollars of one; `None` ends the price before.
    pub rates: Option<&'a BTreeMap<Bucket, u64>>,
    /// Who sets it.
    pub by: UserId,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    provider_id: i64,
    model: String,
    valid_from: i64,
    rates: Option<String>,
    set_by_name: String,
}

fn record(row: Row) -> Result<PriceRecord> {
    let rates = row.rates.as_deref().map(serde_json::from_str).transpose();
    let rates: Option<BTreeMap<Bucket, u64>> =
        rates.map_err(|error| Error::from(DbErr::Custom(format!("own_price.rates: {error}"))))?;
    let tier = |rates| Tier {
        from_input_tokens: 0,
        rates,
    };
    Ok(PriceRecord {
        price: OwnPrice {
            id: PriceId(row.id),
            provider: ProviderId(row.provider_id),
            model: row.model,
            from: Timestamp(row.valid_from),
            tiers: rates.map(tier).into_iter().collect(),
        },
        by: row.set_by_name,
    })
}

/// Every price of an organization, in the order in which they were set.
pub async fn list(conn: &impl Conn, organization: OrganizationId) -> Result<Vec<PriceRecord>> {
    let rows: Vec<Row> = sql::rows(
        conn,
        "SELECT p.id, p.provider_id, p.model, p.valid_from, p.rates, coalesce(nullif(u.name, ''), u.email, '') AS set_by_name \
         FROM own_price p LEFT JOIN app_user u ON u.id = p.set_by WHERE p.organization_id = ? ORDER BY p.id",
        vec![organization.0.into()],
    )
    .await?;
    rows.into_iter().map(record).collect()
}

/// Sets a price.
pub async fn insert(
    tx: &WriteTx,
    organization: OrganizationId,
    new: NewPrice<'_>,
    now: Timestamp,
) -> Result<PriceId> {
    #[derive(FromQueryResult)]
    struct Made {
        id: i64,
    }
    let rates = new.rates.map(serde_json::to_string).transpose();
    let rates = rates.map_err(|error| DbErr::Custom(error.to_string()))?;
    let made: Vec<Made> = sql::rows(
        tx,
        "INSERT INTO own_price (organization_id, provider_id, model, valid_from, rates, set_by, set_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
        vec![
            organization.0.into(),
            new.provider.0.into(),
            new.model.into(),
            new.from.0.into(),
            rates.into(),
            new.by.0.into(),
            now.0.into(),
        ],
    )
    .await?;
    made.first()
        .map(|made| PriceId(made.id))
        .ok_or_else(|| DbErr::RecordNotInserted.into())
}
