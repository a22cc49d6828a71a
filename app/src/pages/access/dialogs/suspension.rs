//! Suspending and reactivating.

use super::beyond::{Beyond, BeyondChoice};
use super::conflict::OrConflict;
use super::own::{OwnRow, ThisIsYou};
use super::saving::{Saving, SavingFoot, SavingProblem};
use crate::api::members::set_suspended;
use crate::components::counted;
use domain::MemberStatus;
use domain::member::MemberRow;
use leptos::prelude::*;

/// What the dialog is called for this row.
pub fn title(row: &MemberRow) -> &'static str {
    if row.status == MemberStatus::Suspended {
        "Reactivate"
    } else {
        "Suspend"
    }
}

/// Says what will stop or start working, then does it.
pub fn form(saving: Saving, row: MemberRow) -> AnyView {
    let suspend = row.status != MemberStatus::Suspended;
    let name = row.display_name().to_owned();
    let providers = counted(
        u32::try_from(row.providers.len()).unwrap_or(u32::MAX),
        "allowed provider",
    );
    let keys = counted(u32::try_from(row.keys.len()).unwrap_or(u32::MAX), "virtual key");
    let (text, button) = if suspend {
        (
            format!(
                "{name} loses access immediately: {providers} and {keys} stop working, and {name} is signed out unless they belong to another organization. Everything is kept and restored when you reactivate them."
            ),
            format!("Suspend {name}"),
        )
    } else {
        (
            format!("{name} can sign in again, with the same {providers} and {keys} as before."),
            format!("Reactivate {name}"),
        )
    };
    let beyond = suspend.then(|| Beyond::new(saving.editor, row.id));
    let save = move |base: MemberRow| {
        let keys = beyond.and_then(Beyond::keys_for_others);
        saving.edit(
            set_suspended(saving.editor.org(), base.id, base.version, suspend, keys),
            move |row| {
                format!(
                    "{} is {}.",
                    row.display_name(),
                    if suspend { "suspended" } else { "active again" }
                )
            },
        );
    };
    let own = OwnRow::of(saving, row.id);
    let row = StoredValue::new(row);
    view! {
        <form on:submit=move |event| {
            event.prevent_default();
            save(row.get_value());
        }>
            <OrConflict
                saving
                theirs=|now: MemberRow| format!("{}, {}", now.status.label(), now.role.label())
                mine=if suspend { "Suspended" } else { "Active" }
                use_mine=save
            >
                <div class="dialog-body">
                    <p>{text.clone()}</p>
                    {beyond.map(|beyond| view! { <BeyondChoice beyond /> })}
                    <ThisIsYou own text="You cannot reactivate yourself: only another owner or admin can." />
                    <SavingProblem saving />
                </div>
                <SavingFoot saving effect="" save=button.clone() ready=Signal::derive(move || own.confirmed()) danger=suspend />
            </OrConflict>
        </form>
    }
    .into_any()
}
