//! Changing the own place: it is said, and asked for in so many words.

use super::saving::Saving;
use crate::components::Field;
use domain::MemberId;
use leptos::prelude::*;

/// The own address, to be typed by whoever gives up access of their own.
#[derive(Clone, Copy)]
pub struct OwnRow {
    email: StoredValue<Option<String>>,
    typed: RwSignal<String>,
}

impl OwnRow {
    /// For the form about this row.
    pub fn of(saving: Saving, member: MemberId) -> Self {
        Self {
            email: StoredValue::new(saving.editor.own_email(member)),
            typed: RwSignal::new(String::new()),
        }
    }

    /// Whether it is the own row.
    pub fn is_own(self) -> bool {
        self.email.with_value(Option::is_some)
    }

    /// Whether nothing stands in the way: the row is somebody else's, or the address was typed. Follows it.
    pub fn confirmed(self) -> bool {
        let typed = self.typed.read();
        self.email.with_value(|email| {
            email
                .as_ref()
                .is_none_or(|email| typed.trim().eq_ignore_ascii_case(email.trim()))
        })
    }
}

/// Says what cannot be undone by oneself, and asks for the own address. Nothing for the rows of others.
#[component]
pub fn ThisIsYou(
    own: OwnRow,
    /// What is given up.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    own.email.get_value().map(|email| {
        view! {
            <p>
                <strong>"This is you. "</strong>
                {text}
            </p>
            <Field label=format!("Type {email} to confirm") name="own_email">
                <input
                    class="input"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    on:input=move |event| own.typed.set(event_target_value(&event))
                />
            </Field>
        }
    })
}
