//! Connections that say nothing, or half of something: the server is still seen to be alive, and still stops.

use crate::organization::prepare;
use crate::process::{Gatehouse, PATIENCE, gatehouse};
use crate::thorough;
use services::Database;
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Files that the server may open, and connections that are made to it.
const FILES: usize = 256;
const CONNECTIONS: usize = 300;
/// Seconds that stopping may take.
const STOP: u64 = 1;

fn with_few_files() -> Command {
    let binary = gatehouse();
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("ulimit -n {FILES}; exec \"$0\" \"$@\"")])
        .arg(binary.get_program())
        .args(binary.get_args())
        .env("GATEHOUSE_STOP_TIMEOUT", STOP.to_string());
    command
}

async fn connect(server: &Gatehouse, said: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.at).await.unwrap();
    // What is sent away already does not count.
    let _ = stream.write_all(said.as_bytes()).await;
    stream
}

async fn is_alive(server: &Gatehouse) {
    for path in ["/healthz", "/readyz"] {
        let mut stream = connect(
            server,
            &format!("GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n"),
        )
        .await;
        let mut answer = String::new();
        let read = tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer));
        let _ = read.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_connections_hide_nothing_and_stopping_says_whom_it_cut() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::Embedded(folder.path().join("gatehouse.db"));
    let access = prepare(&database, folder.path()).await;
    let mut server = Gatehouse::start(with_few_files(), folder.path(), &access).await;
    let mut silent = Vec::new();
    for number in 0..CONNECTIONS {
        let said = ["", "G", "GET / HTTP/1.1\r\nhost: h\r\nx-half: "][number % 3];
        silent.push(connect(&server, said).await);
    }
    is_alive(&server).await;
    if thorough() {
        // Whoever goes on saying nothing is sent away in the end.
        for mut stream in silent.drain(..) {
            let mut rest = Vec::new();
            let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest))
                .await
                .unwrap();
            assert!(rest.is_empty());
        }
    }

    // Three requests of which half the body is here: they are under way, and the silent ones are not.
    let half = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-length: 100\r\nexpect: 100-continue\r\n\r\n",
        access.owner.key
    );
    let mut under_way = Vec::new();
    for _ in 0..3 {
        let mut stream = connect(&server, &half).await;
        let mut asked_for_more = [0; 25];
        let read = tokio::time::timeout(PATIENCE, stream.read_exact(&mut asked_for_more));
        read.await.unwrap().unwrap();
        assert_eq!(&asked_for_more, b"HTTP/1.1 100 Continue\r\n\r\n");
        under_way.push(stream);
    }
    is_alive(&server).await;
    let began = Instant::now();
    let said = server.stop().await;
    assert!(began.elapsed() >= Duration::from_secs(STOP), "it waited for them");
    assert!(said.contains("3 requests under way"), "{said}");
    assert!(said.contains("cut off: 3 requests."), "{said}");
}
