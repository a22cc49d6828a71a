//! Which of the page's dialogs is open, and for which team.

use domain::team::TeamView;
use leptos::prelude::*;

/// The page has one dialog of each kind, whatever the number of rows.
#[derive(Clone, Copy)]
pub struct Dialogs {
    /// The team the open dialog is about; none while one is created.
    pub subject: RwSignal<Option<TeamView>>,
    /// Naming: a new team or an old one.
    pub name: RwSignal<bool>,
    /// The people of a team.
    pub people: RwSignal<bool>,
    /// The providers of a team.
    pub providers: RwSignal<bool>,
    /// The question before deleting.
    pub delete: RwSignal<bool>,
}

impl Dialogs {
    /// All closed.
    pub fn new() -> Self {
        Self {
            subject: RwSignal::new(None),
            name: RwSignal::new(false),
            people: RwSignal::new(false),
            providers: RwSignal::new(false),
            delete: RwSignal::new(false),
        }
    }

    /// Opens one of them for a team, or for a new one.
    pub fn open(self, dialog: RwSignal<bool>, team: Option<TeamView>) {
        self.subject.set(team);
        dialog.set(true);
    }

    /// The name of the team in question.
    pub fn subject_name(self) -> String {
        self.subject
            .read()
            .as_ref()
            .map(|team| team.name.clone())
            .unwrap_or_default()
    }
}

/// `1 person`, `12 people`.
pub fn people(n: u32) -> String {
    if n == 1 {
        "1 person".to_owned()
    } else {
        format!("{} people", crate::components::thousands(n))
    }
}
