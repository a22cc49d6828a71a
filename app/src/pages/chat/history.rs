//! The history: what was said before, to be found, named and deleted.

use super::state::{Chat, HISTORY_MENU};
use crate::browser::popover;
use crate::components::{Icon, MenuItem, MenuList, NotCurrent, TimeAgo};
use domain::ConversationId;
use domain::chat::ConversationSummary;
use domain::limits::CONVERSATIONS_SHOWN;
use domain::search::Excerpt;
use leptos::html;
use leptos::prelude::*;
use std::time::Duration;

const MENU: &str = "chat-menu";
/// Long enough that a word typed in one go is one request, short enough to feel immediate.
const PAUSE: Duration = Duration::from_millis(200);

/// The conversation whose menu or dialog is open.
#[derive(Clone, Copy)]
pub struct Named {
    /// Which.
    pub subject: RwSignal<Option<ConversationSummary>>,
    /// Giving it another title.
    pub rename: RwSignal<bool>,
    /// The question before deleting it.
    pub delete: RwSignal<bool>,
}

impl Named {
    /// None yet.
    pub fn new() -> Self {
        Self {
            subject: RwSignal::new(None),
            rename: RwSignal::new(false),
            delete: RwSignal::new(false),
        }
    }

    /// Its title.
    pub fn title(self) -> String {
        let subject = self.subject.read();
        subject.as_ref().map(|c| c.title.clone()).unwrap_or_default()
    }
}

/// On a narrow window it is behind a button, a native `<details>`.
#[component]
pub fn HistoryPanel(chat: Chat, named: Named) -> impl IntoView {
    let menu_label = Signal::derive(move || format!("Actions for {}", named.title()));
    view! {
        <div class="chat-side">
            <details id=HISTORY_MENU class="dropdown beside chat-side-menu">
                <summary class="button">
                    <Icon name="history" />
                    "History"
                </summary>
            </details>
            <nav class="chat-history" aria-label="Conversations">
                <SearchBox chat />
                <List chat named />
            </nav>
        </div>
        <MenuList id=MENU label=menu_label>
            <MenuItem on_select=move |()| named.rename.set(true)>
                <Icon name="edit" />
                "Rename…"
            </MenuItem>
            <MenuItem danger=true on_select=move |()| named.delete.set(true)>
                <Icon name="trash" />
                "Delete…"
            </MenuItem>
        </MenuList>
    }
}

/// Searches as one types. A form of its own, so that Enter does the same without scripts.
#[component]
fn SearchBox(chat: Chat) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let send = move |text: String| {
        if chat.address.search.with_untracked(|search| *search != text) {
            chat.search(&text);
        }
    };
    let mut send_later = debounce(PAUSE, send);
    view! {
        <form
            class="search"
            role="search"
            method="get"
            action=chat.path(None)
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
                name="q"
                aria-label="Search conversations"
                placeholder="Search conversations"
                autocomplete="off"
                spellcheck="false"
                value=chat.address.search.get_untracked()
                node_ref=field
                on:input=move |event| send_later(event_target_value(&event))
            />
        </form>
    }
}

#[component]
fn List(chat: Chat, named: Named) -> impl IntoView {
    let shown = move || {
        let history = chat.history.read();
        let now = history.now;
        history
            .conversations
            .iter()
            .cloned()
            .map(|c| (c, now))
            .collect::<Vec<_>>()
    };
    let empty = Memo::new(move |_| chat.history.read().conversations.is_empty());
    let note = move || {
        let history = chat.history.read();
        if history.more {
            Some(format!(
                "Showing the newest {CONVERSATIONS_SHOWN}. Search to find older ones."
            ))
        } else if !empty.get() {
            None
        } else if chat.address.search.read().is_empty() {
            Some("No conversations yet.".to_owned())
        } else {
            Some("No matching conversations.".to_owned())
        }
    };
    view! {
        {move || view! { <NotCurrent problem=chat.history_problem.get() retry=move |()| chat.reload_history() /> }}
        // An empty list is none to assistive technology.
        <ul class="chat-list" hidden=move || empty.get()>
            <For
                each=shown
                // Whatever is shown of it: a row is made anew when that changes.
                key=|(c, now)| (c.id, c.title.clone(), c.excerpt.clone(), c.updated_at, c.updated_at.relative_to(*now))
                children=move |(conversation, now)| view! { <Item chat named conversation now /> }
            />
        </ul>
        {move || note().map(|note| view! { <p class="muted chat-note">{note}</p> })}
    }
}

fn button_id(conversation: ConversationId) -> String {
    format!("chat-actions-{conversation}")
}

#[component]
fn Item(
    chat: Chat,
    named: Named,
    conversation: ConversationSummary,
    now: domain::Timestamp,
) -> impl IntoView {
    let id = conversation.id;
    let title = conversation.title.clone();
    let label = format!("Actions for {title}");
    let (at, excerpt) = (conversation.updated_at, conversation.excerpt.clone());
    let here = move || (chat.address.conversation.get() == Some(id)).then_some("page");
    let prepare = move |_| {
        // The browser would close it, since it is open for another one.
        let other = named
            .subject
            .with_untracked(|open| open.as_ref().is_some_and(|open| open.id != id));
        if other && popover::is_open(MENU) {
            popover::hide(MENU);
        }
        popover::place(MENU, &button_id(id));
        named.subject.set(Some(conversation.clone()));
    };
    view! {
        <li>
            <a class="chat-link" href=move || chat.link(Some(id)) aria-current=here>
                <span class="chat-link-title">{title}</span>
                {excerpt
                    .map(|Excerpt { before, found, after }| {
                        view! { <span class="chat-excerpt" dir="auto">{before} <mark>{found}</mark> {after}</span> }
                    })}
                <span class="muted chat-when">
                    <TimeAgo at now />
                </span>
            </a>
            <button
                type="button"
                id=button_id(id)
                class="button quiet small icon-only needs-script"
                popovertarget=MENU
                aria-haspopup="menu"
                aria-label=label
                on:click=prepare
            >
                <Icon name="more" />
            </button>
        </li>
    }
}
