//! Every request is accounted for.

use crate::upstream::{Step, Upstream, delta, events, finish, json};
use crate::world::World;
use domain::provider::ApiType;
use domain::usage::UsageSum;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_tokens_and_last_use_are_kept() {
    let upstream = Upstream::start(&["m"], |request| {
        if request.json()["stream"] == true {
            let mut steps: Vec<Step> = vec![events(), delta("Hi")];
            steps.extend(finish());
            steps
        } else {
            json(r#"{"usage":{"prompt_tokens":6,"completion_tokens":4},"choices":[]}"#)
        }
    })
    .await;
    let world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    let ask = async |body: serde_json::Value| {
        let answer = world.post("/v1/chat/completions", &person.key, &body).await;
        answer.text().await.unwrap()
    };
    ask(json!({ "model": "m" })).await;
    ask(json!({ "model": "m", "stream": true })).await;
    ask(json!({ "model": "nothing" })).await;
    world.services.flush_usage().await;
    let usage = world
        .services
        .keys(&world.owner, person.actor.member)
        .await
        .unwrap()
        .usage;
    let [(key, sum)] = usage.keys[..] else {
        panic!("{usage:?}")
    };
    let listed = world
        .services
        .keys(&person.actor, person.actor.member)
        .await
        .unwrap()
        .keys;
    assert_eq!(
        (listed[0].id, listed[0].last_used_at),
        (key, Some(world.services.now()))
    );
    let expected = UsageSum {
        requests: 3,
        refused: 1,
        tokens_in: 17,
        tokens_out: 9,
    };
    assert_eq!(sum, expected);
    assert_eq!(usage.total(), expected);
    let health = &world.services.providers(&world.owner).await.unwrap()[0].health;
    assert_eq!(health.last_success_at, Some(world.services.now()));
    assert!(!health.is_failing());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_cached_costs_less_and_what_has_no_price_is_not_free() {
    let upstream = Upstream::start(&["gpt-4o", "own"], |_| {
        json(
            r#"{"choices":[],"usage":{"prompt_tokens":2006,"completion_tokens":300,"prompt_tokens_details":{"cached_tokens":1920}}}"#,
        )
    })
    .await;
    let world = World::new().await;
    let url = format!("{}/v1", upstream.url);
    let provider = world.provider("OpenAI", ApiType::OpenAi, &url).await;
    let person = world.person(&[provider.id]).await;
    for model in ["gpt-4o", "openai/gpt-4o", "own", "nothing"] {
        let asked = json!({ "model": model });
        world.post("/v1/chat/completions", &person.key, &asked).await;
    }
    world.services.flush_usage().await;
    // The case chat-cached-inside-prompt, twice; and one whose price nobody knows.
    let spent = store::testing::spent(&world.store).await.unwrap();
    assert_eq!(spent, (2 * 5_615_000, 1));
    assert_eq!(
        store::testing::usage_sums_that_differ(&world.store)
            .await
            .unwrap(),
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_floods_is_counted_and_not_a_row_for_each_request() {
    let world = World::new().await;
    let person = world.person(&[]).await;
    for n in 0..300 {
        let asked = json!({ "model": format!("nothing-{n}") });
        let answer = world.post("/v1/chat/completions", &person.key, &asked).await;
        assert_eq!(answer.status(), 404);
    }
    world.services.flush_usage().await;
    let usage = world
        .services
        .keys(&person.actor, person.actor.member)
        .await
        .unwrap()
        .usage;
    assert_eq!((usage.total().requests, usage.total().refused), (300, 300));
    assert_eq!(store::testing::usage_rows(&world.store).await.unwrap(), 21);
}
