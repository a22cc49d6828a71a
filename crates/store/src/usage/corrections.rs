//! What past requests cost after all: rows beside theirs, of which the latest counts.

use super::sums::{self, column};
use crate::connection::{Conn, WriteTx};
use crate::error::{Result, known};
use crate::sql::{self, Sql};
use domain::usage::{Bucket, Buckets, Measured};
use domain::{KeyId, MemberId, OrganizationId, ProviderId, Timestamp};
use sea_orm::{DbErr, FromQueryResult, QueryResult};

/// Requests, called `u`, each with its latest correction, called `c`.
pub(crate) const CORRECTED: &str = "usage_event u LEFT JOIN usage_correction c ON c.id = \
    (SELECT max(x.id) FROM usage_correction x WHERE x.usage_event_id = u.id)";
/// The price that counts of those.
pub(crate) const PRICE: &str = "CASE WHEN c.id IS NULL THEN u.price ELSE c.price END";
/// The cost that counts of those.
pub(crate) const COST: &str = "CASE WHEN c.id IS NULL THEN u.cost_nano ELSE c.cost_nano END";

/// Rows that one statement writes.
const ROWS_AT_ONCE: usize = 512;

/// A request that cost something, or nobody knows what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedRow {
    /// Which.
    pub id: i64,
    /// When it came in.
    pub at: Timestamp,
    /// Who made it.
    pub member: MemberId,
    /// With which key; `None` is in Chat.
    pub key: Option<KeyId>,
    /// Who was asked.
    pub provider: ProviderId,
    /// The slug of that provider.
    pub provider_slug: String,
    /// The provider's name for the model.
    pub model: String,
    /// What it used.
    pub measured: Measured,
    /// Requests that it stands for.
    pub requests: u32,
    /// The price that counts now.
    pub price: Option<String>,
    /// Nano-dollars that count now; `None` when nobody knows.
    pub cost: Option<i64>,
}

/// What one of them costs after all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The request as it counts until then.
    pub row: PricedRow,
    /// The price.
    pub price: Option<String>,
    /// Nano-dollars; `None` when nobody knows.
    pub cost: Option<i64>,
}

/// Which requests are meant.
#[derive(Clone, Debug)]
pub struct Span<'a> {
    /// Where.
    pub organization: OrganizationId,
    /// Who was asked.
    pub provider: ProviderId,
    /// The provider's name for the model; `None` is any.
    pub model: Option<&'a str>,
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// No request that was written after this one.
    pub up_to: i64,
}

struct Row(PricedRow);

impl FromQueryResult for Row {
    fn from_query_result(row: &QueryResult, _prefix: &str) -> std::result::Result<Self, DbErr> {
        let number = |name: &str| row.try_get::<i64>("", name);
        let mut buckets = Buckets::default();
        for bucket in Bucket::ALL {
            let used = number(column(*bucket))?;
            buckets.add(*bucket, u128::try_from(used).unwrap_or(0));
        }
        let source = known(
            "usage_event.usage_source",
            &row.try_get::<String>("", "usage_source")?,
        )
        .map_err(|error| DbErr::Custom(error.to_string()))?;
        Ok(Self(PricedRow {
            id: number("id")?,
            at: Timestamp(number("started_at")?),
            member: MemberId(number("member_id")?),
            key: row.try_get::<Option<i64>>("", "key_id")?.map(KeyId),
            provider: ProviderId(number("provider_id")?),
            provider_slug: row.try_get("", "provider_slug")?,
            model: row.try_get("", "provider_model")?,
            measured: Measured {
                source,
                buckets,
                service_tier: row.try_get("", "service_tier")?,
            },
            requests: u32::try_from(number("requests")?).unwrap_or(u32::MAX),
            price: row.try_get("", "price")?,
            cost: row.try_get("", "cost_nano")?,
        }))
    }
}

impl Span<'_> {
    fn narrow(&self, query: &mut Sql) {
        query
            .push(" WHERE u.organization_id = ")
            .bind(self.organization.0)
            .push(" AND u.provider_id = ")
            .bind(self.provider.0)
            .push(" AND u.started_at >= ")
            .bind(self.from.0)
            .push(" AND u.started_at < ")
            .bind(self.until.0)
            .push(" AND u.id <= ")
            .bind(self.up_to)
            // What failed costs nothing, and of what is older than prices the provider's name is not known.
            .push(" AND u.usage_source <> 'none' AND u.provider_model <> ''");
        if let Some(model) = self.model {
            query
                .push(" AND u.provider_model = ")
                // PostgreSQL takes no NUL, and nothing is stored with one.
                .bind(model.replace('\0', "\u{FFFD}"));
        }
    }

    /// How many requests there are, counted no further than `most`.
    pub async fn count(&self, conn: &impl Conn, most: u32) -> Result<u32> {
        let mut query = Sql::default();
        query.push("SELECT count(*) FROM (SELECT 1 AS one FROM usage_event u");
        self.narrow(&mut query);
        query.push(" LIMIT ").bind(i64::from(most)).push(") counted");
        sql::number_of(conn, &query.text, query.values).await
    }

    /// The next requests after one, by time; at most so many.
    pub async fn rows(
        &self,
        conn: &impl Conn,
        after: Option<&PricedRow>,
        most: u32,
    ) -> Result<Vec<PricedRow>> {
        let buckets: Vec<String> = Bucket::ALL
            .iter()
            .map(|bucket| format!("u.{}", column(*bucket)))
            .collect();
        let mut query = Sql::default();
        query.push(&format!(
            "SELECT u.id, u.started_at, u.member_id, u.key_id, u.provider_id, u.provider_slug, u.provider_model, u.usage_source, \
             u.service_tier, u.requests, {PRICE} AS price, {COST} AS cost_nano, {} FROM {CORRECTED}",
            buckets.join(", ")
        ));
        self.narrow(&mut query);
        if let Some(row) = after {
            query
                .push(" AND (u.started_at, u.id) > ")
                .list([row.at.0, row.id]);
        }
        query
            .push(" ORDER BY u.started_at, u.id LIMIT ")
            .bind(i64::from(most));
        let rows: Vec<Row> = sql::rows(conn, &query.text, query.values).await?;
        Ok(rows.into_iter().map(|Row(row)| row).collect())
    }
}

/// The request that was written last, in any organization.
pub async fn latest(conn: &impl Conn) -> Result<i64> {
    #[derive(FromQueryResult)]
    struct Latest {
        id: i64,
    }
    let query = "SELECT coalesce(max(id), 0) AS id FROM usage_event";
    let rows: Vec<Latest> = sql::rows(conn, query, Vec::new()).await?;
    Ok(rows.first().map_or(0, |latest| latest.id))
}

/// Writes what requests cost after all, and takes it over into the sums.
pub async fn write(
    tx: &WriteTx,
    organization: OrganizationId,
    now: Timestamp,
    corrections: &[Correction],
) -> Result<()> {
    for some in corrections.chunks(ROWS_AT_ONCE) {
        let mut query = Sql::default();
        query.push(
            "INSERT INTO usage_correction (organization_id, usage_event_id, at, price, cost_nano) VALUES ",
        );
        for (index, correction) in some.iter().enumerate() {
            query
                .push(if index == 0 { "" } else { ", " })
                .list::<sea_orm::Value>([
                    organization.0.into(),
                    correction.row.id.into(),
                    now.0.into(),
                    correction.price.as_deref().into(),
                    correction.cost.into(),
                ]);
        }
        sql::execute(tx, &query.text, query.values).await?;
    }
    sums::correct(tx, organization, corrections).await
}
