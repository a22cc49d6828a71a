//! HowAccessWorksPage.

use leptos::prelude::*;

/// HowAccessWorksPage.
#[component]
pub fn HowAccessWorksPage() -> impl IntoView {
    view! { <h1>"HowAccessWorksPage"</h1> }
}
