//! Sign-ins in the audit log. Each that succeeds is an entry of its own. Those that fail are counted in memory, by account,
//! and told at most once a minute: whoever guesses must not be able to fill the log, and nothing is written while they
//! wait for their answer, which would tell that there is such an account.

use super::lock_places;
use super::tally::{Counted, Tally};
use crate::device::Client;
use crate::{Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::limits::{COUNTED_TOLD_AFTER, FAILURES_PLACES};
use domain::session::browser;
use domain::{Timestamp, UserId};
use serde_json::{Value, json};
use store::WriteTx;
use store::audit::AuditRecord;
use store::users::UserRecord;

/// How often it is looked for counts whose minute is over.
const LOOK_EVERY: i64 = 10 * Timestamp::SECOND;
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
            Self::Password => "a password",
            Self::PasswordAndCode => "a password and a code",
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

/// The failures of one account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failed {
    passwords: u32,
    codes: u32,
    places: Vec<Value>,
}

/// Failed sign-ins that are not told yet.
pub(crate) type Failures = Tally<UserId, Failed>;

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
        let place = origin(client);
        self.inner.failures.count(user, self.now(), |failed| {
            let number = match wrong {
                Wrong::Password => &mut failed.passwords,
                Wrong::Code => &mut failed.codes,
            };
            *number = number.saturating_add(1);
            if failed.places.len() < FAILURES_PLACES && !failed.places.contains(&place) {
                failed.places.push(place);
            }
        });
    }

    /// Writes failed sign-ins and refused changes down once their minute is over. Never ends.
    pub async fn tell_counted(&self) {
        loop {
            self.inner.clock.wait(LOOK_EVERY).await;
            let until = self.now().plus(-COUNTED_TOLD_AFTER);
            self.write_counted(until).await;
        }
    }

    /// Writes down what was counted since `until` or longer; all of it with the present.
    pub async fn write_counted(&self, until: Timestamp) {
        self.write_sign_in_failures(until).await;
        self.write_refused_changes(until).await;
    }

    async fn write_sign_in_failures(&self, until: Timestamp) {
        loop {
            let counted = self.inner.failures.take(until);
            if counted.is_empty() {
                return;
            }
            if let Err(error) = self.tell_failures(&counted).await {
                self.inner.failures.put_back(counted, |now, before| {
                    now.passwords = now.passwords.saturating_add(before.passwords);
                    now.codes = now.codes.saturating_add(before.codes);
                });
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "failed sign-ins wait to be written down");
                return;
            }
        }
    }

    async fn tell_failures(&self, counted: &[(UserId, Counted<Failed>)]) -> Result<(), Error> {
        let tx = self.inner.store.write().await?;
        let people: Vec<_> = counted.iter().map(|(user, _)| *user).collect();
        lock_places(&tx, &people).await?;
        let mut entries = Vec::new();
        for (user, Counted { since, last, what }) in counted {
            let Some(account) = store::users::get(&tx, *user).await? else {
                continue;
            };
            let after = json!({
                "passwords": what.passwords,
                "codes": what.codes,
                "since": since.rfc3339(),
                "from": what.places,
            });
            let places = store::organizations::memberships(&tx, *user).await?;
            entries.extend(places.into_iter().map(|place| AuditRecord {
                organization: Some(place.organization),
                at: *last,
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
