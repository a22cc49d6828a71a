//! The dialogs: one of each kind for the whole table.

mod beyond;
mod conflict;
mod invitation;
mod own;
mod picker;
mod providers;
mod remove;
mod role;
mod saving;
mod suspension;
mod teams;

use super::state::{Access, Task};
use crate::api::members::get_member;
use crate::components::Dialog;
use domain::member::MemberRow;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;
use saving::Saving;

/// Every dialog of the page, closed until a row's menu opens one.
#[component]
pub fn Dialogs(access: Access) -> impl IntoView {
    open_as_asked(access);
    view! {
        <RowDialog access task=Task::Providers id="providers-dialog" title=|_| "Allowed providers" form=providers::form />
        <RowDialog access task=Task::Role id="role-dialog" title=|_| "Change role" form=role::form />
        <RowDialog access task=Task::Teams id="teams-dialog" title=|_| "Edit teams" form=teams::form />
        <RowDialog access task=Task::Suspension id="suspension-dialog" title=suspension::title form=suspension::form />
        <RowDialog access task=Task::Remove id="remove-dialog" title=|_| "Remove from the organization" form=remove::form />
        <RowDialog access task=Task::Link id="link-dialog" title=|_| "Invitation link" form=invitation::link_form />
        <RowDialog access task=Task::Resend id="resend-dialog" title=|_| "New invitation link" form=invitation::resend_form />
        <RowDialog access task=Task::Revoke id="revoke-dialog" title=|_| "Revoke the invitation" form=invitation::revoke_form />
    }
}

/// A dialog about one row: who it is about stands under the title, the form is made anew at each opening.
#[component]
fn RowDialog(
    access: Access,
    task: Task,
    id: &'static str,
    title: fn(&MemberRow) -> &'static str,
    form: fn(Saving, MemberRow) -> AnyView,
) -> impl IntoView {
    let open = access.dialog(task);
    // These outlive the form, so that an answer that comes after closing finds its place.
    let saving = Saving::new(access, open);
    let title = Signal::derive(move || {
        access
            .row
            .read()
            .as_ref()
            .map(title)
            .unwrap_or_default()
            .to_owned()
    });
    let about = Signal::derive(move || {
        access.row.read().as_ref().map(|row| match row.name.as_str() {
            "" => row.email.clone(),
            name => format!("{name} · {}", row.email),
        })
    });
    view! {
        <Dialog id open title subtitle=about>
            {move || access.row.get_untracked().map(|row| { saving.reset(); form(saving, row) })}
        </Dialog>
    }
}

/// `?edit=12` opens the Allowed providers of row 12: the invite page's result links here.
fn open_as_asked(access: Access) {
    let parameters = use_query_map();
    Effect::new(move |_| {
        let asked = parameters.read().get("edit").and_then(|id| id.parse().ok());
        let Some(member) = asked else { return };
        // Done once: Back and reload do not open it again.
        access.go(&access.query.get_untracked(), super::state::History::Replace);
        spawn_local(async move {
            match get_member(access.org(), member).await {
                Ok(row) if access.role.may_change(row.role) && !row.status.is_invitation() => {
                    access.start(Task::Providers, row);
                }
                Ok(row) => access.toaster.show(format!(
                    "Providers cannot be assigned to {} now.",
                    row.display_name()
                )),
                Err(error) => access.toaster.show(error.0.message),
            }
        });
    });
}
