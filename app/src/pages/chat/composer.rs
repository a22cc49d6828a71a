//! Where a message is written, to whom, and how an answer is stopped.

use super::picker::Picker;
use super::state::{Chat, Choice, FIELD};
use crate::browser::{scroll, textarea};
use crate::components::Icon;
use crate::forms::textarea_text;
use domain::access::UsableProvider;
use domain::ends::{is_soon, notice};
use domain::limits::MESSAGE_CHARS;
use leptos::prelude::*;

/// Always in view below the messages.
#[component]
pub fn Composer(chat: Chat) -> impl IntoView {
    // Typed before the page came to life.
    Effect::new(move |before: Option<()>| {
        if before.is_none() {
            textarea::fit(FIELD);
            textarea::focus_first(FIELD);
        }
    });
    // What was sent without scripts and refused.
    let kept = chat.draft.get_untracked();
    let being_written = untrack(|| chat.written_elsewhere()).is_some();
    let ready = Memo::new(move |_| !chat.draft.read().trim().is_empty() && !chat.is_writing());
    let elsewhere = Memo::new(move |_| chat.is_writing() && !chat.is_live_here());
    let send = move || {
        if ready.get_untracked() {
            // What cannot be sent stays in the field.
            if chat.send(chat.draft.get_untracked(), None) {
                chat.draft.set(String::new());
                request_animation_frame(|| textarea::fit(FIELD));
            }
        }
    };
    view! {
        {being_written
            .then(|| view! { <p class="notice without-script">"The answer is not complete yet. Reload the page to see more."</p> })}
        <form
            class="composer"
            aria-label="Message"
            method="post"
            action=move || chat.path(chat.address.conversation.get())
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            {move || {
                elsewhere
                    .get()
                    .then(|| view! { <p class="muted">"An answer is still being written in another conversation. Stop it, or wait, to send here."</p> })
            }}
            {move || {
                (!chat.at_end.get())
                    .then(|| {
                        view! {
                            <button type="button" class="button small chat-latest" on:click=move |_| scroll::to_end()>
                                <Icon name="arrow-down" />
                                "Jump to latest"
                            </button>
                        }
                    })
            }}
            <div class="composer-field">
                <textarea
                    id=FIELD
                    name="content"
                    class="input"
                    rows="2"
                    aria-label="Your message"
                    aria-describedby="chat-keys"
                    placeholder="Write a message"
                    maxlength=MESSAGE_CHARS
                    prop:value=move || chat.draft.get()
                    on:input=move |event| {
                        chat.draft.set(event_target_value(&event));
                        textarea::fit(FIELD);
                    }
                    on:keydown=move |event| {
                        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
                            event.prevent_default();
                            send();
                        }
                    }
                >
                    {textarea_text(kept)}
                </textarea>
                {move || {
                    if chat.is_writing() {
                        view! {
                            <button
                                type="button"
                                class="button"
                                on:click=move |_| {
                                    chat.stop();
                                    textarea::focus_end(FIELD);
                                }
                            >
                                "Stop"
                            </button>
                        }
                            .into_any()
                    } else {
                        view! {
                            <button type="submit" class="button primary" prop:disabled=move || !ready.get()>
                                "Send"
                            </button>
                        }
                            .into_any()
                    }
                }}
            </div>
            {move || {
                let provider = chat.provider()?;
                let now = chat.offer.read().now;
                let end = provider.ends_at.filter(|end| is_soon(*end, now))?;
                Some(view! { <p class="muted">{notice(&provider.name, end, now)}</p> })
            }}
            <div class="composer-foot">
                <Picker chat />
                <PlainPicker chat />
                <p id="chat-keys" class="muted composer-keys needs-script">"Enter sends, Shift + Enter begins a new line."</p>
            </div>
        </form>
    }
}

/// The same choice where there are no scripts, as a plain list. Made once: it follows nothing.
#[component]
fn PlainPicker(chat: Chat) -> impl IntoView {
    let chosen = chat.choice.get_untracked();
    let groups = chat.offer.with_untracked(|offer| {
        let group = |provider: &UsableProvider| {
            let options = provider.models.iter().map(|model| {
                let one = Choice {
                    provider: provider.id,
                    model: model.clone(),
                };
                let (value, selected) = (one.as_value(), chosen.as_ref() == Some(&one));
                view! { <option value=value selected=selected>{one.model}</option> }
            });
            view! { <optgroup label=provider.name.clone()>{options.collect_view()}</optgroup> }
        };
        offer.providers.iter().map(group).collect_view()
    });
    view! {
        <select class="input without-script" name="model" aria-label="Model">
            {groups}
        </select>
    }
}
