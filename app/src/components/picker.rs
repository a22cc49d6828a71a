//! Choosing from a list of things with a search.

use super::Icon;
use domain::search::{fold, words};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// One thing to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What kind it is, at the end of the line.
    pub aside: String,
    /// It cannot be used now: shown in grey, not part of "Select all".
    pub off: bool,
    /// It can only stay as it is.
    pub fixed: bool,
}

/// How a chosen set differs from what was there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// In the chosen set only.
    pub added: Vec<i64>,
    /// In what was there only.
    pub removed: Vec<i64>,
}

impl Difference {
    /// From what was there to what is chosen.
    pub fn between(was: &BTreeSet<i64>, chosen: &BTreeSet<i64>) -> Self {
        Self {
            added: chosen.difference(was).copied().collect(),
            removed: was.difference(chosen).copied().collect(),
        }
    }

    /// Nothing differs.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// In words: `Adds 2, removes 1.`
    pub fn words(&self) -> String {
        match (self.added.len(), self.removed.len()) {
            (0, 0) => "No changes".to_owned(),
            (added, 0) => format!("Adds {added}."),
            (0, removed) => format!("Removes {removed}."),
            (added, removed) => format!("Adds {added}, removes {removed}."),
        }
    }
}

/// The names of the chosen things, or "None".
pub fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    if names.is_empty() {
        "None".to_owned()
    } else {
        names.join(", ")
    }
}

/// Checkboxes with a search above.
#[component]
pub fn Picker(
    /// What is chosen from: `providers`.
    what: &'static str,
    /// All there is.
    choices: Vec<Choice>,
    /// The ids of those that are chosen.
    chosen: RwSignal<BTreeSet<i64>>,
) -> impl IntoView {
    let search = RwSignal::new(String::new());
    let choices = StoredValue::new(choices);
    let found = Memo::new(move |_| {
        let words = words(&search.read());
        choices.with_value(|all| {
            all.iter()
                .filter(|c| {
                    let name = fold(&c.name);
                    words.iter().all(|word| name.contains(word))
                })
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    let usable = move || {
        found
            .get()
            .into_iter()
            .filter(|c| !c.off)
            .map(|c| c.id)
            .collect::<Vec<_>>()
    };
    let all_chosen = Memo::new(move |_| {
        let usable = usable();
        !usable.is_empty() && usable.iter().all(|id| chosen.read().contains(id))
    });
    let select_all = move |_| {
        let (all, usable) = (all_chosen.get_untracked(), untrack(usable));
        chosen.update(|chosen| {
            for id in usable {
                if all {
                    chosen.remove(&id);
                } else {
                    chosen.insert(id);
                }
            }
        });
    };
    let boxes = move || {
        found
            .get()
            .into_iter()
            .map(|choice| {
                let id = choice.id;
                view! {
                    <label class="choice" class:off=choice.off>
                        <input
                            type="checkbox"
                            disabled=choice.fixed
                            prop:checked=move || chosen.read().contains(&id)
                            on:change=move |event| {
                                let checked = event_target_checked(&event);
                                chosen
                                    .update(|chosen| {
                                        if checked { chosen.insert(id); } else { chosen.remove(&id); }
                                    });
                            }
                        />
                        <bdi class="choice-name">{choice.name}</bdi>
                        <span class="aside">{choice.aside}</span>
                    </label>
                }
            })
            .collect_view()
    };
    view! {
        <div class="search">
            <Icon name="search" />
            <input
                class="input"
                type="search"
                placeholder=format!("Search {what}")
                aria-label=format!("Search {what}")
                autocomplete="off"
                autofocus
                on:input=move |event| search.set(event_target_value(&event))
                on:keydown=|event| {
                    // Enter looks for something here; it does not save.
                    if event.key() == "Enter" {
                        event.prevent_default();
                    }
                }
            />
        </div>
        <div class="picker" role="group" aria-label=what>
            {boxes}
            {move || found.read().is_empty().then(|| view! { <p class="muted" role="status">{format!("No {what} match.")}</p> })}
        </div>
        <button type="button" class="link select-all" on:click=select_all disabled=move || usable().is_empty()>
            {move || if all_chosen.get() { "Select none" } else { "Select all" }}
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_saving_will_do() {
        let words = |was: &[i64], chosen: &[i64]| {
            Difference::between(&was.iter().copied().collect(), &chosen.iter().copied().collect()).words()
        };
        assert_eq!(words(&[1], &[1]), "No changes");
        assert_eq!(words(&[], &[1, 2]), "Adds 2.");
        assert_eq!(words(&[1], &[]), "Removes 1.");
        assert_eq!(words(&[1], &[2, 3]), "Adds 2, removes 1.");
    }
}
