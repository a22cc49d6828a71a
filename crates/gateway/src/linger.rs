//! A request that is answered before its body was read: the rest is read and thrown away, within bounds.
//!
//! A server that closes a connection with unread bytes resets it, and the reset can take the answer from a client that
//! is still sending (RFC 9112, 9.6).

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header;
use http_body_util::BodyExt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// Octets that are thrown away after an answer: over twice of what a request may have.
const DRAINED_BYTES: usize = 64 * 1024 * 1024;
/// How long that may take; a client that is slower has most likely read the answer by then.
const DRAINED_WITHIN: Duration = Duration::from_secs(10);
/// By when the answer has begun to be sent, so that reading on no longer tells a client to go on that waits for that.
const ANSWERED_WITHIN: Duration = Duration::from_millis(200);

/// Makes sure that whoever sent a request can read its answer, even if the body is not read to its end.
pub async fn linger(request: Request) -> Request {
    // Whoever waits to be told to go on must not be told to. Some that ask for it do not wait, such as proxies that pass
    // the header on.
    let waits = request.headers().contains_key(header::EXPECT);
    request.map(|body| {
        if body.is_end_stream() {
            body
        } else {
            Body::new(Lingering { body, waits })
        }
    })
}

/// A body whose rest is drained when it is dropped.
struct Lingering {
    body: Body,
    waits: bool,
}

impl HttpBody for Lingering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
        self.waits = false;
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(None | Some(Err(_))) = polled {
            self.body = Body::empty();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let (body, waits) = (std::mem::take(&mut self.body), self.waits);
        if body.is_end_stream() {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        runtime.spawn(async move {
            if waits {
                tokio::time::sleep(ANSWERED_WITHIN).await;
            }
            drain(body, DRAINED_BYTES, DRAINED_WITHIN).await;
        });
    }
}

/// Reads the rest of a body and throws it away, so that its connection can go on. Past its bounds the rest is given up,
/// and with it the connection.
pub(crate) async fn drain<B>(mut body: B, bytes: usize, within: Duration)
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    let mut left = bytes;
    let rest = async {
        while let Some(Ok(frame)) = body.frame().await {
            let read = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(read) {
                Some(fewer) => left = fewer,
                None => return,
            }
        }
    };
    let _ = tokio::time::timeout(within, rest).await;
}
