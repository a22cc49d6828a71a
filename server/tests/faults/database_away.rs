//! PostgreSQL cannot be reached for a while: refused with when to come again, and served soon after it is back.

use crate::organization::prepare;
use crate::process::{Gatehouse, PATIENCE, gatehouse_on};
use crate::thorough;
use reqwest::Response;
use serde_json::{Value, json};
use services::Database;
use std::sync::Arc;
use std::time::Duration;
use store::testing::TestDatabase;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How the line to PostgreSQL is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Up,
    /// Stopped: connections end, and new ones are refused.
    Gone,
    /// Paused, as by SIGSTOP: connections are taken, nothing comes back; all of it comes afterwards.
    Paused,
    /// Cut: nothing comes back, also afterwards, and nobody says that the connection is over.
    Cut,
}

/// Stands between the server and PostgreSQL, and can take the one away from the other.
struct Line {
    port: u16,
    state: watch::Sender<State>,
}

impl Line {
    async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (state, watched) = watch::channel(State::Up);
        tokio::spawn(accept(listener, port, target.into(), watched));
        Self { port, state }
    }
}

/// Waits until the line is as wanted; false when the test is over.
async fn until(state: &mut watch::Receiver<State>, wanted: impl Fn(State) -> bool) -> bool {
    state.wait_for(|state| wanted(*state)).await.is_ok()
}

async fn accept(mut listener: TcpListener, port: u16, target: Arc<str>, mut state: watch::Receiver<State>) {
    loop {
        tokio::select! {
            Ok((near, _)) = listener.accept() => {
                tokio::spawn(carry(near, target.clone(), state.clone()));
            }
            _ = until(&mut state, |state| state == State::Gone) => {
                drop(listener);
                if !until(&mut state, |state| state != State::Gone).await {
                    return;
                }
                listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
            }
        }
    }
}

async fn carry(near: TcpStream, target: Arc<str>, state: watch::Receiver<State>) {
    let mut began = state.clone();
    if !until(&mut began, |state| state != State::Paused).await {
        return;
    }
    if *began.borrow() == State::Cut {
        std::future::pending::<()>().await;
    }
    let far = TcpStream::connect(&*target).await.unwrap();
    let (near_reads, near_writes) = near.into_split();
    let (far_reads, far_writes) = far.into_split();
    let mut ended = state.clone();
    tokio::select! {
        () = pass(near_reads, far_writes, state.clone()) => {}
        () = pass(far_reads, near_writes, state) => {}
        _ = until(&mut ended, |state| state == State::Gone) => {}
    }
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut state: watch::Receiver<State>,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = tokio::select! {
            biased;
            _ = until(&mut state, |state| state == State::Cut) => std::future::pending().await,
            read = from.read(&mut buffer) => read,
        };
        let Ok(read @ 1..) = read else { return };
        if !until(&mut state, |state| state != State::Paused).await {
            return;
        }
        if *state.borrow() == State::Cut {
            std::future::pending::<()>().await;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

/// What needs the database, each in another way.
const ASKED: [&str; 4] = ["gateway", "/api/ui/list_teams", "/o/faults/access", "/login"];

async fn ask(server: &Gatehouse, what: &str) -> Response {
    let answer = match what {
        "gateway" => server.ask().await,
        "/api/ui/list_teams" => server.call("list_teams", json!({})).await,
        path => server.go_to(path).await,
    };
    answer.unwrap()
}

async fn is_refused_and_recovers(away: State) {
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::postgres().await;
    let access = prepare(&database.database, folder.path()).await;
    let Database::Postgres(url) = &database.database else {
        unreachable!()
    };
    let mut through = url::Url::parse(url).unwrap();
    let target = format!(
        "{}:{}",
        through.host_str().unwrap(),
        through.port().unwrap_or(5432)
    );
    let line = Line::to(target).await;
    through.set_host(Some("127.0.0.1")).unwrap();
    through.set_port(Some(line.port)).unwrap();

    let command = gatehouse_on(&Database::Postgres(through.into()), folder.path());
    let mut server = Gatehouse::start(command, folder.path(), &access).await;
    for what in ASKED {
        let answer = ask(&server, what).await;
        assert!(!answer.status().is_server_error(), "{what}: {}", answer.status());
    }

    line.state.send(away).unwrap();
    for what in ASKED {
        let refused = async || {
            let answer = ask(&server, what).await;
            // Until it is noticed, the gateway decides by what it knows.
            if answer.status().is_success() {
                return false;
            }
            assert_eq!(answer.status(), 503, "{away:?}: {what}");
            assert!(answer.headers().contains_key("retry-after"), "{away:?}: {what}");
            let text = answer.text().await.unwrap();
            if what.starts_with("/o/") || what == "/login" {
                assert!(text.starts_with("<!DOCTYPE html>"), "{away:?}: {what}: {text}");
                assert!(text.contains("Try again in a few seconds."), "{away:?}: {what}");
            } else {
                let told: Value = serde_json::from_str(&text).unwrap();
                assert!(told.is_object(), "{away:?}: {what}: {text}");
            }
            true
        };
        server.until(&format!("{what} is refused"), refused).await;
    }
    let out = server
        .submit_as(&access.member, "/logout", "next=")
        .await
        .unwrap();
    assert_eq!(out.status(), 503, "{away:?}");
    assert!(out.headers().contains_key("retry-after"), "{away:?}");
    let cookie = out.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("gatehouse=; "), "{away:?}: {cookie}");
    let alive = server.get("/healthz").await.unwrap();
    assert_eq!(alive.status(), 200, "{away:?}: the process is well");
    let ready = server.get("/readyz").await.unwrap();
    assert_eq!(ready.status(), 503, "{away:?}");
    assert!(ready.text().await.unwrap().contains("database"), "{away:?}");
    if thorough() {
        tokio::time::sleep(Duration::from_secs(10)).await;
    }

    line.state.send(State::Up).unwrap();
    let back = server
        .until("all is served again", async || {
            let mut served = true;
            for what in ASKED {
                served &= !ask(&server, what).await.status().is_server_error();
            }
            served
        })
        .await;
    let within = if thorough() {
        Duration::from_secs(2)
    } else {
        PATIENCE
    };
    assert!(back <= within, "{away:?}: {back:?}");
    let made = server.create_team("after").await.unwrap();
    assert_eq!(made.status(), 200, "{away:?}: changes as well");
    server.kill();
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_stopped_it_says_when_to_come_again() {
    is_refused_and_recovers(State::Gone).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_paused_nobody_waits_for_it() {
    is_refused_and_recovers(State::Paused).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_nobody_ended_do_not_outlive_the_outage() {
    is_refused_and_recovers(State::Cut).await;
}
