//! The Email field: a plain textarea at first, chips once the page is alive.

use super::chips::{Chip, ChipState, Chips, ends_entry};
use super::lines::LinesRead;
use crate::components::Icon;
use crate::forms::textarea_text;
use domain::limits::INVITE_ADDRESSES;
use leptos::ev::{Event, KeyboardEvent};
use leptos::html::Textarea;
use leptos::prelude::*;

/// What is in the field: the chips, and the text being typed after them.
#[derive(Clone, Copy)]
pub struct Addresses {
    chips: RwSignal<Chips>,
    draft: RwSignal<String>,
    input: NodeRef<Textarea>,
}

impl Addresses {
    /// An empty field.
    pub fn new() -> Self {
        Self {
            chips: RwSignal::new(Chips::default()),
            draft: RwSignal::new(String::new()),
            input: NodeRef::new(),
        }
    }

    /// Chips and draft together.
    pub fn all(self) -> Chips {
        let mut all = self.chips.get();
        all.add(&self.draft.read());
        all
    }

    /// Turns what is being typed into chips.
    pub fn settle(self) {
        let draft = self.draft.get_untracked();
        if !draft.trim().is_empty() {
            self.chips.update(|chips| chips.add(&draft));
        }
        self.type_text("");
    }

    /// Puts chips for this text in the place of everything.
    pub fn replace(self, text: &str) {
        self.chips.set(Chips::of(text));
        self.type_text("");
    }

    /// Takes a chip back into the text, to be corrected.
    fn edit(self, id: u32) {
        self.settle();
        if let Some(text) = self.chips.try_update(|chips| chips.take(id)).flatten() {
            self.type_text(&text);
        }
        self.focus();
    }

    fn remove(self, id: u32) {
        self.chips.update(|chips| {
            chips.take(id);
        });
        self.focus();
    }

    // The textarea is not bound to the draft: binding would wipe what was typed before the page came to life.
    fn type_text(self, text: &str) {
        self.draft.set(text.to_owned());
        if let Some(input) = self.input.get_untracked() {
            input.set_value(text);
        }
    }

    /// Where the next address is typed.
    pub fn focus(self) {
        if let Some(input) = self.input.get_untracked() {
            let _ = input.focus();
        }
    }
}

/// Label, chips, textarea, and what is to be said about them.
#[component]
pub fn EmailField(
    addresses: Addresses,
    /// What stands in it at first.
    initial: String,
    /// Why it cannot be sent.
    error: RwSignal<Option<String>>,
) -> impl IntoView {
    let live = RwSignal::new(false);
    Effect::new(move |_| {
        if let Some(input) = addresses.input.get() {
            addresses.draft.set(input.value());
            addresses.settle();
            live.set(true);
        }
    });

    let pasting = StoredValue::new(false);
    let on_input = move |event: Event| {
        addresses.draft.set(event_target_value(&event));
        error.set(None);
        let pasted = pasting.get_value();
        pasting.set_value(false);
        if pasted || ends_entry(&addresses.draft.read_untracked()) {
            addresses.settle();
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let empty = addresses.draft.read_untracked().is_empty();
        if event.key() == "Enter" && !event.is_composing() {
            event.prevent_default();
            addresses.settle();
        } else if event.key() == "Tab" {
            // Not whenever the focus leaves: chips that appear under a mouse button move what it is pressing.
            addresses.settle();
        } else if event.key() == "Backspace"
            && empty
            && let Some(text) = addresses.chips.try_update(Chips::take_last).flatten()
        {
            event.prevent_default();
            addresses.type_text(&text);
        }
    };

    let all = Memo::new(move |_| addresses.all());
    let too_many = move || {
        let n = all.read().tally().all;
        (n > INVITE_ADDRESSES).then(|| {
            format!(
                "{n} addresses: at most {INVITE_ADDRESSES} can be invited at once. Remove {} and invite them afterwards.",
                n - INVITE_ADDRESSES
            )
        })
    };
    let problem = Signal::derive(move || error.get().or_else(too_many));

    view! {
        <div class="field invite-emails" class:invalid=move || problem.read().is_some()>
            <label for="invite-emails">"Email addresses"</label>
            <div class="address-field" class:live=live on:click=move |_| addresses.focus()>
                <ul class="address-chips" aria-label="Addresses in the field" hidden=move || addresses.chips.read().list().is_empty()>
                    <For each=move || addresses.chips.read().list().to_vec() key=Clone::clone let:chip>
                        <ChipItem chip addresses />
                    </For>
                </ul>
                <textarea
                    id="invite-emails"
                    name="emails"
                    class="input"
                    rows=move || if live.get() { 1 } else { 6 }
                    autocapitalize="none"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder="ana@example.com, Bo Chen <bo@example.com>"
                    aria-describedby="invite-emails-hint invite-emails-state"
                    aria-invalid=move || problem.read().is_some().then_some("true")
                    node_ref=addresses.input
                    on:input=on_input
                    on:keydown=on_key
                    on:paste=move |_| pasting.set_value(true)
                    on:drop=move |_| pasting.set_value(true)
                >
                    {textarea_text(initial)}
                </textarea>
            </div>
            <p class="hint" id="invite-emails-hint">
                "One or many, typed or pasted: a list, rows of a spreadsheet, CSV or the recipients of an email."
            </p>
            <div id="invite-emails-state" role="status">
                <p class="tally">{move || all.read().tally().sentence()}</p>
                {move || all.read().lines().cloned().map(|lines| view! { <LinesRead lines /> })}
                {move || problem.get().map(|problem| view! { <p class="error">{problem}</p> })}
            </div>
            <Typing addresses />
            <ToFix addresses />
        </div>
    }
}

#[component]
fn ChipItem(chip: Chip, addresses: Addresses) -> impl IntoView {
    let id = chip.id;
    let (class, said) = match &chip.state {
        ChipState::Valid => ("address-chip", None),
        ChipState::Repeated => ("address-chip repeated", Some("duplicate")),
        ChipState::Invalid(_) => ("address-chip invalid", Some("invalid")),
    };
    view! {
        <li class=class>
            <button
                type="button"
                class="address-text"
                title="Edit"
                on:click=move |event| {
                    event.stop_propagation();
                    addresses.edit(id);
                }
            >
                <span class="visually-hidden">"Edit "</span>
                {chip.text.clone()}
                {(!chip.name.is_empty()).then(|| view! { <span class="aside">{chip.name.clone()}</span> })}
                {said.map(|said| view! { <span class="aside">{said}</span> })}
            </button>
            <button
                type="button"
                class="address-remove"
                aria-label=format!("Remove {}", chip.text)
                on:click=move |event| {
                    event.stop_propagation();
                    addresses.remove(id);
                }
            >
                <Icon name="close" />
            </button>
        </li>
    }
}

/// What is known about the address being typed.
#[component]
fn Typing(addresses: Addresses) -> impl IntoView {
    let says = move || {
        let draft = addresses.draft.read();
        let typed = Chips::of(&draft);
        match typed.list() {
            [
                Chip {
                    text,
                    state: ChipState::Invalid(why),
                    ..
                },
            ] => Some(format!("{text}: {why}")),
            [Chip { text, .. }] => Some(format!(
                "{text} is an address. Press Enter or type a comma to add it."
            )),
            _ => None,
        }
    };
    view! { <p class="hint">{says}</p> }
}

/// Every chip that cannot be invited, and why.
#[component]
fn ToFix(addresses: Addresses) -> impl IntoView {
    let wrong = move || {
        let chips = addresses.chips.read();
        let wrong = chips.list().iter().filter_map(|chip| match &chip.state {
            ChipState::Invalid(why) => Some((chip.text.clone(), why.clone())),
            _ => None,
        });
        wrong
            .map(|(text, why)| view! { <li><strong>{text}</strong> " " {why}</li> })
            .collect_view()
    };
    view! { <ul class="to-fix">{wrong}</ul> }
}
