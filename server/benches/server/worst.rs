//! What one member can do at worst to a server, one kind after the other and all at once.

use crate::Failed;
use crate::organization::ORG;
use crate::provider::MODEL;
use reqwest::{Client, RequestBuilder};
use std::net::SocketAddr;
use std::time::Instant;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep_until;

/// The largest body that the gateway takes, nearly.
const BODY_BYTES: usize = 25 * 1024 * 1024 - 1024;

/// A kind of load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 14 searches in 250 long messages.
    HistorySearch,
    /// Eight searches of the table for twelve words.
    TableSearch,
    /// Five workbooks of all members.
    Exports,
    /// Twenty requests with 25 MB each.
    Bodies,
    /// 250 sign-ins with a wrong password.
    SignIns,
    /// 2,000 connections that send half a header.
    IdleConnections,
}

impl Kind {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::HistorySearch,
        Self::TableSearch,
        Self::Exports,
        Self::Bodies,
        Self::SignIns,
        Self::IdleConnections,
    ];

    /// As it is called in the result.
    pub fn name(self) -> &'static str {
        match self {
            Self::HistorySearch => "history_search",
            Self::TableSearch => "table_search",
            Self::Exports => "exports",
            Self::Bodies => "bodies",
            Self::SignIns => "sign_ins",
            Self::IdleConnections => "idle_connections",
        }
    }

    fn at_once(self) -> usize {
        match self {
            Self::HistorySearch => 14,
            Self::TableSearch => 8,
            Self::Exports => 5,
            Self::Bodies => 20,
            Self::SignIns => 250,
            Self::IdleConnections => 2_000,
        }
    }
}

/// Who does it.
#[derive(Clone)]
pub struct Worst {
    server: SocketAddr,
    key: String,
    session: String,
    client: Client,
    body: bytes::Bytes,
}

impl Worst {
    /// The member with this key and session.
    pub fn new(server: SocketAddr, (key, session): (String, String)) -> Result<Self, Failed> {
        let head = format!("{{\"model\":\"bench/{MODEL}\",\"messages\":[{{\"role\":\"user\",\"content\":\"");
        let tail = "\"}]}";
        let words = "a".repeat(BODY_BYTES - head.len() - tail.len());
        Ok(Self {
            server,
            key,
            session,
            client: Client::builder().no_proxy().build()?,
            body: [head, words, tail.to_owned()].concat().into(),
        })
    }

    /// Goes on with it until then. Answers and refusals are all the same to it.
    pub async fn press(&self, kinds: &[Kind], until: Instant) {
        let mut tasks = JoinSet::new();
        for kind in kinds {
            for _ in 0..kind.at_once() {
                let (one, kind) = (self.clone(), *kind);
                tasks.spawn(async move { one.repeat(kind, until).await });
            }
        }
        sleep_until(until.into()).await;
        tasks.shutdown().await;
    }

    async fn repeat(&self, kind: Kind, until: Instant) {
        while Instant::now() < until {
            match self.request(kind) {
                Some(request) => {
                    if let Ok(answer) = request.send().await {
                        let _ = answer.bytes().await;
                    }
                }
                None => self.hang(until).await,
            }
        }
    }

    fn request(&self, kind: Kind) -> Option<RequestBuilder> {
        let page = |path: &str| {
            self.client
                .get(format!("http://{}/o/{ORG}/{path}", self.server))
                .header("cookie", format!("gatehouse={}", self.session))
        };
        Some(match kind {
            Kind::HistorySearch => page("chat?q=word+nothing"),
            Kind::TableSearch => page("access?q=a+e+i+o+u+n+r+s+t+m+1+2"),
            Kind::Exports => page("access/export.xlsx"),
            Kind::Bodies => self
                .client
                .post(format!("http://{}/v1/chat/completions", self.server))
                .bearer_auth(&self.key)
                .header("content-type", "application/json")
                .body(self.body.clone()),
            Kind::SignIns => self
                .client
                .post(format!("http://{}/login", self.server))
                .header("content-type", "application/x-www-form-urlencoded")
                .body("email=worst%40example.com&password=not+the+password"),
            Kind::IdleConnections => return None,
        })
    }

    async fn hang(&self, until: Instant) {
        let Ok(mut socket) = TcpStream::connect(self.server).await else {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            return;
        };
        let _ = socket.write_all(b"GET /healthz HTTP/1.1\r\nhost: lo").await;
        sleep_until(until.into()).await;
    }
}
