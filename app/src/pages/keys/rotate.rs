//! Giving a key another secret.

use super::dialogs::KeyDialogs;
use super::secret::Secret;
use crate::api::keys::rotate_key;
use crate::components::{Cancel, Dialog, use_dialog};
use crate::pages::request::{IdempotencyKey, RequestProblem, refuse};
use domain::Problem;
use domain::key::Grace;
use leptos::prelude::*;

/// How long the secret before still works; then the new key, once.
#[component]
pub fn RotateDialog(
    dialogs: KeyDialogs,
    /// The list has changed.
    #[prop(into)]
    on_changed: Callback<()>,
) -> impl IntoView {
    let title = move || match dialogs.made.read().as_ref() {
        Some(made) => format!("{} has a new secret", made.key.name),
        None => format!("Rotate {}?", dialogs.name()),
    };
    view! {
        <Dialog id="key-rotate" open=dialogs.rotate title=Signal::derive(title)>
            <Form dialogs on_changed />
        </Dialog>
    }
}

#[component]
fn Form(dialogs: KeyDialogs, on_changed: Callback<()>) -> impl IntoView {
    let subject = StoredValue::new(dialogs.subject.get_untracked());
    let grace = RwSignal::new(Grace::Day);
    let dialog = use_dialog();
    dialog.changed_when(move || dialogs.made.read().is_none() && grace.get() != Grace::Day);
    let problem = RwSignal::new(None::<Problem>);
    let key = IdempotencyKey::<Grace>::fresh();
    let rotate = Action::new(move |grace: &Grace| {
        let grace = *grace;
        async move {
            let Some(subject) = subject.get_value() else {
                return;
            };
            match rotate_key(dialogs.org(), subject.id, grace, key.of(&grace)).await {
                Ok(made) => {
                    dialogs.made.set(Some(made));
                    on_changed.run(());
                }
                Err(error) => refuse(problem, error.0),
            }
        }
    });
    let pending = rotate.pending();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !pending.get_untracked() {
            problem.set(None);
            rotate.dispatch(grace.get_untracked());
        }
    };
    let before = move || {
        let end = subject.with_value(|key| key.as_ref()?.previous_ends_at)?;
        let text = format!(
            "The previous secret, which expires {}, stops working immediately.",
            end.exact()
        );
        Some(view! { <p>{text}</p> })
    };
    move || {
        match dialogs.made.get() {
        Some(made) => view! { <Secret made open=dialogs.rotate dialog /> }.into_any(),
        None => view! {
            <form novalidate on:submit=submit>
                <div class="dialog-body">
                    <p>
                        "Creates a new secret. Name, providers, limits and expiration stay the same. Update every program that uses the key."
                    </p>
                    {before()}
                    <fieldset class="field">
                        <legend>"Keep the old secret working for"</legend>
                        {Grace::ALL
                            .iter()
                            .rev()
                            .map(|&choice| {
                                view! {
                                    <label class="choice">
                                        <input
                                            type="radio"
                                            name="grace"
                                            autofocus=choice == Grace::Day
                                            prop:checked=move || grace.get() == choice
                                            on:change=move |_| grace.set(choice)
                                        />
                                        {choice.label()}
                                    </label>
                                }
                            })
                            .collect_view()}
                    </fieldset>
                    <RequestProblem problem />
                </div>
                <div class="dialog-foot">
                    <Cancel />
                    <button type="submit" class="button primary" disabled=pending>
                        {move || if pending.get() { "Rotating…" } else { "Rotate" }}
                    </button>
                </div>
            </form>
        }
        .into_any(),
    }
    }
}
