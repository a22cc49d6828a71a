//! `concurrency.json`: races, and all that may come of them.

use super::{Instant, Nothing};
use crate::access::Denial;
use crate::provider::ProviderStatus;
use crate::{ProblemCode, Role};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as Plain, StrDeserializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// A race.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// How it is at the start.
    pub state: State,
    /// Played in order.
    pub script: Vec<Step>,
    /// Every permitted result.
    pub allowed: Vec<Allowed>,
}

impl super::Case for Case {
    const FILE: &'static str = "concurrency.json";
    type Rest = Nothing;
}

/// How it is at the start, by label.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// What the clock says, from beginning to end.
    pub now: Instant,
    /// Whether there is an organization; without one there is nothing else.
    pub set_up: bool,
    /// Label and address (`m1@example.com`) are one.
    pub members: BTreeMap<String, Member>,
    /// Their slugs are their labels.
    pub providers: BTreeMap<String, ProviderStatus>,
    /// In whatever state.
    pub invitations: BTreeMap<String, Invitation>,
    /// In whatever state.
    pub keys: BTreeMap<String, Key>,
}

/// A row of AI Access.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The role.
    pub role: Role,
    /// Whether they have joined, and may do anything.
    pub status: Standing,
    /// Labels of the allowed providers.
    pub providers: Vec<String>,
    /// The row's version.
    pub version: i64,
    /// Names of teams.
    pub teams: Vec<String>,
}

/// How it stands with somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Asked in, and not come yet.
    Invited,
    /// Joined.
    Active,
    /// Joined, and locked out.
    Suspended,
}

/// An invitation at the start.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// The invited address.
    pub email: String,
    /// The role that it gives.
    pub role: Role,
    /// What became of it before the race.
    pub status: InvitationStatus,
    /// The label of its token.
    pub token: String,
    /// From this instant on it is expired.
    pub expires_at: Instant,
}

/// What became of an invitation. Time makes a pending one expired, and both words are used of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum InvitationStatus {
    Pending,
    Accepted,
    Revoked,
    Expired,
}

/// A virtual key at the start.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// For whom it acts.
    pub owner: String,
    /// Null is all that the owner may use.
    pub scope: Option<Vec<String>>,
    /// Whether it was withdrawn.
    pub revoked: bool,
}

/// Operations that are sent at the same moment; often only one.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Value")]
pub struct Step(pub Vec<Operation>);

impl TryFrom<Value> for Step {
    type Error = serde_json::Error;

    fn try_from(step: Value) -> Result<Self, Self::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Parallel {
            parallel: Vec<Operation>,
        }
        if step.get("parallel").is_some() {
            Ok(Self(Parallel::deserialize(step)?.parallel))
        } else {
            Ok(Self(vec![Operation::deserialize(step)?]))
        }
    }
}

/// What somebody sends.
#[derive(Clone, Debug, Deserialize)]
pub struct Operation {
    /// By which its outcome is named.
    pub label: String,
    /// The label of a member or key, or an address.
    pub by: String,
    /// How often it is sent at once; its outcome is then a count of each kind.
    pub times: Option<usize>,
    /// What is sent. Knows every word that is not above.
    #[serde(flatten)]
    pub deed: Deed,
}

/// What an operation does.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "named as the file's `about` names them")]
pub enum Deed {
    SetProviders {
        member: String,
        version: i64,
        providers: Vec<String>,
    },
    AddProvider {
        member: String,
        provider: String,
    },
    RemoveProvider {
        member: String,
        provider: String,
    },
    AddToTeam {
        member: String,
        team: String,
    },
    SetRole {
        member: String,
        role: Role,
    },
    Suspend {
        member: String,
    },
    Reactivate {
        member: String,
    },
    Remove {
        member: String,
    },
    RemoveMany {
        members: Vec<String>,
    },
    Leave {
        member: String,
    },
    DeleteProvider {
        provider: String,
    },
    DeactivateProvider {
        provider: String,
    },
    Invite {
        email: String,
        role: Role,
        idempotency_key: Option<String>,
    },
    Accept {
        token: String,
    },
    RevokeInvitation {
        invitation: String,
    },
    Resend {
        invitation: String,
        /// The label of the token that it makes.
        new_token: String,
    },
    CreateKey {
        key: String,
        owner: String,
        scope: Option<Vec<String>>,
        idempotency_key: Option<String>,
    },
    RevokeKey {
        key: String,
    },
    Request {
        provider: String,
    },
    ChatSend {
        provider: String,
    },
    SetUp {},
    Export {},
}

/// A permitted result.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// By the labels of the operations.
    pub outcomes: BTreeMap<String, Outcome>,
    /// The parts of the state that are compared.
    #[serde(rename = "final")]
    pub state: Final,
}

/// What comes of an operation.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Outcome {
    /// This.
    Kind(Kind),
    /// Any of these.
    Any(Vec<Kind>),
    /// So many of each, of one that was sent several times.
    Counts(BTreeMap<Kind, usize>),
}

/// A kind of outcome: `ok`, `allow`, `rows:6`, or why not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Kind(pub String);

impl TryFrom<String> for Kind {
    type Error = String;

    fn try_from(kind: String) -> Result<Self, String> {
        let text: StrDeserializer<'_, Plain> = kind.as_str().into_deserializer();
        let rows = kind
            .strip_prefix("rows:")
            .and_then(|rows| rows.parse::<u32>().ok());
        let known = rows.is_some()
            || matches!(kind.as_str(), "ok" | "allow")
            || ProblemCode::deserialize(text).is_ok()
            || kind.parse::<Denial>().is_ok();
        if known {
            Ok(Self(kind))
        } else {
            Err(format!("unknown outcome {kind:?}"))
        }
    }
}

/// The parts of the state that are compared, by label. Null is gone.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Final {
    /// Rows of AI Access.
    pub members: BTreeMap<String, Option<FinalMember>>,
    /// Whether they can be used.
    pub providers: BTreeMap<String, Option<ProviderStatus>>,
    /// Virtual keys.
    pub keys: BTreeMap<String, Option<FinalKey>>,
    /// What became of them.
    pub invitations: BTreeMap<String, FinalInvitation>,
    /// How many have joined with an address, compared by identity.
    pub members_with_email: BTreeMap<String, usize>,
    /// How many invitations are open for an address, compared by identity.
    pub pending_for: BTreeMap<String, usize>,
    /// How many owners are active; the others do not count.
    pub owners: Option<usize>,
    /// How many have joined.
    pub member_count: Option<usize>,
}

/// The parts of a row that are compared.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinalMember {
    /// The role.
    pub role: Option<Role>,
    /// Whether they may do anything.
    pub status: Option<Standing>,
    /// Labels of the allowed providers, in any order.
    pub providers: Option<Vec<String>>,
    /// The row's version.
    pub version: Option<i64>,
    /// Names of teams, in any order.
    pub teams: Option<Vec<String>>,
}

/// The parts of a key that are compared.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinalKey {
    /// Whether it was withdrawn.
    pub revoked: bool,
}

/// The parts of an invitation that are compared.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinalInvitation {
    /// What became of it.
    pub status: InvitationStatus,
    /// The label of the token that is the current one.
    pub token: Option<String>,
}
