//! A provider on loopback that answers by script: whole or in pieces, late, wrong, or not at all.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    pub method: String,
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Which request of its connection it is, from 1 on.
    pub turn: usize,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// One thing that the provider does.
#[derive(Clone)]
pub enum Step {
    /// Sends octets as they are.
    Raw(Vec<u8>),
    /// Sends a piece of a body (chunked).
    Piece(Vec<u8>),
    /// Ends a body (chunked).
    End,
    /// Waits for the test.
    Wait(Arc<Notify>),
    /// Waits until the other side closes.
    UntilClosed,
    /// Breaks the connection off.
    Reset,
    /// Closes the connection in order.
    Close,
}

/// What the provider answers to a request.
pub type Script = dyn Fn(&Received) -> Vec<Step> + Send + Sync;

pub struct Upstream {
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
    closed: Arc<Mutex<Option<Instant>>>,
    connections: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A whole answer.
pub fn whole(status: u16, content_type: &str, body: &str) -> Vec<Step> {
    vec![Step::Raw(
        format!(
            "HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nretry-after: 7\r\nset-cookie: a=b\r\n\r\n{body}",
            body.len()
        )
        .into_bytes(),
    )]
}

pub fn json(body: &str) -> Vec<Step> {
    whole(200, "application/json", body)
}

/// The head of a stream of events.
pub fn events() -> Step {
    Step::Raw(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n".to_vec(),
    )
}

/// A piece of text in an answer of chat completions.
pub fn delta(text: &str) -> Step {
    let event = serde_json::json!({ "choices": [{ "index": 0, "delta": { "content": text }, "finish_reason": null }] });
    Step::Piece(format!("data: {event}\n\n").into_bytes())
}

/// The end of an answer of chat completions.
pub fn finish() -> Vec<Step> {
    let stop = br#"data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    let usage =
        br#"data: {"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":5,"total_tokens":16}}"#;
    vec![
        Step::Piece([&stop[..], b"\n\n"].concat()),
        Step::Piece([&usage[..], b"\n\ndata: [DONE]\n\n"].concat()),
        Step::End,
    ]
}

impl Upstream {
    /// Answers `GET …/models` with these models and everything else by script.
    pub async fn start(
        models: &[&str],
        script: impl Fn(&Received) -> Vec<Step> + Send + Sync + 'static,
    ) -> Self {
        let list: Vec<_> = models.iter().map(|id| serde_json::json!({ "id": id })).collect();
        let list = serde_json::json!({ "data": list }).to_string();
        Self::serve(move |request| {
            if request.method == "GET" {
                json(&list)
            } else {
                script(request)
            }
        })
        .await
    }

    /// Answers everything by script.
    pub async fn serve(script: impl Fn(&Received) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let closed = Arc::new(Mutex::new(None));
        let connections = Arc::new(AtomicUsize::new(0));
        let script: Arc<Script> = Arc::new(script);
        let task = {
            let (received, closed, connections) = (received.clone(), closed.clone(), connections.clone());
            tokio::spawn(async move {
                while let Ok((socket, _)) = listener.accept().await {
                    connections.fetch_add(1, Ordering::SeqCst);
                    let (script, received, closed) = (script.clone(), received.clone(), closed.clone());
                    tokio::spawn(async move { converse(socket, &*script, &received, &closed).await });
                }
            })
        };
        Self {
            url,
            received,
            closed,
            connections,
            task,
        }
    }

    /// What was sent to models so far.
    pub fn posted(&self) -> Vec<Received> {
        let all = self.received.lock().unwrap();
        all.iter().filter(|r| r.method == "POST").cloned().collect()
    }

    /// Connections that were made so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// When the other side closed a connection on which the script waited for that.
    pub async fn closed(&self) -> Instant {
        for _ in 0..1_000 {
            if let Some(at) = *self.closed.lock().unwrap() {
                return at;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the connection was not closed")
    }
}

async fn converse(
    mut socket: TcpStream,
    script: &Script,
    received: &Mutex<Vec<Received>>,
    closed: &Mutex<Option<Instant>>,
) {
    socket.set_nodelay(true).unwrap();
    let mut buffer = Vec::new();
    let mut turn = 0;
    while let Some(mut request) = read(&mut socket, &mut buffer).await {
        turn += 1;
        request.turn = turn;
        received.lock().unwrap().push(request.clone());
        for step in script(&request) {
            let sent = match step {
                Step::Raw(bytes) => socket.write_all(&bytes).await,
                Step::Piece(bytes) => {
                    let framed = [format!("{:x}\r\n", bytes.len()).as_bytes(), &bytes, b"\r\n"].concat();
                    socket.write_all(&framed).await
                }
                Step::End => socket.write_all(b"0\r\n\r\n").await,
                Step::Wait(bell) => {
                    bell.notified().await;
                    Ok(())
                }
                Step::UntilClosed => {
                    let mut rest = [0; 64];
                    while socket.read(&mut rest).await.is_ok_and(|n| n > 0) {}
                    *closed.lock().unwrap() = Some(Instant::now());
                    return;
                }
                Step::Close => return,
                Step::Reset => {
                    // With nothing to linger for, closing sends a reset.
                    socket.set_zero_linger().unwrap();
                    return;
                }
            };
            if sent.is_err() {
                return;
            }
        }
    }
}

async fn read(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Received> {
    let mut block = [0; 16 * 1024];
    let head_end = loop {
        if let Some(at) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            break at;
        }
        match socket.read(&mut block).await {
            Ok(n) if n > 0 => buffer.extend_from_slice(&block[..n]),
            _ => return None,
        }
    };
    let head = String::from_utf8(buffer[..head_end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .map_or(0, |(_, value)| value.parse().unwrap());
    buffer.drain(..head_end + 4);
    while buffer.len() < length {
        match socket.read(&mut block).await {
            Ok(n) if n > 0 => buffer.extend_from_slice(&block[..n]),
            _ => return None,
        }
    }
    let body = buffer.drain(..length).collect();
    Some(Received {
        method,
        path,
        headers,
        body,
        turn: 0,
    })
}
