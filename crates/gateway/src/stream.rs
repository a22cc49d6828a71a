//! A streamed answer as it is passed on, piece by piece.

use crate::meter::Meter;
use crate::refusal::Refusal;
use crate::sse::{Dialect, End, Relay};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// Reads from the provider only as fast as the client takes it. Dropped with the client's connection, it closes the
/// provider's.
pub(crate) struct SseBody {
    upstream: Option<Incoming>,
    relay: Relay,
    idle: Duration,
    timer: Pin<Box<Sleep>>,
    meter: Option<Meter>,
    broken: Option<End>,
}

impl SseBody {
    pub(crate) fn new(upstream: Incoming, dialect: Dialect, idle: Duration, meter: Meter) -> Self {
        Self {
            upstream: Some(upstream),
            relay: Relay::new(dialect),
            idle,
            timer: Box::pin(tokio::time::sleep(idle)),
            meter: Some(meter),
            broken: None,
        }
    }

    /// How it ended, if that was before the answer was complete.
    pub(crate) fn broken(&self) -> Option<End> {
        self.broken
    }

    /// The next piece with its events' data handed to `each`; `None` at the end.
    pub(crate) fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
        each: &mut dyn FnMut(&[u8]),
    ) -> Poll<Option<Bytes>> {
        let mut out = Vec::new();
        while let Some(upstream) = &mut self.upstream {
            let end = match Pin::new(upstream).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    let Ok(data) = frame.into_data() else { continue };
                    self.timer.as_mut().reset(Instant::now() + self.idle);
                    let pushed = self.relay.push(&data, &mut out, each);
                    if self.relay.started
                        && let Some(meter) = &mut self.meter
                    {
                        meter.first_token();
                    }
                    match pushed {
                        Ok(()) if self.relay.is_over() => Some(End::Closed),
                        Ok(()) => None,
                        Err(end) => Some(end),
                    }
                }
                Poll::Ready(None) => Some(End::Closed),
                Poll::Ready(Some(Err(_))) => Some(End::Broken),
                Poll::Pending if !out.is_empty() => return Poll::Ready(Some(out.into())),
                Poll::Pending => match self.timer.as_mut().poll(cx) {
                    Poll::Ready(()) => Some(End::Idle),
                    Poll::Pending => return Poll::Pending,
                },
            };
            match end {
                Some(end) => self.end(end, &mut out),
                None if !out.is_empty() => return Poll::Ready(Some(out.into())),
                None => {}
            }
        }
        Poll::Ready((!out.is_empty()).then(|| out.into()))
    }

    fn end(&mut self, end: End, out: &mut Vec<u8>) {
        self.upstream = None;
        let broken = self.relay.end(end, out);
        self.broken = broken.then_some(end);
        let Some(mut meter) = self.meter.take() else {
            return;
        };
        meter.tokens = self.relay.tokens;
        if broken {
            meter.fail(&Refusal {
                provider_problem: Some("It broke a streamed answer off."),
                ..Refusal::new(200, end.code(), end.message())
            });
        } else if self.relay.failed {
            meter.fail(&Refusal {
                provider_problem: Some("It reported an error in the middle of an answer."),
                ..Refusal::new(200, "upstream_failed", "")
            });
        } else {
            meter.finish(200);
        }
    }
}

impl Drop for SseBody {
    fn drop(&mut self) {
        // The client went away, or had everything it wanted before the stream's end was read.
        if let Some(mut meter) = self.meter.take() {
            meter.tokens = self.relay.tokens;
            if self.relay.is_complete() {
                meter.finish(200);
            }
        }
    }
}

impl Body for SseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.poll_piece(cx, &mut |_| {})
            .map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        false
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
