//! The one time that a key is shown whole.

use crate::browser;
use crate::components::dialog::{DialogState, Loss};
use crate::components::{CopyButton, Notice, NoticeKind};
use domain::key::MadeKey;
use leptos::prelude::*;

const ID: &str = "key-secret";

const UNCOPIED: Loss = Loss {
    question: "The key was not copied and will not be shown again.",
    stay: "Back to the key",
    close: "Close anyway",
};

/// The key, copying it, and that it is not shown again.
#[component]
pub fn Secret(
    made: MadeKey,
    /// The dialog.
    open: RwSignal<bool>,
    /// The same, which asks before the key is gone.
    dialog: DialogState,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    dialog.loses(move || (!copied.get()).then_some(UNCOPIED));
    // What had the focus is gone; whoever listens hears the key next.
    request_animation_frame(|| browser::focus::set(ID));
    let before = made.key.previous_ends_at.map(|at| {
        view! {
            <p>"The previous secret expires " <time datetime=at.rfc3339()>{at.exact()}</time> "."</p>
        }
    });
    view! {
        <div class="dialog-body">
            <Notice kind=NoticeKind::Success>
                <p>
                    <strong>"Copy the key now. "</strong>
                    "It will not be shown again. Whoever has it can use it, so store it like a password."
                </p>
            </Notice>
            <code id=ID class="key-secret" tabindex="-1" aria-label="The key">
                {made.secret.clone()}
            </code>
            <div class="row">
                <CopyButton value=made.secret label="Copy the key" copied />
            </div>
            {before}
        </div>
        <div class="dialog-foot">
            <button type="button" class="button primary" on:click=move |_| open.set(false)>"Done"</button>
        </div>
    }
}
