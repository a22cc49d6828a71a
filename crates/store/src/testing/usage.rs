//! Usage as tests look at it.

use crate::usage::corrections::{CORRECTED, COST};
use domain::ProviderId;
use domain::usage::Bucket;
use sea_orm::FromQueryResult;
use std::collections::BTreeMap;

/// Rows of usage, however many requests each stands for.
pub async fn usage_rows(store: &crate::Store) -> crate::Result<u32> {
    let tx = store.read().await?;
    crate::sql::number_of(&tx, "SELECT count(*) FROM usage_event", Vec::new()).await
}

/// Sums of usage by day that are not the sums of the requests, or not those of the hours.
pub async fn usage_sums_that_differ(store: &crate::Store) -> crate::Result<u32> {
    let kept = [
        "requests",
        "refused",
        "answered",
        "input_text",
        "cache_read",
        "cache_write_5m",
        "cache_write_1h",
        "input_audio",
        "input_image",
        "output_text",
        "output_reasoning",
        "output_audio",
        "output_image",
        "web_searches",
        "cost_nano",
        "unpriced",
        "unpriced_tokens",
    ];
    let sums = kept
        .map(|column| format!("CAST(sum({column}) AS bigint)"))
        .join(", ");
    let by = "1, 2, 3, 4, 5, 6, 7";
    let key = "organization_id, member_id, key_id, provider_id, model, source";
    let requests = format!(
        "SELECT organization_id, member_id, coalesce(key_id, 0) AS key_id, coalesce(provider_id, 0) AS provider_id, \
        CASE WHEN usage_source = 'none' THEN '' ELSE provider_model END AS model, usage_source AS source, started_at AS at, \
        requests, CASE WHEN code IS NULL THEN 0 ELSE requests END AS refused, answered, input_text, cache_read, \
        cache_write_5m, cache_write_1h, input_audio, input_image, output_text, output_reasoning, output_audio, output_image, \
        web_searches, coalesce(cost, 0) AS cost_nano, CASE WHEN cost IS NULL THEN requests ELSE 0 END AS unpriced, \
        CASE WHEN cost IS NULL THEN input_text + cache_read + cache_write_5m + cache_write_1h + input_audio + input_image \
        + output_text + output_reasoning + output_audio + output_image ELSE 0 END AS unpriced_tokens \
        FROM (SELECT u.*, {COST} AS cost FROM {CORRECTED}) AS corrected"
    );
    let days = |of: &str| {
        format!("SELECT {key}, at / 86400000 * 86400000, {sums} FROM {of} AS summed GROUP BY {by}")
    };
    let (requests, hours, day) = (
        days(&format!("({requests})")),
        days("usage_hour"),
        days("usage_day"),
    );
    let pairs = [
        (&requests, &day),
        (&day, &requests),
        (&hours, &day),
        (&day, &hours),
    ];
    let tx = store.read().await?;
    let mut differ = 0;
    for (one, other) in pairs {
        let query = format!("SELECT count(*) FROM ({one} EXCEPT {other}) AS found");
        differ += crate::sql::number_of(&tx, &query, Vec::new()).await?;
    }
    Ok(differ)
}

#[derive(FromQueryResult)]
struct SpentRow {
    cost_nano: i64,
    unpriced: i64,
}

/// What all requests cost together by the sums of the days, and how many of them have no price.
pub async fn spent(store: &crate::Store) -> crate::Result<(i64, i64)> {
    let tx = store.read().await?;
    let query = "SELECT CAST(coalesce(sum(cost_nano), 0) AS bigint) AS cost_nano, \
        CAST(coalesce(sum(unpriced), 0) AS bigint) AS unpriced FROM usage_day";
    let rows: Vec<SpentRow> = crate::sql::rows(&tx, query, Vec::new()).await?;
    Ok(rows.first().map_or((0, 0), |row| (row.cost_nano, row.unpriced)))
}

#[derive(FromQueryResult)]
struct UsedRow {
    id: i64,
    source: String,
    bucket: String,
    used: i64,
}

/// What requests to a provider used, in the order in which they were written: whose numbers they are, and the buckets in
/// which there is something.
pub async fn usage_of(
    store: &crate::Store,
    provider: ProviderId,
) -> crate::Result<Vec<(String, BTreeMap<Bucket, u64>)>> {
    let tx = store.read().await?;
    let each: Vec<String> = Bucket::ALL
        .iter()
        .map(|bucket| {
            let column = crate::usage::column(*bucket);
            format!("SELECT id, usage_source AS source, '{bucket}' AS bucket, {column} AS used FROM usage_event WHERE provider_id = {}", provider.0)
        })
        .collect();
    let query = format!("{} ORDER BY 1", each.join(" UNION ALL "));
    let rows: Vec<UsedRow> = crate::sql::rows(&tx, &query, Vec::new()).await?;
    let mut requests: BTreeMap<i64, (String, BTreeMap<Bucket, u64>)> = BTreeMap::new();
    for row in rows {
        let request = requests
            .entry(row.id)
            .or_insert_with(|| (row.source, BTreeMap::new()));
        if let (Ok(bucket), Ok(used @ 1..)) = (row.bucket.parse(), u64::try_from(row.used)) {
            request.1.insert(bucket, used);
        }
    }
    Ok(requests.into_values().collect())
}
