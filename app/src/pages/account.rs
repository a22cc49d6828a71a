//! AccountPage.

use leptos::prelude::*;

/// AccountPage.
#[component]
pub fn AccountPage() -> impl IntoView {
    view! { <h1>"AccountPage"</h1> }
}
