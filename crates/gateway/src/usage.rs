//! `GET /v1/usage`: where the budgets of a key stand.

use crate::forward::Engine;
use crate::refusal::Refusal;
use crate::routes::{Place, caller};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response};
use axum::response::IntoResponse;
use domain::Timestamp;
use serde_json::{Value, json};
use services::{BudgetStanding, UsageUnknown};

/// Every budget that a request with this key can concern. **Permissions:** a key that works.
pub(crate) async fn get_usage(
    State(engine): State<Engine>,
    Path(place): Path<Place>,
    headers: HeaderMap,
) -> Result<Response<Body>, Refusal> {
    let (key, _) = caller(&engine, &headers, &place)?;
    let standings = engine.services.usage_of_key(key).await.map_err(unknown)?;
    let data: Vec<Value> = standings.iter().map(written).collect();
    Ok(axum::Json(json!({ "object": "list", "data": data })).into_response())
}

/// Amounts are decimals in text, as money must not pass through a reader's floating-point numbers.
fn written(standing: &BudgetStanding) -> Value {
    let budget = &standing.budget;
    let instant = |at: Option<Timestamp>| at.map(|at| at.rfc3339());
    json!({
        "object": "budget",
        "id": budget.id.0,
        "scope": budget.scope.kind(),
        "name": standing.of,
        "unit": budget.unit,
        "limit": standing.limit,
        "spent": standing.spent,
        "held": standing.held,
        "mode": budget.mode,
        "period": budget.periods.kind,
        "began_at": instant(standing.began_at),
        "renews_at": instant(standing.renews_at),
    })
}

fn unknown(why: UsageUnknown) -> Refusal {
    let error = match why {
        UsageUnknown::Refused(refused) => return Refusal::by_rule(refused, None),
        UsageUnknown::Unread(error) => error,
    };
    if error.is_internal() {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the budgets of a key could not be read"
        );
    }
    let problem = error.problem();
    Refusal {
        retry_after: problem.retry_after.map(u64::from),
        ..Refusal::new(503, "usage_unknown", problem.message)
    }
}
