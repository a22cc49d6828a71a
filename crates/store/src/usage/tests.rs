//! That SQLite reads a provider's requests by their index, with and without numbers about the table.

use super::*;
use crate::Store;

use crate::testing::{NOW, TestDatabase};

#[derive(FromQueryResult)]
struct Step {
    detail: String,
}

const HERE: OrganizationId = OrganizationId(1);
const WANTED: &str = "SEARCH usage_event USING INDEX usage_event_provider (organization_id=? AND provider_id=? AND started_at>?)";

async fn check(tx: &WriteTx, when: &str) {
    let (provider, members) = (ProviderId(1), [MemberId(1), MemberId(2)]);
    for query in [
        by_day_query(HERE, Of::Provider(provider), NOW),
        last_used_query(HERE, provider, &members, NOW, false),
    ] {
        let explain = format!("EXPLAIN QUERY PLAN {}", query.text);
        let steps: Vec<Step> = sql::rows(tx, &explain, query.values).await.expect("a plan");
        let plan: Vec<_> = steps.into_iter().map(|step| step.detail).collect();
        assert!(
            plan.iter().any(|line| line == WANTED),
            "{when}, {}\n{plan:#?}",
            query.text
        );
    }
}

#[tokio::test]
async fn a_providers_requests_are_found_by_their_index() {
    let test = TestDatabase::embedded();
    let store = Store::open(&test.database).await.expect("a store");
    let tx = store.write().await.expect("a change");
    check(&tx, "empty").await;
    let events: Vec<_> = (0..300)
        .map(|n| UsageEvent {
            organization: HERE,
            member: MemberId(n % 7),
            key: None,
            provider: (n % 3 > 0).then_some(ProviderId(n % 3)),
            provider_slug: String::new(),
            model: String::new(),
            provider_model: String::new(),
            request_id: None,
            attempt: 1,
            endpoint: "chat",
            status: 200,
            code: None,
            provider_problem: None,
            started_at: NOW.plus(n),
            latency_ms: 1,
            first_token_ms: None,
            measured: Measured::NOTHING,
            charge: Charge::default(),
            requests: 1,
            budgets: Vec::new(),
        })
        .collect();
    let batch = BatchId { at: NOW, nonce: 1 };
    insert(&tx, batch, &events).await.expect("written");
    sql::execute(&tx, "ANALYZE", Vec::new()).await.expect("numbers");
    check(&tx, "with numbers").await;
}
