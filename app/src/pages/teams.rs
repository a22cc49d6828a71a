//! TeamsPage.

use leptos::prelude::*;

/// TeamsPage.
#[component]
pub fn TeamsPage() -> impl IntoView {
    view! { <h1>"TeamsPage"</h1> }
}
