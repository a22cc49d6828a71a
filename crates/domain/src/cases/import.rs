//! `import.json`: the exported table, edited and brought back.

mod found;

pub use found::Labels;

use super::Instant;
use crate::import::{Column, NoteKind, ProblemKind};
use crate::provider::ProviderStatus;
use crate::{MemberStatus, Role};
use serde::Deserialize;
use serde::de::Error as _;
use serde_json::Value;
use std::collections::BTreeMap;

/// A file, and the plan that it becomes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Which of the starts.
    pub start: String,
    /// What others did after the export.
    #[serde(default)]
    pub since: Vec<Edit>,
    /// Who brings the file.
    pub by: String,
    /// What the file is.
    pub format: Format,
    /// The file does not say which export it comes from.
    #[serde(default = "yes")]
    pub marker: bool,
    /// The titles.
    pub header: Vec<Cell>,
    /// What is below them.
    pub rows: Vec<Vec<Cell>>,
    /// Further rows.
    pub repeat: Option<Repeat>,
    /// What comes of it.
    pub expect: Expect,
    /// What others do between plan and apply.
    #[serde(default)]
    pub meanwhile: Vec<Edit>,
    /// What apply answers then.
    pub apply: Option<Applied>,
    /// What is different after applying.
    #[serde(default)]
    pub then: Difference,
}

fn yes() -> bool {
    true
}

impl super::Case for Case {
    const FILE: &'static str = "import.json";
    type Rest = Rest;
}

/// What the file holds beside its cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rest {
    /// In words.
    pub rules: Vec<String>,
    /// How it is when the file is exported, by name.
    pub starts: BTreeMap<String, Start>,
}

/// An organization, by label.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// What the clock says.
    pub now: Instant,
    /// The providers.
    pub providers: BTreeMap<String, Provider>,
    /// The teams.
    pub teams: BTreeMap<String, Team>,
    /// Members and invitations.
    pub members: BTreeMap<String, Member>,
}

/// A provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// What it is called.
    pub name: String,
    /// Whether it can be used.
    pub status: ProviderStatus,
}

/// A team.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// What it is called.
    pub name: String,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Deserialize)]
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
    /// Labels of the allowed providers.
    pub providers: Vec<String>,
    /// Labels of the teams.
    pub teams: Vec<String>,
    /// The virtual keys, all of which work.
    pub keys: Vec<Key>,
    /// The last sign-in.
    pub last_login: Option<Instant>,
}

/// A virtual key.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// What it is called.
    pub name: String,
    /// Its last four characters.
    pub last_four: String,
}

/// An edit by somebody who may.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "named as the file's `about` names them")]
pub enum Edit {
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
    RenameProvider {
        provider: String,
        name: String,
    },
    AddNewProvider {
        label: String,
        name: String,
    },
    AddNewTeam {
        label: String,
        name: String,
    },
    SignIn {
        member: String,
    },
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A spreadsheet.
    Xlsx,
    /// JSON.
    Json,
}

impl From<Format> for crate::import::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Xlsx => Self::Spreadsheet,
            Format::Json => Self::Json,
        }
    }
}

/// A cell, as the planner takes it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Cell(pub crate::import::Cell);

impl TryFrom<Value> for Cell {
    type Error = serde_json::Error;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        use crate::import::Cell as Planned;
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Formula {
            #[serde(rename = "formula")]
            _formula: String,
            #[serde(rename = "value")]
            _value: Value,
        }
        Ok(Self(match value {
            Value::Object(object) if object.contains_key("formula") => {
                Formula::deserialize(Value::Object(object))?;
                Planned::Formula
            }
            Value::Object(object) if object.contains_key("absent") => {
                if object.len() > 1 || object["absent"] != Value::Bool(true) {
                    return Err(serde_json::Error::custom("absent is true and alone"));
                }
                Planned::Absent
            }
            value => plain(value),
        }))
    }
}

/// A value of JSON as a cell.
fn plain(value: Value) -> crate::import::Cell {
    use crate::import::Cell as Planned;
    match value {
        Value::Null => Planned::Blank,
        Value::String(text) => Planned::Text(text),
        Value::Bool(truth) => Planned::Truth(truth),
        Value::Number(number) => Planned::Number(number.as_f64().unwrap_or(f64::NAN)),
        Value::Array(entries) => Planned::List(entries.into_iter().map(plain).collect()),
        Value::Object(object) => Planned::Object(
            object
                .into_iter()
                .map(|(name, value)| (name, plain(value)))
                .collect(),
        ),
    }
}

/// Further rows that are alike.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// `{n}` in its texts is the number in the repetition.
    pub row: Vec<Cell>,
    /// How many.
    pub times: u32,
}

impl Case {
    /// Every row, those that repeat too.
    pub fn all_rows(&self) -> Vec<Vec<crate::import::Cell>> {
        use crate::import::Cell as Planned;
        let plain = |row: &Vec<Cell>| row.iter().map(|cell| cell.0.clone()).collect();
        let mut rows: Vec<Vec<Planned>> = self.rows.iter().map(plain).collect();
        for n in 1..=self.repeat.as_ref().map_or(0, |repeat| repeat.times) {
            let row = self.repeat.iter().flat_map(|repeat| &repeat.row);
            let cell = |cell: &Cell| match &cell.0 {
                Planned::Text(text) => Planned::Text(text.replace("{n}", &n.to_string())),
                other => other.clone(),
            };
            rows.push(row.map(cell).collect());
        }
        rows
    }

    /// The titles, as the planner takes them.
    pub fn titles(&self) -> Vec<crate::import::Cell> {
        self.header.iter().map(|cell| cell.0.clone()).collect()
    }
}

/// What comes of a file.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Expect {
    /// A plan.
    Plan(Planned),
    /// How many problems there are of each kind.
    Counts(Counts),
    /// The file is not taken.
    Refused(Refusal),
}

/// A plan is expected.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planned {
    /// This.
    pub plan: Plan,
}

/// So many problems of each kind are expected.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// By kind.
    pub plan_counts: BTreeMap<ProblemKind, usize>,
}

/// Why a file is not taken, with what is told beside.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// Why.
    pub refused: RefusedKind,
    /// Which column is doubled.
    pub column: Option<Column>,
    /// How many rows it has.
    pub rows: Option<u32>,
    /// How many it may have.
    pub limit: Option<u32>,
}

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "named as the file's rules name them")]
pub enum RefusedKind {
    Forbidden,
    EmptyFile,
    NoEmailColumn,
    DuplicateColumn,
    TooManyRows,
}

/// A plan, by label; lists in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Plan {
    /// What will be done.
    pub rows: Vec<PlannedRow>,
    /// What was edited on both sides.
    pub conflicts: Vec<Conflict>,
    /// What cannot be done.
    pub problems: Vec<Problem>,
    /// What is worth knowing.
    pub notes: Vec<Note>,
}

/// What will be done to one row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedRow {
    /// Of the file.
    pub row: u32,
    /// Whose row it is.
    pub member: String,
    /// The new role.
    pub role: Option<Role>,
    /// Labels.
    #[serde(default)]
    pub add_providers: Vec<String>,
    /// Labels.
    #[serde(default)]
    pub remove_providers: Vec<String>,
    /// Labels.
    #[serde(default)]
    pub add_teams: Vec<String>,
    /// Labels.
    #[serde(default)]
    pub remove_teams: Vec<String>,
}

/// A cell that was edited on both sides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    /// Of the file.
    pub row: u32,
    /// Whose row it is.
    pub member: String,
    /// Which cell.
    pub column: Column,
    /// What the export wrote.
    pub exported: Words,
    /// What the file says.
    pub file: Words,
    /// What the table says.
    pub now: Words,
}

/// A role, or labels in any order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
pub enum Words {
    /// A role.
    Role(Role),
    /// Labels.
    Labels(Vec<String>),
}

/// What cannot be done. What a case does not name is not there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// Of the file.
    pub row: u32,
    /// Why.
    pub kind: ProblemKind,
    /// Which cell.
    pub column: Option<Column>,
    /// What stands there.
    pub text: Option<String>,
    /// What may have been meant.
    pub suggest: Option<String>,
}

/// What is worth knowing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// Of the file; null is the file as a whole.
    pub row: Option<u32>,
    /// What.
    pub kind: NoteKind,
    /// Which cell.
    pub column: Option<Column>,
    /// A title or name.
    pub text: Option<String>,
    /// The row that counts instead.
    pub first: Option<u32>,
}

/// What apply answers.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case", deny_unknown_fields)]
pub enum Applied {
    /// It is done.
    Applied {
        /// In how many rows.
        changed: usize,
    },
    /// Nothing is done, since the plan is another one.
    PlanChanged {
        /// The new one.
        plan: Plan,
    },
}

/// What is different, by label.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Difference {
    /// Members with the facts that have changed.
    pub members: BTreeMap<String, Changed>,
}

/// The facts of a row that have changed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changed {
    /// The role.
    pub role: Option<Role>,
    /// Labels, in any order.
    pub providers: Option<Vec<String>>,
    /// Labels, in any order.
    pub teams: Option<Vec<String>>,
}
