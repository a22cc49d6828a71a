//! What providers really answer: packed, mislabelled, with numbers and errors of every spelling.

use crate::upstream::{Received, Step, Upstream, delta, events, finish, json, whole};
use crate::world::{Person, World};
use domain::key::KeyInput;
use domain::usage::UsageSum;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write;

async fn before(
    script: impl Fn(&Received) -> Vec<Step> + Send + Sync + 'static,
) -> (Upstream, World, Person) {
    let upstream = Upstream::start(&["m"], script).await;
    let world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    (upstream, world, person)
}

async fn ask(world: &World, person: &Person, body: Value) -> (u16, String, String) {
    let answer = world.post("/v1/chat/completions", &person.key, &body).await;
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    (answer.status().as_u16(), kind, answer.text().await.unwrap())
}

async fn used(world: &World, person: &Person) -> UsageSum {
    world.services.flush_usage().await;
    let keys = world
        .services
        .keys(&world.owner, person.actor.member)
        .await
        .unwrap();
    keys.usage.total()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn raw(head: &str, body: &[u8]) -> Vec<Step> {
    let head = format!("HTTP/1.1 200 OK\r\n{head}content-length: {}\r\n\r\n", body.len());
    vec![Step::Raw([head.as_bytes(), body].concat())]
}

const COUNTED: &str =
    r#"{"choices":[{"message":{"content":"Hi"}}],"usage":{"prompt_tokens":6,"completion_tokens":4}}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_packed_answer_is_unpacked_and_counted() {
    let (upstream, world, person) = before(|request| {
        if request.json()["stream"] == true {
            let events = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n\
                          data: {\"choices\":[],\"usage\":{\"prompt_tokens\":6,\"completion_tokens\":4}}\n\ndata: [DONE]\n\n";
            raw("content-type: text/event-stream\r\ncontent-encoding: gzip\r\n", &gzip(events))
        } else {
            raw("content-type: application/json\r\ncontent-encoding: gzip\r\n", &gzip(COUNTED))
        }
    })
    .await;
    let (status, _, text) = ask(&world, &person, json!({ "model": "m" })).await;
    assert_eq!((status, text.as_str()), (200, COUNTED));
    let (status, _, text) = ask(&world, &person, json!({ "model": "m", "stream": true })).await;
    assert_eq!(status, 200);
    assert!(
        text.contains("\"Hi\"") && text.ends_with("data: [DONE]\n\n"),
        "{text}"
    );
    let sum = used(&world, &person).await;
    assert_eq!((sum.tokens_in, sum.tokens_out), (12, 8));
    assert_eq!(upstream.posted()[0].header("accept-encoding"), Some("identity"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trailer_does_not_take_the_answer_away() {
    let (_upstream, world, person) = before(|_| {
        vec![
            Step::Raw(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\ntrailer: x-took\r\n\r\n"
                    .to_vec(),
            ),
            Step::Piece(COUNTED.into()),
            Step::Raw(b"0\r\nx-took: 3\r\n\r\n".to_vec()),
        ]
    })
    .await;
    let (status, _, text) = ask(&world, &person, json!({ "model": "m" })).await;
    assert_eq!((status, text.as_str()), (200, COUNTED));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_known_by_their_looks_when_a_stream_was_asked_for() {
    for kind in [
        "content-type: text/plain\r\n",
        "",
        "content-type: application/json\r\n",
    ] {
        let (_upstream, world, person) = before(move |_| {
            let head = format!("HTTP/1.1 200 OK\r\n{kind}transfer-encoding: chunked\r\n\r\n");
            let mut steps = vec![Step::Raw(head.into_bytes()), Step::Piece(b"da".to_vec())];
            steps.push(Step::Piece(
                b"ta: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n".to_vec(),
            ));
            steps.push(Step::End);
            steps
        })
        .await;
        let (status, got, text) = ask(&world, &person, json!({ "model": "m", "stream": true })).await;
        assert_eq!((status, got.as_str()), (200, "text/event-stream"), "{kind}");
        assert!(
            text.starts_with("data: {") && text.ends_with("data: [DONE]\n\n"),
            "{text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_stream_with_empty_reasons_does_not_pass_as_complete() {
    let (_upstream, world, person) = before(|_| {
        vec![
            events(),
            Step::Piece(
                b"data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"\"}]}\n\n".to_vec(),
            ),
            Step::End,
        ]
    })
    .await;
    let (_, _, text) = ask(&world, &person, json!({ "model": "m", "stream": true })).await;
    assert!(text.contains("upstream_closed"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_serde_json_refuses_is_passed_on_as_it_is() {
    const ODD: &str = r#"{"choices":[{"message":{"content":"a\ud800"},"logprobs":-1e999}],"usage":{"prompt_tokens":6,"completion_tokens":4.0}}"#;
    let (_upstream, world, person) = before(|_| json(ODD)).await;
    let (status, _, text) = ask(&world, &person, json!({ "model": "m" })).await;
    assert_eq!((status, text.as_str()), (200, ODD));
    let sum = used(&world, &person).await;
    assert_eq!((sum.tokens_in, sum.tokens_out), (6, 4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_of_tokens_is_not_avoided_by_not_asking_for_usage() {
    let (upstream, world, person) = before(|request| {
        assert_eq!(request.json()["stream_options"]["include_usage"], true);
        let mut steps = vec![events(), delta("Hi")];
        steps.extend(finish());
        steps
    })
    .await;
    let limited = KeyInput {
        tokens_per_day: Some(10),
        ..KeyInput::default()
    };
    let key = world.key(&person.actor, limited).await;
    let body = json!({ "model": "m", "stream": true });
    let answer = world.post("/v1/chat/completions", &key, &body).await;
    let text = answer.text().await.unwrap();
    assert!(!text.contains("usage"), "the client did not ask for it: {text}");
    assert!(text.ends_with("data: [DONE]\n\n"));
    let again = world.post("/v1/chat/completions", &key, &body).await;
    assert_eq!(again.status(), 429);
    assert_eq!(upstream.posted().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_knows_no_usage_of_streams_is_asked_without() {
    let (upstream, world, person) = before(|request| {
        if request.json().get("stream_options").is_some() {
            return whole(
                400,
                "application/json",
                r#"{"detail":"stream_options: extra fields not permitted"}"#,
            );
        }
        let done = br#"data: {"choices":[{"delta":{},"finish_reason":"stop"}]}"#;
        vec![
            events(),
            delta("Four words are here."),
            Step::Piece([&done[..], b"\n\ndata: [DONE]\n\n"].concat()),
            Step::End,
        ]
    })
    .await;
    let messages = json!([{ "role": "user", "content": "Say four words to me." }]);
    let body = json!({ "model": "m", "stream": true, "messages": messages });
    let (status, _, _) = ask(&world, &person, body.clone()).await;
    assert_eq!(status, 200);
    assert_eq!(upstream.posted()[1].json(), body);
    // About four octets a token.
    let sum = used(&world, &person).await;
    assert_eq!((sum.tokens_in, sum.tokens_out), (6, 5));
    let theirs = json!({ "model": "m", "stream": true, "stream_options": { "include_usage": true } });
    let (status, _, _) = ask(&world, &person, theirs).await;
    assert_eq!(status, 400, "what the client itself asks for is refused to it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hanging_up_before_usage_comes_is_counted() {
    let (upstream, world, person) =
        before(|_| vec![events(), delta("Eight characters or more"), Step::UntilClosed]).await;
    let body =
        json!({ "model": "m", "stream": true, "messages": [{ "role": "user", "content": "12345678" }] });
    let mut answer = world.post("/v1/chat/completions", &person.key, &body).await;
    assert!(answer.chunk().await.unwrap().is_some());
    drop(answer);
    upstream.closed().await;
    let mut sum = used(&world, &person).await;
    while sum.requests == 0 {
        tokio::task::yield_now().await;
        sum = used(&world, &person).await;
    }
    assert_eq!((sum.tokens_in, sum.tokens_out), (2, 6));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn absurd_numbers_break_no_list() {
    let (_upstream, world, person) = before(|request| {
        let n = request.json()["n"].as_str().unwrap().to_owned();
        json(&format!(
            r#"{{"usage":{{"prompt_tokens":{n},"completion_tokens":{n}}}}}"#
        ))
    })
    .await;
    for n in [
        "9223372036854775807",
        "18446744073709551616",
        "1e400",
        "-5",
        "9223372036854775807",
    ] {
        let (status, _, _) = ask(&world, &person, json!({ "model": "m", "n": n })).await;
        assert_eq!(status, 200, "{n}");
    }
    let sum = used(&world, &person).await;
    assert_eq!((sum.requests, sum.refused), (5, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_json_and_tells_the_providers_reason_without_our_credential() {
    // As the kit's providers are registered.
    const SECRET: &str = "sk-upstream-secret";
    let (_upstream, world, person) = before(|request| {
        let asked = request.json();
        let status: u16 = asked["status"].as_u64().unwrap().try_into().unwrap();
        whole(
            status,
            asked["kind"].as_str().unwrap(),
            asked["text"].as_str().unwrap(),
        )
    })
    .await;
    for (status, kind, text, want, code, part) in [
        (
            400,
            "text/html",
            "<html><title>No such deployment</title></html>",
            400,
            "upstream_refused",
            "No such deployment",
        ),
        (
            404,
            "text/plain",
            "model m is gone",
            404,
            "upstream_refused",
            "model m is gone",
        ),
        (
            422,
            "application/json",
            r#"{"detail":[{"msg":"field required"}]}"#,
            422,
            "upstream_refused",
            "field required",
        ),
        (400, "text/html", r#"{"error":{"message":"bad"}}"#, 400, "", "bad"),
        (
            403,
            "application/json",
            r#"{"object":"error","message":"You may not use m"}"#,
            403,
            "upstream_refused",
            "You may not use m",
        ),
        (
            403,
            "application/json",
            r#"{"message":"invalid api key"}"#,
            502,
            "upstream_credential",
            "credential",
        ),
        (
            403,
            "application/json",
            r#"{"error":{"message":"Your API key is not authorized to use model m"}}"#,
            403,
            "",
            "model m",
        ),
        (
            403,
            "application/json",
            r#"{"detail":"More tokens than the policy allows"}"#,
            403,
            "upstream_refused",
            "the policy",
        ),
        (
            400,
            "application/json",
            r#"{"error":{"message":"API key not valid. Pass a valid API key."}}"#,
            502,
            "upstream_credential",
            "credential",
        ),
        (
            400,
            "text/plain",
            "[ERROR] no such model",
            400,
            "upstream_refused",
            "[ERROR] no such model",
        ),
        (
            401,
            "application/json",
            r#"{"error":{"message":"no"}}"#,
            502,
            "upstream_credential",
            "credential",
        ),
        (
            500,
            "text/html",
            "<title>Oops</title>",
            502,
            "upstream_failed",
            "Oops",
        ),
        (
            400,
            "application/json",
            r#"{"error":{"message":"your key sk-upstream-secret is odd"}}"#,
            400,
            "",
            "[credential]",
        ),
        (
            418,
            "text/plain",
            "c2stdXBzdHJlYW0tc2VjcmV0 is odd",
            418,
            "upstream_refused",
            "[credential]",
        ),
    ] {
        let body = json!({ "model": "m", "status": status, "kind": kind, "text": text });
        let (got, kind, text) = ask(&world, &person, body).await;
        assert_eq!((got, kind.as_str()), (want, "application/json"), "{text}");
        let error: Value = serde_json::from_str(&text).unwrap();
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains(part), "{message}");
        if !code.is_empty() {
            assert_eq!(error["error"]["code"], code, "{message}");
        }
        assert!(
            !text.contains(SECRET) && !text.contains("c2stdXBzdHJlYW0"),
            "{text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_in_a_stream_does_not_repeat_our_credential() {
    let (_upstream, world, person) = before(|_| {
        vec![
            events(),
            Step::Piece(b"data: {\"error\":{\"message\":\"sk-upstream-secret has no credit\"}}\n\n".to_vec()),
            Step::End,
        ]
    })
    .await;
    let (_, _, text) = ask(&world, &person, json!({ "model": "m", "stream": true })).await;
    assert!(text.contains("[credential] has no credit"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chat_tells_errors_as_what_they_are_and_takes_a_whole_answer() {
    let (_upstream, world, person) =
        before(
            |request| match request.json()["messages"][0]["content"].as_str().unwrap() {
                "error" => vec![
                    events(),
                    Step::Piece(
                        b"data: {\"choices\":null,\"error\":{\"message\":\"no credit left\"}}\n\n".to_vec(),
                    ),
                    Step::End,
                ],
                "detail" => whole(404, "application/json", r#"{"detail":"no such model"}"#),
                _ => json(r#"{"choices":[{"message":{"role":"assistant","content":"All at once"}}]}"#),
            },
        )
        .await;
    let provider = world.services.providers(&world.owner).await.unwrap()[0].id;
    let said = async |content: &str| {
        let messages = json!([{ "role": "user", "content": content }]);
        match world.engine.chat(&person.actor, provider, "m", messages).await {
            Ok(mut stream) => match stream.next().await.unwrap() {
                Ok(text) => text,
                Err(refusal) => refusal.message,
            },
            Err(refusal) => refusal.message,
        }
    };
    assert!(said("error").await.ends_with("says: no credit left"));
    assert!(said("detail").await.ends_with("It says: no such model"));
    assert_eq!(said("whole").await, "All at once");
}
