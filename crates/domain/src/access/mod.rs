//! The access rule: which providers a member may use at an instant.
//!
//! Chat, the gateway, the table's "without allowed providers" and every explanation go by [`check`], so that
//! what is shown is what is enforced. Empty means none. [`model`] applies it to the name of a model.

#[cfg(test)]
mod cases;
pub mod model;
pub mod models;
pub mod why;

pub use models::ModelList;

use crate::provider::{ProviderRef, ProviderStatus};
use crate::role::{UnknownName, named};
use crate::{MemberStatus, ProviderId, TeamId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

named!(
    /// Why access is refused: the closed list.
    Denial {
        /// No key, a key that is not known, or nobody who has an account here.
        Unauthenticated = "unauthenticated", "Not signed in";
        /// The key was withdrawn.
        KeyRevoked = "key_revoked", "Key revoked";
        /// The key's time is over.
        KeyExpired = "key_expired", "Key expired";
        /// The member is suspended.
        MemberSuspended = "member_suspended", "Member suspended";
        /// The provider is not active.
        ProviderInactive = "provider_inactive", "Provider inactive";
        /// The provider is not, or no longer, allowed to the member.
        ProviderNotAllowed = "provider_not_allowed", "Provider not allowed";
        /// The member may use the provider, this key may not.
        KeyScope = "key_scope", "Outside the key's scope";
        /// The provider may be used, but not this model of it: the organization switched it off, or no grant includes it.
        ModelNotAllowed = "model_not_allowed", "Model not allowed";
        /// No provider lists the model.
        UnknownModel = "unknown_model", "Unknown model";
        /// Several usable providers list the model.
        AmbiguousModel = "ambiguous_model", "Ambiguous model";
    }
);

/// One allowed provider of a member.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Grant {
    /// The provider that is allowed.
    pub provider: ProviderId,
    /// From this instant on it no longer is; `None` is no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// Of which models.
    #[serde(default, skip_serializing_if = "ModelList::is_all")]
    pub models: ModelList,
}

impl Grant {
    /// Whether it counts at an instant.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ends_at.is_none_or(|end| now < end)
    }
}

/// What one team carries: whoever is in it may use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamGrants {
    /// Which team.
    pub team: TeamId,
    /// Its grants, ended ones included.
    pub grants: Vec<Grant>,
}

impl TeamGrants {
    /// The grants of one team, of those of all teams in the order of their ids.
    pub fn of(all: &[Self], team: TeamId) -> &[Grant] {
        match all.binary_search_by_key(&team, |of_team| of_team.team) {
            Ok(place) => &all[place].grants,
            Err(_) => &[],
        }
    }
}

/// All that was granted to a member. A provider is allowed as long as one source grants it, whatever the others do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Grants<'a> {
    /// The member's own.
    pub own: &'a [Grant],
    /// The member's teams.
    pub teams: &'a [TeamId],
    /// What teams carry, in the order of their ids; of any teams, of which the member's count.
    pub carried: &'a [TeamGrants],
}

impl<'a> Grants<'a> {
    /// Grants without regard to where they come from.
    pub fn listed(grants: &'a [Grant]) -> Self {
        Self {
            own: grants,
            ..Self::default()
        }
    }

    /// The grants of one provider, ended ones included, the member's own first.
    pub fn of(self, provider: ProviderId) -> impl Iterator<Item = &'a Grant> {
        self.by_source(provider).map(|(_, grant)| grant)
    }

    /// The same, each with the team that carries it; the member's own have none.
    pub fn by_source(self, provider: ProviderId) -> impl Iterator<Item = (Option<TeamId>, &'a Grant)> {
        let of_team = move |team: &TeamId| {
            let team = *team;
            TeamGrants::of(self.carried, team)
                .iter()
                .map(move |grant| (Some(team), grant))
        };
        self.own
            .iter()
            .map(|grant| (None, grant))
            .chain(self.teams.iter().flat_map(of_team))
            .filter(move |(_, grant)| grant.provider == provider)
    }

    /// The grants of one provider that count at an instant.
    pub fn live(self, provider: ProviderId, now: Timestamp) -> impl Iterator<Item = &'a Grant> {
        self.of(provider).filter(move |grant| grant.is_live(now))
    }

    /// Whether one of the grants that count includes a model of a provider.
    pub fn include(self, provider: ProviderId, model: &str, now: Timestamp) -> bool {
        self.live(provider, now).any(|grant| grant.models.includes(model))
    }

    /// When a provider that is allowed no longer is, or a model of it, if nothing changes: at the end of its last grant.
    pub fn end_of(self, provider: ProviderId, model: Option<&str>, now: Timestamp) -> Option<Timestamp> {
        let live = self
            .live(provider, now)
            .filter(|grant| model.is_none_or(|model| grant.models.includes(model)));
        // An end that is none is later than any other.
        live.map(|grant| grant.ends_at)
            .max_by_key(|end| end.map_or(i64::MAX, |end| end.0))
            .flatten()
    }
}

/// Whether a member may use one provider, and if not, why not.
pub fn check(
    member: MemberStatus,
    provider: (ProviderId, ProviderStatus),
    grants: Grants<'_>,
    now: Timestamp,
) -> Result<(), Denial> {
    let (id, status) = provider;
    match member {
        MemberStatus::Active => {}
        MemberStatus::Suspended => return Err(Denial::MemberSuspended),
        MemberStatus::Invited | MemberStatus::Expired => return Err(Denial::Unauthenticated),
    }
    if status != ProviderStatus::Active {
        return Err(Denial::ProviderInactive);
    }
    if grants.live(id, now).next().is_none() {
        return Err(Denial::ProviderNotAllowed);
    }
    Ok(())
}

/// What of a key decides whether it works at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLife {
    /// It was withdrawn.
    pub revoked: bool,
    /// From this instant on it no longer works; `None` is no end.
    pub ends_at: Option<Timestamp>,
}

impl KeyLife {
    /// Whether the key works, whatever its owner may use.
    pub fn check(self, now: Timestamp) -> Result<(), Denial> {
        if self.revoked {
            Err(Denial::KeyRevoked)
        } else if self.ends_at.is_some_and(|end| end <= now) {
            Err(Denial::KeyExpired)
        } else {
            Ok(())
        }
    }
}

/// Whether a key's own narrowing leaves a provider in; `None` leaves in all that its owner may use.
pub fn check_scope(scope: Option<&[ProviderId]>, provider: ProviderId) -> Result<(), Denial> {
    match scope {
        Some(scope) if !scope.contains(&provider) => Err(Denial::KeyScope),
        _ => Ok(()),
    }
}

/// Who wants to use a provider: a member, through a key or, as in Chat, without one.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The member's status.
    pub status: MemberStatus,
    /// The member's grants.
    pub grants: Grants<'a>,
    /// The key's narrowing; `None` is none.
    pub scope: Option<&'a [ProviderId]>,
    /// When.
    pub now: Timestamp,
}

impl Asking<'_> {
    /// Whether one provider may be used, and if not, why not. A key never widens what its owner may use.
    pub fn check(&self, provider: ProviderId, status: ProviderStatus) -> Result<(), Denial> {
        check(self.status, (provider, status), self.grants, self.now)?;
        check_scope(self.scope, provider)
    }
}

/// One provider as it concerns one member: usable, or why not. The explanation of "why can this person not …?".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderAccess {
    /// The provider.
    pub provider: ProviderRef,
    /// Why it may not be used; `None` when it may.
    pub denial: Option<Denial>,
}

/// A provider that somebody may use, with what it can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsableProvider {
    /// Which provider.
    pub id: ProviderId,
    /// Its name.
    pub name: String,
    /// Its part of model names.
    pub slug: String,
    /// The models it lists, in order.
    pub models: Vec<String>,
    /// From this instant on they may not, if nothing changes; `None` is no end.
    pub ends_at: Option<Timestamp>,
}

/// The providers a member may use, in the order given.
pub fn effective(
    member: MemberStatus,
    providers: &[(ProviderId, ProviderStatus)],
    grants: Grants<'_>,
    now: Timestamp,
) -> Vec<ProviderId> {
    let usable = |&&provider: &&_| check(member, provider, grants, now).is_ok();
    providers.iter().filter(usable).map(|(id, _)| *id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000);
    const ONE: ProviderId = ProviderId(1);

    fn granted(ends_at: Option<i64>) -> [Grant; 1] {
        [Grant {
            provider: ONE,
            ends_at: ends_at.map(Timestamp),
            models: ModelList::default(),
        }]
    }

    #[test]
    fn says_why_not() {
        let active = (ONE, ProviderStatus::Active);
        let inactive = (ONE, ProviderStatus::Inactive);
        let on = MemberStatus::Active;
        assert_eq!(check(on, active, Grants::listed(&granted(None)), NOW), Ok(()));
        assert_eq!(
            check(on, active, Grants::listed(&granted(Some(1_001))), NOW),
            Ok(())
        );
        let refused = [
            (
                check(on, active, Grants::listed(&granted(Some(1_000))), NOW),
                Denial::ProviderNotAllowed,
            ),
            (
                check(on, active, Grants::default(), NOW),
                Denial::ProviderNotAllowed,
            ),
            (
                check(on, inactive, Grants::listed(&granted(None)), NOW),
                Denial::ProviderInactive,
            ),
            (
                check(
                    MemberStatus::Suspended,
                    active,
                    Grants::listed(&granted(None)),
                    NOW,
                ),
                Denial::MemberSuspended,
            ),
            (
                check(MemberStatus::Invited, active, Grants::listed(&granted(None)), NOW),
                Denial::Unauthenticated,
            ),
        ];
        for (got, want) in refused {
            assert_eq!(got, Err(want));
        }
    }

    #[test]
    fn one_source_is_enough_and_the_last_one_ends_it() {
        let (active, on) = ((ONE, ProviderStatus::Active), MemberStatus::Active);
        let carries = |team, ends_at| TeamGrants {
            team: TeamId(team),
            grants: granted(ends_at).to_vec(),
        };
        let carried = [carries(3, Some(1_500)), carries(5, Some(1_000)), carries(8, None)];
        let with = |own, teams| Grants {
            own,
            teams,
            carried: &carried,
        };
        let (own, ended) = (granted(Some(1_200)), granted(Some(900)));
        let both = with(&own, &[TeamId(3)]);
        assert_eq!(check(on, active, both, NOW), Ok(()));
        assert_eq!(
            both.end_of(ONE, None, NOW),
            Some(Timestamp(1_500)),
            "the later end"
        );
        let team = with(&ended, &[TeamId(3)]);
        assert_eq!(
            check(on, active, team, NOW),
            Ok(()),
            "an ended grant takes nothing away"
        );
        assert_eq!(
            with(&own, &[TeamId(8)]).end_of(ONE, None, NOW),
            None,
            "without end"
        );
        for none in [
            with(&[], &[TeamId(5)]),
            with(&ended, &[]),
            with(&[], &[TeamId(4)]),
        ] {
            assert_eq!(
                check(on, active, none, NOW),
                Err(Denial::ProviderNotAllowed),
                "{none:?}"
            );
        }
    }
}
