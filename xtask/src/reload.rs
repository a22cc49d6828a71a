//! Tells open pages to reload while somebody is changing the code: the listening end of leptos' `AutoReload`, as
//! cargo-leptos has it.

use std::io::{BufRead as _, BufReader, Write as _, stdin};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use base64::Engine as _;
use sha1::{Digest as _, Sha1};

/// Pages connect here unless configured otherwise.
const PORT: u16 = 3001;

/// The text message `{"all":true}` as a WebSocket frame: final, text, 12 bytes.
const RELOAD: &[u8] = b"\x81\x0c{\"all\":true}";

/// Serves until its input ends; each line of it makes every open page reload.
pub fn serve() -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, PORT))
        .with_context(|| format!("cannot listen on port {PORT} for pages that want to be reloaded"))?;
    let pages = Arc::new(Mutex::new(Vec::new()));
    let waiting = Arc::clone(&pages);
    std::thread::spawn(move || {
        for page in listener.incoming().flatten().filter_map(|page| greet(page).ok()) {
            waiting.lock().unwrap_or_else(PoisonError::into_inner).push(page);
        }
    });
    for line in stdin().lines() {
        line?;
        // A page that is gone cannot be written to, and is forgotten.
        pages
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain_mut(|page: &mut TcpStream| page.write_all(RELOAD).is_ok());
    }
    Ok(())
}

/// The opening handshake of a WebSocket.
fn greet(mut page: TcpStream) -> Result<TcpStream> {
    // Nobody may hold up those behind.
    page.set_read_timeout(Some(std::time::Duration::from_secs(1)))?;
    let mut key = None;
    for line in BufReader::new(&page).lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("sec-websocket-key")
        {
            key = Some(value.trim().to_owned());
        }
    }
    let key = key.context("not a WebSocket")?;
    write!(
        page,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        accept(&key)
    )?;
    Ok(page)
}

/// The answer that proves that a key was read by something that speaks WebSocket (RFC 6455, section 1.3).
fn accept(key: &str) -> String {
    let digest = Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    base64::engine::general_purpose::STANDARD.encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_the_key_of_the_rfc() {
        assert_eq!(accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn the_frame_says_how_long_its_text_is() {
        assert_eq!(usize::from(RELOAD[1]), RELOAD.len() - 2);
    }
}
