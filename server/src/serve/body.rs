//! The bodies of requests, which must arrive, and of answers, whose end ends the request.

use super::Limits;
use super::connection::Shared;
use crate::kept::keeping;
use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// The body did not arrive in time.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the request's body did not arrive in time")]
struct Late;

/// A request's body, within a time for each piece and for all of it.
pub(super) struct Arriving {
    body: Incoming,
    pause: Duration,
    whole: Duration,
    /// When all of it must be here, from when somebody began to read.
    by: Option<Instant>,
    /// Runs while a piece is waited for.
    timer: Option<Pin<Box<Sleep>>>,
    waiting: bool,
    late: Arc<AtomicBool>,
}

impl Arriving {
    pub(super) fn new(body: Incoming, limits: &Limits, late: Arc<AtomicBool>) -> Self {
        Self {
            body,
            pause: limits.body_pause,
            whole: limits.body,
            by: None,
            timer: None,
            waiting: false,
            late,
        }
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        let whole = this.whole;
        let now = Instant::now();
        let by = *this.by.get_or_insert_with(|| now + whole);
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            this.waiting = false;
            // A body that trickles is never waited for.
            if now < by {
                return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
            }
        } else {
            let timer = this
                .timer
                .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(by)));
            if !this.waiting {
                this.waiting = true;
                timer.as_mut().reset(by.min(now + this.pause));
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
        this.late.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Err(Late.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A request that is being answered. Dropped, it is over.
pub(super) struct Answering(pub(super) Arc<Shared>);

impl Answering {
    /// The answer's body, with which the request is over.
    pub(super) fn until_over(self, body: Body) -> Body {
        keeping(body, self)
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.answered();
    }
}
