//! Connections to providers. Whom a connection may go to is decided here, by the address it goes to, for every spelling of
//! it in the base URL.

use super::address::{Reach, Unreachable};
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::rt::TokioIo;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tower_service::Service;

/// What makes connections for all requests to providers; each may take so long. Fails when the system's root certificates
/// cannot be read. No proxy of the environment is used: behind one the address could not be checked.
pub fn connector(reach: Reach, within: Duration) -> io::Result<HttpsConnector<Connector>> {
    Ok(HttpsConnectorBuilder::new()
        .try_with_platform_verifier()
        .map_err(io::Error::other)?
        .https_or_http()
        .enable_http1()
        .wrap_connector(Connector { reach, within }))
}

/// Why no connection was made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
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
pub struct Connector {
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
