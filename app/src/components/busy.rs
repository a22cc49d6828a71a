//! Signs that something is being done.

use leptos::prelude::*;

/// A small turning ring with words for those who do not see it.
#[component]
pub fn Busy(
    /// What is being done.
    #[prop(into, default = "Loading…".to_owned())]
    label: String,
) -> impl IntoView {
    view! {
        <span class="busy" role="status">
            <span class="ring" aria-hidden="true"></span>
            {label}
        </span>
    }
}

/// Grey lines where rows will be.
#[component]
pub fn Skeleton(
    /// How many lines.
    #[prop(default = 6)]
    lines: usize,
) -> impl IntoView {
    view! {
        <div class="skeleton" role="status">
            <span class="visually-hidden">"Loading…"</span>
            {(0..lines).map(|_| view! { <span class="skeleton-line" aria-hidden="true"></span> }).collect_view()}
        </div>
    }
}
