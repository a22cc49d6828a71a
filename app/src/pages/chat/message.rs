//! One message and what can be done with it.

use super::live::answered_by;
use super::state::Chat;
use super::thread::Ending;
use crate::browser::{clipboard, textarea, unsaved};
use crate::components::{CopyButton, TimeAgo, use_toaster};
use domain::MessageId;
use domain::chat::{Author, Message};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A message that is stored.
#[component]
pub fn StoredMessage(chat: Chat, message: Message) -> impl IntoView {
    match message.author {
        Author::User => view! { <UserMessage chat message /> }.into_any(),
        Author::Assistant => view! { <AnswerMessage chat message /> }.into_any(),
    }
}

/// A person's words, as they typed them.
#[component]
pub fn UserText(text: String) -> impl IntoView {
    view! { <div class="message-text">{text}</div> }
}

/// An answer, from the HTML that the server made of its Markdown. Its code can be copied piece by piece.
#[component]
pub fn Answer(children: Children) -> impl IntoView {
    let toaster = use_toaster();
    let copy_code = move |event: leptos::ev::MouseEvent| {
        if let Some(code) = clipboard::code_beside(&event) {
            spawn_local(async move {
                if clipboard::copy(code).await {
                    toaster.show("Copied.");
                } else {
                    toaster.show("The browser did not allow copying. Select the code and copy it.");
                }
            });
        }
    };
    view! {
        <div class="answer-text" on:click=copy_code>
            {children()}
        </div>
    }
}

/// One part of an answer, whose blocks stand beside those of the others.
#[component]
pub fn AnswerPart(#[prop(into)] html: Signal<String>) -> impl IntoView {
    view! { <div class="answer-part" inner_html=move || html.get()></div> }
}

fn field_id(message: MessageId) -> String {
    format!("edit-{message}")
}

#[component]
fn UserMessage(chat: Chat, message: Message) -> impl IntoView {
    let id = message.id;
    let content = StoredValue::new(message.content);
    let is_edited = Memo::new(move |_| chat.editing.get() == Some(id));
    let edit = move |_| {
        chat.edited.set(content.get_value());
        chat.editing.set(Some(id));
        request_animation_frame(move || {
            textarea::fit(&field_id(id));
            textarea::focus_end(&field_id(id));
        });
    };
    // Without an answer, for instance because the server ended just then.
    let is_open = Memo::new(move |_| {
        chat.last_message() == Some(id) && !chat.is_live_here() && chat.written_elsewhere().is_none()
    });
    view! {
        <article class="message user" aria-label="You">
            {move || {
                if is_edited.get() {
                    view! { <EditForm chat id was=content /> }.into_any()
                } else {
                    view! {
                        <UserText text=content.get_value() />
                        <div class="message-actions needs-script">
                            <CopyButton value=Signal::derive(move || content.get_value()) />
                            <button
                                type="button"
                                class="button small"
                                disabled=move || chat.is_writing()
                                on:click=edit
                            >
                                "Edit"
                            </button>
                            {move || {
                                is_open
                                    .get()
                                    .then(|| {
                                        view! {
                                            <button
                                                type="button"
                                                class="button small"
                                                on:click=move |_| {
                                                    chat.send(String::new(), Some(id));
                                                }
                                            >
                                                "Answer"
                                            </button>
                                        }
                                    })
                            }}
                        </div>
                    }
                        .into_any()
                }
            }}
        </article>
    }
}

#[component]
fn EditForm(chat: Chat, id: MessageId, was: StoredValue<String>) -> impl IntoView {
    let is_changed = move || {
        let edited = chat.edited.try_get_untracked();
        edited.is_some_and(|edited| was.try_with_value(|was| *was != edited).unwrap_or_default())
    };
    unsaved::guard(is_changed);
    let leave = move || {
        if unsaved::may_discard(is_changed()) {
            chat.editing.set(None);
        }
    };
    let send = move || {
        let content = chat.edited.get_untracked();
        if content.trim().is_empty() {
            return;
        }
        if chat.send(content, Some(id)) {
            chat.editing.set(None);
        }
    };
    view! {
        <form
            class="message-edit"
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            <textarea
                id=field_id(id)
                class="input"
                rows="2"
                aria-label="Edit your message"
                prop:value=move || chat.edited.get()
                on:input=move |event| {
                    chat.edited.set(event_target_value(&event));
                    textarea::fit(&field_id(id));
                }
                on:keydown=move |event| {
                    if event.key() == "Escape" {
                        leave();
                    } else if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
                        event.prevent_default();
                        send();
                    }
                }
            ></textarea>
            <p class="muted">"Sending replaces this message and everything after it."</p>
            <div class="row">
                <button type="submit" class="button small primary" disabled=move || chat.edited.read().trim().is_empty()>
                    "Send again"
                </button>
                <button type="button" class="button small" on:click=move |_| leave()>"Cancel"</button>
            </div>
        </form>
    }
}

#[component]
fn AnswerMessage(chat: Chat, message: Message) -> impl IntoView {
    let id = message.id;
    let text = StoredValue::new(message.content);
    // The clock of the conversation as it was read.
    let now = chat
        .opened
        .with_untracked(|opened| opened.as_ref().map(|opened| opened.now));
    let at = message.created_at;
    let from = answered_by(&message.provider_name, &message.model);
    let empty = text.with_value(String::is_empty);
    let is_last = Memo::new(move |_| chat.last_message() == Some(id));
    view! {
        <article class="message answer" aria-label="Answer">
            <Answer>
                <AnswerPart html=Signal::stored(message.html) />
            </Answer>
            <Ending state=message.state problem=message.problem />
            <p class="message-foot">
                {from} {now.map(|now| view! { " · " <TimeAgo at now /> })}
            </p>
            <div class="message-actions needs-script">
                {(!empty).then(|| view! { <CopyButton value=Signal::derive(move || text.get_value()) /> })}
                {move || {
                    is_last
                        .get()
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    class="button small"
                                    disabled=move || chat.is_writing()
                                    on:click=move |_| {
                                        if let Some(question) = untrack(|| chat.last_question()) {
                                            chat.send(String::new(), Some(question));
                                        }
                                    }
                                >
                                    "Regenerate"
                                </button>
                            }
                        })
                }}
            </div>
        </article>
    }
}
