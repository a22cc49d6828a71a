//! Connections to providers. Whom a connection may go to is decided here, by the address it goes to, for every spelling of
//! it in the base URL.

use crate::limits::Limits;
use crate::reuse::{Noting, REPEAT_WITHIN, crossed_a_close};
use axum::http::{Request, Response, Uri};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use services::address::{Reach, Unreachable};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tower::Service;

/// Idle connections to one provider that are kept for the next request.
const KEPT_CONNECTIONS: usize = 256;
/// How long they are kept; many servers and balancers close them after a minute, some before.
const KEPT_FOR: Duration = Duration::from_secs(30);

type Connections = Client<Noting<Connector>, Full<Bytes>>;

/// What all requests to providers go through.
#[derive(Clone)]
pub(crate) struct Upstreams {
    kept: Connections,
    /// Keeps nothing: for what is repeated, since other connections may have been closed with the one that was.
    fresh: Connections,
}

impl Upstreams {
    /// Sends a request, and once more when its connection was closed before the provider can have begun.
    pub(crate) async fn send(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, hyper_util::client::legacy::Error> {
        let again = request.clone();
        let mut asked = self.kept.request(request);
        match tokio::time::timeout(REPEAT_WITHIN, &mut asked).await {
            Ok(Err(error)) if crossed_a_close(&error) => self.fresh.request(again).await,
            Ok(answer) => answer,
            Err(_) => {
                // The provider has begun; what was sent need not be kept any longer.
                drop(again);
                asked.await
            }
        }
    }
}

/// Makes the clients. No redirect is followed, no proxy of the environment used: behind one the address could not be
/// checked.
pub(crate) fn client(reach: Reach, limits: Limits) -> io::Result<Upstreams> {
    let connector = Connector {
        reach,
        within: limits.connect,
    };
    let https = HttpsConnectorBuilder::new()
        .try_with_platform_verifier()
        .map_err(io::Error::other)?
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector);
    let keeping = |connections| {
        Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEPT_FOR)
            .pool_max_idle_per_host(connections)
            .build(Noting(https.clone()))
    };
    Ok(Upstreams {
        kept: keeping(KEPT_CONNECTIONS),
        fresh: keeping(0),
    })
}

/// Why no connection was made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// The host is none that may be connected to.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// It took too long.
    #[error("connecting took too long")]
    Timeout,
    /// The base URL names no host.
    #[error("the base URL names no host")]
    NoHost,
    /// The network.
    #[error("the connection could not be made")]
    Io(#[from] io::Error),
}

/// Opens TCP connections to addresses that are allowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Connector {
    reach: Reach,
    within: Duration,
}

impl Connector {
    async fn open(self, uri: Uri) -> Result<TokioIo<TcpStream>, ConnectError> {
        let host = uri.host().ok_or(ConnectError::NoHost)?;
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") {
            443
        } else {
            80
        });
        let mut failure = ConnectError::NoHost;
        for mut at in self.reach.find(host).await? {
            if at.port() == 0 {
                at.set_port(port);
            }
            match TcpStream::connect(at).await {
                Ok(stream) => {
                    // Small pieces of a stream must not wait for more (RFC 896 against RFC 1122's delayed answer).
                    stream.set_nodelay(true)?;
                    return Ok(TokioIo::new(stream));
                }
                Err(error) => failure = error.into(),
            }
        }
        Err(failure)
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<TcpStream>, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = *self;
        Box::pin(async move {
            tokio::time::timeout(connector.within, connector.open(uri))
                .await
                .unwrap_or(Err(ConnectError::Timeout))
        })
    }
}
