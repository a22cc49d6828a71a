//! What a person sees when the WASM has died.

use leptos::prelude::*;

/// Hidden until the panic hook shows it.
#[component]
pub fn CrashNotice() -> impl IntoView {
    view! {
        <div id="crash" class="crash" role="alert" hidden>
            "This page stopped working. Nothing you saved is lost. "
            <a href="">"Reload the page"</a>
        </div>
    }
}
