//! NotFoundPage.

use leptos::prelude::*;

/// NotFoundPage.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! { <h1>"NotFoundPage"</h1> }
}
