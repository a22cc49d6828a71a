//! Sending a message and following its answer.

use super::state::{Chat, FIELD};
use crate::api::chat::get_conversation;
use crate::browser::page::pause;
use crate::browser::stream::{self, Interrupted};
use crate::browser::{draft, scroll, textarea};
use domain::chat::{Author, ChatEvent, MessageState, Send};
use domain::{ConversationId, MessageId, Problem, ProblemCode};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How often, and how long apart, the page looks for an answer that was broken off: the server stores it when it has
/// noticed.
const LOOKS: u32 = 12;
const BETWEEN_LOOKS: Duration = Duration::from_millis(150);

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
    /// What has come.
    pub answer: String,
    /// How it ended, until the stored answer takes its place.
    pub ended: Option<(MessageState, Option<String>)>,
}

impl Live {
    /// Whether more may come.
    pub fn is_writing(&self) -> bool {
        self.ended.is_none()
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
        };
        if let Err(problem) = send.check() {
            self.problem.set(Some(problem));
            return false;
        }
        self.problem.set(None);
        self.live.set(Some(Live {
            place: Place {
                conversation: send.conversation,
                replace_from,
                has_question: !send.content.is_empty(),
                user_message: None,
            },
            question: send.content.clone(),
            from: answered_by(&provider.name, &model),
            answer: String::new(),
            ended: None,
        }));
        self.status.set("Waiting for the answer.");
        request_animation_frame(scroll::to_end);
        spawn_local(self.exchange(send));
        true
    }

    async fn exchange(self, send: Send) {
        let address = format!("{}/send", self.path(None));
        let body = serde_json::to_string(&send).unwrap_or_default();
        let coming = StoredValue::new(String::new());
        let done = StoredValue::new(false);
        let outcome = stream::post(&address, body, move |event| {
            let Ok(event) = serde_json::from_str(&event) else {
                return;
            };
            match event {
                ChatEvent::Started {
                    conversation,
                    user_message,
                } => self.started(conversation, user_message),
                ChatEvent::Text { text } => self.more(coming, &text),
                ChatEvent::Done { state, problem, .. } => {
                    done.set_value(true);
                    self.flush(coming);
                    self.ended(state, problem);
                }
            }
        })
        .await;
        let has_started = self.live.try_with_untracked(|live| {
            live.as_ref()
                .is_some_and(|live| live.place.user_message.is_some())
        });
        let Some(has_started) = has_started else {
            // The page is gone.
            return;
        };
        self.flush(coming);
        let ended = match outcome {
            _ if done.get_value() => None,
            Err(Interrupted::Stopped) if has_started => Some((MessageState::Stopped, None)),
            Err(Interrupted::Stopped) => return self.refused(send, None),
            Err(Interrupted::Refused(problem)) => return self.refused(send, Some(problem)),
            Ok(()) | Err(Interrupted::Broken) if has_started => Some((
                MessageState::Failed,
                Some("The connection ended before the answer was complete. Check it, then regenerate the answer.".to_owned()),
            )),
            Ok(()) | Err(Interrupted::Broken) => {
                let message = "Can't reach the server. Check your connection and send again.";
                return self.refused(send, Some(Problem::new(ProblemCode::Internal, message)));
            }
        };
        let broken_off = ended.is_some();
        if let Some((state, problem)) = ended {
            self.ended(state, problem);
        }
        self.take_over(broken_off).await;
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
        self.reload_history();
    }

    /// Text comes faster than it can be drawn; it is shown once for each picture.
    fn more(self, coming: StoredValue<String>, text: &str) {
        let first = coming.with_value(String::is_empty);
        coming.update_value(|coming| coming.push_str(text));
        if first {
            request_animation_frame(move || self.flush(coming));
        }
    }

    fn flush(self, coming: StoredValue<String>) {
        let Some(text) = coming
            .try_update_value(std::mem::take)
            .filter(|text| !text.is_empty())
        else {
            return;
        };
        let follows = scroll::is_at_end();
        self.live.try_update(|live| {
            if let Some(live) = live {
                live.answer.push_str(&text);
            }
        });
        if follows {
            request_animation_frame(scroll::to_end);
        }
    }

    fn ended(self, state: MessageState, problem: Option<String>) {
        self.status.set(match state {
            MessageState::Complete => "The answer is complete.",
            MessageState::Stopped => "The answer was stopped.",
            MessageState::Failed => "The answer broke off.",
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
        let denied = problem.as_ref().is_some_and(|p| p.code == ProblemCode::Forbidden);
        self.problem.set(problem);
        if denied {
            // What can be used is not what the page believes.
            self.reload_offer();
        }
        request_animation_frame(scroll::to_end);
    }

    /// Puts the stored answer in the place of the one that was followed.
    async fn take_over(self, broken_off: bool) {
        let Some(Some(id)) = self
            .live
            .try_with_untracked(|live| live.as_ref().and_then(|l| l.place.conversation))
        else {
            return;
        };
        let mut stored = get_conversation(self.org(), id).await;
        for _ in 1..LOOKS {
            let waits = |c: &domain::chat::Conversation| {
                c.messages
                    .last()
                    .is_some_and(|message| message.author == Author::User)
            };
            if !broken_off || !stored.as_ref().is_ok_and(waits) {
                break;
            }
            pause(BETWEEN_LOOKS).await;
            stored = get_conversation(self.org(), id).await;
        }
        let Some(here) = self.address.conversation.try_get_untracked() else {
            return;
        };
        let follows = scroll::is_at_end();
        match stored {
            Ok(conversation) => {
                if here == Some(id) {
                    self.opened.set(Some(conversation));
                }
                self.live.set(None);
            }
            // What came stays on the page; a reload shows what was stored.
            Err(error) if here == Some(id) => self.problem.set(Some(error.0)),
            Err(_) => self.live.set(None),
        }
        if follows {
            request_animation_frame(scroll::to_end);
        }
        self.reload_history();
    }
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
