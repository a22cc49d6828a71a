//! Icons from the one sprite.

use leptos::prelude::*;

/// A symbol of `/icons.svg`. It is decoration: what it stands beside, or the control's label, says the same in words.
#[component]
pub fn Icon(
    /// The symbol's id.
    name: &'static str,
) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true" width="16" height="16">
            <use href=format!("/icons.svg#{name}") />
        </svg>
    }
}
