//! Light and dark: follows the system unless the person has chosen.

use leptos::prelude::*;

/// Sets the chosen theme before the first paint.
#[component]
pub fn ThemeScript() -> impl IntoView {
    let nonce = leptos::nonce::use_nonce();
    view! {
        <script nonce=nonce>
            "try{var t=localStorage.getItem('theme');if(t)document.documentElement.dataset.theme=t}catch(e){}"
        </script>
    }
}
