//! The state itself: pure data, no clock and no database.

use domain::access::model::{self, Offer};
use domain::access::{Asking, Denial, Grant, Grants, KeyLife, TeamGrants};
use domain::provider::{ApiType, ProviderStatus};
use domain::{KeyId, MemberId, MemberStatus, OrganizationId, ProviderId, TeamId, Timestamp, UserId};
use secrecy::SecretString;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use store::access::{KeyAccess, KeyHash, MemberAccess};
use subtle::ConstantTimeEq;

/// A provider with what it takes to reach it.
pub struct Provider {
    /// Which.
    pub id: ProviderId,
    /// Its name.
    pub name: String,
    /// Its part of model names.
    pub slug: String,
    /// How it is spoken to.
    pub api_type: ApiType,
    /// Where it answers.
    pub base_url: String,
    /// The version of Azure's API; empty is none.
    pub api_version: String,
    /// Its credential. An error when the stored one cannot be opened with this server's key.
    pub credential: Result<Option<SecretString>, CredentialLost>,
    /// Active or not.
    pub status: ProviderStatus,
    /// The models it offers, byte by byte in order: those entered by hand, or else those it lists.
    pub models: Vec<String>,
    /// The models that are switched off, byte by byte in order; they need not be listed.
    pub models_off: Vec<String>,
    /// When they were last asked for.
    pub models_at: Option<Timestamp>,
}

/// Every provider of an organization, and what its teams carry of them.
pub(super) struct Offered {
    pub providers: Vec<Arc<Provider>>,
    /// In the order of the teams' ids.
    pub carried: Vec<TeamGrants>,
}

/// A stored credential cannot be read with this server's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialLost;

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("slug", &self.slug)
            .finish_non_exhaustive()
    }
}

impl Offer for Provider {
    fn id(&self) -> ProviderId {
        self.id
    }
    fn slug(&self) -> &str {
        &self.slug
    }
    fn status(&self) -> ProviderStatus {
        self.status
    }
    fn lists(&self, model: &str) -> bool {
        self.models
            .binary_search_by(|known| known.as_str().cmp(model))
            .is_ok()
    }
    fn models(&self) -> impl Iterator<Item = &str> {
        self.models.iter().map(String::as_str)
    }
    fn is_off(&self, model: &str) -> bool {
        self.models_off
            .binary_search_by(|off| off.as_str().cmp(model))
            .is_ok()
    }
}

/// A virtual key.
#[derive(Debug)]
pub struct Key {
    /// Which.
    pub id: KeyId,
    organization: OrganizationId,
    member: Option<MemberId>,
    scope: Option<Vec<ProviderId>>,
    life: KeyLife,
    hash: KeyHash,
    previous: Option<(KeyHash, Timestamp)>,
    /// Requests it may make in a minute; `None` is without limit.
    pub requests_per_minute: Option<u32>,
    /// Tokens it may use in a day (UTC); `None` is without limit.
    pub tokens_per_day: Option<u64>,
}

impl Key {
    /// When it stops working as it was sent: a secret that was rotated away ends before the key does.
    pub(super) fn end_of(&self, sent: &KeyHash) -> Option<Timestamp> {
        let rotated = self
            .previous
            .and_then(|(hash, end)| (hash == *sent).then_some(end));
        self.life.ends_at.into_iter().chain(rotated).min()
    }
}

/// Who is asking, found out from a key or a session.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The organization.
    pub organization: OrganizationId,
    /// Its part of URLs.
    pub slug: Arc<str>,
    /// The member.
    pub member: MemberId,
    /// The account.
    pub user: UserId,
    /// The key; `None` in Chat.
    pub key: Option<Arc<Key>>,
}

struct Member {
    user: UserId,
    status: MemberStatus,
    grants: Box<[Grant]>,
    teams: Box<[TeamId]>,
}

pub(super) struct Organization {
    slug: Arc<str>,
    pub(super) version: i64,
    revision: i64,
    providers: Vec<Arc<Provider>>,
    /// What teams carry, in the order of their ids.
    carried: Vec<TeamGrants>,
    members: HashMap<MemberId, Member>,
}

/// Every organization with its members and providers, and every key.
#[derive(Default)]
pub(super) struct State {
    organizations: HashMap<OrganizationId, Organization>,
    keys: HashMap<KeyId, Arc<Key>>,
    by_hash: HashMap<KeyHash, Arc<Key>>,
}

impl State {
    pub(super) fn caller(&self, sent: &KeyHash, now: Timestamp) -> Result<Caller, Denial> {
        let key = self.by_hash.get(sent).ok_or(Denial::Unauthenticated)?;
        // The map has compared already, byte by byte; this comparison takes as long wherever they differ.
        let current: bool = key.hash.ct_eq(sent).into();
        let previous: bool = key.previous.is_some_and(|(hash, _)| hash.ct_eq(sent).into());
        match key.previous {
            _ if current => {}
            // A rotated key is another key, which is over.
            Some((_, end)) if previous && end <= now && !key.life.revoked => return Err(Denial::KeyExpired),
            Some(_) if previous => {}
            _ => return Err(Denial::Unauthenticated),
        }
        key.life.check(now)?;
        let member = key.member.ok_or(Denial::KeyRevoked)?;
        let mut caller = self.member(key.organization, member)?;
        caller.key = Some(key.clone());
        Ok(caller)
    }

    /// A member who is active.
    pub(super) fn member(&self, organization: OrganizationId, member: MemberId) -> Result<Caller, Denial> {
        let at = self
            .organizations
            .get(&organization)
            .ok_or(Denial::Unauthenticated)?;
        let found = at.members.get(&member).ok_or(Denial::Unauthenticated)?;
        match found.status {
            MemberStatus::Active => Ok(Caller {
                organization,
                slug: at.slug.clone(),
                member,
                user: found.user,
                key: None,
            }),
            MemberStatus::Suspended => Err(Denial::MemberSuspended),
            MemberStatus::Invited | MemberStatus::Expired => Err(Denial::Unauthenticated),
        }
    }

    pub(super) fn teams_of(&self, caller: &Caller) -> Vec<TeamId> {
        let at = self.organizations.get(&caller.organization);
        let member = at.and_then(|at| at.members.get(&caller.member));
        member.map(|member| member.teams.to_vec()).unwrap_or_default()
    }

    pub(super) fn with_asking<T>(
        &self,
        caller: &Caller,
        now: Timestamp,
        with: impl FnOnce(&Asking<'_>, &[Arc<Provider>]) -> T,
    ) -> Result<T, Denial> {
        let at = self
            .organizations
            .get(&caller.organization)
            .ok_or(Denial::Unauthenticated)?;
        let member = at.members.get(&caller.member).ok_or(Denial::Unauthenticated)?;
        let asking = Asking {
            status: member.status,
            grants: Grants {
                own: &member.grants,
                teams: &member.teams,
                carried: &at.carried,
            },
            scope: caller.key.as_ref().and_then(|key| key.scope.as_deref()),
            now,
        };
        Ok(with(&asking, &at.providers))
    }

    pub(super) fn choose<'m>(
        &self,
        caller: &Caller,
        model: &'m str,
        now: Timestamp,
    ) -> Result<(Arc<Provider>, &'m str), Denial> {
        self.with_asking(caller, now, |asking, providers| {
            model::resolve(asking, providers, model).map(|(provider, model)| (provider.clone(), model))
        })?
    }

    /// One provider, if the model of it may be used.
    pub(super) fn provider(
        &self,
        caller: &Caller,
        provider: ProviderId,
        model: &str,
        now: Timestamp,
    ) -> Result<Arc<Provider>, Denial> {
        self.with_asking(caller, now, |asking, providers| {
            let found = providers
                .iter()
                .find(|p| p.id == provider)
                .ok_or(Denial::ProviderNotAllowed)?;
            asking.check_model(found, model).map(|()| found.clone())
        })?
    }

    /// When a model that may be asked for no longer may, if nothing changes. What the organization or the provider does to
    /// the model meanwhile does not count: an answer under way was asked for before.
    pub(super) fn grant_end(
        &self,
        caller: &Caller,
        provider: ProviderId,
        model: &str,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, Denial> {
        self.with_asking(caller, now, |asking, providers| {
            let found = providers
                .iter()
                .find(|p| p.id == provider)
                .ok_or(Denial::ProviderNotAllowed)?;
            asking.check(found.id, found.status)?;
            if !asking.grants.include(provider, model, now) {
                return Err(Denial::ModelNotAllowed);
            }
            Ok(asking.grants.end_of(provider, Some(model), now))
        })?
    }

    pub(super) fn providers(&self) -> Vec<(OrganizationId, Arc<Provider>)> {
        self.organizations
            .iter()
            .flat_map(|(id, at)| at.providers.iter().map(|p| (*id, p.clone())))
            .collect()
    }

    pub(super) fn version(&self, organization: OrganizationId) -> Option<i64> {
        self.organizations.get(&organization).map(|at| at.version)
    }

    /// Puts an organization in the place of what was known of it.
    pub(super) fn replace(
        &mut self,
        id: OrganizationId,
        slug: &str,
        version: i64,
        members: Vec<MemberAccess>,
        offered: Offered,
        keys: Vec<KeyAccess>,
    ) {
        let known: Vec<KeyId> = self
            .keys
            .values()
            .filter(|key| key.organization == id)
            .map(|key| key.id)
            .collect();
        known.into_iter().for_each(|key| self.forget_key(key));
        let at = Organization {
            slug: slug.into(),
            version,
            revision: 0,
            providers: offered.providers,
            carried: offered.carried,
            members: HashMap::new(),
        };
        self.organizations.insert(id, at);
        self.put_members(id, &[], members);
        self.put_keys(id, &[], keys);
    }

    /// Puts members in the place of what was known of them; those asked for and not found are gone.
    pub(super) fn put_members(
        &mut self,
        organization: OrganizationId,
        asked: &[MemberId],
        found: Vec<MemberAccess>,
    ) {
        let Some(at) = self.organizations.get_mut(&organization) else {
            return;
        };
        for member in asked {
            at.members.remove(member);
        }
        for member in found {
            let entry = Member {
                user: member.user,
                status: member.status,
                grants: member.grants.into(),
                teams: member.teams.into(),
            };
            at.members.insert(member.id, entry);
        }
    }

    /// The same for keys.
    pub(super) fn put_keys(&mut self, organization: OrganizationId, asked: &[KeyId], found: Vec<KeyAccess>) {
        asked.iter().for_each(|key| self.forget_key(*key));
        for key in found {
            let key = Arc::new(Key {
                id: key.id,
                organization,
                member: key.member,
                scope: key.scope,
                life: KeyLife {
                    revoked: key.revoked,
                    ends_at: key.expires_at,
                },
                hash: key.hash,
                previous: key.previous,
                requests_per_minute: key.requests_per_minute,
                tokens_per_day: key.tokens_per_day,
            });
            if let Some((hash, _)) = key.previous {
                self.by_hash.insert(hash, key.clone());
            }
            self.by_hash.insert(key.hash, key.clone());
            self.keys.insert(key.id, key);
        }
    }

    fn forget_key(&mut self, key: KeyId) {
        if let Some(key) = self.keys.remove(&key) {
            self.by_hash.remove(&key.hash);
            if let Some((hash, _)) = key.previous {
                self.by_hash.remove(&hash);
            }
        }
    }

    pub(super) fn put_offered(&mut self, organization: OrganizationId, offered: Offered) {
        if let Some(at) = self.organizations.get_mut(&organization) {
            at.providers = offered.providers;
            at.carried = offered.carried;
        }
    }

    /// Counts what changed in an organization, as far as is known.
    pub(super) fn revision(&self, organization: OrganizationId) -> Option<i64> {
        self.organizations.get(&organization).map(|at| at.revision)
    }

    pub(super) fn set_revision(&mut self, organization: OrganizationId, revision: i64) {
        if let Some(at) = self.organizations.get_mut(&organization) {
            at.revision = revision;
        }
    }

    pub(super) fn set_version(&mut self, organization: OrganizationId, version: i64) {
        if let Some(at) = self.organizations.get_mut(&organization) {
            at.version = version;
        }
    }
}
