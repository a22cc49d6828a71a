//! Connections that are kept, and what happens when a provider closes one meanwhile.

use crate::upstream::{Step, Upstream, delta, events, finish, json};
use crate::world::{World, code};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::Notify;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_closed_when_it_is_used_again_fails_no_request() {
    for close in [Step::Reset, Step::Close] {
        let upstream = Upstream::start(&["m"], move |request| match request.turn {
            1 => json("{}"),
            _ => vec![close.clone()],
        })
        .await;
        let world = World::new().await;
        let provider = world.before(&upstream).await.id;
        let person = world.person(&[provider]).await;
        for round in 0..60 {
            let body = json!({ "model": "m" });
            let answer = world.post("/v1/chat/completions", &person.key, &body).await;
            assert_eq!(answer.status(), 200, "request {round}");
        }
        assert!(upstream.posted().len() > 60, "no connection was used again");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_has_begun_is_not_asked_again() {
    for begun in [
        &b"H"[..],
        b"HTTP/1.1 200 OK
content-le",
    ] {
        let upstream = Upstream::start(&["m"], move |request| match request.turn {
            1 => json("{}"),
            _ => vec![Step::Raw(begun.to_vec()), Step::Close],
        })
        .await;
        let world = World::new().await;
        let provider = world.before(&upstream).await.id;
        let person = world.person(&[provider]).await;
        let mut asked = 0;
        // Until a connection is used again.
        let last = loop {
            let body = json!({ "model": "m" });
            let answer = world.post("/v1/chat/completions", &person.key, &body).await;
            asked += 1;
            assert!(asked < 200, "no connection was used again");
            if answer.status() != 200 {
                break answer;
            }
        };
        assert_eq!(code(last).await, (502, "upstream_closed".into()));
        assert_eq!(upstream.posted().len(), asked);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_connection_that_breaks_is_not_tried_again() {
    let upstream = Upstream::start(&["m"], |_| vec![Step::Reset]).await;
    let world = World::new().await;
    let provider = world.before(&upstream).await.id;
    let person = world.person(&[provider]).await;
    let body = json!({ "model": "m" });
    let answer = world.post("/v1/chat/completions", &person.key, &body).await;
    assert_eq!(code(answer).await, (502, "upstream_closed".into()));
    assert_eq!(upstream.posted().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finished_stream_leaves_its_connection_to_the_next() {
    let bell = Arc::new(Notify::new());
    let upstream = {
        let bell = bell.clone();
        Upstream::start(&["m"], move |_| {
            let mut steps = vec![events(), delta("one")];
            steps.extend(finish());
            // The end of the body comes later than the last event, as it mostly does.
            steps.insert(steps.len() - 1, Step::Wait(bell.clone()));
            steps
        })
        .await
    };
    let world = World::new().await;
    let provider = world.before(&upstream).await.id;
    let person = world.person(&[provider]).await;
    let before = upstream.connections();
    let mut streams = 0;
    // The next request may be quicker than the end of the last one; not every time.
    while streams < upstream.connections() - before + 10 {
        assert!(streams < 200, "each stream made a connection");
        let body = json!({ "model": "m", "stream": true });
        let answer = world.post("/v1/chat/completions", &person.key, &body).await;
        assert!(answer.text().await.unwrap().ends_with("data: [DONE]\n\n"));
        bell.notify_one();
        streams += 1;
    }
}
