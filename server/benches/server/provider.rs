//! A provider that answers at once, with as little work as can be, so that what is measured is the gateway.

use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The one model it has.
pub const MODEL: &str = "plain-model";

/// An answer of 600 bytes, as the figures of other gateways were measured with.
fn plain() -> Vec<u8> {
    let head = r#"{"id":"x","object":"chat.completion","model":"plain-model","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":""#;
    let tail = r#""}}],"usage":{"prompt_tokens":9,"completion_tokens":9,"total_tokens":18}}"#;
    let body = format!("{head}{}{tail}", "a".repeat(600 - head.len() - tail.len()));
    whole(&body)
}

fn whole(body: &str) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

fn piece(text: &str) -> Vec<u8> {
    format!("{:x}\r\n{text}\r\n", text.len()).into_bytes()
}

/// Starts it; `paced` requests get `pieces` with `pace` between them.
pub async fn start(pieces: usize, pace: Duration) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(async move { converse(socket, pieces, pace).await });
        }
    });
    Ok(address)
}

async fn converse(mut socket: TcpStream, pieces: usize, pace: Duration) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    let models = whole(&format!("{{\"data\":[{{\"id\":\"{MODEL}\"}}]}}"));
    let plain = plain();
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let token = piece(
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word \"},\"finish_reason\":null}]}\n\n",
    );
    let end = [
        piece(
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
        ),
        b"0\r\n\r\n".to_vec(),
    ]
    .concat();
    let mut buffer = vec![0; 64 * 1024];
    let mut filled = 0;
    loop {
        let read = socket.read(&mut buffer[filled..]).await?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        let Some(request) = load_request(&buffer[..filled]) else {
            continue;
        };
        if request.starts_with(b"GET") {
            socket.write_all(&models).await?;
        } else if contains(request, b"\"kind\":\"stream\"") {
            socket.write_all(&[&head[..], &token].concat()).await?;
            socket.write_all(&end).await?;
        } else if contains(request, b"\"kind\":\"paced\"") {
            socket.write_all(head).await?;
            for _ in 0..pieces {
                tokio::time::sleep(pace).await;
                socket.write_all(&token).await?;
            }
            socket.write_all(&end).await?;
        } else {
            socket.write_all(&plain).await?;
        }
        filled = 0;
    }
}

/// The bytes of a request, once all of it is there.
fn load_request(bytes: &[u8]) -> Option<&[u8]> {
    let head = bytes.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).ok()?;
    let length = text
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.parse::<usize>().ok())
        .unwrap_or(0);
    (bytes.len() >= head + length).then_some(bytes)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|w| w == part)
}

/// A request for the model, of a kind that the provider knows.
pub fn request(to: SocketAddr, key: &str, kind: &str) -> Vec<u8> {
    let stream = kind != "plain";
    let body = format!(
        "{{\"model\":\"bench/{MODEL}\",\"kind\":\"{kind}\",\"stream\":{stream},\"messages\":[{{\"role\":\"user\",\"content\":\"Say something short.\"}}]}}"
    );
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {to}\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
