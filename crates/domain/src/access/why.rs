//! Why a member may use a model, or why not: the facts in the order in which they are asked, the first that is false, and
//! what would mend it. The answer is that of the access rule; a test holds the two together.

use super::model::Offer;
use super::{Denial, Grant, Grants, KeyLife, check_scope};
use crate::provider::{ProviderRef, ProviderStatus};
use crate::role::{UnknownName, named};
use crate::team::TeamRef;
use crate::{KeyId, MemberId, MemberStatus, ProviderId, Role, TeamId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

named!(
    /// What must be true for a request to be allowed.
    Fact {
        /// The key is one of the organization's.
        KeyKnown = "key_known", "The key is known";
        /// It was not withdrawn.
        KeyNotRevoked = "key_not_revoked", "The key is not revoked";
        /// Its time is not over.
        KeyNotExpired = "key_not_expired", "The key has not expired";
        /// The member has joined and is not suspended.
        MemberActive = "member_active", "The member is active";
        /// A provider lists the model.
        ModelListed = "model_listed", "The model is listed";
        /// Not several providers that may be used list it.
        ModelUnambiguous = "model_unambiguous", "Only one provider that can be used lists the model";
        /// The provider is active.
        ProviderActive = "provider_active", "The provider is active";
        /// A source allows the provider to the member.
        ProviderAllowed = "provider_allowed", "The provider is among the allowed providers";
        /// The key is not narrowed to others.
        KeyScope = "key_scope", "The key covers the provider";
        /// The organization did not switch the model off. Asked only where it did: that is rare.
        ModelAllowed = "model_allowed", "The model is switched on";
        /// A live grant includes the model. Asked only where none does: most grants are of all models.
        ModelGranted = "model_granted", "The assignment includes the model";
    }
);

/// A key that was presented.
#[derive(Clone, Copy, Debug)]
pub enum Presented<'a> {
    /// The organization has no such key.
    Unknown,
    /// It has.
    Known {
        /// Whether it works at all.
        life: KeyLife,
        /// The providers it is narrowed to; `None` is none.
        scope: Option<&'a [ProviderId]>,
    },
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The member's status.
    pub status: MemberStatus,
    /// The member's grants.
    pub grants: Grants<'a>,
    /// With which key; `None` is without, as in Chat.
    pub key: Option<Presented<'a>>,
    /// About which provider; `None` reads the name of the model as the gateway does.
    pub provider: Option<ProviderId>,
    /// For which model.
    pub model: Option<&'a str>,
    /// When.
    pub now: Timestamp,
}

/// One source of a grant, and until when it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The team that carries the provider; `None` is the member's own grant.
    pub team: Option<TeamId>,
    /// Its end, if it has one.
    pub ends_at: Option<Timestamp>,
    /// Whether it counts now.
    pub live: bool,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// Each fact with whether it holds, in order.
    pub chain: Vec<(Fact, bool)>,
    /// The provider that it is about in the end.
    pub provider: Option<ProviderId>,
    /// Where the grant of that provider comes from, the own one first.
    pub sources: Vec<Source>,
    /// The full names among which an ambiguous one leaves the choice.
    pub full_names: Vec<String>,
}

impl Why {
    /// The first fact that does not hold; `None` when the request is allowed.
    pub fn first(&self) -> Option<Fact> {
        self.chain.iter().find(|(_, holds)| !holds).map(|(fact, _)| *fact)
    }

    /// Why it is refused, of the closed list.
    pub fn reason(&self, status: MemberStatus) -> Option<Denial> {
        Some(match self.first()? {
            Fact::KeyKnown => Denial::Unauthenticated,
            Fact::KeyNotRevoked => Denial::KeyRevoked,
            Fact::KeyNotExpired => Denial::KeyExpired,
            Fact::MemberActive if status.is_invitation() => Denial::Unauthenticated,
            Fact::MemberActive => Denial::MemberSuspended,
            Fact::ProviderActive => Denial::ProviderInactive,
            Fact::ProviderAllowed => Denial::ProviderNotAllowed,
            Fact::KeyScope => Denial::KeyScope,
            Fact::ModelAllowed | Fact::ModelGranted => Denial::ModelNotAllowed,
            Fact::ModelListed => Denial::UnknownModel,
            Fact::ModelUnambiguous => Denial::AmbiguousModel,
        })
    }

    /// As those are told it who may not know more: up to the first fact that does not hold. What a provider lists is
    /// told to nobody who may not use it.
    fn cut(mut self) -> Self {
        if let Some(place) = self.chain.iter().position(|(_, holds)| !holds) {
            self.chain.truncate(place + 1);
        }
        self
    }
}

impl Question<'_> {
    /// The answer, of all providers of the organization by name.
    pub fn answer<P: Offer>(&self, providers: &[P]) -> Why {
        let mut why = Why::default();
        match self.key {
            Some(Presented::Unknown) => {
                why.chain.push((Fact::KeyKnown, false));
                return why;
            }
            Some(Presented::Known { life, .. }) => {
                let ended = life.ends_at.is_some_and(|end| end <= self.now);
                why.chain.extend([
                    (Fact::KeyKnown, true),
                    (Fact::KeyNotRevoked, !life.revoked),
                    (Fact::KeyNotExpired, !ended),
                ]);
            }
            None => {}
        }
        why.chain
            .push((Fact::MemberActive, self.status == MemberStatus::Active));
        let find = |id| providers.iter().find(|provider| provider.id() == id);
        match (self.provider, self.model) {
            (Some(provider), model) => self.about(&mut why, provider, find(provider), model),
            (None, Some(name)) => self.named(&mut why, providers, name),
            (None, None) => {}
        }
        why
    }

    /// The facts about one provider, and about a model of it.
    fn about<P: Offer>(&self, why: &mut Why, id: ProviderId, provider: Option<&P>, model: Option<&str>) {
        self.reach(why, id, provider.map(Offer::status));
        if let Some(model) = model {
            let listed = provider.is_some_and(|provider| provider.lists(model));
            why.chain.push((Fact::ModelListed, listed));
            if let Some(provider) = provider.filter(|_| listed) {
                why.chain.extend(self.model_facts(provider, model));
            }
        }
    }

    /// The facts about a listed model that do not hold.
    fn model_facts<P: Offer>(&self, provider: &P, model: &str) -> impl Iterator<Item = (Fact, bool)> {
        let off = provider.is_off(model).then_some(Fact::ModelAllowed);
        let id = provider.id();
        // Where nothing allows the provider, that is said, and not that nothing includes the model.
        let left_out =
            self.grants.live(id, self.now).next().is_some() && !self.grants.include(id, model, self.now);
        off.into_iter()
            .chain(left_out.then_some(Fact::ModelGranted))
            .map(|fact| (fact, false))
    }

    /// The facts about whether a provider may be used at all.
    fn reach(&self, why: &mut Why, id: ProviderId, status: Option<ProviderStatus>) {
        why.provider = Some(id);
        why.sources = self.sources(id);
        why.chain.extend([
            (Fact::ProviderActive, status == Some(ProviderStatus::Active)),
            (
                Fact::ProviderAllowed,
                why.sources.iter().any(|source| source.live),
            ),
        ]);
        if let Some(Presented::Known { scope, .. }) = self.key {
            why.chain.push((Fact::KeyScope, check_scope(scope, id).is_ok()));
        }
    }

    /// A model's name without a provider: its first part is one, or it is bare.
    fn named<P: Offer>(&self, why: &mut Why, providers: &[P], name: &str) {
        if let Some((slug, rest)) = name.split_once('/')
            && let Some(provider) = providers.iter().find(|p| p.slug().eq_ignore_ascii_case(slug))
        {
            return self.about(why, provider.id(), Some(provider), Some(rest));
        }
        let listing: Vec<&P> = providers.iter().filter(|p| p.lists(name)).collect();
        why.chain.push((Fact::ModelListed, !listing.is_empty()));
        // Nearest to being allowed first: how many of the facts about it hold before one that does not.
        let near = |provider: &&P| {
            let mut alone = Why::default();
            self.reach(&mut alone, provider.id(), Some(provider.status()));
            let model = self.model_facts(*provider, name).next();
            alone.chain.push(model.unwrap_or((Fact::ModelAllowed, true)));
            alone.chain.iter().take_while(|(_, holds)| *holds).count()
        };
        let facts = match self.key {
            Some(_) => 4,
            None => 3,
        };
        let usable: Vec<&&P> = listing.iter().filter(|p| near(p) == facts).collect();
        let nearest = listing.iter().rev().max_by_key(|provider| near(provider));
        let Some(nearest) = nearest else { return };
        why.chain.push((Fact::ModelUnambiguous, usable.len() < 2));
        if usable.len() > 1 {
            let full = |provider: &&&P| format!("{}/{name}", provider.slug());
            why.full_names = usable.iter().map(full).collect();
            return;
        }
        self.reach(why, nearest.id(), Some(nearest.status()));
        why.chain.extend(self.model_facts(*nearest, name));
    }

    fn sources(&self, provider: ProviderId) -> Vec<Source> {
        let source = |team: Option<TeamId>, grant: &Grant| Source {
            team,
            ends_at: grant.ends_at,
            live: grant.is_live(self.now),
        };
        self.grants
            .by_source(provider)
            .map(|(team, grant)| source(team, grant))
            .collect()
    }
}

/// A question as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhyInput {
    /// About whom.
    pub member: MemberId,
    /// About which provider; without one the name of the model is read as the gateway reads it.
    pub provider: Option<ProviderId>,
    /// For which model; without one, whether the provider may be used at all.
    pub model: Option<String>,
    /// With which key of the member; `None` is without, as in Chat.
    pub key: Option<KeyId>,
}

/// An answer with what it takes to show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The answer, as far as it is told to whoever asks.
    pub why: Why,
    /// Why it is refused; `None` when it is allowed.
    pub reason: Option<Denial>,
    /// What would mend it, as offered to whoever asks.
    pub mend: Option<Mend>,
    /// The provider that it is about in the end.
    pub provider: Option<ProviderRef>,
    /// The teams among its sources.
    pub teams: Vec<TeamRef>,
}

/// Who asks, as far as it decides what they are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker {
    /// Their role.
    pub role: Role,
    /// Whether they ask about themselves.
    pub is_member: bool,
}

impl Asker {
    /// Auditors and above ask about everybody, others about themselves.
    pub fn may_ask(self) -> bool {
        self.is_member || self.role >= Role::Auditor
    }

    /// The answer as this asker is told it.
    pub fn hears(self, why: Why) -> Why {
        match self.role {
            Role::Member => why.cut(),
            _ => why,
        }
    }
}

/// What would mend the first fact that does not hold, as offered to whoever asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Mend {
    /// Make the member a new key.
    MakeKey,
    /// Send the invitation again.
    ResendInvitation,
    /// Reactivate the member.
    ReactivateMember,
    /// Activate the provider.
    ActivateProvider,
    /// Give a grant that has ended a later end: the member's own, or that of a team.
    ExtendGrant {
        /// The team; `None` for the member's own.
        team: Option<TeamId>,
    },
    /// Allow the provider to the member.
    AssignProvider,
    /// Let the key cover the provider.
    WidenKey,
    /// Switch the model on.
    SwitchModelOn,
    /// Let the member's own grant include the model, or give one.
    IncludeModel,
    /// Ask the provider, or all of them, for their models.
    RefreshModels,
    /// Use one of these names.
    UseFullName {
        /// Full names of the model.
        models: Vec<String>,
    },
    /// Ask for the provider.
    RequestAccess,
    /// Ask somebody who can mend it.
    Ask {
        /// The least role that can.
        role: Role,
    },
}

impl Why {
    /// What is offered to somebody; `None` when there is nothing to mend. `member` is the role of whom it is about.
    pub fn mend(&self, status: MemberStatus, member: Role, asker: Asker) -> Option<Mend> {
        let first = self.first()?;
        // A row is changed by admins and owners, and by nobody whose role is below the row's.
        let administers = asker.role.administers();
        let changes_row = asker.role.may_change(member);
        let (mend, may, of_row) = match first {
            Fact::KeyKnown | Fact::KeyNotRevoked | Fact::KeyNotExpired => {
                (Mend::MakeKey, changes_row || asker.is_member, true)
            }
            Fact::MemberActive if status.is_invitation() => (Mend::ResendInvitation, changes_row, true),
            Fact::MemberActive => (Mend::ReactivateMember, changes_row, true),
            Fact::ProviderActive => (Mend::ActivateProvider, administers, false),
            Fact::ProviderAllowed => match self.ended() {
                Some(Source { team: Some(team), .. }) => {
                    (Mend::ExtendGrant { team: Some(team) }, administers, false)
                }
                Some(_) => (Mend::ExtendGrant { team: None }, changes_row, true),
                None => (Mend::AssignProvider, changes_row, true),
            },
            Fact::KeyScope => (Mend::WidenKey, changes_row || asker.is_member, true),
            Fact::ModelAllowed => (Mend::SwitchModelOn, administers, false),
            Fact::ModelGranted => (Mend::IncludeModel, changes_row, true),
            Fact::ModelListed => (Mend::RefreshModels, administers, false),
            Fact::ModelUnambiguous => {
                let models = self.full_names.clone();
                (Mend::UseFullName { models }, true, false)
            }
        };
        Some(if may {
            mend
        } else if first == Fact::ProviderAllowed && asker.is_member {
            Mend::RequestAccess
        } else if of_row && member == Role::Owner {
            Mend::Ask { role: Role::Owner }
        } else {
            Mend::Ask { role: Role::Admin }
        })
    }

    /// The grant that could be extended: the own one, or of the teams' the one that ended last.
    fn ended(&self) -> Option<Source> {
        let ended = || self.sources.iter().filter(|source| !source.live);
        let own = ended().find(|source| source.team.is_none());
        own.or_else(|| ended().max_by_key(|source| source.ends_at))
            .copied()
    }
}

#[cfg(test)]
mod tests;
