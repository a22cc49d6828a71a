//! SetupPage.

use leptos::prelude::*;

/// SetupPage.
#[component]
pub fn SetupPage() -> impl IntoView {
    view! { <h1>"SetupPage"</h1> }
}
