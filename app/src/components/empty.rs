//! What stands where a list would be when there is nothing in it.

use leptos::prelude::*;

/// Says that there is nothing and what to do next; the children are the actions.
#[component]
pub fn EmptyState(
    /// That there is nothing, in a few words.
    #[prop(into)]
    title: String,
    /// Why, and what to do next.
    #[prop(into, optional)]
    text: Signal<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="empty-title">{title}</p>
            {move || Some(text.get()).filter(|text| !text.is_empty()).map(|text| view! { <p class="muted">{text}</p> })}
            {children.map(|children| view! { <div class="row">{children()}</div> })}
        </div>
    }
}
