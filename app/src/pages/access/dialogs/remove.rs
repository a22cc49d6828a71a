//! Removing a member.

use super::beyond::{Beyond, BeyondChoice};
use super::own::{OwnRow, ThisIsYou};
use super::saving::{Saving, SavingFoot, SavingProblem};
use crate::api::members::remove_member;
use crate::components::{Busy, LoadFailed, counted};
use domain::member::{MemberRow, RemovalEffect};
use leptos::prelude::*;

/// Counts what goes with the member, then removes.
pub fn form(saving: Saving, row: MemberRow) -> AnyView {
    let editor = saving.editor;
    let (id, name) = (row.id, row.display_name().to_owned());
    let beyond = Beyond::new(editor, id);
    let effect = beyond.effect;
    let own = OwnRow::of(saving, id);
    let counted_now = move || effect.read().as_ref().is_some_and(|effect| effect.is_ok());
    let remove = {
        let name = name.clone();
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            let name = name.clone();
            saving.ask(
                remove_member(editor.org(), id, beyond.keys_for_others()),
                move |()| {
                    editor.toaster.show(format!("{name} was removed."));
                    saving.close();
                    if own.is_own() {
                        editor.start_anew();
                    } else {
                        editor.afterwards.gone.run(());
                    }
                },
            );
        }
    };
    let button = format!("Remove {name}");
    view! {
        <form on:submit=remove>
            <div class="dialog-body">
                {move || match effect.get() {
                    None => view! { <p><Busy label="Loading details…" /></p> }.into_any(),
                    Some(Ok(effect)) => view! { <p>{words(&name, effect)}</p> }.into_any(),
                    Some(Err(error)) => {
                        view! { <LoadFailed problem=error.0 retry=move |()| effect.refetch() /> }.into_any()
                    }
                }}
                <BeyondChoice beyond />
                <ThisIsYou own text="You can only rejoin with a new invitation." />
                <SavingProblem saving />
            </div>
            <SavingFoot
                saving
                effect="This cannot be undone."
                save=button
                ready=Signal::derive(move || counted_now() && own.confirmed())
                danger=true
            />
        </form>
    }
    .into_any()
}

fn words(name: &str, effect: RemovalEffect) -> String {
    let RemovalEffect {
        grants, keys, teams, ..
    } = effect;
    format!(
        "{name} loses access immediately, and is signed out unless they belong to another organization. This also removes {}, {} and the membership of {}.",
        counted(grants, "allowed provider"),
        counted(keys, "virtual key"),
        counted(teams, "team"),
    )
}
