//! RootPage.

use leptos::prelude::*;

/// RootPage.
#[component]
pub fn RootPage() -> impl IntoView {
    view! { <h1>"RootPage"</h1> }
}
