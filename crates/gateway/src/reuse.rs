//! Connections that a provider closes while they are idle.
//!
//! Such a close may cross the next request on its way, which then fails though nobody has seen it. RFC 9110, 9.2.2, lets a
//! client repeat a POST only when it knows that the first one was never applied. That is taken for known when all of this
//! holds: the connection had answered an earlier request and so could be idle; not one byte of an answer to this one came;
//! and it ended within [`REPEAT_WITHIN`], as a crossed close does. A fresh connection that breaks is never such a case, nor is
//! one that ends later: the provider may have begun. A request is repeated once, on a fresh connection.

use axum::http::{Extensions, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use std::error::Error as StdError;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tower::Service;

/// How soon after a request a close of its connection is taken for one that crossed it. A close in answer to a request
/// needs a round trip and little more; a provider that has begun to work and fails takes longer.
pub(crate) const REPEAT_WITHIN: Duration = Duration::from_secs(2);

/// What went over a connection, as far as it matters here.
#[derive(Debug, Default)]
struct Turns {
    /// A byte came since the last request began.
    answered: AtomicBool,
    /// An earlier request was answered.
    reused: AtomicBool,
}

impl Turns {
    fn wrote(&self, bytes: &[u8]) {
        // Whatever does not begin with the method belongs to a request under way.
        if bytes.starts_with(b"POST ") && self.answered.swap(false, Ordering::AcqRel) {
            self.reused.store(true, Ordering::Release);
        }
    }
}

/// Whether a request failed because its connection was closed before the provider can have begun.
pub(crate) fn crossed_a_close(error: &hyper_util::client::legacy::Error) -> bool {
    let mut extras = Extensions::new();
    if let Some(connection) = error.connect_info() {
        connection.get_extras(&mut extras);
    }
    extras
        .get::<Arc<Turns>>()
        .is_some_and(|turns| turns.reused.load(Ordering::Acquire) && !turns.answered.load(Ordering::Acquire))
}

/// Makes connections that know whether they are used again. It is around TLS, whose own messages are no answers.
#[derive(Clone)]
pub(crate) struct Noting<C>(pub(crate) HttpsConnector<C>);

impl<C> Service<Uri> for Noting<C>
where
    HttpsConnector<C>: Service<Uri, Error = Box<dyn StdError + Send + Sync>>,
    <HttpsConnector<C> as Service<Uri>>::Future: Send + 'static,
{
    type Response = TokioIo<Noted<TokioIo<<HttpsConnector<C> as Service<Uri>>::Response>>>;
    type Error = Box<dyn StdError + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let made = self.0.call(uri);
        Box::pin(async move {
            Ok(TokioIo::new(Noted {
                stream: TokioIo::new(made.await?),
                turns: Arc::default(),
            }))
        })
    }
}

/// A connection that knows whether it is used again.
pub(crate) struct Noted<S> {
    stream: S,
    turns: Arc<Turns>,
}

impl<S: Connection> Connection for Noted<S> {
    fn connected(&self) -> Connected {
        self.stream.connected().extra(self.turns.clone())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Noted<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            this.turns.answered.store(true, Ordering::Release);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Noted<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.turns.wrote(bytes);
        Pin::new(&mut this.stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(first) = slices.iter().find(|slice| !slice.is_empty()) {
            this.turns.wrote(first);
        }
        Pin::new(&mut this.stream).poll_write_vectored(cx, slices)
    }
}
