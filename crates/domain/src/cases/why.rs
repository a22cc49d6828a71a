//! `why.json`: why a member may use a model or may not, and what would mend it, with changes of the world in between.

use super::Instant;
use crate::access::Denial;
use crate::access::why::Fact;
use crate::provider::ProviderStatus;
use crate::{MemberStatus, Role};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Questions and changes, played in order from a start.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The name of the start.
    pub start: String,
    /// What happens.
    pub steps: Vec<Step>,
}

impl super::Case for Case {
    const FILE: &'static str = "why.json";
    type Rest = Rest;
}

/// What the file holds beside its cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rest {
    /// The rules, as sentences for people.
    pub rules: Vec<String>,
    /// The starts by name.
    pub starts: BTreeMap<String, Start>,
}

/// An organization; everything in it is named by its label.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// What the clock says.
    pub now: Instant,
    /// In the order of their labels.
    pub providers: BTreeMap<String, Provider>,
    /// By label.
    pub teams: BTreeMap<String, Team>,
    /// By label.
    pub members: BTreeMap<String, Member>,
    /// By label.
    pub keys: BTreeMap<String, Key>,
}

/// A provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// What it is called in the names of models.
    pub slug: String,
    /// Whether it can be used at all.
    pub status: ProviderStatus,
    /// What it lists.
    pub models: Vec<String>,
}

/// A team.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// What people call it.
    pub name: String,
    /// What it carries, and until when; null is without end.
    pub providers: BTreeMap<String, Option<Instant>>,
}

/// A member, or an invitation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The role.
    pub role: Role,
    /// The status.
    pub status: MemberStatus,
    /// The labels of the teams.
    pub teams: Vec<String>,
    /// Own grants, and until when; null is without end.
    pub providers: BTreeMap<String, Option<Instant>>,
}

/// A virtual key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
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
    Why {
        by: String,
        member: String,
        provider: Option<String>,
        model: Option<String>,
        key: Option<String>,
        expect: Expected,
    },
    Sources {
        member: String,
        expect: BTreeMap<String, BTreeSet<String>>,
    },
    Grant {
        member: String,
        provider: String,
        until: Option<Instant>,
    },
    Ungrant {
        member: String,
        provider: String,
    },
    GrantTeam {
        team: String,
        provider: String,
        until: Option<Instant>,
    },
    UngrantTeam {
        team: String,
        provider: String,
    },
    Join {
        member: String,
        team: String,
    },
    Leave {
        member: String,
        team: String,
    },
    DeleteTeam {
        team: String,
    },
    Suspend {
        member: String,
    },
    Reactivate {
        member: String,
    },
    SetRole {
        member: String,
        role: Role,
    },
    ActivateProvider {
        provider: String,
    },
    DeactivateProvider {
        provider: String,
    },
    DeleteProvider {
        provider: String,
    },
    SetModels {
        provider: String,
        models: Vec<String>,
    },
    RevokeKey {
        key: String,
    },
    SetScope {
        key: String,
        scope: Option<Vec<String>>,
    },
    Clock {
        now: Instant,
    },
}

/// What is answered.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Expected {
    /// Nothing, to this actor.
    Refused(Refused),
    /// An answer.
    Answered(Box<Answer>),
}

/// Who may not ask.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// Why.
    pub refused: Forbidden,
}

/// The one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forbidden {
    /// The actor may not ask about this member.
    Forbidden,
}

/// The answer. What is left out is not compared.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Whether the member may.
    pub allowed: bool,
    /// Why not.
    pub reason: Option<Denial>,
    /// The facts in order, each with whether it holds.
    pub chain: Vec<(Fact, bool)>,
    /// The first that does not.
    pub first: Option<Fact>,
    /// What is offered to whoever asked.
    pub mend: Option<Mend>,
    /// Where the grant comes from.
    pub sources: Option<BTreeMap<String, Life>>,
    /// The provider that a model's name leads to.
    pub provider: Option<String>,
}

/// Whether a source still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Life {
    /// It does.
    Live,
    /// Its end has come.
    Ended,
}

/// What would mend it, by labels.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "named as the file's `about` names them")]
pub enum Mend {
    MakeKey {
        member: String,
    },
    ResendInvitation {
        member: String,
    },
    ReactivateMember {
        member: String,
    },
    ActivateProvider {
        provider: String,
    },
    ExtendGrant {
        member: String,
        provider: String,
        from: String,
    },
    AssignProvider {
        member: String,
        provider: String,
    },
    WidenKey {
        key: String,
        provider: String,
    },
    RefreshModels {
        provider: Option<String>,
    },
    UseFullName {
        models: BTreeSet<String>,
    },
    RequestAccess {
        provider: String,
    },
    Ask {
        role: Role,
    },
}
