//! The conversation that is shown, and the answer that is being written below it.

use super::live::answered_by;
use super::message::{Answer, AnswerPart, StoredMessage, UserText};
use super::state::{Chat, FIELD};
use crate::browser::{scroll, textarea};
use crate::components::{Busy, EmptyState, LoadFailed, Notice, NoticeKind};
use crate::pages::reading::stays;
use crate::pages::request::RequestProblem;
use domain::chat::{Message, MessageState};
use leptos::prelude::*;

/// What a conversation may begin with, and what of it is written for the person.
const STARTERS: [(&str, &str); 3] = [
    (
        "Summarize a text",
        "Summarize this text in five bullet points:\n\n",
    ),
    ("Explain a term", "Explain in plain words, with an example: "),
    ("Draft an email", "Draft a short, friendly email that says: "),
];

/// Messages, oldest first.
#[component]
pub fn Thread(chat: Chat) -> impl IntoView {
    // What stands where the messages would be when there are none.
    let instead = Memo::new(move |_| {
        let named = chat.address.conversation.get().is_some();
        if chat.missing.read().is_some() {
            Instead::Missing
        } else if chat.opened.read().is_some() || chat.is_live_here() {
            Instead::Nothing
        } else if named {
            Instead::Loading
        } else {
            Instead::New
        }
    });
    let blocked = Memo::new(move |_| {
        let opened = chat.opened.read();
        let blocked = opened.as_ref()?.blocked.as_ref()?;
        Some(blocked.message.clone())
    });
    let is_live = Memo::new(move |_| chat.is_live_here());
    let written = Memo::new(move |_| chat.written_elsewhere());
    let messages = Memo::new(move |_| chat.messages());
    view! {
        // Answers have headings of their own, which stand under this one.
        <h2 class="visually-hidden">"Messages"</h2>
        <div class="chat-messages">
            {move || match instead.get() {
                Instead::Nothing => ().into_any(),
                Instead::Loading => view! { <Busy label="Opening the conversation…" /> }.into_any(),
                Instead::Missing => view! { <Missing chat /> }.into_any(),
                Instead::New => view! { <New chat /> }.into_any(),
            }}
            <For each=move || messages.get() key=|message| message.id children=move |message| view! { <StoredMessage chat message /> } />
            {move || is_live.get().then(|| view! { <LiveMessages chat /> })}
            {move || written.get().map(|answer| view! { <Unfollowed answer /> })}
            {move || {
                blocked
                    .get()
                    .map(|message| {
                        view! {
                            <Notice kind=NoticeKind::Info>
                                <p>{message}</p>
                            </Notice>
                        }
                    })
            }}
            <RequestProblem problem=chat.problem />
        </div>
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Instead {
    Nothing,
    Loading,
    Missing,
    New,
}

#[component]
fn Missing(chat: Chat) -> impl IntoView {
    move || {
        let problem = chat.missing.get()?;
        let id = chat.address.conversation.get().filter(|_| stays(&problem));
        Some(match id {
            // It cannot be had just now.
            Some(id) => {
                let retry = move |()| {
                    chat.missing.set(None);
                    chat.open(id);
                };
                view! { <LoadFailed problem retry /> }.into_any()
            }
            None => view! {
                <EmptyState title="The conversation could not be opened" text=Signal::stored(problem.message)>
                    <a class="button" href=move || chat.link(None)>
                        "Start a new chat"
                    </a>
                </EmptyState>
            }
            .into_any(),
        })
    }
}

#[component]
fn New(chat: Chat) -> impl IntoView {
    let can_send = Memo::new(move |_| !chat.offer.read().providers.is_empty());
    let starters = STARTERS.map(|(label, text)| {
        let begin = move |_| {
            chat.draft.set(text.to_owned());
            request_animation_frame(|| {
                textarea::fit(FIELD);
                textarea::focus_end(FIELD);
            });
        };
        view! {
            <button type="button" class="button" on:click=begin>
                {label}
            </button>
        }
    });
    view! {
        <div class="chat-new" hidden=move || !can_send.get()>
            <EmptyState
                title="How can I help?"
                text="Only you can read your conversations here. What you send goes to the provider."
            >
                <div class="chat-starters needs-script">{starters}</div>
            </EmptyState>
        </div>
    }
}

/// What is on its way: the message, and the answer as far as it has come.
#[component]
fn LiveMessages(chat: Chat) -> impl IntoView {
    let of = move |read: fn(&super::live::Live) -> String| {
        Memo::new(move |_| chat.live.read().as_ref().map(read).unwrap_or_default())
    };
    let question = of(|live| live.question.clone());
    let from = of(|live| live.from.clone());
    let open = of(|live| live.open.clone());
    let closed = move || {
        chat.live
            .read()
            .as_ref()
            .map(|live| live.closed.clone())
            .unwrap_or_default()
    };
    let ended = Memo::new(move |_| chat.live.read().as_ref().and_then(|live| live.ended.clone()));
    view! {
        {move || {
            let question = question.get();
            (!question.is_empty()).then(|| view! { <article class="message user" aria-label="You"><UserText text=question /></article> })
        }}
        <article class="message answer" aria-label="Answer" aria-busy=move || ended.read().is_none().then_some("true")>
            <Answer>
                <For each=closed key=|(number, _)| *number children=|(_, html)| view! { <AnswerPart html=Signal::stored(html) /> } />
                <AnswerPart html=open />
            </Answer>
            {move || match ended.get() {
                None => view! { <Busy label="Writing…" /> }.into_any(),
                Some((state, problem)) => view! { <Ending state problem=problem /> }.into_any(),
            }}
            <p class="message-foot">{move || from.get()}</p>
        </article>
    }
}

/// An answer that is being written, as far as it had come when the page was made.
#[component]
fn Unfollowed(answer: Message) -> impl IntoView {
    let from = answered_by(&answer.provider_name, &answer.model);
    view! {
        <article class="message answer" aria-label="Answer" aria-busy="true">
            <Answer>
                <AnswerPart html=Signal::stored(answer.html) />
            </Answer>
            <Busy label="Writing…" />
            <p class="message-foot">{from}</p>
        </article>
    }
}

/// How an answer ended, when it did not end well.
#[component]
pub fn Ending(state: MessageState, problem: Option<String>) -> impl IntoView {
    match state {
        MessageState::Complete => ().into_any(),
        MessageState::Stopped => view! { <p class="muted message-end">"Stopped."</p> }.into_any(),
        MessageState::Failed => {
            let problem = problem
                .unwrap_or_else(|| "The answer was interrupted. Regenerate it to try again.".to_owned());
            view! { <p class="message-end failed">{problem}</p> }.into_any()
        }
    }
}

impl Chat {
    /// A conversation opens at its end, and says when that is out of view.
    pub(super) fn watch_the_end(self) {
        Effect::new(move |before: Option<()>| {
            if before.is_some() {
                return;
            }
            let watch = window_event_listener(leptos::ev::scroll, move |_| {
                let now = scroll::is_at_end();
                if self.at_end.get_untracked() != now {
                    self.at_end.set(now);
                }
            });
            on_cleanup(move || watch.remove());
            if self.opened.with_untracked(Option::is_some) {
                request_animation_frame(scroll::to_end);
            }
        });
    }
}
