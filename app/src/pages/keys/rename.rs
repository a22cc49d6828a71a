//! Giving a key another name.

use super::dialogs::KeyDialogs;
use crate::api::keys::rename_key;
use crate::components::{Cancel, Dialog, Field, use_dialog, use_toaster};
use crate::pages::request::{RequestProblem, field_problem, refuse};
use domain::{Problem, input};
use leptos::prelude::*;

/// One field.
#[component]
pub fn RenameDialog(
    dialogs: KeyDialogs,
    /// The list has changed.
    #[prop(into)]
    on_changed: Callback<()>,
) -> impl IntoView {
    view! {
        <Dialog
            id="key-rename"
            open=dialogs.rename
            title=Signal::derive(move || format!("Rename {}", dialogs.name()))
        >
            <Form dialogs on_changed />
        </Dialog>
    }
}

#[component]
fn Form(dialogs: KeyDialogs, on_changed: Callback<()>) -> impl IntoView {
    let toaster = use_toaster();
    let name = RwSignal::new(untrack(|| dialogs.name()));
    let was = name.get_untracked();
    use_dialog().changed_when(move || *name.read() != was);
    let problem = RwSignal::new(None::<Problem>);
    let rename = Action::new(move |name: &String| {
        let name = name.clone();
        let subject = dialogs.subject.get_untracked();
        async move {
            let Some(key) = subject else { return };
            match rename_key(dialogs.org(), key.id, name).await {
                Ok(key) => {
                    dialogs.rename.set(false);
                    toaster.show(format!("Key renamed to {}.", key.name));
                    on_changed.run(());
                }
                Err(error) => refuse(problem, error.0),
            }
        }
    });
    let pending = rename.pending();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if pending.get_untracked() {
            return;
        }
        match input::key_name(&name.read_untracked()) {
            Ok(name) => {
                problem.set(None);
                rename.dispatch(name);
            }
            Err(found) => refuse(problem, found),
        }
    };
    view! {
        <form novalidate on:submit=submit>
            <div class="dialog-body">
                <RequestProblem problem />
                <Field
                    label="Name"
                    name="name"
                    hint="Only the name changes; the secret stays the same."
                    error=field_problem(problem, "name")
                >
                    <input
                        class="input"
                        autocomplete="off"
                        autofocus
                        required
                        prop:value=move || name.get()
                        on:input=move |event| name.set(event_target_value(&event))
                    />
                </Field>
            </div>
            <div class="dialog-foot">
                <Cancel />
                <button type="submit" class="button primary" disabled=pending>
                    {move || if pending.get() { "Saving…" } else { "Rename" }}
                </button>
            </div>
        </form>
    }
}
