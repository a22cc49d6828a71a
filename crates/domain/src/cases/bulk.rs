//! `bulk.json`: changes of many rows, with what others do in between.

use super::Instant;
use crate::bulk::{Cannot, Counts, Kept};
use crate::provider::ProviderStatus;
use crate::{MemberStatus, ProblemCode, Role};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A start, and what is done from there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The name of a start.
    pub start: String,
    /// Played in order.
    pub steps: Vec<Step>,
    /// The whole difference between start and end.
    #[serde(default)]
    pub then: Then,
}

impl super::Case for Case {
    const FILE: &'static str = "bulk.json";
    type Rest = Rest;
}

/// What the cases share.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rest {
    /// The rules in words.
    pub rules: Vec<String>,
    /// By name.
    pub starts: BTreeMap<String, Start>,
}

/// How it is at the start, by label.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// What the clock says.
    pub now: Instant,
    /// Providers.
    pub providers: BTreeMap<String, Provider>,
    /// Teams.
    pub teams: BTreeMap<String, Team>,
    /// Rows of AI Access.
    pub members: BTreeMap<String, Member>,
}

/// A provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// What people call it.
    pub name: String,
    /// Whether it can be given.
    pub status: ProviderStatus,
}

/// A team.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// What people call it.
    pub name: String,
    /// Labels of the providers that it carries.
    #[serde(default)]
    pub providers: Vec<String>,
}

/// A row of AI Access with all its facts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Empty for an invitation.
    pub name: String,
    /// The address.
    pub email: String,
    /// The role.
    pub role: Role,
    /// The status.
    pub status: MemberStatus,
    /// Labels of the own allowed providers, in any order.
    pub providers: Vec<String>,
    /// Labels of the teams, in any order.
    pub teams: Vec<String>,
    /// Keys that are not revoked.
    pub keys: u32,
    /// Ends of grants, by provider; those not named have none.
    #[serde(default)]
    pub until: BTreeMap<String, Instant>,
}

/// The whole difference that a case makes.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Then {
    /// Facts that have changed.
    pub members: BTreeMap<String, Changed>,
    /// Rows that are new.
    pub new: BTreeMap<String, Member>,
    /// Rows that are gone.
    pub removed: Vec<String>,
}

/// The facts of a row that have changed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "named as the facts of a row")]
pub struct Changed {
    pub name: Option<String>,
    pub email: Option<String>,
    pub role: Option<Role>,
    pub status: Option<MemberStatus>,
    pub providers: Option<Vec<String>>,
    pub teams: Option<Vec<String>>,
    pub keys: Option<u32>,
    pub until: Option<BTreeMap<String, Instant>>,
}

impl Changed {
    /// The row with these facts instead of those it had.
    pub fn of(&self, before: &Member) -> Member {
        let mut row = before.clone();
        fn take<T: Clone>(to: &mut T, from: &Option<T>) {
            if let Some(value) = from {
                *to = value.clone();
            }
        }
        take(&mut row.name, &self.name);
        take(&mut row.email, &self.email);
        take(&mut row.role, &self.role);
        take(&mut row.status, &self.status);
        take(&mut row.providers, &self.providers);
        take(&mut row.teams, &self.teams);
        take(&mut row.keys, &self.keys);
        take(&mut row.until, &self.until);
        row
    }
}

/// Something that is done: a step of a change of many, or an edit by somebody who may.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "named as the file's `about` names them")]
pub enum Step {
    Preview {
        by: String,
        select: Select,
        change: Change,
        expect: Shown,
    },
    Apply {
        /// The name by which an undo tells which change it means.
        #[serde(rename = "as")]
        name: Option<String>,
        expect: Applied,
    },
    Undo {
        by: String,
        /// The name of an apply; the last one without.
        of: Option<String>,
        expect: Undone,
    },
    Wait {
        seconds: i64,
    },
    AddProvider {
        member: String,
        provider: String,
    },
    RemoveProvider {
        member: String,
        provider: String,
    },
    AddTeam {
        member: String,
        team: String,
    },
    RemoveTeam {
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
    Rename {
        member: String,
        name: String,
    },
    Accept {
        member: String,
        name: String,
    },
    Invite {
        label: String,
        email: String,
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
    DeleteTeam {
        team: String,
    },
    RenameTeam {
        team: String,
        name: String,
    },
}

/// Which rows.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Select {
    /// Labels.
    Ids(Vec<String>),
    /// All that match this search.
    Query(String),
}

/// What is asked, by label.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "named as the file's `about` names them")]
pub struct Change {
    pub add_providers: Vec<String>,
    pub remove_providers: Vec<String>,
    pub set_role: Option<Role>,
    pub add_teams: Vec<String>,
    pub remove_teams: Vec<String>,
    pub suspend: bool,
    pub reactivate: bool,
    pub remove: bool,
    pub resend: bool,
}

/// A part of a change: `+p1`, `-t1`, `role`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Part(pub String);

impl TryFrom<String> for Part {
    type Error = String;

    fn try_from(part: String) -> Result<Self, String> {
        let labelled = part
            .strip_prefix(['+', '-'])
            .is_some_and(|label| label.starts_with(['p', 't']));
        let known = ["role", "suspend", "reactivate", "remove", "resend"];
        if labelled || known.contains(&part.as_str()) {
            Ok(Self(part))
        } else {
            Err(format!("unknown part {part:?}"))
        }
    }
}

/// What is shown of one row.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Row {
    /// What will change it, in any order.
    pub will: Vec<Part>,
    /// What cannot, and why.
    pub cannot: BTreeMap<Part, Cannot>,
}

/// What a preview shows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// Every selected row.
    pub rows: BTreeMap<String, Row>,
    /// How many of each.
    pub counts: Counts,
}

/// What comes of a preview.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Value")]
pub enum Shown {
    /// This is shown.
    Rows(Rows),
    /// Nothing is, for this reason.
    Refused(ProblemCode),
}

/// What comes of an apply.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Value")]
pub enum Applied {
    /// So many rows are changed.
    Applied(u32),
    /// Nothing is done; this is shown instead.
    PreviewChanged(Rows),
    /// Nothing is done, for this reason.
    Refused(ProblemCode),
}

/// What comes of an undo.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Value")]
pub enum Undone {
    /// Parts that are put back, and parts that are not, by row.
    Undone {
        /// Put back.
        restored: BTreeMap<String, Vec<Part>>,
        /// Left, and why.
        kept: BTreeMap<String, BTreeMap<Part, Kept>>,
    },
    /// Nothing is done, for this reason.
    Refused(ProblemCode),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    refused: ProblemCode,
}

/// The outcome's name, which is taken out, or the refusal.
fn outcome(expect: &mut Value) -> Result<Result<String, ProblemCode>, serde_json::Error> {
    if expect.get("refused").is_some() {
        return Ok(Err(Refused::deserialize(&*expect)?.refused));
    }
    let name = expect.as_object_mut().and_then(|object| object.remove("outcome"));
    Ok(Ok(
        Option::deserialize(name.unwrap_or_default())?.unwrap_or_default()
    ))
}

fn unknown<T>(name: &str) -> Result<T, serde_json::Error> {
    Err(serde::de::Error::custom(format!("unknown outcome {name:?}")))
}

impl TryFrom<Value> for Shown {
    type Error = serde_json::Error;

    fn try_from(mut expect: Value) -> Result<Self, Self::Error> {
        Ok(match outcome(&mut expect)? {
            Err(code) => Self::Refused(code),
            Ok(name) if name.is_empty() => Self::Rows(Rows::deserialize(expect)?),
            Ok(name) => return unknown(&name),
        })
    }
}

impl TryFrom<Value> for Applied {
    type Error = serde_json::Error;

    fn try_from(mut expect: Value) -> Result<Self, Self::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Done {
            changed: u32,
        }
        Ok(match outcome(&mut expect)? {
            Err(code) => Self::Refused(code),
            Ok(name) if name == "applied" => Self::Applied(Done::deserialize(expect)?.changed),
            Ok(name) if name == "preview_changed" => Self::PreviewChanged(Rows::deserialize(expect)?),
            Ok(name) => return unknown(&name),
        })
    }
}

impl TryFrom<Value> for Undone {
    type Error = serde_json::Error;

    fn try_from(mut expect: Value) -> Result<Self, Self::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Parts {
            restored: BTreeMap<String, Vec<Part>>,
            kept: BTreeMap<String, BTreeMap<Part, Kept>>,
        }
        Ok(match outcome(&mut expect)? {
            Err(code) => Self::Refused(code),
            Ok(name) if name == "undone" => {
                let Parts { restored, kept } = Parts::deserialize(expect)?;
                Self::Undone { restored, kept }
            }
            Ok(name) => return unknown(&name),
        })
    }
}
