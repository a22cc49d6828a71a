//! How much of the server one key or member may hold at once: requests under way, and memory for what is read whole.

use crate::limits::{ANSWER_BYTES, BODY_BYTES, Limits};
use crate::refusal::Refusal;
use bytes::Bytes;
use domain::{KeyId, MemberId};
use services::snapshot::Caller;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio::time::Instant;

/// What all requests under way hold.
#[derive(Debug)]
pub(crate) struct Load {
    limits: Limits,
    held: Mutex<Held>,
    /// Memory was given back.
    freed: Notify,
}

#[derive(Debug, Default)]
struct Held {
    keys: HashMap<KeyId, usize>,
    members: HashMap<MemberId, usize>,
    bytes: usize,
    bytes_of: HashMap<MemberId, usize>,
}

/// Takes from a count, and forgets one that is back at nothing.
fn give_back<K: Eq + Hash>(counts: &mut HashMap<K, usize>, of: &K, amount: usize) {
    if let Some(count) = counts.get_mut(of) {
        *count = count.saturating_sub(amount);
        if *count == 0 {
            counts.remove(of);
        }
    }
}

/// A request under way, counted until it is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    load: Arc<Load>,
    key: Option<KeyId>,
    member: MemberId,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut held = self.load.held();
        if let Some(key) = &self.key {
            give_back(&mut held.keys, key, 1);
        }
        give_back(&mut held.members, &self.member, 1);
    }
}

/// Memory of one request, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Memory {
    load: Arc<Load>,
    member: MemberId,
    bytes: usize,
}

impl Drop for Memory {
    fn drop(&mut self) {
        if self.bytes > 0 {
            let mut held = self.load.held();
            held.bytes = held.bytes.saturating_sub(self.bytes);
            give_back(&mut held.bytes_of, &self.member, self.bytes);
            drop(held);
            self.load.freed.notify_waiters();
        }
    }
}

impl Load {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            held: Mutex::default(),
            freed: Notify::new(),
        })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request, or refuses it because its key or member has too many under way.
    pub(crate) fn begin(self: &Arc<Self>, caller: &Caller) -> Result<Slot, Refusal> {
        let key = caller.key.as_ref().map(|key| key.id);
        let mut held = self.held();
        let of_key = key.and_then(|key| held.keys.get(&key)).copied().unwrap_or(0);
        let of_member = held.members.get(&caller.member).copied().unwrap_or(0);
        let limit = match (self.limits.key_requests, self.limits.member_requests) {
            (limit, _) if of_key >= limit => Some(("This key", limit)),
            (_, limit) if of_member >= limit => Some(("You", limit)),
            _ => None,
        };
        if let Some((who, limit)) = limit {
            let verb = if who == "You" { "have" } else { "has" };
            return Err(too_many(format!(
                "{who} {verb} {limit} requests under way, as many as are allowed at once. Wait for one to end, then try again."
            )));
        }
        if let Some(key) = key {
            *held.keys.entry(key).or_default() += 1;
        }
        *held.members.entry(caller.member).or_default() += 1;
        Ok(Slot {
            load: self.clone(),
            key,
            member: caller.member,
        })
    }

    /// Room for a request's body and answer: nothing at first.
    pub(crate) fn memory(self: &Arc<Self>, caller: &Caller) -> Memory {
        Memory {
            load: self.clone(),
            member: caller.member,
            bytes: 0,
        }
    }

    /// What one member may hold: half, so that there is always room for others, but one request and its answer at least.
    fn share(&self) -> usize {
        (self.limits.memory / 2).max(BODY_BYTES.max(ANSWER_BYTES))
    }

    /// Why so many more bytes cannot be had now.
    fn take(&self, member: MemberId, more: usize) -> Result<(), Refusal> {
        let mut held = self.held();
        let of_member = held.bytes_of.get(&member).copied().unwrap_or(0);
        if of_member + more > self.share() {
            return Err(too_many(
                "Your requests under way hold as much memory as one member may. Wait for one to end, or send less at once."
                    .to_owned(),
            ));
        }
        if held.bytes + more > self.limits.memory {
            return Err(Refusal {
                retry_after: Some(RETRY_AFTER),
                ..Refusal::new(
                    503,
                    "server_busy",
                    "This server has no memory left for the request. Try again in a few seconds.",
                )
            });
        }
        held.bytes += more;
        *held.bytes_of.entry(member).or_default() += more;
        Ok(())
    }
}

/// What is reserved at once of a body whose length is not known.
const STEP: usize = 256 * 1024;
/// Seconds after which a client is asked to try again.
const RETRY_AFTER: u64 = 2;

fn too_many(message: String) -> Refusal {
    Refusal {
        retry_after: Some(RETRY_AFTER),
        ..Refusal::new(429, "too_many_requests", message)
    }
}

impl Memory {
    /// Reserves more. Waits a little for others to give back; who needs less may be served before who waits longer.
    async fn grow(&mut self, more: usize) -> Result<(), Refusal> {
        let until = Instant::now() + self.load.limits.memory_wait;
        loop {
            let freed = self.load.freed.notified();
            tokio::pin!(freed);
            // From here on, nothing that is given back is missed.
            freed.as_mut().enable();
            match self.load.take(self.member, more) {
                Ok(()) => break,
                Err(refusal) => {
                    if tokio::time::timeout_at(until, freed).await.is_err() {
                        return Err(refusal);
                    }
                }
            }
        }
        self.bytes += more;
        Ok(())
    }

    /// Makes sure of room for so many bytes altogether, with some to spare where it is asked for piece by piece.
    pub(crate) async fn reach(&mut self, bytes: usize, at_most: usize) -> Result<(), Refusal> {
        if bytes <= self.bytes {
            return Ok(());
        }
        let wanted = bytes.next_multiple_of(STEP).min(at_most).max(bytes);
        self.grow(wanted - self.bytes).await
    }

    /// Ties the memory to the bytes that are in it: given back when the last of them is dropped, wherever that is.
    pub(crate) fn hold(mut self, bytes: Bytes) -> Bytes {
        // What was reserved for more than came.
        let spare = self.bytes.saturating_sub(bytes.len());
        if spare > 0 {
            self.bytes -= spare;
            drop(Self {
                load: self.load.clone(),
                member: self.member,
                bytes: spare,
            });
        }
        if bytes.is_empty() {
            return bytes;
        }
        Bytes::from_owner(Filled { bytes, _memory: self })
    }
}

struct Filled {
    bytes: Bytes,
    _memory: Memory,
}

impl AsRef<[u8]> for Filled {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
