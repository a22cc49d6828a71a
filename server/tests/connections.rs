//! Connections over real sockets: whoever only stands there is sent away, and whoever has something to ask is served.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::routing::{get, post};
use server::serve::{Limits, serve};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use support::World;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Until a test gives up. What it waits for takes a fraction of a second, unless the machine is very busy.
const PATIENCE: Duration = Duration::from_secs(60);
const HELLO: &str = "GET / HTTP/1.1\r\nhost: h\r\n\r\n";
const ALIVE: &str = "GET /healthz HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";

/// Short for whoever stands there, long for everything else.
fn limits() -> Limits {
    Limits {
        head: Duration::from_millis(300),
        keep_alive: Duration::from_millis(300),
        body_pause: Duration::from_millis(300),
        body: Duration::from_millis(900),
        write_stall: Duration::from_millis(300),
        connections: 100,
        reserve: 2,
        reserve_head: Duration::from_millis(300),
        stop: PATIENCE,
    }
}

/// Limits under which nobody is sent away for being slow.
fn patient() -> Limits {
    let long = PATIENCE * 10;
    Limits {
        head: long,
        keep_alive: long,
        body_pause: long,
        body: long,
        write_stall: long,
        reserve_head: long,
        ..limits()
    }
}

/// What the routes of the test wait for and tell.
#[derive(Clone, Default)]
struct Signs {
    /// Lets `/held` go on.
    release: Arc<Notify>,
    /// `/held` was asked.
    held: Arc<Notify>,
    /// The answer of `/endless` was dropped.
    dropped: Arc<Notify>,
}

struct Server {
    at: SocketAddr,
    signs: Signs,
    stop: mpsc::Sender<()>,
    said: Arc<std::sync::Mutex<Vec<String>>>,
    ended: JoinHandle<bool>,
}

struct Dropped(Arc<Notify>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

async fn endless(State(signs): State<Signs>) -> Body {
    let dropped = Dropped(signs.dropped);
    let piece = Bytes::from(vec![b'x'; 64 * 1024]);
    Body::from_stream(tokio_stream::iter(std::iter::repeat_with(move || {
        let _held = &dropped;
        Ok::<_, std::io::Error>(piece.clone())
    })))
}

async fn held(State(signs): State<Signs>) -> &'static str {
    signs.held.notify_one();
    signs.release.notified().await;
    "released"
}

impl Server {
    async fn start(limits: Limits) -> Self {
        let signs = Signs::default();
        let app = Router::new()
            .route("/", get(|| async { "hello" }))
            .route("/healthz", get(|| async { "alive" }))
            .route("/take", post(|body: Bytes| async move { body.len().to_string() }))
            .route("/endless", get(endless))
            .route("/held", get(held))
            .with_state(signs.clone());
        Self::with(app, limits, signs).await
    }

    async fn with(app: Router, limits: Limits, signs: Signs) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (stop, signals) = mpsc::channel(2);
        let said = Arc::new(std::sync::Mutex::new(Vec::new()));
        let lines = said.clone();
        let say = move |line| lines.lock().unwrap().push(line);
        let ended = tokio::spawn(serve(
            listener,
            app,
            limits,
            signals,
            CancellationToken::new(),
            say,
        ));
        Self {
            at,
            signs,
            stop,
            said,
            ended,
        }
    }

    async fn send(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.at).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// A connection whose request is being answered.
    async fn busy(&self) -> TcpStream {
        let stream = self.send("GET /held HTTP/1.1\r\nhost: h\r\n\r\n").await;
        within(self.signs.held.notified()).await;
        stream
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().join("\n")
    }
}

async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.unwrap()
}

/// All that comes until the server ends the connection; a reset ends it as well.
async fn rest(mut stream: TcpStream) -> String {
    let mut all = Vec::new();
    let _ = within(stream.read_to_end(&mut all)).await;
    String::from_utf8(all).unwrap()
}

/// Reads as far as the end of a text.
async fn until(stream: &mut TcpStream, end: &str) -> String {
    let mut all = Vec::new();
    while !all.ends_with(end.as_bytes()) {
        all.push(within(stream.read_u8()).await.unwrap());
    }
    String::from_utf8(all).unwrap()
}

/// Sends a byte now and then until the server has enough of it, and says what it answered.
async fn trickle(mut stream: TcpStream, byte: u8) -> String {
    let (mut reader, mut writer) = stream.split();
    let mut answer = Vec::new();
    within(async {
        let trickles = async {
            while writer.write_all(&[byte]).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            _ = reader.read_to_end(&mut answer) => {}
            () = trickles => {}
        }
    })
    .await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_connection_that_asks_nothing_does_not_stay() {
    let server = Server::start(limits()).await;
    for sent in ["", "G", "GET / HTTP/1.1\r\nhost: h\r\nx-a: "] {
        assert_eq!(rest(server.send(sent).await).await, "", "{sent:?}");
    }
    assert_eq!(
        trickle(server.send("GET / HTTP/1.1\r\nx: ").await, b'a').await,
        ""
    );
    // Between two requests as well.
    let answered = rest(server.send(HELLO).await).await;
    assert!(
        answered.starts_with("HTTP/1.1 200") && answered.ends_with("hello"),
        "{answered}"
    );
    let half = rest(server.send(&format!("{HELLO}GET /")).await).await;
    assert!(half.ends_with("hello"), "{half}");
}

#[tokio::test]
async fn half_a_body_does_not_hold_a_connection() {
    let server = Server::start(limits()).await;
    let head = "POST /take HTTP/1.1\r\nhost: h\r\ncontent-length: 100000\r\n\r\n";
    for body in ["", "abc"] {
        let answer = rest(server.send(&format!("{head}{body}")).await).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    let answer = trickle(server.send(head).await, b'a').await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    let chunked = "POST /take HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab";
    let answer = rest(server.send(chunked).await).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn no_route_waits_for_ever_for_a_body() {
    let world = World::new().await;
    let (_folder, router) = world.copy().await;
    let session = &world.sessions["owner"];
    let forms = server::router::plain_routes()
        .into_iter()
        .filter(|(method, _, _)| *method == "POST");
    let mut paths: Vec<_> = forms.map(|(_, path, _)| path.replace("{org}", "acme")).collect();
    paths.extend(server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()));
    paths.extend(
        gateway::paths()
            .into_iter()
            .filter(|(method, _)| *method == "POST")
            .map(|(_, path)| path),
    );
    // All at once, and none is to be turned away for the others.
    let limits = Limits {
        connections: paths.len(),
        ..limits()
    };
    let server = Server::with(router, limits, Signs::default()).await;
    let mut asked = tokio::task::JoinSet::new();
    for path in paths {
        let path = path
            .replace("{token}", &world.invitation)
            .replace("{org}", "acme");
        let kind = if path.starts_with("/api/") {
            "application/json"
        } else {
            "application/x-www-form-urlencoded"
        };
        let sent = format!(
            "POST {path} HTTP/1.1\r\nhost: h\r\norigin: http://h\r\ncookie: gatehouse={session}\r\n\
             content-type: {kind}\r\ncontent-length: 50\r\n\r\nabc"
        );
        let stream = server.send(&sent).await;
        asked.spawn(async move { (path, rest(stream).await) });
    }
    while let Some(answered) = asked.join_next().await {
        let (path, answer) = answered.unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 5"),
            "{path}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_does_not_hold_the_answer() {
    let server = Server::start(limits()).await;
    let stream = server.send("GET /endless HTTP/1.1\r\nhost: h\r\n\r\n").await;
    within(server.signs.dropped.notified()).await;
    drop(stream);
}

#[tokio::test]
async fn silent_connections_make_room_for_requests() {
    let server = Server::start(Limits {
        connections: 4,
        ..patient()
    })
    .await;
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(server.send("GET").await);
    }
    let mut asking = server.send(HELLO).await;
    assert!(until(&mut asking, "hello").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn health_is_answered_when_every_connection_is_busy() {
    let server = Server::start(Limits {
        connections: 3,
        ..patient()
    })
    .await;
    let mut busy = Vec::new();
    for _ in 0..3 {
        busy.push(server.busy().await);
    }
    let alive = rest(server.send(ALIVE).await).await;
    assert!(
        alive.starts_with("HTTP/1.1 200") && alive.ends_with("alive"),
        "{alive}"
    );
    let refused = rest(server.send(HELLO).await).await;
    assert!(
        refused.starts_with("HTTP/1.1 503") && refused.contains("retry-after: 1"),
        "{refused}"
    );
    server.signs.release.notify_waiters();
    for mut stream in busy {
        until(&mut stream, "released").await;
    }
    let mut asking = server.send(HELLO).await;
    assert!(until(&mut asking, "hello").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn stopping_ends_silent_connections_at_once_and_lets_requests_finish() {
    let server = Server::start(patient()).await;
    let (silent, half) = (server.send("").await, server.send("GET /").await);
    let mut idle = server.send(HELLO).await;
    until(&mut idle, "hello").await;
    let busy = server.busy().await;
    server.stop.send(()).await.unwrap();
    for quiet in [silent, half, idle] {
        assert_eq!(rest(quiet).await, "");
    }
    assert!(!server.ended.is_finished());
    assert!(server.said().contains("1 request under way"), "{}", server.said());
    assert!(
        TcpStream::connect(server.at).await.is_err(),
        "nobody new is taken"
    );
    server.signs.release.notify_waiters();
    assert!(rest(busy).await.ends_with("released"));
    assert!(within(server.ended).await.unwrap());
}

#[tokio::test]
async fn stopping_is_over_in_a_set_time() {
    let stop = Duration::from_millis(300);
    let server = Server::start(Limits { stop, ..patient() }).await;
    let busy = server.busy().await;
    let said = server.said.clone();
    server.stop.send(()).await.unwrap();
    assert!(within(server.ended).await.unwrap());
    assert!(
        said.lock().unwrap()[1].contains("cut off: 1 request."),
        "{said:?}"
    );
    assert_eq!(rest(busy).await, "");
}

#[tokio::test]
async fn a_second_signal_stops_at_once() {
    let server = Server::start(patient()).await;
    let _busy = server.busy().await;
    server.stop.send(()).await.unwrap();
    server.stop.send(()).await.unwrap();
    assert!(!within(server.ended).await.unwrap());
}
