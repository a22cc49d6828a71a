//! Saving one row from a dialog: waiting, failing, and somebody else having been first.

use super::super::editor::RowEditor;
use crate::api::ApiResult;
use crate::components::Cancel;
use crate::pages::request::RequestProblem;
use domain::member::{EditOutcome, MemberRow};
use domain::{MemberStatus, Problem, VersionedOutcome};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The state of one dialog's saving.
#[derive(Clone, Copy)]
pub struct Saving {
    /// The page.
    pub editor: RowEditor,
    open: RwSignal<bool>,
    /// A request is under way.
    pub pending: RwSignal<bool>,
    problem: RwSignal<Option<Problem>>,
    /// The row as somebody else left it, when they were first.
    pub conflict: RwSignal<Option<MemberRow>>,
}

impl Saving {
    /// For the dialog that `open` opens.
    pub fn new(editor: RowEditor, open: RwSignal<bool>) -> Self {
        Self {
            editor,
            open,
            pending: RwSignal::new(false),
            problem: RwSignal::new(None),
            conflict: RwSignal::new(None),
        }
    }

    /// Forgets what happened at the opening before.
    pub fn reset(self) {
        self.pending.set(false);
        self.problem.set(None);
        self.conflict.set(None);
    }

    /// Closes the dialog.
    pub fn close(self) {
        self.open.set(false);
    }

    /// Sends a request and hands a good answer on; failures show in the dialog.
    pub fn ask<T: 'static>(
        self,
        request: impl Future<Output = ApiResult<T>> + 'static,
        then: impl FnOnce(T) + 'static,
    ) {
        if self.pending.get_untracked() {
            return;
        }
        self.pending.set(true);
        self.problem.set(None);
        spawn_local(async move {
            let answer = request.await;
            self.pending.set(false);
            match answer {
                Ok(answer) => then(answer),
                Err(error) => self.problem.set(Some(error.0)),
            }
        });
    }

    /// Sends an edit. When it is saved, the dialog closes and `said` is said; when somebody else was first, their version
    /// is kept for the person to choose.
    pub fn edit(
        self,
        request: impl Future<Output = ApiResult<EditOutcome>> + 'static,
        said: impl FnOnce(&MemberRow) -> String + 'static,
    ) {
        self.ask(request, move |outcome| match outcome {
            VersionedOutcome::Saved(row) => {
                self.editor.toaster.show(said(&row));
                self.close();
                let is_own = self.editor.own_email(row.id).is_some();
                if is_own && (row.role != self.editor.role || row.status != MemberStatus::Active) {
                    self.editor.start_anew();
                }
                self.editor.afterwards.saved.run(*row);
            }
            VersionedOutcome::Conflict(row) => self.conflict.set(Some(*row)),
        });
    }
}

/// Why the last request failed.
#[component]
pub fn SavingProblem(saving: Saving) -> impl IntoView {
    view! { <RequestProblem problem=saving.problem /> }
}

/// The foot of a dialog: what saving will do, and the two ways out.
#[component]
pub fn SavingFoot(
    saving: Saving,
    /// What saving will do, counted.
    #[prop(into)]
    effect: Signal<String>,
    /// What the button says.
    #[prop(into)]
    save: Signal<String>,
    /// There is something to save.
    #[prop(into)]
    ready: Signal<bool>,
    /// It takes something away.
    #[prop(optional)]
    danger: bool,
) -> impl IntoView {
    view! {
        <div class="dialog-foot">
            <p class="effect" role="status">
                {effect}
            </p>
            <Cancel />
            <button
                type="submit"
                class="button primary"
                class:danger=danger
                disabled=move || saving.pending.get() || !ready.get()
            >
                {move || if saving.pending.get() { "Working…".to_owned() } else { save.get() }}
            </button>
        </div>
    }
}
