//! Sign-ins in the audit log. Each that succeeds is an entry of its own. Those that fail are counted in memory, by account,
//! and told at most once a minute: whoever guesses must not be able to fill the log, and nothing is written while they
//! wait for their answer, which would tell that there is such an account.

use super::lock_places;
use crate::device::Client;
use crate::{Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::limits::{FAILURES_PLACES, FAILURES_TOLD_AFTER, SIGN_INS_REMEMBERED};
use domain::session::browser;
use domain::{Timestamp, UserId};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::WriteTx;
use store::audit::AuditRecord;
use store::users::UserRecord;

/// How often it is looked for failures whose minute is over.
const LOOK_EVERY: i64 = 10 * Timestamp::SECOND;
/// Accounts whose failures are written in one transaction.
const AT_ONCE: usize = 200;
/// How the log calls whoever did not prove to be anybody.
const SOMEBODY: &str = "Somebody";

/// By what somebody signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum With {
    Password,
    PasswordAndCode,
    SignOn,
}

impl With {
    /// As it is stored.
    fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::PasswordAndCode => "password and code",
            Self::SignOn => "single sign-on",
        }
    }
}

/// What was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Password,
    Code,
}

/// The failures of one account that are not told yet.
#[derive(Clone, Debug)]
struct Counted {
    since: Timestamp,
    last: Timestamp,
    passwords: u32,
    codes: u32,
    places: Vec<Value>,
}

/// Failed sign-ins that are not told yet.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    accounts: Mutex<HashMap<UserId, Counted>>,
}

impl Failures {
    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, Counted>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, user: UserId, wrong: Wrong, place: Value, now: Timestamp) {
        let mut accounts = self.lock();
        if accounts.len() >= SIGN_INS_REMEMBERED && !accounts.contains_key(&user) {
            return;
        }
        let counted = accounts.entry(user).or_insert_with(|| Counted {
            since: now,
            last: now,
            passwords: 0,
            codes: 0,
            places: Vec::new(),
        });
        counted.last = now;
        let number = match wrong {
            Wrong::Password => &mut counted.passwords,
            Wrong::Code => &mut counted.codes,
        };
        *number = number.saturating_add(1);
        if counted.places.len() < FAILURES_PLACES && !counted.places.contains(&place) {
            counted.places.push(place);
        }
    }

    /// Takes some that have been counted since this instant or longer.
    fn take(&self, until: Timestamp) -> Vec<(UserId, Counted)> {
        let mut accounts = self.lock();
        let due = accounts.iter().filter(|(_, counted)| counted.since <= until);
        let due: Vec<_> = due.map(|(user, _)| *user).take(AT_ONCE).collect();
        due.into_iter()
            .filter_map(|user| accounts.remove(&user).map(|counted| (user, counted)))
            .collect()
    }

    /// Puts back what could not be told.
    fn put_back(&self, counted: Vec<(UserId, Counted)>) {
        let mut accounts = self.lock();
        for (user, before) in counted {
            match accounts.entry(user) {
                Entry::Vacant(entry) => {
                    entry.insert(before);
                }
                Entry::Occupied(mut entry) => {
                    let now = entry.get_mut();
                    now.since = before.since;
                    now.passwords = now.passwords.saturating_add(before.passwords);
                    now.codes = now.codes.saturating_add(before.codes);
                }
            }
        }
    }
}

/// Where a request came from, as the log tells it.
pub(crate) fn origin(client: &Client) -> Value {
    json!({ "address": client.address().to_string(), "browser": browser(client.agent()) })
}

/// What an entry says about a sign-in.
pub(crate) fn signed_in(with: With, client: &Client) -> Value {
    json!({ "with": with.as_str(), "from": origin(client) })
}

impl Services {
    /// Writes down that somebody signed in, in every organization that they are active in.
    pub(crate) async fn note_sign_in(
        &self,
        tx: &WriteTx,
        user: &UserRecord,
        with: With,
        client: &Client,
    ) -> Result<(), Error> {
        let after = signed_in(with, client);
        let places = store::organizations::memberships(tx, user.id).await?;
        let entries = places.into_iter().map(|place| AuditRecord {
            organization: Some(place.organization),
            at: self.now(),
            actor: Some(user.id),
            actor_email: user.email.clone(),
            action: AuditAction::SignIn,
            target: AuditTarget::SignIn(place.member),
            target_label: user.email.clone(),
            before: None,
            after: Some(after.clone()),
        });
        Ok(store::audit::insert_many(tx, entries.collect()).await?)
    }

    /// Counts a failed sign-in to an account that there is.
    pub(crate) fn sign_in_failed(&self, user: UserId, wrong: Wrong, client: &Client) {
        let inner = &self.inner;
        inner.failures.count(user, wrong, origin(client), self.now());
    }

    /// Writes failed sign-ins down once their minute is over. Never ends.
    pub async fn keep_sign_in_failures(&self) {
        loop {
            self.inner.clock.wait(LOOK_EVERY).await;
            let until = self.now().plus(-FAILURES_TOLD_AFTER);
            self.write_sign_in_failures(until).await;
        }
    }

    /// Writes down what was counted since `until` or longer; all of it with the present.
    pub async fn write_sign_in_failures(&self, until: Timestamp) {
        loop {
            let counted = self.inner.failures.take(until);
            if counted.is_empty() {
                return;
            }
            if let Err(error) = self.tell_failures(&counted).await {
                self.inner.failures.put_back(counted);
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "failed sign-ins wait to be written down");
                return;
            }
        }
    }

    async fn tell_failures(&self, counted: &[(UserId, Counted)]) -> Result<(), Error> {
        let tx = self.inner.store.write().await?;
        let people: Vec<_> = counted.iter().map(|(user, _)| *user).collect();
        lock_places(&tx, &people).await?;
        let mut entries = Vec::new();
        for (user, counted) in counted {
            let Some(account) = store::users::get(&tx, *user).await? else {
                continue;
            };
            let after = json!({
                "passwords": counted.passwords,
                "codes": counted.codes,
                "since": counted.since.rfc3339(),
                "from": counted.places,
            });
            let places = store::organizations::memberships(&tx, *user).await?;
            entries.extend(places.into_iter().map(|place| AuditRecord {
                organization: Some(place.organization),
                at: counted.last,
                actor: None,
                actor_email: SOMEBODY.to_owned(),
                action: AuditAction::SignInFail,
                target: AuditTarget::SignIn(place.member),
                target_label: account.email.clone(),
                before: None,
                after: Some(after.clone()),
            }));
        }
        store::audit::insert_many(&tx, entries).await?;
        Ok(tx.commit().await?)
    }
}
