//! Twenty large bodies with one key: no more is held than the budget, the others are told, and all of it is given back.

use crate::organization::{Access, Person, prepare};
use crate::process::{Gatehouse, PATIENCE, gatehouse};
use crate::thorough;
use serde_json::json;
use services::Database;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const BODIES: usize = 20;
const MEGABYTE: usize = 1024 * 1024;
const BODY: usize = 24 * MEGABYTE;
/// Megabytes for bodies, of which one member may have half.
const BUDGET: usize = 128;

/// Sends all of a body but its last byte, so that it is held unless it is refused.
async fn hold(server: &Gatehouse, person: &Person, body: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(server.at).await.unwrap();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\nconnection: close\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        person.key,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body[..body.len() - 1]).await.unwrap();
    stream
}

/// Sends the last byte; the whole answer.
async fn finish(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.write_all(b"}").await.unwrap();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer));
    read.await.unwrap().unwrap();
    answer
}

async fn flood(server: &Arc<Gatehouse>, access: &Access, body: &Arc<Vec<u8>>) {
    let before = server.memory();
    let mut sending = JoinSet::new();
    for _ in 0..BODIES {
        let (server, person, body) = (server.clone(), access.member.clone(), body.clone());
        sending.spawn(async move { hold(&server, &person, &body).await });
    }
    let (mut sent, mut most) = (Vec::new(), before);
    while !sending.is_empty() {
        let others = json!({ "model": "m", "messages": [], "x": "x".repeat(MEGABYTE) });
        let other = server.ask_as(&access.owner, &others).await.unwrap();
        assert_eq!(other.status(), 200, "another key is served meanwhile");
        most = most.max(server.memory());
        while let Some(stream) = sending.try_join_next() {
            sent.push(stream.unwrap());
        }
    }
    assert!(most < before + BUDGET, "{before} MB became {most} MB");
    let mut served = 0;
    for stream in sent {
        let answer = finish(stream).await;
        if answer.starts_with("HTTP/1.1 200") {
            served += 1;
        } else {
            assert!(answer.starts_with("HTTP/1.1 429"), "{answer}");
            assert!(answer.contains("retry-after: "), "{answer}");
            assert!(
                answer.contains("hold as much memory as one member may"),
                "{answer}"
            );
        }
    }
    let share = BUDGET / 2 * MEGABYTE / BODY;
    assert_eq!(served, share, "what fits a member's share is served, and no more");
    // The system has its memory back; the allocator returns it while there is something to do.
    server
        .until("memory is given back", async || {
            assert_eq!(server.ask().await.unwrap().status(), 200);
            server.memory() < before + BUDGET / 4
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_large_bodies_of_one_key_stay_within_the_budget() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::Embedded(folder.path().join("gatehouse.db"));
    let access = prepare(&database, folder.path()).await;
    let mut command = gatehouse();
    command.env("GATEHOUSE_BODY_MEMORY", BUDGET.to_string());
    let server = Arc::new(Gatehouse::start(command, folder.path(), &access).await);
    assert_eq!(server.ask().await.unwrap().status(), 200);
    let mut body = format!(
        "{{\"model\":\"m\",\"messages\":[],\"x\":\"{}\"}}",
        "x".repeat(BODY)
    )
    .into_bytes();
    body.shrink_to_fit();
    let body = Arc::new(body);
    for _ in 0..if thorough() { 10 } else { 1 } {
        flood(&server, &access, &body).await;
    }
}
