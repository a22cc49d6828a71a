//! What reaches the provider and what comes back.

use crate::upstream::{Upstream, json, whole};
use crate::world::{ORG, World, code};
use domain::provider::ApiType;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_pass_through_byte_for_byte() {
    let answer = "{ \"id\":\"x\", \"n\" : 1.00000000000000000001,\n \"choices\":[],\"model\":\"theirs\",\"usage\":null }";
    let upstream = Upstream::start(&["a/b:c"], move |_| json(answer)).await;
    let world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    let sent = "{\"z\":12345678901234567890123, \"model\" :\"LAB/a/b:c\",\"x\":{\"model\":\"q\"},\"e\":\"\\u00e9\\/\",\"n\":null}";
    let got = world.send("/v1/chat/completions", &person.key, sent).await;
    assert_eq!(got.status(), 200);
    assert!(!got.headers().contains_key("set-cookie"));
    assert_eq!(got.text().await.unwrap(), answer);
    let received = upstream.posted().pop().unwrap();
    assert_eq!(received.path, "/v1/chat/completions");
    assert_eq!(
        String::from_utf8(received.body.clone()).unwrap(),
        sent.replace("\"LAB/a/b:c\"", "\"a/b:c\"")
    );
    assert_eq!(
        received.header("authorization"),
        Some("Bearer sk-upstream-secret")
    );
    assert!(
        !format!("{received:?}").contains(&person.key),
        "the key stays here"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_endpoint_has_its_own_path() {
    let upstream = Upstream::start(&["m"], |_| json("{}")).await;
    let world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    let body = json!({ "model": "m" });
    for path in ["chat/completions", "completions", "embeddings", "responses"] {
        for prefix in ["/v1".to_owned(), format!("/o/{ORG}/v1")] {
            let got = world.post(&format!("{prefix}/{path}"), &person.key, &body).await;
            assert_eq!(got.status(), 200, "{prefix}/{path}");
            assert_eq!(upstream.posted().pop().unwrap().path, format!("/v1/{path}"));
        }
    }
    let elsewhere = world.post("/o/another/v1/embeddings", &person.key, &body).await;
    assert_eq!(code(elsewhere).await, (404, "unknown_organization".into()));
    let anthropic = world.post("/v1/messages", &person.key, &body).await;
    assert_eq!(code(anthropic).await, (404, "not_anthropic".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anthropics_own_api_reaches_anthropic_only() {
    let upstream = Upstream::start(&["claude-x"], |_| {
        json(r#"{"type":"message","usage":{"input_tokens":3,"output_tokens":4}}"#)
    })
    .await;
    let world = World::new().await;
    let provider = world
        .provider("Anthropic", ApiType::Anthropic, &format!("{}/v1", upstream.url))
        .await;
    let person = world.person(&[provider.id]).await;
    // Its client sends the key in a header of its own.
    let got = world
        .http
        .post(format!("{}/v1/messages", world.url))
        .header("x-api-key", &person.key)
        .header("anthropic-version", "2023-06-01")
        .header("anthropic-beta", "tools")
        .body(r#"{"model":"anthropic/claude-x","max_tokens":5}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(got.status(), 200);
    let received = upstream.posted().pop().unwrap();
    assert_eq!(received.path, "/v1/messages");
    assert_eq!(received.header("x-api-key"), Some("sk-upstream-secret"));
    assert_eq!(received.header("anthropic-beta"), Some("tools"));
    assert_eq!(received.json()["model"], "claude-x");
    world.services.flush_usage().await;
    let usage = world
        .services
        .keys(&person.actor, person.actor.member)
        .await
        .unwrap()
        .usage;
    assert_eq!((usage.total().tokens_in, usage.total().tokens_out), (3, 4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn models_are_those_that_can_be_used() {
    let one = Upstream::start(&["shared", "org/deep:1b", "solo"], |_| json("{}")).await;
    let two = Upstream::start(&["shared"], |_| json("{}")).await;
    let three = Upstream::start(&["hidden"], |_| json("{}")).await;
    let world = World::new().await;
    let lab = world.before(&one).await;
    let hall = world.provider("Hall", ApiType::OpenAiCompatible, &two.url).await;
    world
        .provider("Vault", ApiType::OpenAiCompatible, &three.url)
        .await;
    let person = world.person(&[lab.id, hall.id]).await;
    let list: Value = world.get("/v1/models", &person.key).await.json().await.unwrap();
    let ids: Vec<_> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids,
        [
            "hall/shared",
            "lab/org/deep:1b",
            "lab/shared",
            "lab/solo",
            "org/deep:1b",
            "solo"
        ]
    );
    assert_eq!(list["object"], "list");
    for id in &ids {
        let one: Value = world
            .get(&format!("/v1/models/{id}"), &person.key)
            .await
            .json()
            .await
            .unwrap();
        assert_eq!((&one["id"], &one["object"]), (&json!(id), &json!("model")));
        let sent = world
            .post("/v1/chat/completions", &person.key, &json!({ "model": id }))
            .await;
        assert_eq!(sent.status(), 200, "{id}");
    }
    let encoded = world.get("/v1/models/lab%2Forg%2Fdeep%3A1b", &person.key).await;
    assert_eq!(encoded.status(), 200);
    for (id, status, reason) in [
        ("shared", 400, "ambiguous_model"),
        ("hidden", 403, "provider_not_allowed"),
        ("vault/hidden", 403, "provider_not_allowed"),
        ("lab/none", 404, "unknown_model"),
        ("none", 404, "unknown_model"),
    ] {
        let got = world.get(&format!("/v1/models/{id}"), &person.key).await;
        assert_eq!(code(got).await, (status, reason.into()), "{id}");
        let got = world
            .post("/v1/chat/completions", &person.key, &json!({ "model": id }))
            .await;
        assert_eq!(code(got).await, (status, reason.into()), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_providers_own_refusals_are_told() {
    let words = r#"{"error":{"message":"max_tokens is too large","type":"invalid_request_error","param":"max_tokens","code":null}}"#;
    let upstream = Upstream::start(&["m"], move |request| {
        let status = u16::try_from(request.json()["status"].as_u64().unwrap()).unwrap();
        match request.json()["plain"] == true {
            true => whole(status, "text/html", "<h1>Error at 10.0.0.7</h1>"),
            false => whole(status, "application/json", words),
        }
    })
    .await;
    let world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    let ask = async |status: u16, plain: bool| {
        let body = json!({ "model": "m", "status": status, "plain": plain });
        world.post("/v1/chat/completions", &person.key, &body).await
    };
    for status in [400, 404, 422, 429, 500, 503] {
        let got = ask(status, false).await;
        assert_eq!(got.status(), status);
        assert_eq!(got.headers()["retry-after"], "7");
        assert_eq!(got.text().await.unwrap(), words);
    }
    // What is no error as APIs tell it becomes one.
    for (status, seen, reason) in [
        (404, 404, "upstream_refused"),
        (429, 429, "upstream_rate_limit"),
        (500, 502, "upstream_failed"),
        (302, 502, "upstream_redirect"),
    ] {
        let got = ask(status, true).await;
        assert_eq!(got.headers().get("retry-after").is_some(), status == 429);
        assert_eq!(code(got).await, (seen, reason.into()));
    }
    // A client must not take the provider's refusal of our credential for one of its own key.
    assert_eq!(
        code(ask(401, false).await).await,
        (502, "upstream_credential".into())
    );
    world.services.flush_usage().await;
    let seen = world.services.providers(&world.owner).await.unwrap();
    assert!(seen[0].health.is_failing() || seen[0].health.last_error.is_some());
    assert!(seen[0].health.last_error.as_ref().unwrap().contains("credential"));
}
