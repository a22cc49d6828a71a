//! InvitePage.

use leptos::prelude::*;

/// InvitePage.
#[component]
pub fn InvitePage() -> impl IntoView {
    view! { <h1>"InvitePage"</h1> }
}
