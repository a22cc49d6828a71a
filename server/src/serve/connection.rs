//! One connection: what it is doing, how long it may, and when it ends.

use super::Limits;
use super::body::{Answering, Arriving};
use super::io::Watched;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::collections::HashMap;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long a new connection has to send its request before it makes room for others: some round trips.
const FIRST_BYTES: Duration = Duration::from_millis(100);
/// One turn of the runtime's driver, which reports sockets before timers: when a timer of this length has fired, bytes that
/// had come before it was set have been heard.
const TURN: Duration = Duration::from_millis(1);

/// Octets of a request's head; also what is read at once of a body. Heads of browsers with many cookies stay below.
const BUFFER_BYTES: usize = 64 * 1024;

/// How a connection was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// Among the most at once.
    Usual,
    /// Beyond them.
    Reserve,
}

/// What a connection is doing.
#[derive(Clone, Copy, Debug)]
enum Phase {
    /// Nothing came yet.
    New(Instant),
    /// Part of a request's head is here.
    Head(Instant),
    /// A request is being read or answered.
    Request,
    /// A request was answered, and no other has begun.
    Idle(Instant),
}

/// What others see of a connection.
pub(super) struct Shared {
    phase: Mutex<Phase>,
    /// The socket takes no more at the moment.
    pub(super) unsent: AtomicBool,
    end: CancellationToken,
}

impl Shared {
    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes came.
    pub(super) fn heard(&self) {
        let mut phase = self.phase();
        if matches!(*phase, Phase::New(_) | Phase::Idle(_)) {
            *phase = Phase::Head(Instant::now());
        }
    }

    /// The answer is over.
    pub(super) fn answered(&self) {
        *self.phase() = Phase::Idle(Instant::now());
    }

    /// Since when it waits for a request; `None` while it has one, or an answer to get rid of.
    fn waits_since(&self) -> Option<Instant> {
        match *self.phase() {
            Phase::Request => None,
            _ if self.unsent.load(Ordering::Relaxed) => None,
            Phase::New(since) | Phase::Head(since) | Phase::Idle(since) => Some(since),
        }
    }

    /// Until when it may still be about to send what it came for; `None` when it makes room at once, or not at all.
    fn spared_until(&self) -> Option<Instant> {
        match *self.phase() {
            Phase::New(since) | Phase::Head(since) => Some(since + FIRST_BYTES),
            Phase::Request | Phase::Idle(_) => None,
        }
    }

    /// When it has waited long enough.
    fn ends_at(&self, lane: Lane, limits: &Limits) -> Option<Instant> {
        let head = match lane {
            Lane::Usual => limits.head,
            Lane::Reserve => limits.reserve_head,
        };
        match *self.phase() {
            Phase::New(since) | Phase::Head(since) => Some(since + head),
            Phase::Idle(since) => Some(since + limits.keep_alive),
            Phase::Request => None,
        }
    }
}

/// All that are open.
#[derive(Default)]
pub(super) struct Connections {
    open: Mutex<HashMap<u64, (Lane, Arc<Shared>)>>,
    count: AtomicU64,
}

impl Connections {
    fn open(&self) -> MutexGuard<'_, HashMap<u64, (Lane, Arc<Shared>)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the next one goes; `None` when there is no place at all. Waits at most until those that are new have shown
    /// whether they are silent.
    pub(super) async fn lane(&self, limits: &Limits) -> Option<Lane> {
        let in_reserve = {
            let open = self.open();
            let in_reserve = match open.len() < limits.connections {
                true => 0,
                false => open.values().filter(|(lane, _)| *lane == Lane::Reserve).count(),
            };
            if open.len() - in_reserve < limits.connections {
                return Some(Lane::Usual);
            }
            in_reserve
        };
        let spared = self.spared_until();
        if self.end_one_that_waits() {
            return Some(Lane::Usual);
        }
        if let Some(until) = spared {
            tokio::time::sleep_until(until).await;
            if self.end_one_that_waits() {
                return Some(Lane::Usual);
            }
        }
        (in_reserve < limits.reserve).then_some(Lane::Reserve)
    }

    /// When the first of the new ones is spared no longer.
    fn spared_until(&self) -> Option<Instant> {
        self.open()
            .values()
            .filter(|(lane, shared)| *lane == Lane::Usual && !shared.end.is_cancelled())
            .filter_map(|(_, shared)| shared.spared_until())
            .min()
    }

    /// Ends the one that has waited longest for a request. False when none does, or all are too new for that.
    pub(super) fn end_one_that_waits(&self) -> bool {
        let now = Instant::now();
        let open = self.open();
        let waiting = open
            .values()
            .filter(|(lane, shared)| *lane == Lane::Usual && !shared.end.is_cancelled())
            .filter(|(_, shared)| shared.spared_until().is_none_or(|until| until <= now))
            .filter_map(|(_, shared)| Some((shared.waits_since()?, shared)));
        let Some((_, longest)) = waiting.min_by_key(|(since, _)| *since) else {
            return false;
        };
        longest.end.cancel();
        true
    }

    /// Requests under way.
    pub(super) fn under_way(&self) -> usize {
        self.open()
            .values()
            .filter(|(_, shared)| shared.waits_since().is_none())
            .count()
    }

    pub(super) fn enter(self: &Arc<Self>, lane: Lane, peer: SocketAddr) -> Entry {
        let shared = Arc::new(Shared {
            phase: Mutex::new(Phase::New(Instant::now())),
            unsent: AtomicBool::new(false),
            end: CancellationToken::new(),
        });
        let id = self.count.fetch_add(1, Ordering::Relaxed);
        self.open().insert(id, (lane, shared.clone()));
        Entry {
            connections: self.clone(),
            id,
            lane,
            peer,
            shared,
        }
    }
}

/// A connection's place among [`Connections`], for as long as it is open.
pub(super) struct Entry {
    connections: Arc<Connections>,
    id: u64,
    lane: Lane,
    peer: SocketAddr,
    shared: Arc<Shared>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.connections.open().remove(&self.id);
    }
}

/// Follows one connection to its end.
pub(super) async fn run<S, F>(
    stream: TcpStream,
    service: S,
    entry: Entry,
    limits: Limits,
    stopping: CancellationToken,
) where
    S: Fn(Request<Body>) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response<Body>, Infallible>> + Send,
{
    let (shared, lane, peer) = (&entry.shared, entry.lane, entry.peer);
    let io = TokioIo::new(Watched::new(stream, shared.clone(), limits.write_stall));
    let service = service_fn(|request: Request<Incoming>| {
        *shared.phase() = Phase::Request;
        respond(service.clone(), request, shared.clone(), peer, limits)
    });
    let connection = http1::Builder::new()
        // Ours covers the time between requests, too.
        .header_read_timeout(None)
        .keep_alive(lane == Lane::Usual)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(io, service);
    let mut connection = pin!(connection);
    let mut stop = pin!(stopping.cancelled());
    let mut end = pin!(shared.end.cancelled());
    let mut timer = pin!(tokio::time::sleep(limits.head));
    // Since when it is to end: after the request that it has, or at once when none has come.
    let mut ends_since = None;
    let mut closing = false;
    poll_fn(|cx| {
        // First, so that what is said below about the connection is true of now: what could be sent has been.
        if connection.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        if ends_since.is_none() && (stop.as_mut().poll(cx).is_ready() || end.as_mut().poll(cx).is_ready()) {
            ends_since = Some(Instant::now());
        }
        let waits = shared.waits_since().is_some();
        if ends_since.is_some() && !waits && !closing {
            closing = true;
            connection.as_mut().graceful_shutdown();
            // It ends by itself after the answer, or below.
            cx.waker().wake_by_ref();
        }
        let ends_at = match ends_since {
            Some(since) if waits => Some(since + TURN),
            _ => shared.ends_at(lane, &limits),
        };
        if let Some(at) = ends_at {
            if timer.deadline() != at {
                timer.as_mut().reset(at);
            }
            return timer.as_mut().poll(cx);
        }
        Poll::Pending
    })
    .await;
}

async fn respond<S, F>(
    service: S,
    request: Request<Incoming>,
    shared: Arc<Shared>,
    peer: SocketAddr,
    limits: Limits,
) -> Result<Response<Body>, Infallible>
where
    S: Fn(Request<Body>) -> F,
    F: Future<Output = Result<Response<Body>, Infallible>>,
{
    let answering = Answering(shared);
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(ConnectInfo(peer));
    let late = Arc::new(AtomicBool::new(false));
    let body = if body.is_end_stream() {
        Body::empty()
    } else {
        Body::new(Arriving::new(body, &limits, late.clone()))
    };
    let mut response = service(Request::from_parts(parts, body)).await?;
    if late.load(Ordering::Relaxed) && response.status().is_client_error() {
        *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
        response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response.map(|body| answering.until_over(body)))
}
