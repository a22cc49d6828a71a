//! InvitationPage.

use leptos::prelude::*;

/// InvitationPage.
#[component]
pub fn InvitationPage() -> impl IntoView {
    view! { <h1>"InvitationPage"</h1> }
}
