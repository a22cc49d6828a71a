//! `cost.json` over sockets: what each answer is accounted for as. What that costs by the prices of a case is shown where
//! answers are measured; a client that goes away, among the tests of endings.

use crate::upstream::{Step, Upstream, events, whole};
use crate::world::World;
use domain::cases;
use domain::cases::cost::{Case, End};
use domain::provider::ProviderInput;
use domain::usage::{Bucket, Dialect};
use serde_json::json;
use std::collections::BTreeMap;

fn steps(case: &Case) -> Vec<Step> {
    if let Some(answer) = &case.answer {
        return whole(
            case.status.unwrap_or(200),
            "application/json",
            &answer.to_string(),
        );
    }
    let mut steps = vec![events()];
    for event in case.events.iter().flatten() {
        let data = event.as_str().map_or_else(|| event.to_string(), str::to_owned);
        steps.push(Step::Piece(format!("data: {data}\n\n").into_bytes()));
    }
    steps.push(if case.end == Some(End::Broken) {
        Step::Close
    } else {
        Step::End
    });
    steps
}

fn path(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Chat | Dialect::Gemini => "/v1/chat/completions",
        Dialect::Embeddings => "/v1/embeddings",
        Dialect::Responses => "/v1/responses",
        Dialect::Messages => "/v1/messages",
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_of_cost_over_sockets() {
    let world = World::new().await;
    let (mut asked, mut wrong) = (Vec::new(), Vec::new());
    for (id, case) in cases::each::<Case>() {
        if case.end == Some(End::ClientGone) {
            continue;
        }
        let script = steps(&case);
        let upstream = Upstream::serve(move |_| script.clone()).await;
        let input = ProviderInput {
            name: world.fresh(),
            slug: String::new(),
            api_type: case.provider_type,
            base_url: format!("{}/v1", upstream.url),
            api_version: String::new(),
            models: vec!["m".to_owned()],
            description: String::new(),
            credential: Some("sk-upstream-secret".to_owned()),
        };
        let made = world
            .services
            .create_provider(&world.owner, &input, &world.fresh())
            .await;
        let provider = made.unwrap().id;
        let person = world.person(&[provider]).await;
        let mut body = case.request.clone().unwrap_or_else(|| json!({}));
        body["model"] = "m".into();
        body["stream"] = case.events.is_some().into();
        let answer = world.post(path(case.dialect.dialect()), &person.key, &body).await;
        // Whether it broke off is for the client to say.
        let _ = answer.bytes().await;
        asked.push((id, case, provider));
    }
    world.services.flush_usage().await;
    for (id, case, provider) in asked {
        let rows = store::testing::usage_of(&world.store, provider).await.unwrap();
        let mut wanted: BTreeMap<Bucket, u64> = case.expect.buckets;
        wanted.retain(|_, count| *count > 0);
        if rows != [(case.expect.usage_source.to_string(), wanted)] {
            wrong.push(format!("{id}: {rows:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
