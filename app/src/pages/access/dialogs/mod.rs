//! The dialogs: one of each kind for the whole table.

mod also_editing;
mod beyond;
mod conflict;
mod invitation;
mod own;
mod providers;
mod remove;
mod role;
mod saving;
mod suspension;
mod teams;

use super::editor::{RowEditor, Task};
use crate::components::Dialog;
use also_editing::AlsoEditing;
use domain::member::MemberRow;
use leptos::prelude::*;
use saving::Saving;

/// Every dialog of the page, closed until something opens one for a row.
#[component]
pub fn Dialogs(
    /// The page.
    editor: RowEditor,
) -> impl IntoView {
    view! {
        <RowDialog editor task=Task::Providers id="providers-dialog" title=|_| "Allowed providers" form=providers::form />
        <RowDialog editor task=Task::Role id="role-dialog" title=|_| "Change role" form=role::form />
        <RowDialog editor task=Task::Teams id="teams-dialog" title=|_| "Edit teams" form=teams::form />
        <RowDialog editor task=Task::Suspension id="suspension-dialog" title=suspension::title form=suspension::form />
        <RowDialog editor task=Task::Remove id="remove-dialog" title=|_| "Remove from the organization" form=remove::form />
        <RowDialog editor task=Task::Link id="link-dialog" title=|_| "Invitation link" form=invitation::link_form />
        <RowDialog editor task=Task::Resend id="resend-dialog" title=|_| "New invitation link" form=invitation::resend_form />
        <RowDialog editor task=Task::Revoke id="revoke-dialog" title=|_| "Revoke invitation" form=invitation::revoke_form />
    }
}

/// A dialog about one row: who it is about stands under the title, the form is made anew at each opening.
#[component]
fn RowDialog(
    editor: RowEditor,
    task: Task,
    id: &'static str,
    title: fn(&MemberRow) -> &'static str,
    form: fn(Saving, MemberRow) -> AnyView,
) -> impl IntoView {
    let open = editor.dialog(task);
    // These outlive the form, so that an answer that comes after closing finds its place.
    let saving = Saving::new(editor, open);
    let title = Signal::derive(move || {
        editor
            .row
            .read()
            .as_ref()
            .map(title)
            .unwrap_or_default()
            .to_owned()
    });
    let about = Signal::derive(move || {
        editor.row.read().as_ref().map(|row| match row.name.as_str() {
            "" => row.email.clone(),
            name => format!("{name} · {}", row.email),
        })
    });
    view! {
        <Dialog id open title subtitle=about>
            {move || {
                editor
                    .row
                    .get_untracked()
                    .map(|row| {
                        saving.reset();
                        view! {
                            <AlsoEditing editor member=row.id />
                            {form(saving, row)}
                        }
                    })
            }}
        </Dialog>
    }
}
