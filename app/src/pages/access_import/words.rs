//! A plan in words.

use crate::pages::access::words::Names;
use domain::import::{Conflicting, ImportProblem, Note};
use domain::{ProviderId, TeamId};

/// Where in the file: `Row 12, Allowed providers`.
fn place(row: Option<u32>, column: Option<domain::import::Column>) -> String {
    match (row, column) {
        (Some(row), Some(column)) => format!("Row {row}, {}", column.label()),
        (Some(row), None) => format!("Row {row}"),
        (None, Some(column)) => column.label().to_owned(),
        (None, None) => "The file".to_owned(),
    }
}

/// `Row 12, Allowed providers: unknown provider “OpenAII”. Did you mean “OpenAI”?`
pub fn problem_line(problem: &ImportProblem) -> String {
    let mut line = format!(
        "{}: {}",
        place(Some(problem.row), problem.column),
        lower(problem.kind.label())
    );
    if let Some(text) = &problem.text {
        line.push_str(&format!(" “{text}”"));
    }
    line.push('.');
    if let Some(meant) = &problem.suggest {
        line.push_str(&format!(" Did you mean “{meant}”?"));
    }
    line
}

/// `Row 3, Virtual keys: cannot be edited here.`
pub fn note_line(note: &Note) -> String {
    let mut line = format!("{}: {}", place(note.row, note.column), lower(note.kind.label()));
    if let Some(text) = &note.text {
        line.push_str(&format!(" “{text}”"));
    }
    if let Some(first) = note.first {
        line.push_str(&format!(" (the same as row {first})"));
    }
    line.push('.');
    line
}

/// What a cell in conflict says, and what stands there: `Teams: Sales in the file, none at the download, Research now.`
pub fn conflict_line(cell: &Conflicting, names: &Names) -> String {
    let providers = |ids: &[ProviderId]| listed(ids.iter().map(|id| names.provider(*id)));
    let teams = |ids: &[TeamId]| listed(ids.iter().map(|id| names.team(*id)));
    let (column, file, exported, now) = match cell {
        Conflicting::Role { exported, file, now } => (
            "Organization role",
            file.label().to_owned(),
            exported.label().to_owned(),
            now.label().to_owned(),
        ),
        Conflicting::Teams { exported, file, now } => ("Teams", teams(file), teams(exported), teams(now)),
        Conflicting::Providers { exported, file, now } => (
            "Allowed providers",
            providers(file),
            providers(exported),
            providers(now),
        ),
    };
    format!("{column}: {file} in the file, {exported} at the download, {now} now.")
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.collect();
    match names.as_slice() {
        [] => "none".to_owned(),
        names => names.join(", "),
    }
}

/// A label within a sentence.
fn lower(label: &str) -> String {
    let mut chars = label.chars();
    chars
        .next()
        .map(|first| first.to_lowercase().chain(chars).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::import::{Column, NoteKind, ProblemKind, ShownNames};

    #[test]
    fn a_problem_names_the_place_the_text_and_what_may_have_been_meant() {
        let problem = ImportProblem {
            row: 12,
            kind: ProblemKind::UnknownProvider,
            column: Some(Column::Providers),
            text: Some("OpenAII".to_owned()),
            suggest: Some("OpenAI".to_owned()),
        };
        assert_eq!(
            problem_line(&problem),
            "Row 12, Allowed providers: unknown provider “OpenAII”. Did you mean “OpenAI”?"
        );
    }

    #[test]
    fn a_note_names_the_row_that_counts() {
        let note = Note {
            row: Some(3),
            kind: NoteKind::DuplicateRow,
            column: None,
            text: None,
            first: Some(2),
        };
        assert_eq!(note_line(&note), "Row 3: repeated row (the same as row 2).");
    }

    #[test]
    fn a_conflict_says_all_three_values() {
        let names = Names::from(ShownNames {
            teams: [(TeamId(1), "Sales".to_owned())].into(),
            ..ShownNames::default()
        });
        let cell = Conflicting::Teams {
            exported: vec![],
            file: vec![TeamId(1)],
            now: vec![TeamId(9)],
        };
        assert_eq!(
            conflict_line(&cell, &names),
            "Teams: Sales in the file, none at the download, a deleted team now."
        );
    }
}
