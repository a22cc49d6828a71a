//! AccessPage.

use leptos::prelude::*;

/// AccessPage.
#[component]
pub fn AccessPage() -> impl IntoView {
    view! { <h1>"AccessPage"</h1> }
}
