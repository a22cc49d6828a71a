//! Requests that wait to be written, and the attempt whose end is not known.

use super::{BATCH, UsageEvent};
use domain::Timestamp;
use std::hash::{BuildHasher, RandomState};
use store::usage::BatchId;

/// Rows that were or are being written under one id. When nobody knows whether they were written, just these are tried
/// again under the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    pub(super) id: BatchId,
    pub(super) rows: usize,
}

impl Attempt {
    pub(super) fn new(rows: usize, now: Timestamp) -> Self {
        Self {
            id: new_id(now),
            rows,
        }
    }
}

/// An id for what is written at once.
pub(super) fn new_id(now: Timestamp) -> BatchId {
    let nonce = RandomState::new().hash_one(now.0).cast_signed();
    BatchId { at: now, nonce }
}

/// Requests in the order in which they came.
#[derive(Default)]
pub(super) struct Waiting {
    pub(super) events: Vec<UsageEvent>,
    attempt: Option<Attempt>,
}

impl Waiting {
    /// What is to be written next: what was tried and may be written, else the oldest.
    pub(super) fn attempt(&mut self, now: Timestamp) -> Option<Attempt> {
        if self.events.is_empty() {
            return None;
        }
        let rows = self.events.len().min(BATCH);
        Some(*self.attempt.get_or_insert_with(|| Attempt::new(rows, now)))
    }

    /// The first of them are written.
    pub(super) fn written(&mut self, rows: usize) {
        self.events.drain(..rows);
        self.attempt = None;
    }

    /// What is left takes the place of the rows that were tried; the first of it may be written under the attempt.
    pub(super) fn replace(&mut self, tried: usize, left: Vec<UsageEvent>, attempt: Option<Attempt>) {
        self.events.splice(..tried, left);
        self.attempt = attempt;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::price::Charge;
    use domain::usage::Measured;
    use domain::{MemberId, OrganizationId};

    fn request() -> UsageEvent {
        UsageEvent {
            organization: OrganizationId(1),
            member: MemberId(1),
            key: None,
            provider: None,
            provider_slug: String::new(),
            model: String::new(),
            provider_model: String::new(),
            request_id: None,
            attempt: 1,
            endpoint: "chat",
            status: 200,
            code: None,
            provider_problem: None,
            started_at: Timestamp(0),
            latency_ms: 0,
            first_token_ms: None,
            measured: Measured::NOTHING,
            charge: Charge::default(),
            requests: 1,
            budgets: Vec::new(),
        }
    }

    #[test]
    fn an_attempt_is_repeated_with_the_same_rows_until_it_is_known_to_have_ended() {
        let mut waiting = Waiting::default();
        assert_eq!(waiting.attempt(Timestamp(1)), None);
        waiting.events = vec![request(); 3];
        let first = waiting.attempt(Timestamp(1)).unwrap();
        assert_eq!(first.rows, 3);
        // More come while nobody knows.
        waiting.events.push(request());
        assert_eq!(waiting.attempt(Timestamp(2)), Some(first));
        waiting.written(first.rows);
        let second = waiting.attempt(Timestamp(3)).unwrap();
        assert_eq!(second.rows, 1);
        assert_ne!(second.id, first.id);
        // One by one, the first row may be written.
        let single = Attempt::new(1, Timestamp(4));
        waiting.events.push(request());
        waiting.replace(1, vec![request()], Some(single));
        assert_eq!(waiting.attempt(Timestamp(5)), Some(single));
        assert_ne!(Attempt::new(1, Timestamp(4)).id, single.id);
    }
}
