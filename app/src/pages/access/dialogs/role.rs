//! The organization role of one member.

use super::beyond::{Beyond, BeyondChoice};
use super::conflict::OrConflict;
use super::own::{OwnRow, ThisIsYou};
use super::saving::{Saving, SavingFoot, SavingProblem};
use crate::api::members::set_role;
use crate::components::use_dialog;
use domain::Role;
use domain::member::MemberRow;
use leptos::prelude::*;

/// What a role may do, in one line.
pub fn what_it_may(role: Role) -> &'static str {
    match role {
        Role::Owner => "Full control, including owners and the organization",
        Role::Admin => "Manages members (not owners), invitations, teams, providers and access",
        Role::Auditor => "Can view and export everything, but change nothing",
        Role::Member => "Uses allowed providers in Chat and with virtual keys",
    }
}

/// The roles up to one's own.
pub fn form(saving: Saving, row: MemberRow) -> AnyView {
    let was = row.role;
    let viewer = saving.editor.role;
    let chosen = RwSignal::new(was);
    let beyond = Beyond::new(saving.editor, row.id);
    use_dialog().changed_when(move || chosen.get() != was);
    let save = move |base: MemberRow| {
        let role = chosen.get_untracked();
        let keys = beyond.keys_for_others().filter(|_| role < base.role);
        saving.edit(
            set_role(saving.editor.org(), base.id, base.version, role, keys),
            |row| format!("{} is now {}.", row.display_name(), row.role.label()),
        );
    };
    let effect = move || match chosen.get() {
        role if role == was => "No changes".to_owned(),
        role => format!("{} becomes {}. Applies immediately.", was.label(), role.label()),
    };
    let own = OwnRow::of(saving, row.id);
    let row = StoredValue::new(row);
    let lowered = Memo::new(move |_| chosen.get() < was);
    let you = move || {
        (own.is_own() && lowered.get()).then(|| {
            let text = format!(
                "You lose the {} role immediately, and only another {} can give it back.",
                was.label().to_lowercase(),
                was.label().to_lowercase()
            );
            view! { <ThisIsYou own text /> }
        })
    };
    view! {
        <form on:submit=move |event| {
            event.prevent_default();
            save(row.get_value());
        }>
            <OrConflict
                saving
                theirs=|now: MemberRow| now.role.label().to_owned()
                mine=Signal::derive(move || chosen.get().label().to_owned())
                use_mine=save
            >
                <div class="dialog-body">
                    <fieldset class="picker">
                        <legend class="visually-hidden">"Organization role"</legend>
                        {Role::ALL
                            .iter()
                            .rev()
                            .copied()
                            .filter(|role| viewer.may_give(*role))
                            .map(|role| {
                                view! {
                                    <label class="choice">
                                        <input
                                            type="radio"
                                            name="role"
                                            prop:checked=move || chosen.get() == role
                                            autofocus=role == was
                                            on:change=move |_| chosen.set(role)
                                        />
                                        {role.label()}
                                        <span class="aside">{what_it_may(role)}</span>
                                    </label>
                                }
                            })
                            .collect_view()}
                    </fieldset>
                    {move || (chosen.get() < was).then(|| view! { <BeyondChoice beyond /> })}
                    {you}
                    <SavingProblem saving />
                </div>
                <SavingFoot
                    saving
                    effect=Signal::derive(effect)
                    save="Save"
                    ready=Signal::derive(move || chosen.get() != was && (!lowered.get() || own.confirmed()))
                />
            </OrConflict>
        </form>
    }
    .into_any()
}
