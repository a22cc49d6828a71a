//! FirstStepsPage.

use leptos::prelude::*;

/// FirstStepsPage.
#[component]
pub fn FirstStepsPage() -> impl IntoView {
    view! { <h1>"FirstStepsPage"</h1> }
}
