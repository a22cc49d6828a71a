//! What can be done with a row: one menu for the whole table.

use super::editor::Task;
use super::state::{Access, row_button};
use crate::browser::{navigation, popover};
use crate::components::{Icon, MenuItem, MenuList};
use crate::pages::organization::use_viewer;
use domain::MemberStatus;
use domain::member::MemberRow;
use leptos::prelude::*;

const ID: &str = "row-menu";

/// Opens the menu for a row.
#[component]
pub fn RowMenuButton(access: Access, row: MemberRow) -> impl IntoView {
    let label = format!("Actions for {}", row.display_name());
    let id = row_button(row.id);
    let prepare = move |_| {
        // The browser would close it, since it is open for another row.
        if access
            .editor
            .row
            .with_untracked(|open| open.as_ref().is_some_and(|open| open.id != row.id))
            && popover::is_open(ID)
        {
            popover::hide(ID);
        }
        popover::place(ID, &row_button(row.id));
        access.editor.row.set(Some(row.clone()));
    };
    view! {
        <button
            type="button"
            id=id
            class="button quiet small icon-only needs-script"
            popovertarget=ID
            aria-haspopup="menu"
            aria-label=label
            on:click=prepare
        >
            <Icon name="more" />
        </button>
    }
}

/// The menu. What it offers follows the row it is open for.
#[component]
pub fn RowMenu(access: Access) -> impl IntoView {
    let status = Memo::new(move |_| access.editor.row.read().as_ref().map(|row| row.status));
    let label = Signal::derive(move || {
        access
            .editor
            .row
            .read()
            .as_ref()
            .map(|row| format!("Actions for {}", row.display_name()))
            .unwrap_or_default()
    });
    view! {
        <MenuList id=ID label>
            {move || match status.get() {
                None => ().into_any(),
                Some(MemberStatus::Active) => view! { <MemberActions access suspended=false /> }.into_any(),
                Some(MemberStatus::Suspended) => view! { <MemberActions access suspended=true /> }.into_any(),
                Some(MemberStatus::Invited) => view! { <InvitationActions access expired=false /> }.into_any(),
                Some(MemberStatus::Expired) => view! { <InvitationActions access expired=true /> }.into_any(),
            }}
        </MenuList>
    }
}

#[component]
fn MemberActions(access: Access, suspended: bool) -> impl IntoView {
    view! {
        <Action access task=Task::Providers icon="layers" label="Edit allowed providers" />
        <Action access task=Task::Role icon="shield" label="Change role" />
        <Action access task=Task::Teams icon="people" label="Edit teams" />
        <MenuItem on_select=move |()| {
            if let Some(id) = access.editor.row.with_untracked(|row| row.as_ref().map(|row| row.id)) {
                navigation::leave_to(&format!("{}#keys", untrack(|| access.member_address(id))));
            }
        }>
            <Icon name="key" />
            "Virtual keys"
        </MenuItem>
        <hr role="separator" />
        {if suspended {
            view! { <Action access task=Task::Suspension icon="play" label="Reactivate…" /> }
        } else {
            view! { <Action access task=Task::Suspension icon="pause" label="Suspend…" /> }
        }}
        <Action access task=Task::Remove icon="trash" label="Remove…" danger=true />
    }
}

#[component]
fn InvitationActions(access: Access, expired: bool) -> impl IntoView {
    view! {
        {(!expired).then(|| view! { <Action access task=Task::Link icon="copy" label="Invitation link…" /> })}
        <Action access task=Task::Resend icon="send" label=if use_viewer().mail { "Resend…" } else { "New link…" } />
        <hr role="separator" />
        <Action access task=Task::Revoke icon="trash" label="Revoke…" danger=true />
    }
}

#[component]
fn Action(
    access: Access,
    task: Task,
    icon: &'static str,
    label: &'static str,
    #[prop(optional)] danger: bool,
) -> impl IntoView {
    view! {
        <MenuItem on_select=move |()| access.editor.dialog(task).set(true) danger>
            <Icon name=icon />
            {label}
        </MenuItem>
    }
}
