//! What reaches the provider and what comes back.

use crate::upstream::{Upstream, json};
use crate::world::{ORG, World, code};
use domain::provider::ApiType;
use serde_json::{Value, json};
use std::io::Write;

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
        .header("anthropic-beta", "files")
        .body(r#"{"model":"anthropic/claude-x","max_tokens":5}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(got.status(), 200);
    let received = upstream.posted().pop().unwrap();
    assert_eq!(received.path, "/v1/messages");
    assert_eq!(received.header("x-api-key"), Some("sk-upstream-secret"));
    let betas: Vec<_> = received
        .headers
        .iter()
        .filter(|(name, _)| name == "anthropic-beta")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(
        betas,
        ["tools", "files"],
        "none of several lines of a header is lost"
    );
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
async fn tokens_are_counted_by_anthropic_only() {
    let upstream = Upstream::start(&["claude-x"], |_| json(r#"{"input_tokens":14}"#)).await;
    let world = World::new().await;
    let anthropic = world
        .provider("Anthropic", ApiType::Anthropic, &format!("{}/v1", upstream.url))
        .await;
    let lab = world.before(&upstream).await;
    let person = world.person(&[anthropic.id, lab.id]).await;
    let path = "/v1/messages/count_tokens";
    let got = world
        .post(path, &person.key, &json!({ "model": "anthropic/claude-x" }))
        .await;
    assert_eq!(got.text().await.unwrap(), r#"{"input_tokens":14}"#);
    world.services.flush_usage().await;
    let usage = world
        .services
        .keys(&person.actor, person.actor.member)
        .await
        .unwrap()
        .usage;
    assert_eq!(
        (usage.total().requests, usage.total().tokens()),
        (1, 0),
        "to count costs nothing"
    );
    let received = upstream.posted().pop().unwrap();
    assert_eq!(received.path, path);
    assert_eq!(received.header("x-api-key"), Some("sk-upstream-secret"));
    let other = world
        .post(path, &person.key, &json!({ "model": "lab/claude-x" }))
        .await;
    assert_eq!(code(other).await, (404, "not_anthropic".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_pages_that_the_operator_allows_may_ask_from_a_browser() {
    let upstream = Upstream::start(&["m"], |_| json("{}")).await;
    let world = World::for_pages("https://app.example.com, http://localhost:5173").await;
    let closed = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    let ask = async |world: &World, method: &str, path: &str, origin: &str, key: &str| {
        world
            .http
            .request(method.parse().unwrap(), format!("{}{path}", world.url))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,x-stainless-os")
            .bearer_auth(key)
            .body(r#"{"model":"m"}"#)
            .send()
            .await
            .unwrap()
    };
    let told = |answer: &reqwest::Response, name: &str| {
        let lines = answer.headers().get_all(name).iter();
        let lines: Vec<_> = lines.map(|line| line.to_str().unwrap().to_owned()).collect();
        lines.join(", ")
    };
    let mut paths: Vec<String> = gateway::paths().into_iter().map(|(_, path)| path).collect();
    paths.push("/chat/completions".into());
    for path in paths {
        let path = path.replace("{org}", "acme").replace("{*model}", "m");
        for origin in ["https://app.example.com", "http://localhost:5173"] {
            let first = ask(&world, "OPTIONS", &path, origin, "none").await;
            assert_eq!(first.status(), 204, "{path}");
            assert_eq!(told(&first, "access-control-allow-origin"), origin);
            assert_eq!(told(&first, "access-control-allow-methods"), "GET, POST");
            let allowed = told(&first, "access-control-allow-headers");
            assert_eq!(allowed, "authorization,x-stainless-os");
            assert!(told(&first, "vary").contains("origin"));
        }
        for (world, origin) in [
            (&world, "https://evil.example"),
            (&world, "null"),
            (&closed, "https://app.example.com"),
        ] {
            let first = ask(world, "OPTIONS", &path, origin, "none").await;
            assert_eq!(first.status(), 405, "{path} {origin}");
            assert_eq!(told(&first, "access-control-allow-origin"), "");
        }
    }
    let path = "/v1/chat/completions";
    for (key, status) in [(person.key.as_str(), 200), ("wrong", 401)] {
        let answer = ask(&world, "POST", path, "https://app.example.com", key).await;
        assert_eq!(answer.status(), status);
        let seen = told(&answer, "access-control-allow-origin");
        assert_eq!(seen, "https://app.example.com", "also a refusal can be read");
        assert_eq!(told(&answer, "access-control-expose-headers"), "*");
        assert_eq!(told(&answer, "access-control-allow-credentials"), "");
    }
    let other = ask(&world, "POST", path, "https://evil.example", &person.key).await;
    assert_eq!(told(&other, "access-control-allow-origin"), "");
}

/// A body in each encoding that is taken.
fn encoded(body: &[u8]) -> [(&'static str, Vec<u8>); 6] {
    let level = flate2::Compression::default();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), level);
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), level);
    let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), level);
    gzip.write_all(body).unwrap();
    zlib.write_all(body).unwrap();
    raw.write_all(body).unwrap();
    let mut br = Vec::new();
    brotli::CompressorWriter::new(&mut br, 4096, 5, 22)
        .write_all(body)
        .unwrap();
    let mut zstd = vec![0; zstd_safe::compress_bound(body.len())];
    let length = zstd_safe::compress(&mut zstd[..], body, 1).unwrap();
    zstd.truncate(length);
    [
        ("identity", body.to_vec()),
        ("GZip", gzip.finish().unwrap()),
        ("deflate", zlib.finish().unwrap()),
        ("deflate", raw.finish().unwrap()),
        ("br", br),
        ("zstd", zstd),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn compressed_bodies_are_decoded_within_the_limit() {
    let upstream = Upstream::start(&["m"], |_| json("{}")).await;
    let world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    let send = async |encoding: &str, body: Vec<u8>| {
        world
            .http
            .post(format!("{}/v1/chat/completions", world.url))
            .bearer_auth(&person.key)
            .header("content-encoding", encoding)
            .body(body)
            .send()
            .await
            .unwrap()
    };
    let text = r#"{"model":"m","messages":["hello hello hello hello"]}"#;
    for (encoding, body) in encoded(text.as_bytes()) {
        assert_eq!(send(encoding, body.clone()).await.status(), 200, "{encoding}");
        let received = upstream.posted().pop().unwrap();
        assert_eq!(received.body, text.as_bytes(), "{encoding}");
        assert_eq!(received.header("content-encoding"), None);
        if encoding != "identity" {
            let cut = body[..body.len() / 2].to_vec();
            let (status, _) = code(send(encoding, cut).await).await;
            assert_eq!(status, 400, "{encoding}, cut off");
        }
    }
    let before = upstream.posted().len();
    for (encoding, body) in encoded(&vec![b' '; gateway::BODY_BYTES + 1]) {
        if encoding != "identity" {
            assert!(
                body.len() < 100_000,
                "{encoding}: a small body that is large inside"
            );
            let got = code(send(encoding, body).await).await;
            assert_eq!(got, (413, "body_too_large".into()), "{encoding}");
        }
    }
    let (_, packed) = encoded(text.as_bytes()).into_iter().nth(1).unwrap();
    for spelled in ["x-gzip", "gzip, identity", "identity,gzip", " gzip "] {
        assert_eq!(send(spelled, packed.clone()).await.status(), 200, "{spelled}");
    }
    for unknown in ["compress", "gzip, gzip", "aes128gcm"] {
        let got = send(unknown, text.into()).await;
        assert_eq!(got.status(), 415);
        let told: Value = got.json().await.unwrap();
        assert_eq!(told["error"]["code"], "unsupported_encoding");
        assert!(told["error"]["message"].as_str().unwrap().contains("zstd"));
    }
    assert_eq!(upstream.posted().len(), before + 4, "none of these went on");
}
