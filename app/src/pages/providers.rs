//! ProvidersPage.

use leptos::prelude::*;

/// ProvidersPage.
#[component]
pub fn ProvidersPage() -> impl IntoView {
    view! { <h1>"ProvidersPage"</h1> }
}
