//! Who is asked, and for which model: exactly what the access rule leaves.

use super::state::{Chat, Choice};
use crate::browser::focus;
use domain::ProviderId;
use leptos::prelude::*;

/// From so many models on, one types to find one.
const MANY: usize = 25;

const MODEL: &str = "chat-model";

/// The two selectors.
#[component]
pub fn Selectors(chat: Chat) -> impl IntoView {
    let providers = move || chat.offer.read().providers.clone();
    let chosen = Memo::new(move |_| chat.choice.read().as_ref().map(|choice| choice.provider));
    let choose = move |event| {
        if let Ok(provider) = event_target_value(&event).parse::<ProviderId>() {
            chat.problem.set(None);
            chat.chosen.set(Some(Choice {
                provider,
                model: String::new(),
            }));
        }
    };
    view! {
        <div class="composer-choice">
            <label>
                <span>"Provider"</span>
                <select class="input" on:change=choose>
                    <option value="" disabled hidden prop:selected=move || chosen.get().is_none()>
                        "Choose a provider"
                    </option>
                    <For
                        each=providers
                        key=|provider| (provider.id, provider.name.clone())
                        children=move |provider| {
                            let id = provider.id;
                            view! {
                                <option value=id.to_string() prop:selected=move || chosen.get() == Some(id)>
                                    {provider.name}
                                </option>
                            }
                        }
                    />
                </select>
            </label>
            <Models chat />
        </div>
    }
}

#[component]
fn Models(chat: Chat) -> impl IntoView {
    let models = Memo::new(move |_| chat.provider().map(|p| p.models).unwrap_or_default());
    let model = Memo::new(move |_| {
        chat.choice
            .read()
            .as_ref()
            .map(|choice| choice.model.clone())
            .unwrap_or_default()
    });
    let choose = move |model: String| {
        let provider = chat
            .choice
            .with_untracked(|choice| choice.as_ref().map(|c| c.provider));
        if let Some(provider) = provider {
            chat.problem.set(None);
            chat.chosen.set(Some(Choice { provider, model }));
        }
    };
    let none_listed = Memo::new(move |_| chat.provider().is_some_and(|p| p.models.is_empty()));
    let many = Memo::new(move |_| models.read().len() > MANY);
    view! {
        <label>
            <span>"Model"</span>
            {move || {
                if many.get() {
                    view! {
                        <input
                            class="input"
                            list="chat-models"
                            autocomplete="off"
                            spellcheck="false"
                            placeholder=move || format!("Type to find one of {}", models.read().len())
                            prop:value=move || model.get()
                            id=MODEL
                            on:focus=move |_| focus::select(MODEL)
                            on:change=move |event| choose(event_target_value(&event))
                        />
                        <datalist id="chat-models">
                            {move || models.get().into_iter().map(|model| view! { <option value=model></option> }).collect_view()}
                        </datalist>
                    }
                        .into_any()
                } else {
                    view! {
                        <select
                            class="input"
                            disabled=move || models.read().is_empty()
                            on:change=move |event| choose(event_target_value(&event))
                        >
                            <option value="" disabled hidden prop:selected=move || model.read().is_empty()>
                                "Choose a model"
                            </option>
                            <For
                                each=move || models.get()
                                key=String::clone
                                children=move |name| {
                                    let (this, value) = (name.clone(), name.clone());
                                    view! {
                                        <option value=value prop:selected=move || *model.read() == this>
                                            {name}
                                        </option>
                                    }
                                }
                            />
                        </select>
                    }
                        .into_any()
                }
            }}
        </label>
        {move || {
            none_listed
                .get()
                .then(|| {
                    view! {
                        <p class="muted composer-note">
                            "This provider lists no model yet. Choose another one, or ask an owner or admin to test its connection."
                        </p>
                    }
                })
        }}
    }
}
