//! What the labels of a scenario stand for.

use domain::{KeyId, MemberId, ProviderId, TeamId};
use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use tokio::sync::watch;

/// What a scenario's labels stand for here.
#[derive(Default)]
pub(super) struct Names {
    pub(super) members: HashMap<String, MemberId>,
    pub(super) providers: BTreeMap<String, ProviderId>,
    pub(super) teams: HashMap<String, TeamId>,
    /// The row that an invitation made; it may be gone.
    pub(super) invitations: HashMap<String, MemberId>,
    pub(super) keys: Mutex<HashMap<String, KeyId>>,
    pub(super) tokens: Tokens,
    /// Of an instance without an organization.
    pub(super) setup_code: Option<String>,
}

fn known<T: Copy>(all: &HashMap<String, T>, label: &str) -> T {
    match all.get(label) {
        Some(value) => *value,
        None => panic!("nothing is called {label:?}"),
    }
}

impl Names {
    pub(super) fn member(&self, label: &str) -> MemberId {
        known(&self.members, label)
    }

    pub(super) fn invitation(&self, label: &str) -> MemberId {
        known(&self.invitations, label)
    }

    pub(super) fn provider(&self, label: &str) -> ProviderId {
        match self.providers.get(label) {
            Some(provider) => *provider,
            None => panic!("nothing is called {label:?}"),
        }
    }

    /// None when it was never made.
    pub(super) fn key(&self, label: &str) -> Option<KeyId> {
        self.keys.lock().unwrap().get(label).copied()
    }
}

/// The tokens of invitations and the secrets of keys, some of which come only of a race or never.
#[derive(Default)]
pub(super) struct Tokens(watch::Sender<HashMap<String, Option<String>>>);

impl Tokens {
    pub(super) fn add(&self, label: &str, token: String) {
        self.0.send_modify(|all| {
            all.insert(label.to_owned(), Some(token));
        });
    }

    /// Whoever waits for it waits no longer: what makes it has ended.
    pub(super) fn never_came(&self, label: &str) {
        self.0.send_modify(|all| {
            all.entry(label.to_owned()).or_default();
        });
    }

    /// One that is not there, or not there yet, is one that nobody knows.
    pub(super) fn get(&self, label: &str) -> String {
        let known = self.0.borrow().get(label).cloned().flatten();
        known.unwrap_or_else(|| format!("gk_made-up_{label}"))
    }

    /// Waits until whatever makes it has ended.
    pub(super) async fn made(&self, label: &str) {
        let mut seen = self.0.subscribe();
        seen.wait_for(|all| all.contains_key(label)).await.unwrap();
    }

    pub(super) fn all(&self) -> HashMap<String, Option<String>> {
        self.0.borrow().clone()
    }
}
