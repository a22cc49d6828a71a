//! The search field.

use super::filters::HiddenFields;
use super::state::{Access, History};
use crate::browser::{focus, keys};
use crate::components::Icon;
use leptos::html;
use leptos::prelude::*;
use std::time::Duration;

const ID: &str = "search";
/// What comes within it, such as a key that is held down, is one question; too short to be felt.
const PAUSE: Duration = Duration::from_millis(30);

/// Searches as one types. A form of its own, so that Enter does the same without scripts.
#[component]
pub fn SearchBox(access: Access) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    // What this field and the address agree on. The field itself belongs to the person typing: it is written to only
    // when the address says something that did not come from here.
    let agreed = StoredValue::new(access.query.get_untracked().search);
    let send = move |text: String| {
        if agreed.with_value(|agreed| *agreed != text) {
            agreed.set_value(text.clone());
            access.go(
                &access.query.get_untracked().with(|query| query.search = text),
                History::Replace,
            );
        }
    };
    // One question at a time: what is typed meanwhile is asked when the answer is there.
    let waits = StoredValue::new(None::<String>);
    let mut send_soon = debounce(PAUSE, move |text: String| match untrack(|| access.is_asking()) {
        true => waits.set_value(Some(text)),
        false => send(text),
    });
    Effect::new(move |_| {
        if !access.is_asking()
            && let Some(text) = waits.try_update_value(Option::take).flatten()
        {
            send(text);
        }
    });

    Effect::new(move |before: Option<()>| {
        let search = access.query.read().search.clone();
        let Some(field) = field.get_untracked() else {
            return;
        };
        if before.is_none() {
            // Typed before the page came to life.
            send(field.value());
        } else if agreed.with_value(|agreed| *agreed != search) {
            field.set_value(&search);
            agreed.set_value(search);
        }
    });
    Effect::new(move |_| {
        keys::on_key(|key| {
            let searches = key == "/";
            if searches {
                focus::select(ID);
            }
            searches
        });
    });

    view! {
        <form
            class="search"
            role="search"
            method="get"
            action=access.path()
            on:submit=move |event| {
                event.prevent_default();
                if let Some(field) = field.get_untracked() {
                    send(field.value());
                }
            }
        >
            <Icon name="search" />
            <input
                class="input"
                type="search"
                id=ID
                name="q"
                aria-label="Search members"
                aria-keyshortcuts="/"
                placeholder="Search name, email, team, provider…"
                autocomplete="off"
                spellcheck="false"
                value=access.query.get_untracked().search
                node_ref=field
                on:input=move |event| send_soon(event_target_value(&event))
            />
            <kbd aria-hidden="true">"/"</kbd>
            <HiddenFields access except="q" />
        </form>
    }
}
