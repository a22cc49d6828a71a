//! A streamed answer as it is passed on, piece by piece.

use crate::decode::{DecodeError, Decoder};
use crate::limits::Limits;
use crate::linger::drain;
use crate::measure;
use crate::meter::Meter;
use crate::permit::Ending;
use crate::refusal::Refusal;
use crate::sse::{EVENT_BYTES, End, Relay};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::task::AbortHandle;
use tokio::time::{Instant, Sleep};

/// What is read after the end of a stream before its connection is given up instead.
const REST_BYTES: usize = 16 * 1024;
const REST_WITHIN: Duration = Duration::from_secs(1);

/// Reads from the provider only as fast as the client takes it. Dropped with the client's connection, it closes the
/// provider's. A task beside it ends it when it may no longer go on or is not read: a body that nobody polls could not
/// do so itself.
pub(crate) struct SseBody {
    live: Arc<Mutex<Live>>,
    watch: AbortHandle,
}

/// A stream as it begins.
pub(crate) struct Begun {
    /// What is still to be read.
    pub(crate) body: Incoming,
    /// How that is packed.
    pub(crate) decoder: Decoder,
    /// What was read already, unpacked.
    pub(crate) first: Vec<u8>,
    /// What understands it.
    pub(crate) relay: Relay,
}

struct Live {
    upstream: Option<Incoming>,
    decoder: Decoder,
    first: Vec<u8>,
    relay: Relay,
    idle: Duration,
    timer: Pin<Box<Sleep>>,
    meter: Option<Meter>,
    broken: Option<Refusal>,
    /// What was written when the stream was cut, for whoever still reads it.
    last_words: Vec<u8>,
    /// When the reader was given a piece, until it asks for the next one.
    given_at: Option<Instant>,
    reader: Option<Waker>,
}

fn lock(live: &Mutex<Live>) -> MutexGuard<'_, Live> {
    live.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Resolves when the reader has not asked for more for so long.
async fn stalled(live: &Mutex<Live>, limit: Duration) -> Refusal {
    let mut next = Instant::now() + limit;
    loop {
        tokio::time::sleep_until(next).await;
        let given_at = lock(live).given_at;
        next = match given_at {
            Some(at) if at.elapsed() >= limit => {
                return Refusal::new(
                    408,
                    "client_stalled",
                    "The answer was not read for too long and was ended. Send the request again.",
                );
            }
            Some(at) => at + limit,
            None => Instant::now() + limit,
        };
    }
}

impl SseBody {
    pub(crate) fn new(begun: Begun, limits: Limits, meter: Meter, ending: Ending) -> Self {
        let live = Arc::new(Mutex::new(Live {
            upstream: Some(begun.body),
            decoder: begun.decoder,
            first: begun.first,
            relay: begun.relay,
            idle: limits.idle,
            timer: Box::pin(tokio::time::sleep(limits.idle)),
            meter: Some(meter),
            broken: None,
            last_words: Vec::new(),
            given_at: None,
            reader: None,
        }));
        let watched = live.clone();
        let watch = tokio::spawn(async move {
            let why = tokio::select! {
                why = ending => why,
                why = stalled(&watched, limits.stall) => why,
            };
            lock(&watched).cut(why);
        });
        Self {
            live,
            watch: watch.abort_handle(),
        }
    }

    /// Why it ended, if that was before the answer was complete.
    pub(crate) fn broken(&self) -> Option<Refusal> {
        lock(&self.live).broken.clone()
    }

    /// The next piece with its events' data handed to `each`; `None` at the end.
    pub(crate) fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
        each: &mut dyn FnMut(&[u8]),
    ) -> Poll<Option<Bytes>> {
        let mut live = lock(&self.live);
        live.given_at = None;
        let piece = live.poll_piece(cx, each);
        match &piece {
            Poll::Ready(Some(_)) => live.given_at = Some(Instant::now()),
            Poll::Ready(None) => {}
            Poll::Pending => match &mut live.reader {
                Some(reader) => reader.clone_from(cx.waker()),
                none => *none = Some(cx.waker().clone()),
            },
        }
        piece
    }
}

impl Live {
    fn poll_piece(&mut self, cx: &mut Context<'_>, each: &mut dyn FnMut(&[u8])) -> Poll<Option<Bytes>> {
        let mut out = std::mem::take(&mut self.last_words);
        while let Some(upstream) = &mut self.upstream {
            let first = std::mem::take(&mut self.first);
            let frame = match first.is_empty() {
                true => Pin::new(upstream).poll_frame(cx),
                false => {
                    let end = self.take(&first, &mut out, each);
                    if let Some(end) = end {
                        self.end(end, &mut out);
                    }
                    continue;
                }
            };
            let end = match frame {
                Poll::Ready(Some(Ok(frame))) => {
                    let Ok(data) = frame.into_data() else { continue };
                    self.timer.as_mut().reset(Instant::now() + self.idle);
                    if self.decoder.is_plain() {
                        self.take(&data, &mut out, each)
                    } else {
                        match self.decoder.push(&data, EVENT_BYTES) {
                            Ok(data) => self.take(&data, &mut out, each),
                            Err(DecodeError::TooLarge) => Some(End::TooLarge),
                            Err(_) => Some(End::Broken),
                        }
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

    /// Takes what was read; how the stream ends by it, if it does.
    fn take(&mut self, data: &[u8], out: &mut Vec<u8>, each: &mut dyn FnMut(&[u8])) -> Option<End> {
        let pushed = self.relay.push(data, out, each);
        if self.relay.started
            && let Some(meter) = &mut self.meter
        {
            meter.first_token();
        }
        match pushed {
            Ok(()) => self.relay.is_over().then_some(End::Closed),
            Err(end) => Some(end),
        }
    }

    fn end(&mut self, end: End, out: &mut Vec<u8>) {
        if self.relay.is_over()
            && let Some(upstream) = self.upstream.take()
        {
            // Most often the mere end of the body: with it the connection can be used again.
            tokio::spawn(drain(upstream, REST_BYTES, REST_WITHIN));
        }
        let broken = self.relay.end(end, out);
        let why = Refusal {
            provider_problem: Some("It broke a streamed answer off."),
            ..Refusal::new(502, end.code(), end.message())
        };
        let end = match broken {
            true => measure::End::Broken,
            false => measure::End::Complete,
        };
        self.settle(broken.then_some(why), end);
    }

    /// Ends it from outside, whether it is read or not.
    fn cut(&mut self, why: Refusal) {
        if self.upstream.is_none() {
            return;
        }
        let broken = self.relay.end_with(&why, &mut self.last_words);
        // For what was used it is the same as when the client goes away.
        let end = match broken {
            true => measure::End::ClientGone,
            false => measure::End::Complete,
        };
        self.settle(broken.then_some(why), end);
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// Lets go of the provider and closes the account; `why` is what the answer lacks its end for.
    fn settle(&mut self, why: Option<Refusal>, end: measure::End) {
        self.upstream = None;
        self.broken = why;
        let Some(mut meter) = self.meter.take() else {
            return;
        };
        meter.answered(|given| self.relay.measured(end, given));
        if let Some(why) = &self.broken {
            meter.fail(&Refusal {
                // What the client was told when the answer began.
                status: 200,
                ..why.clone()
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
        self.watch.abort();
        let mut live = lock(&self.live);
        // The watch may hold `live` for a moment longer.
        live.upstream = None;
        // The client went away, or had everything it wanted before the stream's end was read.
        if let Some(mut meter) = live.meter.take() {
            let end = match live.relay.is_complete() {
                true => measure::End::Complete,
                false => measure::End::ClientGone,
            };
            meter.answered(|given| live.relay.measured(end, given));
            if end == measure::End::Complete {
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
