//! `access.json`: who may use which provider, with changes in between.

use super::{Instant, Nothing};
use crate::access::Denial;
use crate::provider::ProviderStatus;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// A world, and the steps that are played in it in order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// How it is at the start.
    pub world: World,
    /// What happens in it.
    pub steps: Vec<Step>,
}

impl super::Case for Case {
    const FILE: &'static str = "access.json";
    type Rest = Nothing;
}

/// A case's world. Providers, members and keys have labels by which the others name them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    /// What the clock says.
    pub now: Instant,
    /// In the order in which they are made.
    pub providers: Vec<Provider>,
    /// In the order in which they are made.
    pub members: Vec<Member>,
    /// Who may use what.
    pub grants: Vec<Grant>,
    /// In the order in which they are made.
    pub keys: Vec<Key>,
}

/// A provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its label.
    pub id: String,
    /// What it is called in the names of models.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Whether it can be used at all.
    pub status: ProviderStatus,
    /// What it lists.
    pub models: Vec<String>,
}

/// A member.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its label.
    pub id: String,
    /// The address.
    pub email: String,
    /// Whether it is suspended.
    pub status: Joined,
}

/// How it stands with somebody who has joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Joined {
    /// May use what is allowed.
    Active,
    /// May use nothing.
    Suspended,
}

/// An allowed provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// To whom.
    pub member: String,
    /// Which.
    pub provider: String,
    /// From this instant on no longer.
    pub expires_at: Option<Instant>,
}

/// A virtual key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its label.
    pub id: String,
    /// For whom it acts.
    pub owner: String,
    /// Null is all that the owner may use.
    pub scope: Option<Vec<String>>,
    /// From this instant on it is expired.
    pub expires_at: Option<Instant>,
    /// Whether it was withdrawn.
    pub revoked: bool,
}

/// A question, or a change that must hold from the next step on.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "named as the file's `about` names them")]
pub enum Step {
    Chat {
        member: String,
        expect: Offered,
    },
    Editor {
        member: String,
        expect: Offered,
    },
    Request {
        headers: BTreeMap<String, String>,
        model: String,
        expect: Decision,
    },
    ActivateProvider {
        provider: String,
    },
    DeactivateProvider {
        provider: String,
    },
    RenameProvider {
        provider: String,
        slug: String,
    },
    AddProvider {
        provider: Provider,
    },
    DeleteProvider {
        provider: String,
    },
    AcceptInvite {
        member: Member,
    },
    SuspendMember {
        member: String,
    },
    ReactivateMember {
        member: String,
    },
    AddGrant {
        member: String,
        provider: String,
        expires_at: Option<Instant>,
    },
    RemoveGrant {
        member: String,
        provider: String,
    },
    SetGrants {
        member: String,
        providers: Vec<String>,
    },
    CreateKey {
        key: Key,
        expect: Creation,
    },
    RevokeKey {
        key: String,
    },
    Clock {
        now: Instant,
    },
}

/// The slugs that are offered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offered {
    /// Compared as a set.
    pub providers: BTreeSet<String>,
}

/// What the gateway does with a request.
#[derive(Debug, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case", deny_unknown_fields)]
pub enum Decision {
    /// It goes to a provider.
    Allow {
        /// The slug of the provider.
        provider: String,
        /// What the provider is asked for.
        model: String,
    },
    /// It goes nowhere.
    Deny {
        /// Why.
        reason: Denial,
    },
}

/// What comes of making a key.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case", deny_unknown_fields)]
pub enum Creation {
    /// It is made.
    Ok {},
    /// It is not.
    Rejected {
        /// Why.
        reason: Denial,
    },
}
