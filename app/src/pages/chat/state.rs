//! What the parts of the page share.

use super::live::{Live, Place};
use crate::api::ApiResult;
use crate::api::chat::{chat_offer, get_conversation, list_conversations};
use crate::browser::{details, draft, scroll, textarea};
use crate::forms::form_outcome;
use crate::pages::organization::use_viewer;
use domain::access::UsableProvider;
use domain::chat::{Author, ChatOffer, Conversation, History, Message};
use domain::{ConversationId, MemberId, MessageId, Problem, ProviderId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_params_map};
use serde::{Deserialize, Serialize};

/// The id of the composer's field.
pub const FIELD: &str = "chat-message";
/// The id of what opens the history on a phone.
pub const HISTORY_MENU: &str = "chat-history-menu";

/// What the page begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begin {
    /// What can be used.
    pub offer: ChatOffer,
    /// The history, as far as it matches the address.
    pub history: History,
    /// The conversation of the address, if it names one.
    pub conversation: Option<ApiResult<Conversation>>,
}

/// Asks for everything that the page begins with.
pub async fn begin(org: String, conversation: Option<ConversationId>, search: String) -> ApiResult<Begin> {
    Ok(Begin {
        offer: chat_offer(org.clone()).await?,
        history: list_conversations(org.clone(), search).await?,
        conversation: match conversation {
            Some(id) => Some(get_conversation(org, id).await),
            None => None,
        },
    })
}

/// The address of the page: the conversation and the search.
#[derive(Clone, Copy)]
pub struct Address {
    /// The conversation, when it names one.
    pub conversation: Memo<Option<ConversationId>>,
    /// What the history is searched for.
    pub search: Memo<String>,
}

impl Address {
    /// Of the page that is being made.
    pub fn new() -> Self {
        let params = use_params_map();
        let location = use_location();
        let conversation = Memo::new(move |_| {
            let name = params.read().get("conversation")?;
            // What is no number is no conversation, and none has this one.
            Some(name.parse().unwrap_or(ConversationId(0)))
        });
        let search = Memo::new(move |_| location.query.read().get("q").unwrap_or_default());
        Self { conversation, search }
    }
}

/// A provider and one of its models; the model is empty when it is still to be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Who is asked.
    pub provider: ProviderId,
    /// For which model.
    pub model: String,
}

impl Choice {
    /// As a form without scripts sends it: `3:gpt-4o`.
    pub fn as_value(&self) -> String {
        format!("{}:{}", self.provider, self.model)
    }

    /// Reads that.
    pub fn from_value(value: &str) -> Option<Self> {
        let (provider, model) = value.split_once(':')?;
        Some(Self {
            provider: provider.parse().ok()?,
            model: model.to_owned(),
        })
    }
}

/// The page's state.
#[derive(Clone, Copy)]
pub struct Chat {
    org: StoredValue<String>,
    /// The row of the person looking.
    member: MemberId,
    /// What the address says.
    pub address: Address,
    /// What can be used.
    pub offer: RwSignal<ChatOffer>,
    /// The history.
    pub history: RwSignal<History>,
    /// Why it is not current.
    pub history_problem: RwSignal<Option<Problem>>,
    /// The conversation that is shown.
    pub opened: RwSignal<Option<Conversation>>,
    /// Why that of the address cannot be shown.
    pub missing: RwSignal<Option<Problem>>,
    /// The answer that is being written, here or in another conversation.
    pub live: RwSignal<Option<Live>>,
    /// Where among the messages that belongs.
    place: Memo<Option<Place>>,
    /// Whether more of it may come.
    writing: Memo<bool>,
    /// The person wants to stop an answer that has not begun yet.
    pub stopping: StoredValue<bool>,
    /// Why the last message was not sent.
    pub problem: RwSignal<Option<Problem>>,
    /// What is in the composer.
    pub draft: RwSignal<String>,
    /// The message that is being edited, and its new text.
    pub editing: RwSignal<Option<MessageId>>,
    /// The text of that edit.
    pub edited: RwSignal<String>,
    /// What the person chose in the selectors of this conversation.
    pub chosen: RwSignal<Option<Choice>>,
    /// What is chosen, by the person or by what was used before.
    pub choice: Memo<Option<Choice>>,
    /// Whether the latest message is in view.
    pub at_end: RwSignal<bool>,
    /// What assistive technology is told about the answer.
    pub status: RwSignal<&'static str>,
    go: Callback<(String, bool)>,
}

impl Chat {
    /// The state of the page that is being made.
    pub fn new(org: String, address: Address, begin: Begin) -> Self {
        let navigate = use_navigate();
        let go = Callback::new(move |(address, replace): (String, bool)| {
            navigate(
                &address,
                NavigateOptions {
                    resolve: false,
                    replace,
                    scroll: false,
                    ..Default::default()
                },
            );
        });
        let (opened, missing) = match begin.conversation {
            Some(Ok(conversation)) => (Some(conversation), None),
            Some(Err(error)) => (None, Some(error.0)),
            None => (None, None),
        };
        let offer = RwSignal::new(begin.offer);
        let history = RwSignal::new(begin.history);
        let opened = RwSignal::new(opened);
        // Sent without scripts, and refused.
        let refused = form_outcome("chat");
        let chosen = RwSignal::new(Choice::from_value(&refused.value("model")));
        let choice = Memo::new(move |_| {
            let providers = &offer.read().providers;
            let wanted = chosen.get().or_else(|| match &*opened.read() {
                Some(conversation) => Some(Choice {
                    provider: conversation.summary.provider?,
                    model: conversation.summary.model.clone(),
                }),
                None => newest(&history.read(), providers),
            });
            settle(wanted?, providers)
        });
        // Read apart from the text that comes, so that only what shows the text is made anew with it.
        let live = RwSignal::new(None::<Live>);
        let chat = Self {
            org: StoredValue::new(org),
            member: use_viewer().member,
            address,
            offer,
            history,
            history_problem: RwSignal::new(None),
            opened,
            missing: RwSignal::new(missing),
            live,
            place: Memo::new(move |_| live.read().as_ref().map(|live| live.place)),
            writing: Memo::new(move |_| live.read().as_ref().is_some_and(Live::is_writing)),
            stopping: StoredValue::new(false),
            draft: RwSignal::new(refused.value("content")),
            problem: RwSignal::new(refused.problem),
            editing: RwSignal::new(None),
            edited: RwSignal::new(String::new()),
            chosen,
            choice,
            at_end: RwSignal::new(true),
            status: RwSignal::new(""),
            go,
        };
        chat.follow_the_address();
        chat.follow_what_is_written();
        chat.watch_the_end();
        chat
    }

    /// The title of the conversation that is shown. Follows it.
    pub fn title(self) -> Option<String> {
        if let Some(conversation) = &*self.opened.read() {
            return Some(conversation.summary.title.clone());
        }
        // One that has just begun is in the history before it is read as a whole.
        let begun = self.address.conversation.get()?;
        let history = self.history.read();
        let listed = history.conversations.iter().find(|one| one.id == begun);
        listed.map(|one| one.title.clone())
    }

    /// The organization's part of URLs.
    pub fn org(self) -> String {
        self.org.get_value()
    }

    /// The path of a conversation, or of a new one.
    pub fn path(self, conversation: Option<ConversationId>) -> String {
        self.org.with_value(|org| match conversation {
            Some(id) => format!("/o/{org}/chat/{id}"),
            None => format!("/o/{org}/chat"),
        })
    }

    /// The address of a conversation within the search that is on. Follows the search.
    pub fn link(self, conversation: Option<ConversationId>) -> String {
        with_search(&self.path(conversation), &self.address.search.read())
    }

    /// Searches the history.
    pub fn search(self, text: &str) {
        let path = self.path(self.address.conversation.get_untracked());
        self.go.run((with_search(&path, text), true));
    }

    /// Goes to a conversation; to one that has just begun in place of the empty page.
    pub fn go_to(self, conversation: Option<ConversationId>, replace: bool) {
        let search = self.address.search.get_untracked();
        self.go
            .run((with_search(&self.path(conversation), &search), replace));
    }

    /// The provider that is chosen. Follows the choice.
    pub fn provider(self) -> Option<UsableProvider> {
        let choice = self.choice.get()?;
        let offer = self.offer.read();
        offer.providers.iter().find(|p| p.id == choice.provider).cloned()
    }

    /// Whether the answer that is being written belongs to what is shown. Follows both.
    pub fn is_live_here(self) -> bool {
        let here = self.address.conversation.get();
        self.place.get().is_some_and(|place| place.conversation == here)
    }

    /// Whether an answer is being written anywhere. Follows it.
    pub fn is_writing(self) -> bool {
        self.writing.get()
    }

    /// The stored messages that are shown: without those which the message being sent replaces. Follows both.
    pub fn messages(self) -> Vec<Message> {
        let opened = self.opened.read();
        let Some(conversation) = opened.as_ref() else {
            return Vec::new();
        };
        let here = Some(conversation.summary.id);
        let place = self.place.get().filter(|place| place.conversation == here);
        let kept = |message: &&Message| place.is_none_or(|place| place.keeps(message.id));
        conversation.messages.iter().filter(kept).cloned().collect()
    }

    /// The answer that is being written in the conversation that is shown, for as long as this page does not follow it.
    pub fn written_elsewhere(self) -> Option<Message> {
        if self.is_live_here() {
            return None;
        }
        self.opened.read().as_ref()?.writing.clone()
    }

    /// The last message of the person, which can be answered again.
    pub fn last_question(self) -> Option<MessageId> {
        let opened = self.opened.read();
        let mut messages = opened.as_ref()?.messages.iter();
        messages
            .rfind(|message| message.author == Author::User)
            .map(|m| m.id)
    }

    /// The last message, whoever's it is. Follows the conversation.
    pub fn last_message(self) -> Option<MessageId> {
        let opened = self.opened.read();
        opened.as_ref()?.messages.last().map(|message| message.id)
    }

    /// Reads the history again; the one shown stays when that fails.
    pub fn reload_history(self) {
        let (org, search) = (self.org(), self.address.search.get_untracked());
        spawn_local(async move {
            let answer = list_conversations(org, search.clone()).await;
            if self.address.search.try_get_untracked() != Some(search) {
                return;
            }
            match answer {
                Ok(history) => {
                    self.history.set(history);
                    self.history_problem.set(None);
                }
                Err(error) => self.history_problem.set(Some(error.0)),
            }
        });
    }

    /// Reads again what can be used.
    pub fn reload_offer(self) {
        let org = self.org();
        spawn_local(async move {
            if let Ok(offer) = chat_offer(org).await {
                let _ = self.offer.try_set(offer);
            }
        });
    }

    /// Shows a conversation as the server has it.
    pub fn open(self, id: ConversationId) {
        let org = self.org();
        spawn_local(async move {
            let answer = get_conversation(org, id).await;
            // The person may be elsewhere by now.
            if self.address.conversation.try_get_untracked() != Some(Some(id)) {
                return;
            }
            match answer {
                Ok(conversation) => {
                    self.opened.set(Some(conversation));
                    request_animation_frame(scroll::to_end);
                }
                Err(error) => self.missing.set(Some(error.0)),
            }
        });
    }

    /// The name under which what is typed in a conversation is kept.
    pub fn draft_name(self, conversation: Option<ConversationId>) -> String {
        let conversation = conversation.map_or_else(|| "new".to_owned(), |id| id.to_string());
        let (member, org) = (self.member, self.org());
        format!("draft:{org}:{member}:{conversation}")
    }

    /// Puts what was typed in this conversation before into the composer.
    fn take_draft(self) {
        let name = self.draft_name(self.address.conversation.get_untracked());
        self.draft.set(draft::kept(&name));
        request_animation_frame(|| textarea::fit(FIELD));
    }

    /// An answer that is being written is followed, also after coming back to it; one at a time.
    fn follow_what_is_written(self) {
        Effect::new(move |_| {
            if self.place.get().is_some() {
                return;
            }
            let written = self.opened.with(|opened| {
                let conversation = opened.as_ref()?;
                Some((conversation.summary.id, conversation.writing.clone()?))
            });
            if let Some((conversation, answer)) = written {
                self.resume(conversation, answer);
            }
        });
    }

    /// Another address is another conversation or another search.
    fn follow_the_address(self) {
        let Address { conversation, search } = self.address;
        Effect::new(move |before: Option<Option<ConversationId>>| {
            let now = conversation.get();
            if before.is_none_or(|before| before == now) {
                return now;
            }
            details::close(HISTORY_MENU);
            // One that has just begun is on the page already, and what is in the composer meanwhile is for it.
            let begun = self
                .live
                .with_untracked(|live| live.as_ref().is_some_and(|live| live.place.conversation == now));
            if before == Some(None) && now.is_some() && begun {
                draft::keep(&self.draft_name(None), "");
                draft::keep(&self.draft_name(now), &self.draft.read_untracked());
                return now;
            }
            self.opened.set(None);
            self.missing.set(None);
            self.problem.set(None);
            self.editing.set(None);
            self.chosen.set(None);
            self.take_draft();
            self.reload_offer();
            match now {
                Some(id) => self.open(id),
                None => textarea::focus_end(FIELD),
            }
            now
        });
        // Each conversation has a draft of its own.
        Effect::new(move |before: Option<()>| {
            let text = self.draft.read();
            if before.is_some() {
                draft::keep(&self.draft_name(conversation.get_untracked()), &text);
            } else if text.is_empty() {
                drop(text);
                self.take_draft();
            }
        });
        Effect::new(move |before: Option<String>| {
            let now = search.get();
            if before.is_some_and(|before| before != now) {
                self.reload_history();
            }
            now
        });
    }
}

fn with_search(path: &str, search: &str) -> String {
    if search.is_empty() {
        return path.to_owned();
    }
    let search: String = form_urlencoded::byte_serialize(search.as_bytes()).collect();
    format!("{path}?q={search}")
}

/// What the newest conversation used, if it can still be used, else the first there is.
fn newest(history: &History, providers: &[UsableProvider]) -> Option<Choice> {
    let usable = |id: ProviderId| providers.iter().any(|p| p.id == id);
    let before = history.conversations.first().and_then(|conversation| {
        let provider = conversation.provider.filter(|id| usable(*id))?;
        let model = conversation.model.clone();
        Some(Choice { provider, model })
    });
    before.or_else(|| {
        providers.first().map(|first| Choice {
            provider: first.id,
            model: String::new(),
        })
    })
}

/// A choice as far as it can be used: nothing when the provider cannot. A model that is not listed has to be chosen
/// again; where none was chosen, the first will do.
fn settle(wanted: Choice, providers: &[UsableProvider]) -> Option<Choice> {
    let provider = providers.iter().find(|p| p.id == wanted.provider)?;
    let model = if wanted.model.is_empty() {
        provider.models.first().cloned().unwrap_or_default()
    } else if provider.models.contains(&wanted.model) {
        wanted.model
    } else {
        String::new()
    };
    Some(Choice {
        provider: provider.id,
        model,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(id: i64, models: &[&str]) -> UsableProvider {
        UsableProvider {
            id: ProviderId(id),
            name: format!("P{id}"),
            slug: format!("p{id}"),
            models: models.iter().map(|m| (*m).to_owned()).collect(),
            ends_at: None,
        }
    }

    fn choice(id: i64, model: &str) -> Choice {
        Choice {
            provider: ProviderId(id),
            model: model.to_owned(),
        }
    }

    #[test]
    fn only_what_can_be_used_is_chosen() {
        let providers = [provider(1, &["a", "b"]), provider(2, &[])];
        assert_eq!(settle(choice(1, "b"), &providers), Some(choice(1, "b")));
        assert_eq!(settle(choice(1, ""), &providers), Some(choice(1, "a")));
        assert_eq!(settle(choice(1, "gone"), &providers), Some(choice(1, "")));
        assert_eq!(settle(choice(2, ""), &providers), Some(choice(2, "")));
        assert_eq!(settle(choice(3, "a"), &providers), None);
    }

    #[test]
    fn addresses_keep_the_search() {
        assert_eq!(with_search("/o/a/chat/1", ""), "/o/a/chat/1");
        assert_eq!(with_search("/o/a/chat", "a b&c"), "/o/a/chat?q=a+b%26c");
    }
}
