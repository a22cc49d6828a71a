//! Renaming and deleting a conversation.

use super::history::Named;
use super::state::Chat;
use crate::api::chat::{delete_conversation, rename_conversation};
use crate::components::{Cancel, Dialog, Field, use_dialog, use_toaster};
use crate::pages::request::{RequestProblem, field_problem, refuse};
use domain::{ConversationId, Problem, input};
use leptos::prelude::*;

/// Gives a conversation another title.
#[component]
pub fn RenameDialog(chat: Chat, named: Named) -> impl IntoView {
    view! {
        <Dialog id="chat-rename" open=named.rename title=Signal::stored("Rename the conversation".to_owned())>
            <RenameForm chat named />
        </Dialog>
    }
}

#[component]
fn RenameForm(chat: Chat, named: Named) -> impl IntoView {
    let title = RwSignal::new(untrack(|| named.title()));
    let was = title.get_untracked();
    use_dialog().changed_when(move || *title.read() != was);
    let problem = RwSignal::new(None::<Problem>);
    let save = Action::new(move |(id, title): &(ConversationId, String)| {
        let (id, title) = (*id, title.clone());
        async move {
            match rename_conversation(chat.org(), id, title.clone()).await {
                Ok(()) => {
                    named.rename.set(false);
                    chat.opened.update(|opened| {
                        if let Some(opened) = opened.as_mut().filter(|opened| opened.summary.id == id) {
                            opened.summary.title = title;
                        }
                    });
                    chat.reload_history();
                }
                Err(error) => refuse(problem, error.0),
            }
        }
    });
    let pending = save.pending();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(id) = named
            .subject
            .with_untracked(|subject| subject.as_ref().map(|c| c.id))
        else {
            return;
        };
        match input::name("title", &title.read_untracked(), "the conversation's title") {
            Ok(title) => {
                problem.set(None);
                save.dispatch((id, title));
            }
            Err(found) => refuse(problem, found),
        }
    };
    view! {
        <form novalidate on:submit=submit>
            <div class="dialog-body">
                <RequestProblem problem />
                <Field label="Title" name="title" error=field_problem(problem, "title")>
                    <input
                        class="input"
                        autocomplete="off"
                        autofocus
                        required
                        prop:value=move || title.get()
                        on:input=move |event| title.set(event_target_value(&event))
                    />
                </Field>
            </div>
            <div class="dialog-foot">
                <Cancel />
                <button type="submit" class="button primary" disabled=pending>
                    {move || if pending.get() { "Saving…" } else { "Rename" }}
                </button>
            </div>
        </form>
    }
}

/// Asks before a conversation is deleted.
#[component]
pub fn DeleteDialog(chat: Chat, named: Named) -> impl IntoView {
    let toaster = use_toaster();
    let problem = RwSignal::new(None::<Problem>);
    let delete = Action::new(move |id: &ConversationId| {
        let id = *id;
        async move {
            match delete_conversation(chat.org(), id).await {
                Ok(()) => {
                    named.delete.set(false);
                    toaster.show("The conversation was deleted.");
                    if chat.address.conversation.get_untracked() == Some(id) {
                        chat.go_to(None, true);
                    }
                    chat.reload_history();
                }
                Err(error) => problem.set(Some(error.0)),
            }
        }
    });
    let pending = delete.pending();
    Effect::new(move |_| {
        if named.delete.get() {
            problem.set(None);
        }
    });
    view! {
        <Dialog id="chat-delete" open=named.delete title=Signal::stored("Delete the conversation?".to_owned())>
            <div class="dialog-body">
                <p>
                    <strong>{move || named.title()}</strong>
                    " and everything in it will be gone. This cannot be undone."
                </p>
                <RequestProblem problem />
            </div>
            <div class="dialog-foot">
                <Cancel />
                <button
                    type="button"
                    class="button danger primary"
                    disabled=pending
                    on:click=move |_| {
                        if let Some(id) = named.subject.with_untracked(|subject| subject.as_ref().map(|c| c.id)) {
                            problem.set(None);
                            delete.dispatch(id);
                        }
                    }
                >
                    {move || if pending.get() { "Deleting…" } else { "Delete conversation" }}
                </button>
            </div>
        </Dialog>
    }
}
