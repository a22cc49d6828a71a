//! Whatever is sent, and whatever the provider does, the answer is one that clients understand.

use crate::upstream::{Step, Upstream, json, whole};
use crate::world::{World, code, short};
use domain::provider::{ApiType, ProviderInput};
use domain::{Role, Timestamp};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_requests_are_told_what_is_wrong() {
    let upstream = Upstream::start(&["m"], |_| json("{}")).await;
    let world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    for (body, reason) in [
        (&b""[..], "invalid_json"),
        (b"{", "invalid_json"),
        (b"[]", "invalid_json"),
        (b"\xff\xfe", "invalid_json"),
        (b"{\"model\":\"m\",\"model\":\"n\"}", "invalid_json"),
        (b"{}", "model_missing"),
        (b"{\"model\":7}", "model_invalid"),
        (b"{\"model\":\"m\",\"stream\":1}", "stream_invalid"),
    ] {
        let got = world
            .send("/v1/chat/completions", &person.key, body.to_vec())
            .await;
        assert_eq!(
            code(got).await,
            (400, reason.into()),
            "{}",
            String::from_utf8_lossy(body)
        );
    }
    let got = world.get("/v1/chat/completions", &person.key).await;
    assert_eq!(code(got).await, (405, "wrong_method".into()));
    let got = world.get("/v1/nothing/here", &person.key).await;
    assert_eq!(code(got).await, (404, "unknown_path".into()));
    assert!(upstream.posted().is_empty());
    let got = world
        .post("/v1/chat/completions", &person.key, &json!({ "model": "m" }))
        .await;
    assert_eq!(got.status(), 200, "and it still works");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_much_is_refused_before_and_while_it_comes() {
    let upstream = Upstream::start(&["m"], |_| json("{}")).await;
    let world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    let fits = format!("{{\"model\":\"m\",\"x\":\"{}\"}}", "x".repeat(24 * 1024 * 1024));
    let got = world
        .send("/v1/chat/completions", &person.key, fits.clone())
        .await;
    assert_eq!(got.status(), 200);
    assert_eq!(upstream.posted()[0].body.len(), fits.len());

    // Told by its length, before any of it is sent.
    let mut socket = tokio::net::TcpStream::connect(world.url.trim_start_matches("http://"))
        .await
        .unwrap();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 26214401\r\n\r\n",
        person.key
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let read = socket.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]);
    assert!(
        answer.starts_with("HTTP/1.1 413") && answer.contains("body_too_large"),
        "{answer}"
    );

    // Told by counting.
    let mut socket = tokio::net::TcpStream::connect(world.url.trim_start_matches("http://"))
        .await
        .unwrap();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\ntransfer-encoding: chunked\r\n\r\n",
        person.key
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let megabyte = vec![b' '; 1 << 20];
    for _ in 0..26 {
        let piece = [&b"100000\r\n"[..], &megabyte, b"\r\n"].concat();
        if socket.write_all(&piece).await.is_err() {
            break;
        }
    }
    let mut answer = vec![0; 4096];
    let read = socket.read(&mut answer).await.unwrap();
    assert!(answer[..read].starts_with(b"HTTP/1.1 413"));
    assert_eq!(upstream.posted().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_key_no_body_is_read() {
    let world = World::new().await;
    let mut socket = tokio::net::TcpStream::connect(world.url.trim_start_matches("http://"))
        .await
        .unwrap();
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer gk_no_no\r\ncontent-length: 1000000\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let read = socket.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]);
    assert!(
        answer.starts_with("HTTP/1.1 401") && answer.contains("www-authenticate: Bearer"),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_does_not_come_ends_the_request() {
    let world = World::with(true, short()).await;
    let person = world.person(&[]).await;
    let mut socket = tokio::net::TcpStream::connect(world.url.trim_start_matches("http://"))
        .await
        .unwrap();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 10\r\n\r\n{{",
        person.key
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let read = socket.read(&mut answer).await.unwrap();
    assert!(answer[..read].starts_with(b"HTTP/1.1 408"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_misbehaving_provider_becomes_an_error() {
    let upstream = Upstream::start(&["m"], |request| match request.json()["do"].as_str().unwrap() {
        "silent" => vec![Step::UntilClosed],
        "reset" => vec![Step::Reset],
        "half" => vec![Step::Raw(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"choices\"".to_vec(),
        ), Step::Reset],
        "stuck" => vec![
            Step::Raw(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{".to_vec()),
            Step::UntilClosed,
        ],
        "not_http" => vec![Step::Raw(b"SSH-2.0-x\r\n\r\n".to_vec()), Step::Reset],
        "html" => whole(200, "text/html", "<p>hello</p>"),
        "wrong_json" => whole(200, "application/json", "{\"choices\":[}"),
        "empty" => whole(200, "application/json", ""),
        other => panic!("{other}"),
    })
    .await;
    let world = World::with(true, short()).await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    for (what, status, reason) in [
        ("silent", 504, "upstream_timeout"),
        ("reset", 502, "upstream_closed"),
        ("half", 502, "upstream_closed"),
        ("stuck", 504, "upstream_timeout"),
        ("not_http", 502, "upstream_closed"),
        ("html", 502, "upstream_invalid"),
        ("wrong_json", 502, "upstream_invalid"),
        ("empty", 502, "upstream_invalid"),
    ] {
        let got = world
            .post(
                "/v1/chat/completions",
                &person.key,
                &json!({ "model": "m", "do": what }),
            )
            .await;
        let text = got.headers().get("content-type").cloned();
        assert_eq!(text.unwrap(), "application/json", "{what}");
        assert_eq!(code(got).await, (status, reason.into()), "{what}");
    }
    world.services.flush_usage().await;
    let usage = world
        .services
        .keys(&person.actor, person.actor.member)
        .await
        .unwrap()
        .usage;
    assert_eq!((usage.total().requests, usage.total().refused), (8, 8));
    assert!(
        world.services.providers(&world.owner).await.unwrap()[0]
            .health
            .last_error
            .is_some()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_spelling_of_a_private_address_is_reached() {
    let upstream = Upstream::start(&["m"], |_| json("{}")).await;
    let port = upstream.url.rsplit(':').next().unwrap().to_owned();
    let world = World::with(false, short()).await;
    let tx = world.store.write().await.unwrap();
    let mut providers = Vec::new();
    for (index, host) in [
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0.0.0.0",
        "[::]",
        "169.254.169.254",
    ]
    .into_iter()
    .enumerate()
    {
        // Straight into the database: what was entered before a policy must not get around it either.
        let name = format!("p{index}");
        let base_url = format!("http://{host}:{port}/v1");
        let new = store::providers::NewProvider {
            base_url: &base_url,
            ..store::testing::provider(&name, &name)
        };
        let id = store::providers::insert(&tx, world.organization, new, Timestamp(0))
            .await
            .unwrap();
        store::providers::set_models(&tx, world.organization, id, &["m"].into(), Timestamp(0))
            .await
            .unwrap();
        providers.push((id, name, host));
    }
    tx.commit().await.unwrap();
    let ids: Vec<_> = providers.iter().map(|(id, _, _)| *id).collect();
    let person = world.person(&ids).await;
    for (_, name, host) in providers {
        let got = world
            .post(
                "/v1/chat/completions",
                &person.key,
                &json!({ "model": format!("{name}/m") }),
            )
            .await;
        assert_eq!(code(got).await, (502, "upstream_address".into()), "{host}");
    }
    assert!(upstream.posted().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_not_there_is_told() {
    let world = World::with(true, short()).await;
    let input = ProviderInput {
        name: "Gone".into(),
        slug: String::new(),
        api_type: ApiType::OpenAiCompatible,
        // Nothing listens on the discard port.
        base_url: "http://127.0.0.1:9/v1".into(),
        api_version: String::new(),
        models: Vec::new(),
        description: String::new(),
        credential: None,
    };
    let made = world
        .services
        .create_provider(&world.owner, &input, "k")
        .await
        .unwrap();
    assert!(
        !world
            .services
            .test_provider(&world.owner, made.id)
            .await
            .unwrap()
            .ok
    );
    let tx = world.store.write().await.unwrap();
    store::providers::set_models(&tx, world.organization, made.id, &["m"].into(), Timestamp(0))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let person = world.person(&[made.id]).await;
    let got = world
        .post("/v1/chat/completions", &person.key, &json!({ "model": "m" }))
        .await;
    assert_eq!(code(got).await, (502, "upstream_unreachable".into()));
    assert_eq!(person.actor.role, Role::Member);
}

/// Writes all of a request before it reads, as clients do that do not expect an early answer.
async fn answer_after_sending_all(world: &World, path: &str, key: &str, more: &str) -> String {
    const BODY: usize = 30 * 1024 * 1024;
    let address = world.url.trim_start_matches("http://");
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {BODY}\r\n{more}\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&vec![b' '; BODY]).await.expect("all is taken");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.expect("a whole answer");
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_early_refusal_reaches_a_client_that_is_still_sending() {
    let world = World::new().await;
    let person = world.person(&[]).await;
    let path = "/v1/chat/completions";
    for (key, path, status, code) in [
        (person.key.as_str(), path, "413", "body_too_large"),
        ("wrong", path, "401", "unauthenticated"),
        (person.key.as_str(), "/v1/nothing", "404", "unknown_path"),
    ] {
        // Proxies pass the second on and do not wait.
        for more in ["", "expect: 100-continue\r\n"].repeat(5) {
            let answer = answer_after_sending_all(&world, path, key, more).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
            assert!(answer.contains(code) && answer.ends_with('}'), "{answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_waits_to_be_told_to_go_on_is_refused_without() {
    let world = World::new().await;
    let mut socket = tokio::net::TcpStream::connect(world.url.trim_start_matches("http://"))
        .await
        .unwrap();
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer wrong\r\n\
                content-length: 100\r\nexpect: 100-continue\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    socket.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 401");
}
