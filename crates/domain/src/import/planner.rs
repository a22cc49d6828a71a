//! The rows of a file, one by one, become a plan.

use super::columns::Columns;
use super::names::Names;
use super::plan::{Change, Note, NoteKind, Plan, PlannedRow, ProblemKind, Refused};
use super::read::{self, ListKind, Said};
use super::rules::Row;
use super::{Cell, Column, ExportedRow, Format};
use crate::email;
use crate::limits::IMPORT_ROWS;
use crate::{MemberId, ProviderId, Role, TeamId};
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hash, RandomState};

/// Who brings the file.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Whose row is their own.
    pub member: MemberId,
    /// What they may do.
    pub role: Role,
}

/// Whom a row is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Nobody: the row is blank.
    Nobody,
    /// Whoever has this address, by its identity.
    Person {
        /// By which two addresses are one.
        identity: String,
        /// As it stands in the file.
        text: String,
    },
    /// It cannot be told.
    Unreadable {
        /// Why.
        kind: ProblemKind,
        /// What stands there.
        text: Option<String>,
    },
}

/// Rows of one person.
struct Person {
    first: u32,
    said: u64,
    more: Vec<u32>,
    differ: bool,
}

/// Makes a plan of a file's rows.
pub struct Planner {
    pub(super) standing: Standing,
    format: Format,
    columns: Columns,
    pub(super) providers: Names<ProviderId>,
    pub(super) teams: Names<TeamId>,
    rows: u32,
    pub(super) plan: Plan,
    people: HashMap<MemberId, Person>,
    hasher: RandomState,
    /// Rows of active owners that become something less, and how many active members become owners.
    pub(super) lowered: HashSet<u32>,
    pub(super) raised: HashSet<u32>,
}

const TEAMS: ListKind = ListKind {
    unknown: ProblemKind::UnknownTeam,
    ambiguous: ProblemKind::AmbiguousTeam,
};
const PROVIDERS: ListKind = ListKind {
    unknown: ProblemKind::UnknownProvider,
    ambiguous: ProblemKind::AmbiguousProvider,
};

impl Planner {
    /// For a file with these titles. `marked` says whether the file tells which export it comes from; the names are those
    /// of today and, then, those at the export.
    pub fn new(
        standing: Standing,
        format: Format,
        header: &[Cell],
        marked: bool,
        providers: Names<ProviderId>,
        teams: Names<TeamId>,
    ) -> Result<Self, Refused> {
        if !standing.role.administers() {
            return Err(Refused::Forbidden);
        }
        let mut plan = Plan::default();
        let columns = Columns::of(header, &mut plan.notes)?;
        if !marked {
            plan.notes.push(Note {
                row: None,
                kind: NoteKind::NoExportState,
                column: None,
                text: None,
                first: None,
            });
        }
        Ok(Self {
            standing,
            format,
            columns,
            providers,
            teams,
            rows: 0,
            plan,
            people: HashMap::new(),
            hasher: RandomState::new(),
            lowered: HashSet::new(),
            raised: HashSet::new(),
        })
    }

    /// Whom a row is about.
    pub fn who(&self, cells: &[Cell]) -> Who {
        if cells.iter().all(Cell::is_blank) {
            return Who::Nobody;
        }
        let unreadable = |kind, text| Who::Unreadable { kind, text };
        let cell = self.columns.cell(cells, Column::Email).unwrap_or(&Cell::Blank);
        if cell.is_blank() {
            return unreadable(ProblemKind::NoEmail, None);
        }
        if self.format == Format::Json && !matches!(cell, Cell::Text(_)) {
            return unreadable(ProblemKind::WrongType, None);
        }
        let Some(text) = read::text(cell) else {
            return unreadable(ProblemKind::Formula, None);
        };
        match email::check(&text) {
            Ok(email) => Who::Person {
                identity: email.identity,
                text: email.text,
            },
            Err(_) => unreadable(ProblemKind::InvalidEmail, Some(text.into_owned())),
        }
    }

    /// Takes a row: its number, its cells, whom it is about, how they stand now, and what the export wrote of them.
    pub fn row(
        &mut self,
        number: u32,
        cells: &[Cell],
        who: &Who,
        now: Option<&ExportedRow>,
        exported: Option<&ExportedRow>,
    ) {
        if *who == Who::Nobody {
            return;
        }
        self.rows += 1;
        if self.rows > IMPORT_ROWS {
            return;
        }
        let (kind, text) = match (who, now, exported) {
            (Who::Person { .. }, Some(now), exported) => return self.person(number, cells, now, exported),
            (Who::Person { text, .. }, None, Some(_)) => (ProblemKind::PersonGone, Some(text)),
            (Who::Person { text, .. }, None, None) => (ProblemKind::UnknownPerson, Some(text)),
            (Who::Unreadable { kind, text }, ..) => (*kind, text.as_ref()),
            (Who::Nobody, ..) => return,
        };
        self.plan
            .problem(number, Some(Column::Email), kind, text.cloned(), None);
    }

    fn person(&mut self, number: u32, cells: &[Cell], now: &ExportedRow, exported: Option<&ExportedRow>) {
        let base = exported.unwrap_or(now);
        let format = self.format;
        let cell = |column| self.columns.cell(cells, column);
        let (role_cell, teams_cell, providers_cell) =
            (cell(Column::Role), cell(Column::Teams), cell(Column::Providers));
        let role = read::role(format, role_cell);
        let at_export = exported.is_some();
        let teams = read::list(
            format,
            teams_cell,
            &mut self.teams,
            TEAMS,
            (&base.teams, at_export),
        );
        let providers = read::list(
            format,
            providers_cell,
            &mut self.providers,
            PROVIDERS,
            (&base.providers, at_export),
        );

        let hasher = &self.hasher;
        let said = hasher.hash_one((
            said(hasher, &role, role_cell, &base.role),
            said(hasher, &teams.sorted(), teams_cell, &sorted(&base.teams)),
            said(
                hasher,
                &providers.sorted(),
                providers_cell,
                &sorted(&base.providers),
            ),
        ));
        match self.people.get_mut(&now.member) {
            Some(person) => {
                person.more.push(number);
                person.differ |= person.said != said;
                let first = person.first;
                let note = Note {
                    row: Some(number),
                    kind: NoteKind::DuplicateRow,
                    column: None,
                    text: None,
                    first: Some(first),
                };
                self.plan.note(note);
                return;
            }
            None => {
                let person = Person {
                    first: number,
                    said,
                    more: Vec::new(),
                    differ: false,
                };
                self.people.insert(now.member, person);
            }
        }

        for column in Column::READ_ONLY {
            let cell = self.columns.cell(cells, column);
            if cell.is_some_and(|cell| read::differs(format, column, cell, base)) {
                self.plan.cell_note(number, NoteKind::ReadOnly, column, None);
            }
        }
        let row = Row { number, now, base };
        let mut change = Change {
            role: self.role(row, role),
            ..Change::default()
        };
        (change.add_teams, change.remove_teams) = self.teams_of(row, teams);
        (change.add_providers, change.remove_providers) = self.providers_of(row, providers);
        if change != Change::default() {
            self.plan.rows.push(PlannedRow {
                row: number,
                member: now.member,
                change,
            });
        }
    }

    /// The plan of all rows. `active_owners` is how many there are now.
    pub fn finish(mut self, active_owners: u32) -> Result<Plan, Refused> {
        if self.rows > IMPORT_ROWS {
            return Err(Refused::TooManyRows {
                rows: self.rows,
                limit: IMPORT_ROWS,
            });
        }
        self.settle_duplicates();
        self.keep_an_owner(active_owners);
        self.plan.problems.sort_by_key(|problem| problem.row);
        Ok(self.plan)
    }

    /// Where rows of one person say different things, none of them counts.
    fn settle_duplicates(&mut self) {
        let mut void = HashSet::new();
        for person in self.people.values().filter(|person| person.differ) {
            void.extend(person.more.iter().copied().chain([person.first]));
        }
        if void.is_empty() {
            return;
        }
        self.plan.rows.retain(|row| !void.contains(&row.row));
        self.plan
            .conflicts
            .retain(|conflict| !void.contains(&conflict.row));
        self.plan.problems.retain(|problem| !void.contains(&problem.row));
        let counts = |row: Option<u32>| row.is_none_or(|row| !void.contains(&row));
        self.plan.notes.retain(|note| counts(note.row));
        self.lowered.retain(|row| !void.contains(row));
        self.raised.retain(|row| !void.contains(row));
        let mut void: Vec<_> = void.into_iter().collect();
        void.sort_unstable();
        for row in void {
            self.plan
                .problem(row, None, ProblemKind::DuplicateRow, None, None);
        }
    }

    /// When the plan as a whole would leave no active owner, none of the active owners in it is changed.
    fn keep_an_owner(&mut self, active_owners: u32) {
        let left = active_owners as usize + self.raised.len();
        if self.lowered.is_empty() || left > self.lowered.len() {
            return;
        }
        for planned in &mut self.plan.rows {
            if self.lowered.contains(&planned.row) {
                planned.change.role = None;
            }
        }
        self.plan
            .rows
            .retain(|planned| planned.change != Change::default());
        let lowered = std::mem::take(&mut self.lowered);
        let owners = |note: &Note| note.row.is_some_and(|row| lowered.contains(&row));
        self.plan
            .notes
            .retain(|note| note.kind != NoteKind::OwnRow || !owners(note));
        let mut lowered: Vec<_> = lowered.into_iter().collect();
        lowered.sort_unstable();
        for row in lowered {
            self.plan
                .problem(row, Some(Column::Role), ProblemKind::LastOwner, None, None);
        }
    }
}

impl<I: Copy + Ord> Said<Vec<I>> {
    fn sorted(&self) -> Said<Vec<I>> {
        match self {
            Self::Says(ids) => Said::Says(sorted(ids)),
            Self::Missing => Said::Missing,
            Self::Written => Said::Written,
            // Compared by its text.
            Self::Unreadable(_) => Said::Unreadable(Vec::new()),
        }
    }
}

/// By which two cells are known to say the same.
fn said<T: Hash>(hasher: &RandomState, said: &Said<T>, cell: Option<&Cell>, base: &T) -> u64 {
    match said {
        Said::Missing => 0,
        Said::Written => hasher.hash_one(base),
        Said::Says(value) => hasher.hash_one(value),
        Said::Unreadable(_) => hasher.hash_one(cell.map(|cell| format!("{cell:?}"))),
    }
}

pub(super) fn sorted<I: Copy + Ord>(ids: &[I]) -> Vec<I> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids
}
