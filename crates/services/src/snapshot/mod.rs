//! What decides about access, in memory: the gateway and Chat ask it on every request.
//!
//! It follows the database by version ([`store::access`]). A change that was made here is applied before its answer is
//! given; what other processes change is noticed by listening and by looking each half second. While it cannot be known to
//! be up to date, it refuses everything.

mod follow;
mod state;

pub(crate) use follow::access_unknown;
pub use state::{Caller, CredentialLost, Key, Provider};

use crate::crypto::token_hash;
use domain::access::{Asking, Denial, UsableProvider, model};
use domain::{MemberId, OrganizationId, ProviderId, TeamId, Timestamp};
use state::State;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;
use store::access::KeyHash;
use tokio::sync::watch;

/// How old the last look at the database may be, in milliseconds; beyond it nothing is allowed (issue: five seconds).
const TRUSTED_FOR: i64 = 5_000;
/// How often it looks, however quiet it is.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Why a request may not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// By the access rule.
    #[error("{0}")]
    Denied(Denial),
    /// Access cannot be checked at the moment.
    #[error("access cannot be checked at the moment")]
    Unknown,
}

impl From<Denial> for Refused {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

/// An API key as it was sent; its hash is what is looked up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ApiKey(KeyHash);

impl ApiKey {
    /// A key as it was sent.
    pub fn new(key: &str) -> Self {
        let mut hash = KeyHash::default();
        hash.copy_from_slice(&token_hash(key));
        Self(hash)
    }
}

/// What an answer under way was let through for; see [`Snapshot::check`].
#[derive(Clone)]
pub struct Permit {
    asker: Asker,
    provider: ProviderId,
    /// As the provider knows it.
    model: String,
}

#[derive(Clone, Copy)]
enum Asker {
    Key(ApiKey),
    Member(OrganizationId, MemberId),
}

impl Permit {
    /// Whoever presents a key, at a model of a provider.
    pub fn of_key(key: ApiKey, provider: ProviderId, model: &str) -> Self {
        Self {
            asker: Asker::Key(key),
            provider,
            model: model.to_owned(),
        }
    }

    /// A member who is signed in, at a model of a provider.
    pub fn of_member(actor: &crate::Actor, provider: ProviderId, model: &str) -> Self {
        Self {
            asker: Asker::Member(actor.organization, actor.member),
            provider,
            model: model.to_owned(),
        }
    }
}

/// The state and how far it can be trusted. One for each [`crate::Services`].
#[derive(Default)]
pub struct Snapshot {
    state: RwLock<State>,
    /// When it was last known to be what the database holds, by the monotonic clock; 0 is never.
    seen_at: AtomicI64,
    /// When the first of the looks began that the database has not answered, by the same clock; 0 when it has answered the
    /// last one. Not the time of its last answer: a process that was not running for a while must not think it away.
    unanswered_since: AtomicI64,
    /// Serializes what writes `state`, so that an older reading never overwrites a newer one.
    following: tokio::sync::Mutex<()>,
    /// Counts up when any decision may have become another one.
    changes: watch::Sender<u64>,
    /// Counts up when anything changed that a page shows.
    revisions: watch::Sender<u64>,
}

impl Snapshot {
    fn read(&self) -> Result<RwLockReadGuard<'_, State>, Refused> {
        if ticks() - self.seen_at.load(Ordering::Acquire) > TRUSTED_FOR {
            return Err(Refused::Unknown);
        }
        Ok(self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How long ago it was last known to be what the database holds.
    pub(crate) fn age(&self) -> Duration {
        let age = ticks() - self.seen_at.load(Ordering::Acquire);
        Duration::from_millis(u64::try_from(age).unwrap_or(0))
    }

    /// Whether the database has not answered for so long that nothing is decided any more.
    fn is_database_away(&self) -> bool {
        let since = self.unanswered_since.load(Ordering::Acquire);
        since != 0 && ticks() - since > TRUSTED_FOR
    }

    /// Whether decisions can be made.
    pub fn is_trusted(&self) -> bool {
        self.read().is_ok()
    }

    /// Who presents a key: a key that is known, works, and whose owner is active.
    pub fn caller(&self, key: ApiKey, now: Timestamp) -> Result<Caller, Refused> {
        Ok(self.read()?.caller(&key.0, now)?)
    }

    /// The provider a model name means to whoever presents a key, and the name by which that provider knows the model.
    pub fn choose<'m>(
        &self,
        key: ApiKey,
        model: &'m str,
        now: Timestamp,
    ) -> Result<(Caller, Arc<Provider>, &'m str), Refused> {
        let state = self.read()?;
        let caller = state.caller(&key.0, now)?;
        let (provider, model) = state.choose(&caller, model, now)?;
        Ok((caller, provider, model))
    }

    /// Tells when any decision may have become another one, other than by time passing.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Tells when the revision of any organization has gone up.
    pub(crate) fn revisions(&self) -> watch::Receiver<u64> {
        self.revisions.subscribe()
    }

    /// What [`Snapshot::revisions`] told of last, for one organization; `None` when there is none.
    pub(crate) fn revision(&self, organization: OrganizationId) -> Option<i64> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.revision(organization)
    }

    fn tell_change(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Whether what was let through still would be, and until when if nothing changes.
    pub fn check(&self, permit: &Permit, now: Timestamp) -> Result<Option<Timestamp>, Refused> {
        let state = self.read()?;
        let (caller, key_end) = match permit.asker {
            Asker::Key(sent) => {
                let caller = state.caller(&sent.0, now)?;
                let end = caller.key.as_ref().and_then(|key| key.end_of(&sent.0));
                (caller, end)
            }
            Asker::Member(organization, member) => (state.member(organization, member)?, None),
        };
        let grant_end = state.grant_end(&caller, permit.provider, &permit.model, now)?;
        Ok(key_end.into_iter().chain(grant_end).min())
    }

    /// The same for a member who is signed in, in Chat.
    pub fn choose_signed_in(
        &self,
        organization: OrganizationId,
        member: MemberId,
        provider: ProviderId,
        model: &str,
        now: Timestamp,
    ) -> Result<(Caller, Arc<Provider>), Refused> {
        let state = self.read()?;
        let caller = state.member(organization, member)?;
        let provider = state.provider(&caller, provider, model, now)?;
        Ok((caller, provider))
    }

    /// A member who is signed in and active.
    pub fn member(&self, organization: OrganizationId, member: MemberId) -> Result<Caller, Refused> {
        Ok(self.read()?.member(organization, member)?)
    }

    /// Every model name that whoever presents a key may use, with the slug of its provider, in order.
    pub fn names(&self, key: ApiKey, now: Timestamp) -> Result<Vec<(String, Arc<Provider>)>, Refused> {
        let state = self.read()?;
        let caller = state.caller(&key.0, now)?;
        Ok(state.with_asking(&caller, now, |asking, providers| {
            model::names(asking, providers)
                .into_iter()
                .filter_map(|(name, id)| {
                    let provider = providers.iter().find(|p| p.id == id)?;
                    Some((name, provider.clone()))
                })
                .collect()
        })?)
    }

    /// The providers that a member may use, by name: what Chat offers.
    pub fn usable(
        &self,
        organization: OrganizationId,
        member: MemberId,
        now: Timestamp,
    ) -> Result<Vec<UsableProvider>, Refused> {
        let state = self.read()?;
        let caller = state.member(organization, member)?;
        Ok(state.with_asking(&caller, now, |asking: &Asking<'_>, providers| {
            providers
                .iter()
                .filter(|p| asking.check(p.id, p.status).is_ok())
                .map(|p| UsableProvider {
                    id: p.id,
                    name: p.name.clone(),
                    slug: p.slug.clone(),
                    models: asking.models(p).map(str::to_owned).collect(),
                    ends_at: asking.grants.end_of(p.id, None, now),
                })
                .collect()
        })?)
    }

    /// The providers that whoever presents a key can use.
    pub(crate) fn providers_of(&self, key: ApiKey, now: Timestamp) -> Result<Vec<ProviderId>, Refused> {
        let state = self.read()?;
        let caller = state.caller(&key.0, now)?;
        Ok(state.with_asking(&caller, now, |asking, providers| {
            let usable = providers.iter().filter(|p| asking.check(p.id, p.status).is_ok());
            usable.map(|p| p.id).collect()
        })?)
    }

    /// The teams that a caller belongs to; none once the caller is gone.
    pub(crate) fn teams_of(&self, caller: &Caller) -> Vec<TeamId> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.teams_of(caller)
    }

    /// Every provider of every organization, for what has to be done in the background.
    pub(crate) fn providers(&self) -> Vec<(OrganizationId, Arc<Provider>)> {
        self.state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .providers()
    }
}

/// Milliseconds by a clock that is never set, from 1 on.
fn ticks() -> i64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    let elapsed = START.get_or_init(Instant::now).elapsed().as_millis();
    i64::try_from(elapsed).unwrap_or(i64::MAX - 1) + TRUSTED_FOR + 1
}
