//! What the dialogs about one row need of the page that they are on: AI Access, or the page of the member.

use crate::browser::navigation;
use crate::components::{Toaster, use_toaster};
use domain::member::MemberRow;
use domain::organization::Viewer;
use domain::provider::ProviderRef;
use domain::team::TeamRef;
use domain::{MemberId, Role};
use leptos::prelude::*;

/// What can be done with one row; each has its dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Allowed providers.
    Providers,
    /// The role.
    Role,
    /// Teams.
    Teams,
    /// Suspending and reactivating.
    Suspension,
    /// Removing the member.
    Remove,
    /// The link of an invitation.
    Link,
    /// A new link in place of the old one.
    Resend,
    /// Taking an invitation back.
    Revoke,
}

const TASKS: usize = Task::Revoke as usize + 1;

/// What the organization has to choose from, by name.
#[derive(Clone, Copy)]
pub struct Choices {
    /// Every provider.
    pub providers: Signal<Vec<ProviderRef>>,
    /// Every team.
    pub teams: Signal<Vec<TeamRef>>,
}

/// What the page does after a change.
#[derive(Clone, Copy)]
pub struct Afterwards {
    /// A row was saved and is like this now.
    pub saved: Callback<MemberRow>,
    /// Something of the row changed; it is to be read again.
    pub reload: Callback<()>,
    /// There is no such row any more.
    pub gone: Callback<()>,
}

/// The row that is worked on, and the dialogs for it.
#[derive(Clone, Copy)]
pub struct RowEditor {
    organization: StoredValue<String>,
    /// The row of the person looking, and their address.
    me: (MemberId, StoredValue<String>),
    /// The role of the person looking.
    pub role: Role,
    /// The row whose menu or dialog is open.
    pub row: RwSignal<Option<MemberRow>>,
    /// What it can be given.
    pub choices: Choices,
    /// What the page does after a change.
    pub afterwards: Afterwards,
    /// Says what was done.
    pub toaster: Toaster,
    /// The task that was started last with [`RowEditor::start`].
    pub last: StoredValue<Option<Task>>,
    dialogs: [RwSignal<bool>; TASKS],
}

impl RowEditor {
    /// For a page that is being made.
    pub fn new(viewer: &Viewer, choices: Choices, afterwards: Afterwards) -> Self {
        Self {
            organization: StoredValue::new(viewer.organization.slug.clone()),
            me: (viewer.member, StoredValue::new(viewer.me.email.clone())),
            role: viewer.organization.role,
            row: RwSignal::new(None),
            choices,
            afterwards,
            toaster: use_toaster(),
            last: StoredValue::new(None),
            dialogs: std::array::from_fn(|_| RwSignal::new(false)),
        }
    }

    /// The organization's part of URLs, as server functions want it.
    pub fn org(self) -> String {
        self.organization.get_value()
    }

    /// The path of a page of the organization.
    pub fn path(self, page: &str) -> String {
        self.organization.with_value(|slug| format!("/o/{slug}/{page}"))
    }

    /// The own address, when this is the own row.
    pub fn own_email(self, member: MemberId) -> Option<String> {
        (member == self.me.0).then(|| self.me.1.get_value())
    }

    /// Loads the organization anew: what its frame says of the person looking is no longer so.
    pub fn start_anew(self) {
        navigation::leave_to(&self.organization.with_value(|slug| format!("/o/{slug}")));
    }

    /// Whether the dialog of a task is open.
    pub fn dialog(self, task: Task) -> RwSignal<bool> {
        self.dialogs[task as usize]
    }

    /// Opens the dialog of a task for a row.
    pub fn start(self, task: Task, row: MemberRow) {
        self.last.set_value(Some(task));
        self.row.set(Some(row));
        self.dialog(task).set(true);
    }
}
