//! A dropdown: a panel below its button. It works without JavaScript.

use leptos::prelude::*;

/// A native `<details>` whose content floats below its summary. Escape and turning elsewhere close it
/// (`browser::details`).
#[component]
pub fn Dropdown(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    /// Classes of the whole.
    #[prop(into, optional)]
    class: String,
    /// Classes of the summary.
    #[prop(into, default = Signal::stored("button".to_owned()))]
    button: Signal<String>,
    /// The accessible name, where the summary does not say it in words.
    #[prop(into, optional)]
    label: Option<String>,
    /// What the summary shows.
    #[prop(into)]
    summary: ViewFn,
    children: Children,
) -> impl IntoView {
    view! {
        <details id=id class=format!("dropdown {class}")>
            <summary class=button aria-label=label>
                {move || summary.run()}
            </summary>
            // A press on its padding keeps the focus in it.
            <div class="dropdown-panel" tabindex="-1">{children()}</div>
        </details>
    }
}
