//! That `docs/security.md` tells each requirement once, and cites only tests that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const DOCUMENT: &str = "docs/security.md";
/// A part of the name of every browser test's file, with what parts it from the title.
const BROWSER: &str = ".spec.ts: ";

/// What is wrong with a test as it is cited; `None` when it is there.
fn missing(root: &Path, test: &str) -> Option<String> {
    let (file, wanted) = match test.split_once(BROWSER) {
        Some((file, title)) => (format!("{file}.spec.ts"), title.to_owned()),
        None => {
            let Some((file, name)) = test.split_once("::") else {
                return Some(format!("“{test}” names no test"));
            };
            (format!("{file}.rs"), format!("fn {name}("))
        }
    };
    match fs::read_to_string(root.join(&file)) {
        Err(_) => Some(format!("{test}: there is no file {file}")),
        Ok(text) if !text.contains(&wanted) => Some(format!("{test}: not in that file")),
        Ok(_) => None,
    }
}

/// The cells of a row about a requirement.
fn requirement(line: &str) -> Option<Vec<&str>> {
    let cells: Vec<&str> = line.strip_prefix('|')?.split('|').map(str::trim).collect();
    let id = cells.first()?;
    let numbered = id.split('.').count() == 3 && id.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    numbered.then_some(cells)
}

/// Everything that is wrong with the document.
fn faults(root: &Path, document: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut ids = BTreeSet::new();
    for cells in document.lines().filter_map(requirement) {
        let id = cells[0];
        if !ids.insert(id) {
            faults.push(format!("{id}: told twice"));
        }
        let [_, level, _, how, tests, ""] = cells[..] else {
            faults.push(format!("{id}: not five cells"));
            continue;
        };
        if !matches!(level, "1" | "2") || how.is_empty() {
            faults.push(format!("{id}: its level is not 1 or 2, or nothing is said of it"));
        }
        // What stands between two backticks.
        faults.extend(
            tests
                .split('`')
                .skip(1)
                .step_by(2)
                .filter_map(|test| missing(root, test))
                .map(|fault| format!("{id}: {fault}")),
        );
    }
    if ids.is_empty() {
        faults.push("no requirement is told".to_owned());
    }
    faults
}

#[test]
fn every_test_that_the_security_document_cites_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("a workspace");
    let document = fs::read_to_string(root.join(DOCUMENT)).expect(DOCUMENT);
    let found = faults(root, &document);
    assert!(found.is_empty(), "{DOCUMENT}:\n{}", found.join("\n"));
}

#[test]
fn what_is_wrong_is_named() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("a workspace");
    let row = |tests: &str| format!("| 1.2.3 | 1 | short | how | {tests} |");
    let none: Vec<String> = Vec::new();
    let here = "`xtask/src/security::what_is_wrong_is_named`";
    assert_eq!(faults(root, &row(here)), none);
    assert_eq!(faults(root, &row("`end2end/specs/theme.spec.ts: `")), none);
    for (document, fault) in [
        (
            row("`xtask/src/security::no_such_test`"),
            "1.2.3: xtask/src/security::no_such_test: not in that file",
        ),
        (
            row("`xtask/src/none::test`"),
            "1.2.3: xtask/src/none::test: there is no file xtask/src/none.rs",
        ),
        (format!("{}\n{}", row("—"), row("—")), "1.2.3: told twice"),
        ("| 1.2.3 | 1 | short | how |".to_owned(), "1.2.3: not five cells"),
        (String::new(), "no requirement is told"),
    ] {
        assert_eq!(faults(root, &document), [fault]);
    }
}
