//! Requests as they were written, the newest first.

use super::corrections::{CORRECTED, COST, PRICE};
use super::sums::column;
use super::whose::Whose;
use crate::connection::Conn;
use crate::error::{Result, known};
use crate::sql::{self, Sql};
use domain::request_log::{CorrectionView, RequestEnd, RequestPlace, RequestQuery, RequestRow};
use domain::usage::Bucket;
use domain::{KeyId, MemberId, OrganizationId, Timestamp};
use sea_orm::{DbErr, FromQueryResult, QueryResult};

struct Row(RequestRow);

impl FromQueryResult for Row {
    fn from_query_result(row: &QueryResult, _prefix: &str) -> std::result::Result<Self, DbErr> {
        let number = |name: &str| row.try_get::<i64>("", name);
        let count = |name: &str| number(name).map(|n| u64::try_from(n).unwrap_or(0));
        let small = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        let text = |name: &str| row.try_get::<String>("", name);
        let perhaps = |name: &str| row.try_get::<Option<String>>("", name);
        let mut buckets = Vec::new();
        for bucket in Bucket::ALL {
            match count(column(*bucket))? {
                0 => {}
                used => buckets.push((*bucket, used)),
            }
        }
        let source = known("usage_event.usage_source", &text("usage_source")?)
            .map_err(|error| DbErr::Custom(error.to_string()))?;
        Ok(Self(RequestRow {
            place: RequestPlace {
                at: Timestamp(number("started_at")?),
                id: number("id")?,
            },
            member: MemberId(number("member_id")?),
            member_name: text("member_name")?,
            key_id: row.try_get::<Option<i64>>("", "key_id")?.map(KeyId),
            key: perhaps("key_name")?,
            provider: text("provider_slug")?,
            model: text("model")?,
            provider_model: text("provider_model")?,
            endpoint: text("endpoint")?,
            status: u16::try_from(number("status")?).unwrap_or(0),
            code: perhaps("code")?,
            latency_ms: small(number("latency_ms")?),
            first_token_ms: row.try_get::<Option<i64>>("", "first_token_ms")?.map(small),
            request_id: perhaps("request_id")?,
            service_tier: perhaps("service_tier")?,
            attempt: small(number("attempt")?),
            requests: count("requests")?,
            source,
            buckets,
            price: perhaps("price")?,
            cost: row.try_get("", "cost_nano")?,
            corrected: match row.try_get::<Option<i64>>("", "corrected_at")? {
                Some(at) => Some(CorrectionView {
                    at: Timestamp(at),
                    cost: row.try_get("", "charged_nano")?,
                }),
                None => None,
            },
        }))
    }
}

fn select(organization: OrganizationId, whose: Whose) -> Sql {
    let buckets: Vec<String> = Bucket::ALL
        .iter()
        .map(|bucket| format!("u.{}", column(*bucket)))
        .collect();
    let mut query = Sql::default();
    query
        .push(
            "SELECT u.id, u.started_at, u.member_id, u.key_id, CASE WHEN m.name <> '' THEN m.name ELSE coalesce(m.email, '') END \
             AS member_name, CASE WHEN u.key_id IS NOT NULL THEN coalesce(k.name, 'Deleted key') END AS key_name, \
             u.provider_slug, u.model, u.provider_model, u.endpoint, u.status, u.code, u.latency_ms, u.first_token_ms, \
             u.request_id, u.service_tier, u.attempt, u.requests, u.usage_source, u.cost_nano AS charged_nano, \
             c.at AS corrected_at, ",
        )
        .push(&format!("{PRICE} AS price, {COST} AS cost_nano, {} FROM {CORRECTED}", buckets.join(", ")))
        .push(
            " LEFT JOIN member m ON m.id = u.member_id AND m.organization_id = u.organization_id \
             LEFT JOIN virtual_key k ON k.id = u.key_id AND k.organization_id = u.organization_id \
             WHERE u.organization_id = ",
        )
        .bind(organization.0);
    whose.narrow(organization, &mut query);
    query
}

fn page_query(
    organization: OrganizationId,
    whose: Whose,
    filter: &RequestQuery,
    until: Option<Timestamp>,
    most: u32,
) -> Sql {
    let mut query = select(organization, whose);
    let ids = [
        ("member_id", filter.member.map(|id| id.0)),
        ("provider_id", filter.provider.map(|id| id.0)),
        ("key_id", filter.key.map(|id| id.0).filter(|id| *id != 0)),
    ];
    for (column, id) in ids {
        if let Some(id) = id {
            query.push(" AND u.").push(column).push(" = ").bind(id);
        }
    }
    if filter.key.is_some_and(|key| key.0 == 0) {
        query.push(" AND u.key_id IS NULL");
    }
    if !filter.model.is_empty() {
        // PostgreSQL takes no NUL, and nothing is stored with one.
        let model = filter.model.replace('\0', "\u{FFFD}");
        query
            .push(" AND (u.model = ")
            .bind(model.as_str())
            .push(" OR u.provider_model = ")
            .bind(model.as_str())
            .push(")");
    }
    match filter.end {
        Some(RequestEnd::Answered) => query.push(" AND u.code IS NULL"),
        Some(RequestEnd::Failed) => query.push(" AND u.code IS NOT NULL"),
        None => &mut query,
    };
    if let Some(until) = until {
        query.push(" AND u.started_at < ").bind(until.0);
    }
    if let Some(place) = filter.before {
        query
            .push(" AND u.started_at <= ")
            .bind(place.at.0)
            .push(" AND (u.started_at, u.id) < (")
            .bind(place.at.0)
            .push(", ")
            .bind(place.id)
            .push(")");
    }
    query
        .push(" ORDER BY u.started_at DESC, u.id DESC LIMIT ")
        .bind(i64::from(most));
    query
}

/// The newest requests that a query lets through, at most so many. `until` is the end of its last day.
pub async fn page(
    conn: &impl Conn,
    organization: OrganizationId,
    whose: Whose,
    filter: &RequestQuery,
    until: Option<Timestamp>,
    most: u32,
) -> Result<Vec<RequestRow>> {
    let query = page_query(organization, whose, filter, until, most);
    let rows: Vec<Row> = sql::rows(conn, &query.text, query.values).await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// One request.
pub async fn get(
    conn: &impl Conn,
    organization: OrganizationId,
    whose: Whose,
    id: i64,
) -> Result<Option<RequestRow>> {
    let mut query = select(organization, whose);
    query.push(" AND u.id = ").bind(id);
    let rows: Vec<Row> = sql::rows(conn, &query.text, query.values).await?;
    Ok(rows.into_iter().next().map(|row| row.0))
}
