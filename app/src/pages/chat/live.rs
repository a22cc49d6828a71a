//! Sending a message and following its answer.

use super::state::{Chat, FIELD};
use crate::api::chat::{get_conversation, stop_answer};
use crate::browser::page::pause;
use crate::browser::stream::{self, Interrupted};
use crate::browser::{draft, scroll, textarea};
use domain::chat::{ChatEvent, Conversation, Message, MessageState, Send};
use domain::{ConversationId, MessageId, Problem, ProblemCode};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// Between two looks at an answer that is being written and of which nothing comes: its server may have been restarted.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
/// Between two tries to reach a server that is away, and how many there are: about as long as a restart takes.
const BETWEEN_TRIES: Duration = Duration::from_secs(1);
const TRIES: u32 = 20;

/// Where among the stored messages one on its way belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The conversation; `None` until the server has begun it.
    pub conversation: Option<ConversationId>,
    /// The message that is replaced; with no question, the one that is answered again.
    pub replace_from: Option<MessageId>,
    /// Something new is said.
    pub has_question: bool,
    /// The message as it was stored.
    pub user_message: Option<MessageId>,
}

impl Place {
    /// Whether a stored message still stands beside it.
    pub fn keeps(self, message: MessageId) -> bool {
        let replaced = match self.replace_from {
            Some(question) if !self.has_question => message > question,
            Some(from) => message >= from,
            None => false,
        };
        let sent = self.has_question && self.user_message.is_some_and(|sent| message >= sent);
        !replaced && !sent
    }
}

/// A message on its way, and its answer as far as it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// Where it belongs.
    pub place: Place,
    /// What is said; empty when the last message is answered again.
    pub question: String,
    /// Who answers, for people.
    pub from: String,
    /// The blocks of the answer that are complete, as they came, with a number for each.
    pub closed: Vec<(u32, String)>,
    /// The number that was given last.
    pub number: u32,
    /// The block that is being written.
    pub open: String,
    /// How it ended, until the stored answer takes its place.
    pub ended: Option<(MessageState, Option<String>)>,
}

impl Live {
    fn new(place: Place, question: String, from: String, open: String) -> Self {
        Self {
            place,
            question,
            from,
            closed: Vec::new(),
            number: 0,
            open,
            ended: None,
        }
    }

    /// Whether more may come.
    pub fn is_writing(&self) -> bool {
        self.ended.is_none()
    }

    fn add(&mut self, anew: bool, closed: String, kept: usize, open: &str) {
        if anew {
            self.closed.clear();
            self.open.clear();
        }
        if !closed.is_empty() {
            // Never a number twice, also after beginning anew.
            self.number += 1;
            self.closed.push((self.number, closed));
        }
        // Its end is that of a character of what both sides have.
        if self.open.is_char_boundary(kept) {
            self.open.truncate(kept);
        }
        self.open.push_str(open);
    }
}

impl Chat {
    /// Sends a message, in place of another and all after it if one is named; an empty one has the last answered again.
    /// False when it is not on its way.
    pub fn send(self, content: String, replace_from: Option<MessageId>) -> bool {
        if self
            .live
            .with_untracked(|live| live.as_ref().is_some_and(Live::is_writing))
        {
            return false;
        }
        let provider = untrack(|| self.provider());
        let model = self.choice.get_untracked().map(|choice| choice.model);
        let (Some(provider), Some(model)) = (provider, model.filter(|model| !model.is_empty())) else {
            self.problem.set(Some(Problem::new(
                ProblemCode::Invalid,
                "Choose a provider and a model first.",
            )));
            return false;
        };
        let send = Send {
            conversation: self.address.conversation.get_untracked(),
            provider: provider.id,
            model: model.clone(),
            content,
            replace_from,
            seen: untrack(|| self.last_message()),
        };
        if let Err(problem) = send.check() {
            self.problem.set(Some(problem));
            return false;
        }
        self.problem.set(None);
        let place = Place {
            conversation: send.conversation,
            replace_from,
            has_question: !send.content.is_empty(),
            user_message: None,
        };
        let from = answered_by(&provider.name, &model);
        self.live
            .set(Some(Live::new(place, send.content.clone(), from, String::new())));
        self.status.set("Waiting for the answer.");
        request_animation_frame(scroll::to_end);
        spawn_local(self.exchange(send));
        true
    }

    /// Follows the answer that is being written in the conversation that is shown, whichever window asked for it.
    pub fn resume(self, conversation: ConversationId, answer: Message) {
        let place = Place {
            conversation: Some(conversation),
            replace_from: None,
            has_question: false,
            user_message: untrack(|| self.last_message()),
        };
        let from = answered_by(&answer.provider_name, &answer.model);
        self.live
            .set(Some(Live::new(place, String::new(), from, answer.html)));
        self.status.set("Waiting for the answer.");
        spawn_local(async move {
            self.follow(conversation).await;
            self.settle().await;
        });
    }

    /// Stops the answer under way. What has come is kept.
    pub fn stop(self) {
        let place = self
            .live
            .with_untracked(|live| live.as_ref().map(|live| live.place));
        let Some(Place {
            conversation: Some(id),
            user_message: Some(_),
            ..
        }) = place
        else {
            // Not begun yet: it is stopped when it is, or given up when the person insists.
            if self.stopping.get_value() {
                stream::stop();
            }
            self.stopping.set_value(true);
            return;
        };
        let org = self.org();
        spawn_local(async move {
            if stop_answer(org, id).await.is_err() {
                stream::stop();
            }
        });
    }

    async fn exchange(self, send: Send) {
        self.stopping.set_value(false);
        let address = format!("{}/send", self.path(None));
        let body = serde_json::to_string(&send).unwrap_or_default();
        let outcome = self.listen(&address, Some(body)).await;
        let has_started = self.live.try_with_untracked(|live| {
            live.as_ref()
                .is_some_and(|live| live.place.user_message.is_some())
        });
        let Some(has_started) = has_started else {
            // The page is gone.
            return;
        };
        match outcome {
            Err(Interrupted::Refused(problem)) => self.refused(send, Some(problem)),
            _ if has_started => self.settle().await,
            Err(Interrupted::Stopped) => self.refused(send, None),
            Ok(()) | Err(Interrupted::Broken) => {
                let message = "Can't reach the server. Check your connection and send again.";
                self.refused(send, Some(Problem::new(ProblemCode::Internal, message)));
            }
        }
    }

    /// Reads along with an answer until it ends, or the connection does.
    async fn follow(self, conversation: ConversationId) {
        if self.live.is_disposed() {
            return;
        }
        let address = format!("{}/answer", self.path(Some(conversation)));
        // However it ends, what is stored is looked at next.
        let _ = self.listen(&address, None).await;
    }

    async fn listen(self, address: &str, body: Option<String>) -> Result<(), Interrupted> {
        stream::events(address, body, move |event| {
            // Whoever went to another page leaves nothing to write to; the answer goes on all the same.
            let is_here = !self.live.is_disposed();
            let Some(event) = serde_json::from_str(&event).ok().filter(|_| is_here) else {
                return;
            };
            match event {
                ChatEvent::Started {
                    conversation,
                    user_message,
                } => self.started(conversation, user_message),
                ChatEvent::Html {
                    anew,
                    closed,
                    kept,
                    open,
                } => self.more(anew, closed, kept, &open),
                ChatEvent::Done { state, problem, .. } => self.ended(state, problem),
            }
        })
        .await
    }

    fn started(self, conversation: ConversationId, user_message: MessageId) {
        let is_new = self.address.conversation.get_untracked().is_none();
        let begun_here = self.live.with_untracked(|live| {
            live.as_ref()
                .is_some_and(|live| live.place.conversation.is_none())
        });
        self.live.update(|live| {
            if let Some(live) = live {
                live.place.conversation = Some(conversation);
                live.place.user_message = Some(user_message);
            }
        });
        if is_new && begun_here {
            self.go_to(Some(conversation), true);
        }
        if self.stopping.get_value() {
            self.stop();
        }
        self.reload_history();
    }

    /// Shows more of the answer, where it belongs.
    fn more(self, anew: bool, closed: String, kept: u32, open: &str) {
        let follows = scroll::is_at_end();
        self.live.try_update(|live| {
            if let Some(live) = live {
                live.add(anew, closed, kept as usize, open);
            }
        });
        if follows {
            request_animation_frame(scroll::to_end);
        } else if self.at_end.get_untracked() {
            self.at_end.set(false);
        }
    }

    fn ended(self, state: MessageState, problem: Option<String>) {
        self.status.set(match state {
            MessageState::Complete => "The answer is complete.",
            MessageState::Stopped => "The answer was stopped.",
            MessageState::Failed => "The answer was interrupted.",
        });
        self.live.update(|live| {
            if let Some(live) = live {
                live.ended = Some((state, problem));
            }
        });
    }

    /// Nothing was stored: what was typed goes back to where it came from.
    fn refused(self, send: Send, problem: Option<Problem>) {
        self.live.set(None);
        self.status.set("");
        // It may have been stored all the same, when the connection ended before it was said.
        self.reload_history();
        let here = self.address.conversation.get_untracked() == send.conversation;
        match send.replace_from {
            Some(message) if here && !send.content.is_empty() => {
                self.edited.set(send.content);
                self.editing.set(Some(message));
            }
            // What was typed stays with its conversation, wherever the person is by now.
            _ if !here => draft::keep(&self.draft_name(send.conversation), &send.content),
            _ => {
                let empty = self.draft.with_untracked(|draft| draft.trim().is_empty());
                if empty {
                    self.draft.set(send.content);
                    request_animation_frame(|| textarea::fit(FIELD));
                }
            }
        }
        let is = |code| problem.as_ref().is_some_and(|problem| problem.code == code);
        let (denied, went_on) = (is(ProblemCode::Forbidden), is(ProblemCode::Conflict));
        self.problem.set(problem);
        if let (true, true, Some(id)) = (here, went_on, send.conversation) {
            self.look_again(id);
        }
        if denied {
            // What can be used is not what the page believes.
            self.reload_offer();
        }
        request_animation_frame(scroll::to_end);
    }

    /// Shows a conversation that went on in another window, and keeps what was typed here.
    fn look_again(self, id: ConversationId) {
        let org = self.org();
        spawn_local(async move {
            let Ok(conversation) = get_conversation(org, id).await else {
                return;
            };
            if self.address.conversation.try_get_untracked() != Some(Some(id)) {
                return;
            }
            let edited = self.editing.get_untracked();
            if edited.is_some_and(|edited| conversation.messages.iter().all(|message| message.id != edited)) {
                self.editing.set(None);
                if self.draft.with_untracked(|draft| draft.trim().is_empty()) {
                    self.draft.set(self.edited.get_untracked());
                    request_animation_frame(|| textarea::fit(FIELD));
                }
            }
            self.opened.set(Some(conversation));
            request_animation_frame(scroll::to_end);
        });
    }

    /// Puts the stored answer in the place of the one that was followed. One that is still being written is followed
    /// again: its connection ended, not the answer.
    async fn settle(self) {
        let mut tries = 0;
        loop {
            let id = self
                .live
                .try_with_untracked(|live| live.as_ref().and_then(|live| live.place.conversation));
            let Some(Some(id)) = id else {
                return;
            };
            match get_conversation(self.org(), id).await {
                Ok(conversation) if conversation.writing.is_some() => {
                    tries = 0;
                    pause(BETWEEN_LOOKS).await;
                    self.follow(id).await;
                }
                Ok(conversation) => return self.take_over(conversation),
                Err(error) if tries < TRIES && may_pass(error.0.code) => {
                    tries += 1;
                    pause(BETWEEN_TRIES).await;
                }
                Err(error) => return self.give_up(id, error.0),
            }
        }
    }

    fn take_over(self, conversation: Conversation) {
        let Some(here) = self.address.conversation.try_get_untracked() else {
            return;
        };
        let unheard = self
            .live
            .with_untracked(|live| live.as_ref().is_some_and(Live::is_writing));
        if let (true, Some(answer)) = (unheard, conversation.messages.last()) {
            self.ended(answer.state, answer.problem.clone());
        }
        let follows = scroll::is_at_end();
        if here == Some(conversation.summary.id) {
            self.opened.set(Some(conversation));
        }
        self.live.set(None);
        if follows {
            request_animation_frame(scroll::to_end);
        }
        self.reload_history();
    }

    /// What came stays on the page; a reload shows what was stored.
    fn give_up(self, id: ConversationId, problem: Problem) {
        let Some(here) = self.address.conversation.try_get_untracked() else {
            return;
        };
        if here != Some(id) {
            return self.live.set(None);
        }
        let unheard = self
            .live
            .with_untracked(|live| live.as_ref().is_some_and(Live::is_writing));
        if unheard {
            let lost =
                "The connection ended before the answer was complete. Reload the page to see all of it.";
            self.ended(MessageState::Failed, Some(lost.to_owned()));
        }
        self.problem.set(Some(problem));
    }
}

/// Whether asking again may help.
fn may_pass(code: ProblemCode) -> bool {
    matches!(
        code,
        ProblemCode::Internal | ProblemCode::Overloaded | ProblemCode::RateLimited
    )
}

/// Who answers, in words.
pub fn answered_by(provider: &str, model: &str) -> String {
    format!("{model} · {provider}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(has_question: bool, replace_from: Option<i64>, sent: Option<i64>) -> Place {
        Place {
            conversation: Some(ConversationId(1)),
            replace_from: replace_from.map(MessageId),
            has_question,
            user_message: sent.map(MessageId),
        }
    }

    fn kept(place: Place) -> Vec<i64> {
        (1..=5).filter(|id| place.keeps(MessageId(*id))).collect()
    }

    #[test]
    fn an_answer_grows_at_its_end_and_begins_anew_when_told_to() {
        let place = place(false, None, None);
        let mut live = Live::new(place, String::new(), String::new(), "<p>old".to_owned());
        live.add(true, String::new(), 0, "<p>naïve</p>");
        live.add(false, String::new(), 9, " one</p>");
        assert_eq!(live.open, "<p>naïve one</p>");
        live.add(false, "<p>naïve one</p>".into(), 0, "<p>b</p>");
        live.add(true, "<p>again</p>".into(), 0, "");
        let again = (2, "<p>again</p>".to_owned());
        assert_eq!((live.closed, live.open.as_str()), (vec![again], ""));
    }

    #[test]
    fn no_message_is_shown_twice_or_missing() {
        assert_eq!(kept(place(true, None, None)), [1, 2, 3, 4, 5]);
        assert_eq!(kept(place(true, None, Some(5))), [1, 2, 3, 4]);
        assert_eq!(kept(place(true, Some(3), None)), [1, 2]);
        assert_eq!(kept(place(true, Some(3), Some(6))), [1, 2]);
        // Again: the question stays, its answer goes.
        assert_eq!(kept(place(false, Some(3), None)), [1, 2, 3]);
        assert_eq!(kept(place(false, Some(3), Some(3))), [1, 2, 3]);
    }
}
