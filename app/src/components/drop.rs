//! A panel that drops from a button and works without JavaScript.

use crate::browser::details;
use leptos::prelude::*;

/// A native `<details>` whose content floats below its summary. Escape and turning elsewhere close it.
#[component]
pub fn Drop(
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
    let on_key = {
        let id = id.clone();
        move |event: leptos::ev::KeyboardEvent| {
            if event.key() == "Escape" {
                event.stop_propagation();
                details::close(&id);
            }
        }
    };
    view! {
        <details id=id class=format!("drop {class}") on:keydown=on_key>
            <summary class=button aria-label=label>
                {move || summary.run()}
            </summary>
            <div class="drop-panel">{children()}</div>
        </details>
    }
}
