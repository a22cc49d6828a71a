//! A key's own limits, its end, and its rotation.

use crate::upstream::{Upstream, json};
use crate::world::{NOW, World, code};
use domain::key::{Grace, KeyInput};
use domain::{KeyId, Timestamp};
use serde_json::json;

async fn key_id(world: &World, actor: &services::Actor) -> KeyId {
    world.services.keys(actor, actor.member).await.unwrap().keys[0].id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_per_minute_are_counted() {
    let upstream = Upstream::start(&["m"], |_| json("{}")).await;
    let world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    let input = KeyInput {
        requests_per_minute: Some(3),
        ..KeyInput::default()
    };
    let key = world.key(&person.actor, input).await;
    let ask = async || {
        world
            .post("/v1/chat/completions", &key, &json!({ "model": "m" }))
            .await
    };
    for left in ["2", "1", "0"] {
        let got = ask().await;
        assert_eq!(got.status(), 200);
        assert_eq!(got.headers()["x-ratelimit-limit-requests"], "3");
        assert_eq!(got.headers()["x-ratelimit-remaining-requests"], left);
    }
    let got = ask().await;
    assert_eq!(got.headers()["retry-after"], "20");
    assert_eq!(code(got).await, (429, "requests_per_minute".into()));
    world.clock.set(NOW.plus(19_000));
    assert_eq!(ask().await.status(), 429);
    world.clock.set(NOW.plus(20_000));
    assert_eq!(ask().await.status(), 200);
    assert_eq!(ask().await.status(), 429);
    let other = world
        .post("/v1/chat/completions", &person.key, &json!({ "model": "m" }))
        .await;
    assert_eq!(other.status(), 200, "another key has its own");
    assert!(!other.headers().contains_key("x-ratelimit-limit-requests"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_set_back_does_not_shut_a_key_out() {
    let upstream = Upstream::start(&["m"], |_| json("{}")).await;
    let world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    let input = KeyInput {
        requests_per_minute: Some(1),
        ..KeyInput::default()
    };
    let key = world.key(&person.actor, input).await;
    let ask = async || {
        let answer = world
            .post("/v1/chat/completions", &key, &json!({ "model": "m" }))
            .await;
        answer.status()
    };
    assert_eq!(ask().await, 200);
    let back = NOW.plus(-Timestamp::HOUR);
    world.clock.set(back);
    assert_eq!(ask().await, 429);
    world.clock.set(back.plus(Timestamp::MINUTE));
    assert_eq!(ask().await, 200, "a minute later at the latest, as always");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_per_day_are_counted_also_after_a_restart() {
    let upstream = Upstream::start(&["m"], |_| {
        json(r#"{"usage":{"prompt_tokens":6,"completion_tokens":4}}"#)
    })
    .await;
    let world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    let input = KeyInput {
        tokens_per_day: Some(20),
        ..KeyInput::default()
    };
    let key = world.key(&person.actor, input).await;
    let ask = async || {
        world
            .post("/v1/chat/completions", &key, &json!({ "model": "m" }))
            .await
    };
    assert_eq!(ask().await.status(), 200);
    assert_eq!(ask().await.status(), 200);
    let got = ask().await;
    // NOW is noon.
    assert_eq!(got.headers()["retry-after"], "43200");
    assert_eq!(code(got).await, (429, "tokens_per_day".into()));
    world.services.flush_usage().await;
    // Another engine counts from what is written.
    let engine = gateway::Engine::new(world.services.clone(), gateway::Limits::default()).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/chat/completions", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        axum::serve(listener, gateway::router(engine, gateway::Origins::default())).await
    });
    let got = world
        .http
        .post(url)
        .bearer_auth(&key)
        .body(r#"{"model":"m"}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(got.status(), 429);
    server.abort();
    world.clock.set(NOW.plus(Timestamp::DAY / 2));
    assert_eq!(ask().await.status(), 200, "a new day");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotated_key_lives_as_long_as_its_grace() {
    let upstream = Upstream::start(&["m"], |_| json("{}")).await;
    let world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    let id = key_id(&world, &person.actor).await;
    let ask = async |key: &str| {
        world
            .post("/v1/chat/completions", key, &json!({ "model": "m" }))
            .await
    };

    let second = world
        .services
        .rotate_key(&person.actor, id, Grace::Hour, "one")
        .await
        .unwrap()
        .secret;
    assert_eq!(ask(&person.key).await.status(), 200);
    assert_eq!(ask(&second).await.status(), 200);
    world.clock.set(NOW.plus(Timestamp::HOUR));
    assert_eq!(code(ask(&person.key).await).await, (401, "key_expired".into()));
    assert_eq!(ask(&second).await.status(), 200);

    let third = world
        .services
        .rotate_key(&person.actor, id, Grace::None, "two")
        .await
        .unwrap()
        .secret;
    assert_eq!(ask(&second).await.status(), 401);
    assert_eq!(ask(&third).await.status(), 200);
    world.services.revoke_key(&person.actor, id).await.unwrap();
    assert_eq!(code(ask(&third).await).await, (401, "key_revoked".into()));
}
