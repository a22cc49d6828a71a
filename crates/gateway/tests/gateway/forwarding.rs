//! What reaches the provider and what comes back.

use crate::upstream::{Step, Upstream, json, whole};
use crate::world::{ORG, World, code};
use domain::key::KeyInput;
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
async fn a_providers_quota_and_its_wish_to_be_asked_again_are_told() {
    let date = "Fri, 27 Nov 2026 08:00:00 GMT";
    let told = [
        ("retry-after", date),
        ("retry-after-ms", "1500"),
        ("x-should-retry", "false"),
        ("x-ratelimit-remaining-tokens", "7"),
        ("anthropic-ratelimit-requests-reset", "2026-11-27T08:00:00Z"),
    ];
    for (status, passed) in [(200, 200), (429, 429), (503, 502), (401, 502)] {
        let upstream = Upstream::start(&["m"], move |_| {
            let headers: String = told
                .iter()
                .map(|(name, value)| format!("{name}: {value}\r\n"))
                .collect();
            vec![Step::Raw(
                format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: 2\r\n{headers}\r\n{{}}"
                )
                .into_bytes(),
            )]
        })
        .await;
        let world = World::new().await;
        let provider = world.before(&upstream).await;
        let person = world.person(&[provider.id]).await;
        let got = world
            .post("/v1/chat/completions", &person.key, &json!({ "model": "m" }))
            .await;
        assert_eq!(got.status(), passed);
        for (name, value) in told {
            if status == 401 && name.starts_with("retry-after") {
                // Ours is no better later.
                assert!(!got.headers().contains_key(name), "{name}");
                continue;
            }
            assert_eq!(
                got.headers().get_all(name).iter().collect::<Vec<_>>(),
                [value],
                "{status} {name}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_base_url_is_told_the_right_one() {
    let world = World::new().await;
    let plain = "Set the base URL to http://127.0.0.1:3000/v1.";
    let ours = "Set the base URL to http://127.0.0.1:3000/o/acme/v1.";
    let mut asked: Vec<(String, String)> = Vec::new();
    for (method, path) in gateway::paths() {
        let path = path.replace("{org}", "acme").replace("{*model}", "lab/a:b");
        let base = if path.starts_with("/o/") { ours } else { plain };
        let without = base.replace("/v1.", ".");
        let below = path.split_once("/v1/").unwrap().1;
        let whole = base
            .trim_start_matches("Set the base URL to ")
            .trim_end_matches('.');
        asked.push((
            format!("{method} {}", path.replacen("/v1", "", 1)),
            base.to_owned(),
        ));
        asked.push((format!("{method} {}", path.replacen("/v1", "/v1/v1", 1)), without));
        asked.push((
            format!("{method} {}", path.replacen("/v1", "/v1/api", 1)),
            base.to_owned(),
        ));
        if !below.starts_with("models/") {
            asked.push((
                format!("{method} {path}/"),
                format!("Send the request to {whole}/{below}."),
            ));
            asked.push((
                format!("{method} {}", path.replacen("/v1/", "/v1//", 1)),
                format!("Send the request to {whole}/{below}."),
            ));
        }
    }
    asked.push(("POST /v1/chat/completions/chat/completions".into(), plain.into()));
    asked.push(("POST /v1/nothing".into(), "There are: GET /v1/models".into()));
    let mut wrong = Vec::new();
    for (request, told) in asked {
        let (method, path) = request.split_once(' ').unwrap();
        let got = world
            .http
            .request(method.parse().unwrap(), format!("{}{path}", world.url))
            .send()
            .await
            .unwrap();
        let status = got.status();
        let body: Value = got.json().await.unwrap_or_default();
        let message = body["error"]["message"].as_str().unwrap_or_default();
        if status != 404 || body["error"]["code"] != "unknown_path" || !message.contains(&told) {
            wrong.push(format!("{request}: {status} {message}, not {told}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_limit_that_ends_sooner_is_told() {
    for (theirs, told) in [("3", ["9", "3", "1s"]), ("500", ["60", "59", "1000ms"])] {
        let upstream = Upstream::start(&["m"], move |_| {
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\
                 x-ratelimit-limit-requests: 9\r\nx-ratelimit-remaining-requests: {theirs}\r\n\
                 x-ratelimit-reset-requests: 1s\r\nx-ratelimit-remaining-tokens: 8\r\n\r\n{{}}"
            );
            vec![Step::Raw(head.into_bytes())]
        })
        .await;
        let world = World::new().await;
        let provider = world.before(&upstream).await;
        let person = world.person(&[provider.id]).await;
        let limited = KeyInput {
            name: "limited".into(),
            requests_per_minute: Some(60),
            ..KeyInput::default()
        };
        let key = world
            .services
            .create_key(&person.actor, person.actor.member, &limited, "limited")
            .await
            .unwrap();
        let got = world
            .post("/v1/chat/completions", &key.secret, &json!({ "model": "m" }))
            .await;
        let seen = ["limit", "remaining", "reset"].map(|what| {
            got.headers()[format!("x-ratelimit-{what}-requests")]
                .to_str()
                .unwrap()
        });
        assert_eq!(seen, told);
        assert_eq!(got.headers()["x-ratelimit-remaining-tokens"], "8");
    }
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
    let zstd = ruzstd::encoding::compress_to_vec(body, ruzstd::encoding::CompressionLevel::Fastest);
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
