//! Chat: asking models, with the providers that are allowed, and reading it again later.

mod composer;
mod dialogs;
mod history;
mod live;
mod message;
mod nobody;
mod picker;
mod state;
mod thread;
mod tools;

use super::auth::answer_with_status;
use super::organization::use_viewer;
use crate::components::{Icon, LoadFailed, Skeleton};
use composer::Composer;
use dialogs::{DeleteDialog, RenameDialog};
use history::{HistoryPanel, Named};
use leptos::prelude::*;
use leptos_meta::Title;
use nobody::NoProvider;
use state::{Address, Begin, Chat, begin};
use thread::Thread;
use tools::ToolsDialog;

/// The page. What it begins with is asked for once; from then on it follows its address by itself, so that what is
/// being typed and what is being answered stay where they are.
#[component]
pub fn ChatPage() -> impl IntoView {
    let org = StoredValue::new(use_viewer().organization.slug);
    let address = Address::new();
    let begin = Resource::new(
        || (),
        move |()| {
            begin(
                org.get_value(),
                address.conversation.get_untracked(),
                address.search.get_untracked(),
            )
        },
    );
    view! {
        <Transition fallback=|| {
            view! {
                <Title text="Chat" />
                <div class="page-head">
                    <h1>"Chat"</h1>
                </div>
                <Skeleton />
            }
        }>
            {move || Suspend::new(async move {
                match begin.await {
                    Ok(begin) => view! { <Whole org=org.get_value() address begin /> }.into_any(),
                    Err(error) => {
                        view! {
                            <Title text="Chat" />
                            <div class="page-head">
                                <h1>"Chat"</h1>
                            </div>
                            <LoadFailed problem=error.0 retry=move |()| begin.refetch() />
                        }
                            .into_any()
                    }
                }
            })}
        </Transition>
    }
}

/// What the window is called. The server writes it last, when the scope that `title` lives in may have ended already:
/// then it is what it was.
fn window_title(title: Memo<Option<String>>) -> impl Fn() -> String + Send + Sync + 'static {
    let before = title.get_untracked();
    move || match title.try_get().unwrap_or_else(|| before.clone()) {
        Some(title) => format!("{title} · Chat"),
        None => "Chat".to_owned(),
    }
}

#[component]
fn Whole(org: String, address: Address, begin: Begin) -> impl IntoView {
    if let Some(Err(error)) = &begin.conversation {
        answer_with_status(error.0.code.http_status());
    }
    let chat = Chat::new(org, address, begin);
    let named = Named::new();
    let tools = RwSignal::new(false);
    let title = Memo::new(move |_| chat.title());
    let nothing_usable = Memo::new(move |_| chat.offer.read().providers.is_empty());
    view! {
        <Title text=window_title(title) />
        <div class="page-head chat-head">
            <h1>{move || title.get().unwrap_or_else(|| "Chat".to_owned())}</h1>
            <div class="actions">
                <a class="button" href=move || chat.link(None)>
                    <Icon name="plus" />
                    "New chat"
                </a>
                {move || {
                    let id = chat.opened.read().as_ref()?.summary.id;
                    let file = format!("{}/export.md", chat.path(Some(id)));
                    Some(
                        view! {
                            <a class="button" href=file rel="external" download>
                                <Icon name="download" />
                                <span>"Export"</span>
                            </a>
                        },
                    )
                }}
                <button type="button" class="button needs-script" on:click=move |_| tools.set(true)>
                    <Icon name="plug" />
                    <span>"Connect to external tools"</span>
                </button>
            </div>
        </div>
        <div class="chat">
            <HistoryPanel chat named />
            <section class="chat-main" aria-label="Conversation">
                <Thread chat />
                {move || {
                    if nothing_usable.get() {
                        view! { <NoProvider chat /> }.into_any()
                    } else {
                        view! { <Composer chat /> }.into_any()
                    }
                }}
                <p class="visually-hidden" role="status">
                    {move || chat.status.get()}
                </p>
            </section>
        </div>
        <RenameDialog chat named />
        <DeleteDialog chat named />
        <ToolsDialog chat open=tools />
    }
}

#[cfg(test)]
mod tests {
    use super::window_title;
    use leptos::prelude::*;

    /// A page of Chat answered 500 when many were asked for at once.
    #[test]
    fn the_window_keeps_its_title_when_the_page_has_ended() {
        let page = Owner::new();
        let window = page.with(|| window_title(Memo::new(|_| Some("Plans".to_owned()))));
        assert_eq!(window(), "Plans · Chat");
        page.cleanup();
        assert_eq!(window(), "Plans · Chat");
    }
}
