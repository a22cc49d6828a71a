//! Copying with one click.

use super::{Icon, use_toaster};
use crate::browser;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A button that copies a text and says that it did.
#[component]
pub fn CopyButton(
    /// What is copied.
    #[prop(into)]
    value: Signal<String>,
    /// What the button says.
    #[prop(into, default = "Copy".to_owned())]
    label: String,
    /// Set once it was copied.
    #[prop(optional)]
    copied: Option<RwSignal<bool>>,
) -> impl IntoView {
    let toaster = use_toaster();
    let copy = move |_| {
        spawn_local(async move {
            if browser::clipboard::copy(value.get_untracked()).await {
                toaster.show("Copied.");
                if let Some(copied) = copied {
                    // It may be out of sight by now.
                    let _ = copied.try_set(true);
                }
            } else {
                toaster.show("The browser did not allow copying. Select the text and copy it.");
            }
        });
    };
    view! {
        <button type="button" class="button small" on:click=copy>
            <Icon name="copy" />
            {label}
        </button>
    }
}
