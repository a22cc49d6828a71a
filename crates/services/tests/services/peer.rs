//! A mail server (RFC 5321) that does as it is told, and keeps what it was sent.

use services::Mailer;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What becomes of one message.
#[derive(Clone, Copy, Debug)]
pub enum Reply {
    Take,
    /// The mailbox is busy.
    Later,
    /// There is no such mailbox.
    Refuse,
    /// It is read to its end, and the connection closed without a word.
    Silence,
}

/// A message as it arrived.
#[derive(Clone, Debug)]
pub struct Arrived {
    pub to: String,
    /// Headers and parts, with the soft line breaks of quoted-printable taken out.
    pub text: String,
}

impl Arrived {
    /// What follows this in the message, up to the end of the word.
    pub fn after(&self, start: &str) -> &str {
        let (_, rest) = self
            .text
            .split_once(start)
            .unwrap_or_else(|| panic!("no {start} in {self:?}"));
        rest.split(|c: char| c.is_whitespace() || c == '"')
            .next()
            .unwrap()
    }
}

pub struct Peer {
    pub mailer: Mailer,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    arrived: mpsc::UnboundedReceiver<Arrived>,
}

impl Peer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let replies = Arc::new(Mutex::new(VecDeque::new()));
        let (tell, arrived) = mpsc::unbounded_channel();
        tokio::spawn({
            let replies = replies.clone();
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(talk(stream, replies.clone(), tell.clone()));
                }
            }
        });
        Self {
            mailer: Mailer::new(&url, "Gatehouse <gatehouse@example.com>").unwrap(),
            replies,
            arrived,
        }
    }

    /// What becomes of the next messages; of those after them, that they are taken.
    pub fn reply(&self, replies: &[Reply]) {
        self.replies.lock().unwrap().extend(replies);
    }

    /// The next message that arrives.
    pub async fn next(&mut self) -> Arrived {
        let next = tokio::time::timeout(std::time::Duration::from_secs(20), self.arrived.recv()).await;
        next.expect("mail within twenty seconds").expect("a peer")
    }

    /// What has arrived and was not looked at.
    pub fn rest(&mut self) -> Vec<Arrived> {
        std::iter::from_fn(|| self.arrived.try_recv().ok()).collect()
    }
}

async fn talk(stream: TcpStream, replies: Arc<Mutex<VecDeque<Reply>>>, tell: mpsc::UnboundedSender<Arrived>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut reply = Reply::Take;
    let mut to = String::new();
    if write.write_all(b"220 peer ESMTP\r\n").await.is_err() {
        return;
    }
    while let Ok(Some(line)) = lines.next_line().await {
        let word = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        let answer: &str = match word.as_str() {
            "EHLO" => "250-peer\r\n250 8BITMIME",
            "RCPT" => {
                reply = replies.lock().unwrap().pop_front().unwrap_or(Reply::Take);
                to = line
                    .trim_start_matches("RCPT TO:<")
                    .trim_end_matches('>')
                    .to_owned();
                match reply {
                    Reply::Refuse => "550 5.1.1 No such mailbox here",
                    _ => "250 ok",
                }
            }
            "DATA" => {
                if write.write_all(b"354 go on\r\n").await.is_err() {
                    return;
                }
                let mut text = String::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    match line.strip_suffix('=') {
                        Some(soft) => text.push_str(soft),
                        None => {
                            text.push_str(&line);
                            text.push('\n');
                        }
                    }
                }
                let text = text.replace("=3D", "=");
                match reply {
                    Reply::Later => "451 4.2.1 Mailbox busy",
                    Reply::Silence => return,
                    Reply::Take | Reply::Refuse => {
                        let _ = tell.send(Arrived { to: to.clone(), text });
                        "250 taken"
                    }
                }
            }
            "QUIT" => return,
            _ => "250 ok",
        };
        if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}
