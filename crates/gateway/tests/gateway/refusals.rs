//! What a client is told when a provider refuses, is slow or is asked in the wrong place.

use crate::upstream::{Step, Upstream, whole};
use crate::world::{World, code};
use domain::key::KeyInput;
use serde_json::{Value, json};

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
