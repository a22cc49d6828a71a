//! What one key or member holds is bounded, and given back.

use crate::upstream::{Step, Upstream, json};
use crate::world::{World, code};
use bytes::Bytes;
use domain::key::KeyInput;
use gateway::Limits;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Notify;

const PATH: &str = "/v1/chat/completions";
const MEGABYTE: usize = 1024 * 1024;

fn ask() -> Value {
    json!({ "model": "m" })
}

/// A body of so many bytes and a few.
fn large(bytes: usize) -> String {
    json!({ "model": "m", "x": "x".repeat(bytes) }).to_string()
}

/// Waits until so many requests have come to the provider.
async fn until_posted(upstream: &Upstream, count: usize) {
    while upstream.posted().len() < count {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A provider that answers when the test says so.
async fn waiting(bell: &Arc<Notify>) -> Upstream {
    let bell = bell.clone();
    Upstream::start(&["m"], move |_| {
        let mut steps = vec![Step::Wait(bell.clone())];
        steps.extend(json("{}"));
        steps
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_at_once_are_counted_for_key_and_member() {
    let bell = Arc::new(Notify::new());
    let upstream = waiting(&bell).await;
    let limits = Limits {
        key_requests: 2,
        member_requests: 3,
        ..Limits::default()
    };
    let world = Arc::new(World::with(true, limits).await);
    let provider = world.before(&upstream).await.id;
    let person = world.person(&[provider]).await;
    let second = world.key(&person.actor, KeyInput::default()).await;
    let other = world.person(&[provider]).await;
    let mut running = tokio::task::JoinSet::new();
    for (key, at) in [(&person.key, 1), (&person.key, 2), (&second, 3)] {
        let (world, key) = (world.clone(), key.clone());
        running.spawn(async move { world.post(PATH, &key, &ask()).await.status().as_u16() });
        until_posted(&upstream, at).await;
    }
    for key in [&person.key, &second] {
        let refused = world.post(PATH, key, &ask()).await;
        assert!(refused.headers().contains_key("retry-after"));
        assert_eq!(code(refused).await, (429, "too_many_requests".into()));
    }
    let chat = world.engine.chat(&person.actor, provider, "m", json!([])).await;
    assert_eq!(chat.err().unwrap().code, "too_many_requests");
    {
        let (world, key) = (world.clone(), other.key.clone());
        running.spawn(async move { world.post(PATH, &key, &ask()).await.status().as_u16() });
    }
    until_posted(&upstream, 4).await;
    // One at a time, since the bell remembers one ring only.
    for _ in 0..4 {
        bell.notify_one();
        assert_eq!(running.join_next().await.unwrap().unwrap(), 200);
    }
    // Given back with the answer, whatever became of the refused ones.
    bell.notify_one();
    assert_eq!(world.post(PATH, &person.key, &ask()).await.status(), 200);
}

/// Announces a large body and sends none of it: room is taken all the same.
async fn announce(world: &World, key: &str) -> TcpStream {
    let at = world.url.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(at).await.unwrap();
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {key}\r\ncontent-length: {}\r\n\r\n",
        25 * MEGABYTE
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_member_takes_half_of_the_memory_at_most() {
    let upstream = Upstream::start(&["m"], |_| json("{}")).await;
    let limits = Limits {
        memory_wait: Duration::from_millis(50),
        ..Limits::default()
    };
    let world = World::with(true, limits).await;
    let provider = world.before(&upstream).await.id;
    let person = world.person(&[provider]).await;
    let other = world.person(&[provider]).await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(announce(&world, &person.key).await);
    }
    let body = Bytes::from(large(24 * MEGABYTE));
    let refused = loop {
        let answer = world.send(PATH, &person.key, body.clone()).await;
        if answer.status() != 200 {
            break answer;
        }
    };
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(code(refused).await, (429, "too_many_requests".into()));
    let long = json!([{ "role": "user", "content": "x".repeat(24 * MEGABYTE) }]);
    let chat = world.engine.chat(&person.actor, provider, "m", long).await;
    assert_eq!(chat.err().unwrap().code, "too_many_requests");
    assert_eq!(world.send(PATH, &other.key, body).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_large_bodies_of_one_key_leave_memory_to_others() {
    let upstream = Upstream::start(&["m"], |_| json("{}")).await;
    let world = Arc::new(World::new().await);
    let provider = world.before(&upstream).await.id;
    let person = world.person(&[provider]).await;
    let other = world.person(&[provider]).await;
    let body = Bytes::from(large(24 * MEGABYTE));
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (world, key, body) = (world.clone(), person.key.clone(), body.clone());
        running.spawn(async move {
            let answer = world.send(PATH, &key, body).await;
            match answer.status().as_u16() {
                200 => 200,
                _ => code(answer).await.0,
            }
        });
    }
    let mut answered = 0;
    while !running.is_empty() {
        assert_eq!(world.send(PATH, &other.key, large(MEGABYTE)).await.status(), 200);
        while let Some(status) = running.try_join_next() {
            let status = status.unwrap();
            assert!(status == 200 || status == 429, "{status}");
            answered += usize::from(status == 200);
        }
    }
    assert!(answered >= 2, "{answered}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_is_reserved_before_a_body_comes_and_given_back_when_its_client_goes() {
    let upstream = Upstream::start(&["m"], |_| json("{}")).await;
    let limits = Limits {
        memory: 80 * MEGABYTE,
        memory_wait: Duration::from_millis(50),
        ..Limits::default()
    };
    let world = World::with(true, limits).await;
    let provider = world.before(&upstream).await.id;
    let people = [world.person(&[provider]).await, world.person(&[provider]).await];
    let third = world.person(&[provider]).await;
    let mut silent = Vec::new();
    for person in [&people[0], &people[0], &people[1]] {
        silent.push(announce(&world, &person.key).await);
    }
    let body = Bytes::from(large(20 * MEGABYTE));
    let refused = loop {
        let answer = world.send(PATH, &third.key, body.clone()).await;
        if answer.status() != 200 {
            break answer;
        }
    };
    assert_eq!(refused.headers()["retry-after"], "2");
    assert_eq!(code(refused).await, (503, "server_busy".into()));
    drop(silent);
    while world.send(PATH, &third.key, body.clone()).await.status() != 200 {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_the_provider_has_read_is_not_kept() {
    let bell = Arc::new(Notify::new());
    let upstream = waiting(&bell).await;
    let world = Arc::new(World::new().await);
    let provider = world.before(&upstream).await.id;
    let person = world.person(&[provider]).await;
    let body = Bytes::from(large(24 * MEGABYTE));
    let mut running = tokio::task::JoinSet::new();
    // More than one member may hold, all of them waiting for their answers.
    for at in 1..=4 {
        let (world, key, body) = (world.clone(), person.key.clone(), body.clone());
        running.spawn(async move { world.send(PATH, &key, body).await.status().as_u16() });
        until_posted(&upstream, at).await;
    }
    for _ in 0..4 {
        bell.notify_one();
        assert_eq!(running.join_next().await.unwrap().unwrap(), 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_answers_count_as_well() {
    let upstream = Upstream::start(&["m"], |_| json(&format!("\"{}\"", "x".repeat(20 * MEGABYTE)))).await;
    let limits = Limits {
        memory: 16 * MEGABYTE,
        memory_wait: Duration::from_millis(50),
        ..Limits::default()
    };
    let world = World::with(true, limits).await;
    let provider = world.before(&upstream).await.id;
    let person = world.person(&[provider]).await;
    let answer = world.post(PATH, &person.key, &ask()).await;
    assert_eq!(code(answer).await, (503, "server_busy".into()));
}
