//! Going anywhere by typing: a page, a person, a provider, a team, a saved view.

use crate::browser::{dialog, fetch, focus, keys};
use crate::components::Icon;
use leptos::prelude::*;
use leptos::task::spawn_local;

const ID: &str = "palette";
const TEXT: &str = "palette-text";
const FOUND: &str = "palette-found";

/// Opens the palette, with what was typed the time before selected.
fn open() {
    dialog::show(ID);
    focus::select(TEXT);
}

/// Opens the palette by the mouse.
#[component]
pub fn FindButton() -> impl IntoView {
    view! {
        <button type="button" class="button find needs-script" aria-keyshortcuts="Control+K Meta+K" on:click=|_| open()>
            <Icon name="search" />
            "Find"
            <kbd aria-hidden="true">"Ctrl K"</kbd>
        </button>
    }
}

/// The dialog, which Ctrl or ⌘ with K opens. What is found comes as HTML ([`super::found`]): a program that lists it by
/// itself would be larger by as much on every page.
#[component]
pub fn Palette(slug: String) -> impl IntoView {
    let address = StoredValue::new(format!("/o/{slug}/find?q="));
    let asked = StoredValue::new(None::<String>);
    let found = RwSignal::new(String::new());
    let ask = move |text: String| {
        if asked.with_value(|asked| asked.as_ref() == Some(&text)) {
            return;
        }
        asked.set_value(Some(text.clone()));
        spawn_local(async move {
            let html = fetch::text(&address.get_value(), &text).await;
            // What was typed meanwhile is another question.
            if asked.try_get_value().flatten().as_ref() == Some(&text) {
                if html.is_none() {
                    asked.set_value(None);
                }
                found.set(html.unwrap_or_else(|| FAILED.to_owned()));
            }
        });
    };
    Effect::new(move |_| keys::on_ctrl_k(open));
    let on_key = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "ArrowDown" => {
            event.prevent_default();
            focus::rove(FOUND, focus::Step::Next);
        }
        "ArrowUp" => {
            event.prevent_default();
            focus::rove(FOUND, focus::Step::Previous);
        }
        _ => {}
    };
    view! {
        <dialog
            id=ID
            class="dialog palette"
            aria-label="Find"
            on:keydown=on_key
            on:click=move |event| {
                if dialog::is_on_backdrop(&event) {
                    dialog::close(ID);
                }
            }
        >
            <form on:submit=move |event| {
                event.prevent_default();
                focus::press_first(FOUND);
            }>
                <input
                    class="input"
                    type="search"
                    id=TEXT
                    aria-label="Find"
                    placeholder="Page, person, provider, team…"
                    autocomplete="off"
                    spellcheck="false"
                    on:focus=move |event| ask(event_target_value(&event))
                    on:input=move |event| ask(event_target_value(&event))
                />
            </form>
            <div id=FOUND inner_html=found on:click=move |_| dialog::close(ID)></div>
        </dialog>
    }
}

const FAILED: &str =
    "<p class=\"muted\" role=\"alert\">Nothing could be looked up. Type on to try again.</p>";
