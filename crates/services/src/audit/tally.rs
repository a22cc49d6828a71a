//! What is told of at most once a minute, counted in memory until then: whoever causes it must not be able to fill the log.

use domain::Timestamp;
use domain::limits::COUNTED_AT_MOST;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts that are told in one transaction.
const AT_ONCE: usize = 200;

/// What was counted of one, and since when.
#[derive(Clone, Debug)]
pub(super) struct Counted<V> {
    pub(super) since: Timestamp,
    pub(super) last: Timestamp,
    pub(super) what: V,
}

/// Counts that are not told yet, by whom they are about.
#[derive(Debug)]
pub(crate) struct Tally<K, V>(Mutex<HashMap<K, Counted<V>>>);

impl<K, V> Default for Tally<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Copy + Eq + Hash, V: Default> Tally<K, V> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Counted<V>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one more. What is about too many at once is not counted.
    pub(super) fn count(&self, key: K, now: Timestamp, add: impl FnOnce(&mut V)) {
        let mut counts = self.lock();
        if counts.len() >= COUNTED_AT_MOST && !counts.contains_key(&key) {
            return;
        }
        let counted = counts.entry(key).or_insert_with(|| Counted {
            since: now,
            last: now,
            what: V::default(),
        });
        counted.last = now;
        add(&mut counted.what);
    }

    /// Takes some that have been counted since this instant or longer.
    pub(super) fn take(&self, until: Timestamp) -> Vec<(K, Counted<V>)> {
        let mut counts = self.lock();
        let due = counts.iter().filter(|(_, counted)| counted.since <= until);
        let due: Vec<_> = due.map(|(key, _)| *key).take(AT_ONCE).collect();
        due.into_iter()
            .filter_map(|key| counts.remove(&key).map(|counted| (key, counted)))
            .collect()
    }

    /// Puts back what could not be told; `add` adds it to what has been counted meanwhile.
    pub(super) fn put_back(&self, counted: Vec<(K, Counted<V>)>, add: impl Fn(&mut V, V)) {
        let mut counts = self.lock();
        for (key, before) in counted {
            match counts.entry(key) {
                Entry::Vacant(entry) => {
                    entry.insert(before);
                }
                Entry::Occupied(mut entry) => {
                    let now = entry.get_mut();
                    now.since = before.since;
                    add(&mut now.what, before.what);
                }
            }
        }
    }
}
