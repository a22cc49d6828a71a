//! LoginPage.

use leptos::prelude::*;

/// LoginPage.
#[component]
pub fn LoginPage() -> impl IntoView {
    view! { <h1>"LoginPage"</h1> }
}
