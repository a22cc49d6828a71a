//! Light and dark: follows the system unless the person has chosen.

use super::Icon;
use crate::browser::theme;
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

/// What can be chosen: the stored value, the label, the icon.
const THEMES: [(&str, &str, &str); 3] = [
    ("", "System theme", "screen"),
    ("light", "Light theme", "sun"),
    ("dark", "Dark theme", "moon"),
];

/// Chooses between the system's theme, light and dark.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let chosen = RwSignal::new(String::new());
    // What this browser remembers is not known to the server, so it is looked up after the page has come to life.
    Effect::new(move |_| chosen.set(theme::chosen()));
    let choices = THEMES
        .map(|(value, label, icon)| {
            view! {
                <label title=label>
                    <input
                        type="radio"
                        name="theme"
                        value=value
                        aria-label=label
                        prop:checked=move || *chosen.read() == value
                        on:change=move |_| {
                            theme::choose(value);
                            chosen.set(value.to_owned());
                        }
                    />
                    <Icon name=icon />
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="segmented needs-script">
            <legend class="visually-hidden">"Theme"</legend>
            {choices}
        </fieldset>
    }
}
