//! Taking connections, and ending those that only stand there.
//!
//! Whoever connects can be slow in four ways, and each has its limit: sending nothing, sending a request's head or body
//! bit by bit, not taking the answer. At the most connections at once the one that has waited longest for a request makes
//! room; when all are busy, a few more are taken that are told so, and told that the server is alive.

mod body;
mod connection;
pub mod descriptors;
mod io;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, header};
use connection::{Connections, Lane};
use gateway::Refusal;
use std::convert::Infallible;
use std::error::Error;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// Limits of connections, each with its reason.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the first byte of a request's head, or from connecting, to the head's end: a head is a few packets.
    pub head: Duration,
    /// Between two requests. Longer than the sixty seconds for which nginx keeps its connections, so that it is the proxy
    /// that ends them and never sends a request into one that is being closed.
    pub keep_alive: Duration,
    /// Between two pieces of a request's body: a network that hangs longer is gone.
    pub body_pause: Duration,
    /// For a whole body, however busily it trickles: 25 MB at 2 Mbit/s.
    pub body: Duration,
    /// Without the client taking anything of the answer that is ready for it.
    pub write_stall: Duration,
    /// Connections at once.
    pub connections: usize,
    /// More connections, which are answered only that the server is busy or alive.
    pub reserve: usize,
    /// What the head on such a connection may take.
    pub reserve_head: Duration,
    /// How long stopping waits for requests under way.
    pub stop: Duration,
}

impl Limits {
    /// The limits of a server that takes this many connections and stops within this time.
    pub fn new(connections: usize, stop: Duration) -> Self {
        Self {
            head: Duration::from_secs(10),
            keep_alive: Duration::from_secs(75),
            body_pause: Duration::from_secs(15),
            body: Duration::from_secs(120),
            write_stall: Duration::from_secs(60),
            connections,
            reserve: 16,
            reserve_head: Duration::from_secs(2),
            stop,
        }
    }
}

/// How long accepting pauses when the system has no more files: trying again at once would only heat the room.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How often a failure to accept is logged: under attack it would be every time.
const ACCEPT_LOGGED: Duration = Duration::from_secs(5);

/// Connections that the system holds until they are taken: with the usual 128, a burst of clients waits a second and more
/// for the system to ask again (RFC 6298, 2.1). The system may have a lower limit (`net.core.somaxconn`).
const WAITING_TO_BE_TAKEN: u32 = 4_096;

/// Listens at an address. Errors are the system's: the address is taken, or may not be used.
pub fn listen(addr: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match addr {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // Connections of a server that has just ended do not keep the next from starting. Elsewhere than on Unix the same
    // option would let two servers have one address.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(WAITING_TO_BE_TAKEN)
}

/// Serves until the first message in `signals`, then cancels `stopping` and lets requests under way finish. What it says
/// while stopping goes to `say`. Returns false when a second message cut that short.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    limits: Limits,
    mut signals: mpsc::Receiver<()>,
    stopping: CancellationToken,
    mut say: impl FnMut(String),
) -> bool {
    let connections = Arc::new(Connections::default());
    let mut tasks = JoinSet::new();
    let mut logged: Option<Instant> = None;
    loop {
        tokio::select! {
            _ = signals.recv() => break,
            Some(ended) = tasks.join_next() => report(ended),
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let Some(lane) = connections.lane(&limits).await else { continue };
                    small_pieces_at_once(&stream);
                    let app = app.clone();
                    let service = move |request| answer(app.clone(), lane, request);
                    let entry = connections.enter(lane, peer);
                    tasks.spawn(connection::run(stream, service, entry, limits, stopping.clone()));
                }
                Err(error) if of_one_connection(error.kind()) => {}
                Err(error) => {
                    if logged.is_none_or(|at| at.elapsed() >= ACCEPT_LOGGED) {
                        tracing::error!(error = &error as &dyn Error, "connections cannot be accepted");
                        logged = Some(Instant::now());
                    }
                    connections.end_one_that_waits();
                    // One that is over has left a file to take the next with.
                    tokio::select! {
                        Some(ended) = tasks.join_next() => report(ended),
                        () = tokio::time::sleep(ACCEPT_PAUSE) => {}
                    }
                }
            },
        }
    }
    drop(listener);
    say(stopping_for(connections.under_way(), limits.stop));
    stopping.cancel();
    let finished = async { while tasks.join_next().await.is_some() {} };
    tokio::select! {
        () = finished => return true,
        _ = signals.recv() => say("Stopping at once.".to_owned()),
        () = tokio::time::sleep(limits.stop) => {
            say(format!("Stopping without waiting longer; cut off: {}.", requests(connections.under_way())));
            tasks.shutdown().await;
            return true;
        }
    }
    tasks.shutdown().await;
    false
}

fn requests(count: usize) -> String {
    match count {
        1 => "1 request".to_owned(),
        count => format!("{count} requests"),
    }
}

fn stopping_for(under_way: usize, most: Duration) -> String {
    match under_way {
        0 => "Stopping; no request is under way.".to_owned(),
        count => format!(
            "Stopping; waiting up to {} s for {} under way. A second signal stops at once.",
            most.as_secs(),
            requests(count)
        ),
    }
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(error = &error as &dyn Error, "a connection failed");
    }
}

/// Whether a failure to accept is about a client that has gone already.
fn of_one_connection(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused
    )
}

/// Small pieces of a stream must not wait for more.
fn small_pieces_at_once(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::warn!(error = &error as &dyn Error, "a connection keeps its delay");
    }
}

async fn answer(app: Router, lane: Lane, request: Request<Body>) -> Result<Response<Body>, Infallible> {
    if matches!(lane, Lane::Usual) || request.uri().path() == crate::health::ALIVE {
        return app.oneshot(request).await;
    }
    let mut response = Refusal {
        retry_after: Some(1),
        ..Refusal::new(
            503,
            "too_many_connections",
            "The server has as many connections as it can take. Try again in a moment.",
        )
    }
    .response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
