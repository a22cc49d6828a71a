//! Keeping account of requests to models: handed over at once, written in batches.

mod days;
mod tally;
mod waiting;

use crate::{Error, Services};
pub(crate) use days::{first_day, last_days};
use domain::usage::MemberUsage;
use domain::{KeyId, MemberId, OrganizationId, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use store::Conn;
pub use store::usage::UsageEvent;
use tally::{Tallies, Tally};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use waiting::{Attempt, Waiting, new_id};

/// How long a request waits to be written at most: what a crash can lose.
const WRITTEN_WITHIN: Duration = Duration::from_millis(500);
/// How long writing a batch may take; beyond, the connection is dead, and another one is tried.
const BATCH_WITHIN: Duration = Duration::from_secs(30);
/// Requests written at once.
const BATCH: usize = 2_000;
/// A database that takes longer to refuse one row is not there.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);
/// Requests kept while the database does not take them; some minutes of a busy server.
const KEPT: usize = 500_000;

/// Asks that everything handed over so far be written now, and hears when it is.
type Flush = oneshot::Sender<()>;

/// Where requests are handed over.
pub(crate) struct Usage {
    events: mpsc::UnboundedSender<UsageEvent>,
    flushes: mpsc::UnboundedSender<Flush>,
    /// Requests handed over and not written yet.
    backlog: AtomicUsize,
    /// Requests given up since the start.
    lost: AtomicUsize,
}

/// The other end of [`Usage`].
pub(crate) struct Handed {
    events: mpsc::UnboundedReceiver<UsageEvent>,
    flushes: mpsc::UnboundedReceiver<Flush>,
}

impl Usage {
    /// Both ends.
    pub(crate) fn new() -> (Self, Handed) {
        let (events, handed_events) = mpsc::unbounded_channel();
        let (flushes, handed_flushes) = mpsc::unbounded_channel();
        let handed = Handed {
            events: handed_events,
            flushes: handed_flushes,
        };
        let usage = Self {
            events,
            flushes,
            backlog: AtomicUsize::new(0),
            lost: AtomicUsize::new(0),
        };
        (usage, handed)
    }

    /// Requests handed over and not written yet.
    pub(crate) fn backlog(&self) -> usize {
        self.backlog.load(Ordering::Relaxed)
    }

    /// Requests of which no account is kept: the database refused them, or too many waited for it.
    pub(crate) fn lost(&self) -> usize {
        self.lost.load(Ordering::Relaxed)
    }

    fn lose(&self, events: usize) {
        self.lost.fetch_add(events, Ordering::Relaxed);
    }

    fn less(&self, events: usize) {
        self.backlog.fetch_sub(events, Ordering::Relaxed);
    }
}

impl Services {
    /// Keeps account of one request. Never waits.
    pub fn record_usage(&self, event: UsageEvent) {
        self.inner.usage.backlog.fetch_add(1, Ordering::Relaxed);
        // The other end lives as long as this one.
        let _ = self.inner.usage.events.send(event);
    }

    /// Writes what has not been written yet.
    pub async fn flush_usage(&self) {
        let (done, hears) = oneshot::channel();
        let _ = self.inner.usage.flushes.send(done);
        // It ends early only with the process.
        let _ = hears.await;
    }

    /// Begins to write, for as long as there is somebody who hands over.
    pub(crate) fn write_usage(&self, mut handed: Handed) {
        let inner = Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            let mut waiting = Waiting::default();
            let mut tallies = Tallies::default();
            loop {
                let mut flush = None;
                let mut came = None;
                tokio::select! {
                    event = handed.events.recv() => match event {
                        Some(event) => came = Some(event),
                        None => return,
                    },
                    asked = handed.flushes.recv() => flush = asked,
                    // What the database did not take is tried again.
                    () = tokio::time::sleep(WRITTEN_WITHIN), if !waiting.events.is_empty() || !tallies.is_written() => {}
                }
                if flush.is_none() {
                    // Not woken by each of the many that follow.
                    tokio::select! {
                        () = tokio::time::sleep(WRITTEN_WITHIN) => {}
                        asked = handed.flushes.recv() => flush = asked,
                    }
                }
                let Some(inner) = inner.upgrade() else { return };
                let services = Services { inner };
                let now = services.now();
                let came = came.into_iter();
                waiting.events.extend(
                    came.chain(std::iter::from_fn(|| handed.events.try_recv().ok()))
                        .filter_map(|event| tallies.take(event, now)),
                );
                services.write_waiting(&mut waiting).await;
                services.write_tallies(&mut tallies).await;
                if let Some(flush) = flush {
                    // Whoever asked may have gone.
                    let _ = flush.send(());
                }
            }
        });
    }

    async fn write_waiting(&self, waiting: &mut Waiting) {
        while let Some(attempt) = waiting.attempt(self.now()) {
            let rows = attempt.rows;
            match self.write_batch(attempt, &waiting.events[..rows]).await {
                Ok(()) => {
                    waiting.written(rows);
                    self.inner.usage.less(rows);
                }
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "usage could not be written"
                    );
                    // Otherwise it may be about one of the rows.
                    if !error.passes() {
                        let (left, unknown) = self.write_one_by_one(&waiting.events[..rows]).await;
                        let stuck = !left.is_empty();
                        self.inner.usage.less(rows - left.len());
                        waiting.replace(rows, left, unknown);
                        if !stuck {
                            continue;
                        }
                    }
                    let too_many = waiting.events.len().saturating_sub(KEPT);
                    if too_many > 0 {
                        waiting.written(too_many);
                        self.inner.usage.less(too_many);
                        self.inner.usage.lose(too_many);
                        tracing::error!(requests = too_many, "usage was given up: too much of it waits");
                    }
                    return;
                }
            }
        }
    }

    /// Writes what can be written of requests that cannot be written together, and leaves out what the database refuses for
    /// what it is, so that one bad row holds nobody up. What is to be tried again, with the attempt at the first of them
    /// if it may be written: all of it when nothing could be written, since that is not the rows' fault.
    async fn write_one_by_one(&self, events: &[UsageEvent]) -> (Vec<UsageEvent>, Option<Attempt>) {
        let (mut written, mut refused) = (false, Vec::new());
        for (index, event) in events.iter().enumerate() {
            let (began, attempt) = (Instant::now(), Attempt::new(1, self.now()));
            match self.write_batch(attempt, std::slice::from_ref(event)).await {
                Ok(()) => written = true,
                Err(error) if error.passes() || began.elapsed() > ANSWERS_WITHIN => {
                    let tried = refused.into_iter().map(|(event, _): (&UsageEvent, Error)| event);
                    let left = std::iter::once(event).chain(tried).chain(&events[index + 1..]);
                    return (left.cloned().collect(), Some(attempt));
                }
                Err(error) => refused.push((event, error)),
            }
        }
        if !written {
            return (events.to_vec(), None);
        }
        self.inner.usage.lose(refused.len());
        for (event, error) in refused {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                organization = event.organization.0,
                member = event.member.0,
                key = event.key.map(|key| key.0),
                provider = event.provider.map(|provider| provider.0),
                started_at = event.started_at.0,
                "the database refuses the usage of one request, which is left out"
            );
        }
        (Vec::new(), None)
    }

    /// Writes how often what was refused. One that the database refuses for what it is, is left out, as above.
    async fn write_tallies(&self, tallies: &mut Tallies) {
        let (mut written, mut refused) = (false, Vec::new());
        for tally in tallies.waiting() {
            let began = Instant::now();
            match self.write_tally(tally).await {
                Ok(()) => written = true,
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "refusals could not be written"
                    );
                    if error.passes() || began.elapsed() > ANSWERS_WITHIN {
                        return;
                    }
                    refused.push(tally);
                }
            }
        }
        if written {
            for tally in refused {
                let left_out = tally.event.requests;
                self.tallied(tally, left_out);
            }
        }
    }

    fn tallied(&self, tally: &mut Tally, requests: u32) {
        self.inner
            .usage
            .less(usize::try_from(requests).unwrap_or(usize::MAX));
        tally.event.requests -= requests;
        tally.attempt = None;
    }

    async fn write_tally(&self, tally: &mut Tally) -> Result<(), Error> {
        // What came since an attempt whose end is not known is counted by the next one.
        let now = self.now();
        let requests = tally.event.requests;
        let (id, requests) = *tally.attempt.get_or_insert_with(|| (new_id(now), requests));
        let event = UsageEvent {
            requests,
            ..tally.event.clone()
        };
        let row = tally.row;
        let written = self.within(async {
            let tx = self.inner.store.write().await?;
            let row = store::usage::count(&tx, id, row, &event).await?;
            tx.commit().await?;
            Ok(row)
        });
        tally.row = Some(written.await?);
        self.tallied(tally, requests);
        Ok(())
    }

    async fn write_batch(&self, attempt: Attempt, events: &[UsageEvent]) -> Result<(), Error> {
        let _storing = self.inner.budgets.storing.lock().await;
        self.within(async {
            let tx = self.inner.store.write().await?;
            store::usage::insert(&tx, attempt.id, events).await?;
            let charged = events.iter().flat_map(|event| &event.budgets);
            let charged = charged.map(|charged| charged.budget).collect();
            let mail = self.warn_of(&tx, &charged, self.now()).await?;
            tx.commit().await?;
            if mail {
                self.mail_is_due();
            }
            Ok(())
        })
        .await?;
        self.inner.budgets.written(events);
        Ok(())
    }

    /// What is written, or that the connection is silent.
    async fn within<T>(&self, writing: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        match timeout(BATCH_WITHIN, writing).await {
            Ok(written) => written,
            Err(silent) => Err(store::Error::Unreachable(Box::new(silent)).into()),
        }
    }

    /// Tokens that a key has used since an instant, as far as they are written.
    pub async fn tokens_of_key(&self, key: KeyId, since: Timestamp) -> Result<u64, Error> {
        self.unless_away(async {
            // The gateway asks: no page may hold it up.
            let tx = self.inner.store.read_access().await?;
            Ok(store::usage::tokens_of_key(&tx, key, since).await?)
        })
        .await
    }
}

/// What a member asked for in the last thirty days.
pub(crate) async fn usage_of(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    now: Timestamp,
) -> Result<MemberUsage, Error> {
    let since = now.plus(-30 * Timestamp::DAY);
    let mut usage = MemberUsage::default();
    for (key, sum) in store::usage::of_member(conn, organization, member, since).await? {
        match key {
            Some(key) => usage.keys.push((key, sum)),
            None => usage.chat = sum,
        }
    }
    Ok(usage)
}
