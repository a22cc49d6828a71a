//! The question before a key is revoked.

use super::dialogs::KeyDialogs;
use crate::api::keys::revoke_key;
use crate::components::{Cancel, Dialog, use_toaster};
use crate::pages::request::RequestProblem;
use domain::Problem;
use leptos::prelude::*;

/// Says what stops.
#[component]
pub fn RevokeDialog(
    dialogs: KeyDialogs,
    /// The list has changed.
    #[prop(into)]
    on_changed: Callback<()>,
) -> impl IntoView {
    let toaster = use_toaster();
    let problem = RwSignal::new(None::<Problem>);
    let revoke = Action::new(move |(): &()| {
        let subject = dialogs.subject.get_untracked();
        async move {
            let Some(key) = subject else { return };
            match revoke_key(dialogs.org(), key.id).await {
                Ok(key) => {
                    dialogs.revoke.set(false);
                    toaster.show(format!("{} is revoked.", key.name));
                    on_changed.run(());
                }
                Err(error) => problem.set(Some(error.0)),
            }
        }
    });
    let pending = revoke.pending();
    Effect::new(move |_| {
        if dialogs.revoke.get() {
            problem.set(None);
        }
    });
    let shown = move || dialogs.subject.read().as_ref().map(|key| key.shown());
    let used = move || match dialogs.subject.read().as_ref()?.last_used_at {
        Some(at) => Some(format!("Last used {}.", at.exact())),
        None => Some("Never used.".to_owned()),
    };
    view! {
        <Dialog
            id="key-revoke"
            open=dialogs.revoke
            title=Signal::derive(move || format!("Revoke {}?", dialogs.name()))
        >
            <div class="dialog-body">
                <p>
                    "Programs that use " <code>{shown}</code>
                    " stop working immediately. This cannot be undone."
                </p>
                <p>{used}</p>
                <RequestProblem problem />
            </div>
            <div class="dialog-foot">
                <Cancel />
                <button
                    type="button"
                    class="button danger primary"
                    disabled=pending
                    on:click=move |_| {
                        problem.set(None);
                        revoke.dispatch(());
                    }
                >
                    {move || if pending.get() { "Revoking…".to_owned() } else { format!("Revoke {}", dialogs.name()) }}
                </button>
            </div>
        </Dialog>
    }
}
