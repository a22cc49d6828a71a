//! Keeping the state what the database holds.

use super::state::{CredentialLost, Offered, Provider};
use super::{LOOK_EVERY, Refused, Snapshot, ticks};
use crate::{Actor, Error, Inner, Services};
use domain::access::UsableProvider;
use domain::{KeyId, MemberId, OrganizationId, Problem, ProblemCode};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, Weak};
use std::time::{Duration, Instant};
use store::access::{AccessVersion, Changed, ProviderOffer};
use store::{ReadTx, WriteTx};

/// What people are told while access cannot be checked.
pub(crate) fn access_unknown() -> Problem {
    Problem::new(
        ProblemCode::Overloaded,
        "Access cannot be checked at the moment. Try again in a few seconds.",
    )
    .retry_after(2)
}

/// How long the database may take to answer a look; twice that is still within what a decision may be old.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// The same while it is away: its return is noticed by the next look.
const ANSWERS_AGAIN_WITHIN: Duration = Duration::from_secs(1);
/// Versions of each organization whose notes are kept; more than a server that was cut off for a while is behind.
const NOTES_KEPT: i64 = 10_000;
/// How often older ones are forgotten.
const TIDIED_EVERY: Duration = Duration::from_secs(60 * 60);
/// Beyond so many changed things, reading everything again is quicker.
const MANY: usize = 2_000;

impl Services {
    /// What decides about access.
    pub fn snapshot(&self) -> &Snapshot {
        &self.inner.snapshot
    }

    /// The providers that the actor may use, by name: what Chat offers.
    pub fn usable_providers(&self, actor: &Actor) -> Result<Vec<UsableProvider>, Error> {
        let found = self
            .inner
            .snapshot
            .usable(actor.organization, actor.member, self.now());
        match found {
            Ok(providers) => Ok(providers),
            // Whoever is suspended or gone may use none.
            Err(Refused::Denied(_)) => Ok(Vec::new()),
            Err(Refused::Unknown) => Err(access_unknown().into()),
        }
    }

    /// Makes a change last, and applies it to the snapshot before anybody hears that it was made.
    pub(crate) async fn commit(&self, tx: WriteTx) -> Result<(), Error> {
        let services = self.clone();
        // A task of its own: a client that goes away must not leave memory behind what is stored.
        tokio::spawn(async move {
            tx.commit().await?;
            if let Err(error) = services.catch_up().await {
                // The change is made. Until it is applied here, nothing is allowed.
                services.inner.snapshot.mark_stale();
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a change could not be applied"
                );
            }
            Ok(())
        })
        .await?
    }

    /// Applies what was changed since the last time.
    pub(crate) async fn catch_up(&self) -> Result<(), Error> {
        let snapshot = &self.inner.snapshot;
        let asked = ticks();
        let _alone = snapshot.following.lock().await;
        // Somebody looked while this waited, and began after what it is to see was there.
        if snapshot.seen_at.load(Ordering::Acquire) > asked {
            return Ok(());
        }
        let began = ticks();
        let unanswered = &snapshot.unanswered_since;
        let _ = unanswered.compare_exchange(0, began, Ordering::AcqRel, Ordering::Acquire);
        let (tx, versions) = self.look().await?;
        for at in versions {
            let known = {
                let state = snapshot.state.read().unwrap_or_else(PoisonError::into_inner);
                state.version(at.organization)
            };
            match known {
                Some(version) if version == at.version => {}
                Some(version) => self.apply_changes(&tx, &at, version).await?,
                None => self.load_all(&tx, &at).await?,
            }
            if known != Some(at.version) {
                snapshot.tell_change();
            }
            snapshot.see_revision(&at);
        }
        snapshot.seen_at.store(began, Ordering::Release);
        unanswered.store(0, Ordering::Release);
        Ok(())
    }

    /// Begins to read, and asks for the versions. A connection on which nothing comes back is given up: the next look
    /// takes another one.
    async fn look(&self) -> Result<(ReadTx, Vec<AccessVersion>), Error> {
        let within = match self.inner.snapshot.is_trusted() {
            true => ANSWERS_WITHIN,
            false => ANSWERS_AGAIN_WITHIN,
        };
        let looked = async {
            let tx = self.inner.store.read_access().await?;
            let versions = store::access::versions(&tx).await?;
            Ok((tx, versions))
        };
        match tokio::time::timeout(within, looked).await {
            Ok(looked) => looked,
            Err(silent) => Err(store::Error::Unreachable(Box::new(silent)).into()),
        }
    }

    /// Ends when the database has not answered for so long that it must be away.
    pub async fn until_database_is_away(&self) {
        while !self.inner.snapshot.is_database_away() {
            tokio::time::sleep(LOOK_EVERY / 2).await;
        }
    }

    /// Does what needs the database, unless it is away or goes away meanwhile.
    pub(crate) async fn unless_away<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::select! {
            biased;
            () = self.until_database_is_away() => Err(access_unknown().into()),
            done = work => done,
        }
    }

    async fn apply_changes(&self, tx: &ReadTx, at: &AccessVersion, known: i64) -> Result<(), Error> {
        let organization = at.organization;
        let changed = store::access::changes(tx, organization, known, at.version).await?;
        let changed = match changed {
            Some(changed) if changed.len() <= MANY => changed,
            _ => return self.load_all(tx, at).await,
        };
        let members: Vec<MemberId> = changed
            .iter()
            .filter_map(|what| match what {
                Changed::Member(id) => Some(*id),
                _ => None,
            })
            .collect();
        let keys: Vec<KeyId> = changed
            .iter()
            .filter_map(|what| match what {
                Changed::Key(id) => Some(*id),
                _ => None,
            })
            .collect();
        let found_members = match members.is_empty() {
            true => Vec::new(),
            false => store::access::members(tx, organization, Some(&members)).await?,
        };
        let found_keys = match keys.is_empty() {
            true => Vec::new(),
            false => store::access::keys(tx, organization, Some(&keys)).await?,
        };
        let offered = match changed.contains(&Changed::Provider) {
            true => Some(self.offered(tx, organization).await?),
            false => None,
        };
        if offered.is_some() {
            self.follow_prices(tx, organization).await?;
            self.follow_budgets(tx, organization).await?;
        }
        // At once: no request sees half of a change.
        let mut state = self
            .inner
            .snapshot
            .state
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        state.put_members(organization, &members, found_members);
        state.put_keys(organization, &keys, found_keys);
        if let Some(offered) = offered {
            state.put_offered(organization, offered);
        }
        state.set_version(organization, at.version);
        Ok(())
    }

    async fn load_all(&self, tx: &ReadTx, at: &AccessVersion) -> Result<(), Error> {
        let organization = at.organization;
        let members = store::access::members(tx, organization, None).await?;
        let keys = store::access::keys(tx, organization, None).await?;
        let offered = self.offered(tx, organization).await?;
        self.follow_prices(tx, organization).await?;
        self.follow_budgets(tx, organization).await?;
        let mut state = self
            .inner
            .snapshot
            .state
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        state.replace(organization, &at.slug, at.version, members, offered, keys);
        Ok(())
    }

    async fn offered(&self, tx: &ReadTx, organization: OrganizationId) -> Result<Offered, Error> {
        let offers = store::access::providers(tx, organization).await?;
        Ok(Offered {
            providers: offers
                .into_iter()
                .map(|offer| Arc::new(self.opened(organization, offer)))
                .collect(),
            carried: store::access::carried(tx, organization).await?,
        })
    }

    fn opened(&self, organization: OrganizationId, offer: ProviderOffer) -> Provider {
        let credential = self
            .unsealed(organization, &offer.slug, offer.credential_sealed.as_deref())
            .map_err(|_| CredentialLost);
        Provider {
            id: offer.id,
            name: offer.name,
            slug: offer.slug,
            api_type: offer.api_type,
            base_url: offer.base_url,
            api_version: offer.api_version,
            credential,
            status: offer.status,
            models: offer.models,
            models_off: offer.models_off,
            models_at: offer.models_at,
        }
    }

    async fn tidy_notes(&self) -> Result<(), Error> {
        let tx = self.inner.store.write().await?;
        store::access::forget_old_changes(&tx, NOTES_KEPT).await?;
        Ok(tx.commit().await?)
    }

    /// Follows what other processes change, for as long as there is somebody to follow it for.
    pub(crate) fn follow(&self) {
        let inner = Arc::downgrade(&self.inner);
        tokio::spawn(watch_trust(inner.clone()));
        let mut feed = self.inner.store.listen();
        tokio::spawn(async move {
            let mut tidied = Instant::now();
            loop {
                tokio::select! {
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    () = feed.wait() => {}
                }
                let Some(inner) = inner.upgrade() else { return };
                let services = Services { inner };
                let mut done = services.catch_up().await;
                if done.is_ok() {
                    done = services.follow_spent().await;
                }
                if done.is_ok() && tidied.elapsed() > TIDIED_EVERY {
                    tidied = Instant::now();
                    done = services.tidy_notes().await;
                }
                if let Err(error) = done {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "what decides about access could not be looked at"
                    );
                }
            }
        });
    }
}

/// Tells when trust is lost. A task of its own, since the follower may be waiting for the database just then.
async fn watch_trust(inner: Weak<Inner>) {
    let mut trusted = true;
    loop {
        tokio::time::sleep(LOOK_EVERY / 2).await;
        let Some(inner) = inner.upgrade() else { return };
        let before = std::mem::replace(&mut trusted, inner.snapshot.is_trusted());
        if before && !trusted {
            inner.snapshot.tell_change();
        }
    }
}

impl Snapshot {
    /// Tells whoever follows an organization when something changed there.
    fn see_revision(&self, at: &AccessVersion) {
        {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            if state.revision(at.organization) == Some(at.revision) {
                return;
            }
            state.set_revision(at.organization, at.revision);
        }
        self.revisions.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Allows nothing until the database has been looked at again.
    fn mark_stale(&self) {
        self.seen_at.store(0, Ordering::Release);
        self.tell_change();
    }
}
