//! Streams: as they come, ended properly, and closed when nobody listens.

use crate::upstream::{Step, Upstream, delta, events, finish};
use crate::world::{World, short};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::cases;
use domain::cases::sse::{Case, End, Event};
use gateway::Limits;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

fn ask(stream: bool) -> Value {
    json!({ "model": "m", "messages": [{ "role": "user", "content": "Hi" }], "stream": stream })
}

/// A conforming client's view of a body: the names of events, where they have one, and their data.
fn named_frames(body: &str) -> Vec<(Option<String>, String)> {
    let mut seen = Vec::new();
    for block in body.split("\n\n") {
        let field = |name: &'static str| {
            let lines = block.split('\n').filter_map(move |line| line.strip_prefix(name));
            lines.map(|value| value.strip_prefix(' ').unwrap_or(value))
        };
        let data: Vec<_> = field("data:").collect();
        if !data.is_empty() {
            seen.push((field("event:").next_back().map(str::to_owned), data.join("\n")));
        }
    }
    seen
}

fn frames(body: &str) -> Vec<String> {
    named_frames(body).into_iter().map(|(_, data)| data).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_piece_is_passed_on_before_the_next_is_there() {
    let bell = Arc::new(Notify::new());
    let upstream = {
        let bell = bell.clone();
        Upstream::start(&["m"], move |_| {
            let mut steps = vec![
                events(),
                delta("one"),
                Step::Wait(bell.clone()),
                delta("two"),
                Step::Wait(bell.clone()),
            ];
            steps.extend(finish());
            steps
        })
        .await
    };
    let world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    let mut answer = world.post("/v1/chat/completions", &person.key, &ask(true)).await;
    assert_eq!(
        answer.headers()["content-type"],
        "text/event-stream; charset=utf-8"
    );
    assert!(!answer.headers().contains_key("set-cookie"));
    let first = answer.chunk().await.unwrap().unwrap();
    assert!(first.starts_with(b"data: ") && std::str::from_utf8(&first).unwrap().contains("one"));
    bell.notify_one();
    let second = answer.chunk().await.unwrap().unwrap();
    assert!(std::str::from_utf8(&second).unwrap().contains("two"));
    bell.notify_one();
    let rest = answer.text().await.unwrap();
    assert_eq!(frames(&rest).last().unwrap(), "[DONE]");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_of_sse_over_http() {
    let all = Arc::new(cases::each::<Case>());
    let upstream = {
        let all = all.clone();
        Upstream::start(&["m"], move |request| {
            let index: usize = request.json()["case"].as_u64().unwrap().try_into().unwrap();
            let case = &all[index].1;
            let mut steps = vec![events()];
            for chunk in &case.chunks {
                steps.push(Step::Piece(STANDARD.decode(chunk).unwrap()));
            }
            steps.push(match case.end {
                End::Eof => Step::End,
                End::Reset => Step::Reset,
            });
            steps
        })
        .await
    };
    let world = World::new().await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    for (index, (id, case)) in all.iter().enumerate() {
        let usage = json!({ "include_usage": true });
        let body = json!({ "model": "m", "stream": true, "stream_options": usage, "case": index });
        let answer = world.post("/v1/chat/completions", &person.key, &body).await;
        let got = named_frames(&answer.text().await.unwrap());
        assert_eq!(got.len(), case.frames.len(), "{id}: {got:?}");
        for ((name, data), want) in got.iter().zip(&case.frames) {
            match &want.event {
                Event::GatewayError => {
                    let error: Value = serde_json::from_str(data).unwrap();
                    let message = error["error"]["message"].as_str().unwrap();
                    assert!(
                        !message.is_empty() && !message.contains("127.0.0.1"),
                        "{id}: {message}"
                    );
                }
                Event::Passed {
                    data: wanted,
                    name: named,
                } => assert_eq!((data, name), (wanted, named), "{id}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_closes_the_provider() {
    for streamed in [true, false] {
        let upstream = Upstream::start(&["m"], move |_| {
            if streamed {
                vec![events(), delta("one"), Step::UntilClosed]
            } else {
                vec![Step::UntilClosed]
            }
        })
        .await;
        let world = World::new().await;
        let provider = world.before(&upstream).await;
        let person = world.person(&[provider.id]).await;
        let gone = if streamed {
            let mut answer = world.post("/v1/chat/completions", &person.key, &ask(true)).await;
            answer.chunk().await.unwrap().unwrap();
            drop(answer);
            Instant::now()
        } else {
            let asked = ask(false);
            let request = world.post("/v1/chat/completions", &person.key, &asked);
            let arrived = async {
                while upstream.posted().is_empty() {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! { _ = request => panic!("there is no answer"), () = arrived => {} }
            Instant::now()
        };
        let after = upstream.closed().await.duration_since(gone);
        assert!(
            after < Duration::from_millis(100),
            "closed after {after:?} (streamed: {streamed})"
        );
        // The account says so, too. It is closed after the provider, in the same breath.
        let told = async {
            loop {
                world.services.flush_usage().await;
                let keys = world.services.keys(&person.actor, person.actor.member).await;
                let total = keys.unwrap().usage.total();
                if total.requests > 0 {
                    break (total.requests, total.refused);
                }
            }
        };
        let told = tokio::time::timeout(Duration::from_secs(5), told).await;
        assert_eq!(told.ok(), Some((1, 1)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_falls_silent_is_given_up() {
    let upstream = Upstream::start(&["m"], |_| vec![events(), delta("one"), Step::UntilClosed]).await;
    let world = World::with(true, short()).await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    let answer = world.post("/v1/chat/completions", &person.key, &ask(true)).await;
    let got = frames(&answer.text().await.unwrap());
    assert_eq!(got.len(), 3, "{got:?}");
    assert!(got[1].contains("upstream_timeout"));
    assert_eq!(got[2], "[DONE]");
    upstream.closed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chat_goes_the_same_way() {
    let upstream = Upstream::start(&["m"], |_| {
        let mut steps = vec![events(), delta("Hel"), delta("lo")];
        steps.extend(finish());
        steps
    })
    .await;
    let world = World::with(true, Limits::default()).await;
    let provider = world.before(&upstream).await;
    let person = world.person(&[provider.id]).await;
    let messages = json!([{ "role": "user", "content": "Hi" }]);
    let mut stream = world
        .engine
        .chat(&person.actor, provider.id, "m", messages.clone())
        .await
        .unwrap();
    let mut text = String::new();
    while let Some(piece) = stream.next().await {
        text.push_str(&piece.unwrap());
    }
    assert_eq!(text, "Hello");
    let sent = upstream.posted().last().unwrap().json();
    assert_eq!((&sent["messages"], &sent["model"]), (&messages, &json!("m")));

    world
        .services
        .remove_provider(&world.owner, person.actor.member, provider.id)
        .await
        .unwrap();
    let refused = world
        .engine
        .chat(&person.actor, provider.id, "m", messages)
        .await
        .err()
        .unwrap();
    assert_eq!((refused.status, refused.code), (403, "provider_not_allowed"));
    assert_eq!(upstream.posted().len(), 1);
    world.services.flush_usage().await;
    let usage = world
        .services
        .keys(&person.actor, person.actor.member)
        .await
        .unwrap()
        .usage;
    assert_eq!((usage.chat.requests, usage.chat.refused), (2, 1));
    assert_eq!((usage.chat.tokens_in, usage.chat.tokens_out), (11, 5));
}
