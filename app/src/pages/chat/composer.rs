//! Where a message is written, to whom, and how an answer is stopped.

use super::picker::Picker;
use super::state::{Chat, FIELD};
use crate::browser::{scroll, textarea};
use crate::components::Icon;
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
        // Not a `noscript`: what is in one is no element where there are scripts, and the page would not come alive.
        <p class="notice without-script">"Sending a message needs JavaScript. Your conversations can be read without it."</p>
        <form
            class="composer needs-script"
            aria-label="Message"
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
                ></textarea>
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
                            <button type="submit" class="button primary" disabled=move || !ready.get()>
                                "Send"
                            </button>
                        }
                            .into_any()
                    }
                }}
            </div>
            <div class="composer-foot">
                <Picker chat />
                <p id="chat-keys" class="muted composer-keys">"Enter sends, Shift + Enter begins a new line."</p>
            </div>
        </form>
    }
}
