//! Who is asked, and for which model: one list of exactly what the access rule leaves, grouped by provider, in which one
//! types to find.

use super::state::{Chat, Choice, FIELD};
use crate::browser::{focus, picker, popover, textarea};
use crate::components::Icon;
use domain::access::UsableProvider;
use domain::search;
use leptos::prelude::*;

const BUTTON: &str = "chat-model";
const LIST: &str = "chat-models";
const SEARCH: &str = "chat-models-search";
const OPTIONS: &str = "chat-models-options";
/// Models that are shown at once; more are found by typing.
const MOST: usize = 100;

/// A model in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    choice: Choice,
    provider: String,
    /// It is the first of its provider.
    begins: bool,
}

/// The models in whose name, or whose provider's, all of the words are.
fn matching(providers: &[UsableProvider], words: &str) -> Vec<Entry> {
    let words = search::words(words);
    let mut found: Vec<Entry> = Vec::new();
    for provider in providers {
        let before = found.len();
        for model in &provider.models {
            let name = search::fold(&format!("{} {model}", provider.name));
            if words.iter().all(|word| name.contains(word)) {
                found.push(Entry {
                    choice: Choice {
                        provider: provider.id,
                        model: model.clone(),
                    },
                    provider: provider.name.clone(),
                    begins: found.len() == before,
                });
            }
        }
    }
    found
}

fn option_id(index: usize) -> String {
    format!("{OPTIONS}-{index}")
}

/// The button that says what is chosen, and the list that it opens.
#[component]
pub fn Picker(chat: Chat) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let active = RwSignal::new(0_usize);
    let all = Memo::new(move |_| matching(&chat.offer.read().providers, &text.read()));
    let shown = move || {
        all.read()
            .iter()
            .take(MOST)
            .cloned()
            .enumerate()
            .collect::<Vec<_>>()
    };
    let chosen = move || chat.choice.get().filter(|choice| !choice.model.is_empty());
    let choose = move |choice: Choice| {
        chat.problem.set(None);
        chat.chosen.set(Some(choice));
        popover::hide(LIST);
        textarea::focus_end(FIELD);
    };
    let go_to = move |index: usize| {
        active.set(index);
        request_animation_frame(move || picker::show(&option_id(index)));
    };
    let on_toggle = move |_| {
        if popover::is_open(LIST) {
            text.set(String::new());
            let chosen = chat.choice.get_untracked();
            let at = all.with_untracked(|all| {
                all.iter()
                    .position(|entry| Some(&entry.choice) == chosen.as_ref())
            });
            go_to(at.filter(|at| *at < MOST).unwrap_or_default());
            focus::select(SEARCH);
        }
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let last = all.with_untracked(Vec::len).min(MOST).saturating_sub(1);
        let at = active.get_untracked();
        match event.key().as_str() {
            "ArrowDown" => go_to(if at >= last { 0 } else { at + 1 }),
            "ArrowUp" => go_to(if at == 0 { last } else { at - 1 }),
            "Enter" => {
                if let Some(entry) = all.with_untracked(|all| all.get(at).cloned()) {
                    choose(entry.choice);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let none_listed = Memo::new(move |_| {
        let offer = chat.offer.read();
        offer.providers.iter().all(|provider| provider.models.is_empty())
    });
    view! {
        <button
            type="button"
            id=BUTTON
            class="button model-picker needs-script"
            popovertarget=LIST
            aria-haspopup="dialog"
            on:click=move |_| popover::place(LIST, BUTTON)
        >
            <span class="visually-hidden">"Model: "</span>
            {move || match chosen() {
                Some(choice) => {
                    let provider = chat.provider().map(|provider| provider.name);
                    view! {
                        <span class="picker-model">{choice.model}</span>
                        <span class="muted picker-provider">{provider}</span>
                    }
                        .into_any()
                }
                None => view! { <span>"Choose a model"</span> }.into_any(),
            }}
            <Icon name="down" />
        </button>
        <div id=LIST class="menu picker-list" popover="auto" role="dialog" aria-label="Choose a model" on:toggle=on_toggle>
            <input
                id=SEARCH
                class="input"
                type="search"
                role="combobox"
                aria-label="Find a model"
                aria-expanded="true"
                aria-controls=OPTIONS
                aria-activedescendant=move || (!all.read().is_empty()).then(|| option_id(active.get()))
                placeholder="Find a model"
                autocomplete="off"
                spellcheck="false"
                prop:value=move || text.get()
                on:input=move |event| {
                    text.set(event_target_value(&event));
                    go_to(0);
                }
                on:keydown=on_key
            />
            <ul id=OPTIONS class="picker-options" role="listbox" aria-label="Models">
                {move || {
                    shown()
                        .into_iter()
                        .map(|(index, entry)| {
                            let choice = entry.choice.clone();
                            let is_chosen = chosen().as_ref() == Some(&choice);
                            let name = choice.model.clone();
                            let label = format!("{name}, {}", entry.provider);
                            let head = entry
                                .begins
                                .then(|| view! { <li class="picker-group" role="presentation">{entry.provider.clone()}</li> });
                            view! {
                                {head}
                                <li
                                    id=option_id(index)
                                    class="picker-option"
                                    class:active=move || active.get() == index
                                    role="option"
                                    aria-selected=is_chosen.to_string()
                                    aria-label=label
                                    on:click=move |_| choose(choice.clone())
                                >
                                    <span>{name}</span>
                                    {is_chosen.then(|| view! { <Icon name="check" /> })}
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
            {move || {
                let count = all.read().len();
                let note = if none_listed.get() {
                    Some("No models available. Ask an owner or admin to test the provider's connection.".to_owned())
                } else if count == 0 {
                    Some("No model matches.".to_owned())
                } else {
                    (count > MOST).then(|| format!("Showing {MOST} of {count}. Type to find others."))
                };
                note.map(|note| view! { <p class="muted picker-note">{note}</p> })
            }}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ProviderId;

    #[test]
    fn models_are_found_by_their_names_and_their_providers() {
        let provider = |id, name: &str, models: &[&str]| UsableProvider {
            id: ProviderId(id),
            name: name.to_owned(),
            slug: name.to_lowercase(),
            models: models.iter().map(|model| (*model).to_owned()).collect(),
            ends_at: None,
        };
        let providers = [
            provider(1, "Lab", &["basic", "large"]),
            provider(2, "Workshop", &["large"]),
            provider(3, "None", &[]),
        ];
        let found = |words| {
            let found = matching(&providers, words).into_iter();
            found
                .map(|one| (one.choice.provider.0, one.choice.model, one.begins))
                .collect::<Vec<_>>()
        };
        let (basic, large) = ("basic".to_owned(), "large".to_owned());
        assert_eq!(
            found(""),
            [
                (1, basic.clone(), true),
                (1, large.clone(), false),
                (2, large.clone(), true)
            ]
        );
        assert_eq!(
            found("LARGE"),
            [(1, large.clone(), true), (2, large.clone(), true)]
        );
        assert_eq!(found("lab bas"), [(1, basic, true)]);
        assert!(found("nothing").is_empty());
    }
}
