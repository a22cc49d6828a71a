//! Chat: conversations, what is sent, and what comes back while an answer is written.

mod reader;

pub use reader::EventReader;

use crate::access::{Denial, ProviderAccess, UsableProvider};
use crate::limits::{CONVERSATION_MESSAGES, CONVERSATION_TITLE_CHARS, MESSAGE_CHARS};
use crate::problem::Problem;
use crate::role::{UnknownName, named};
use crate::search::Excerpt;
use crate::{ConversationId, MessageId, ProviderId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

named!(
    /// Whose words a message holds. The names are those of the OpenAI API.
    Author {
        /// The person's.
        User = "user", "You";
        /// The model's.
        Assistant = "assistant", "Answer";
    }
);

named!(
    /// How a message ended. A person's is always complete.
    MessageState {
        /// Whole.
        Complete = "complete", "Complete";
        /// Stopped by the person; what had come by then is kept.
        Stopped = "stopped", "Stopped";
        /// Broken off; its problem says why.
        Failed = "failed", "Failed";
    }
);

/// A conversation in the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationSummary {
    /// Which conversation.
    pub id: ConversationId,
    /// Its title: its first line, until its owner gives it another.
    pub title: String,
    /// The provider that was asked last; `None` when it was deleted since.
    pub provider: Option<ProviderId>,
    /// That provider's name at the time.
    pub provider_name: String,
    /// The model that was asked last.
    pub model: String,
    /// When something was last sent or answered.
    pub updated_at: Timestamp,
    /// What a search found in its messages; `None` where that is in its title alone, and without a search.
    pub excerpt: Option<Excerpt>,
}

/// The history, or what of it a search found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// The newest conversations first, up to [`crate::limits::CONVERSATIONS_SHOWN`].
    pub conversations: Vec<ConversationSummary>,
    /// There are older ones, which a search finds.
    pub more: bool,
    /// The server's clock.
    pub now: Timestamp,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Which message.
    pub id: MessageId,
    /// Whose words.
    pub author: Author,
    /// The words, as they were written.
    pub content: String,
    /// An answer as it is shown, once it was read for a page. Empty before, and for a person's words.
    pub html: String,
    /// How it ended.
    pub state: MessageState,
    /// What broke it off and what to do; only when it failed.
    pub problem: Option<String>,
    /// The provider that answered, by its name at the time; empty for a person's message.
    pub provider_name: String,
    /// The model that answered; empty for a person's message.
    pub model: String,
    /// When it was stored.
    pub created_at: Timestamp,
}

/// Why a conversation cannot go on with the provider and model it had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    /// What the access rule says; `None` when the provider was deleted.
    pub denial: Option<Denial>,
    /// What happened and what to do, as a sentence or two.
    pub message: String,
}

/// A conversation with everything in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// What the history shows of it.
    pub summary: ConversationSummary,
    /// Its messages, oldest first, without an answer that is being written.
    pub messages: Vec<Message>,
    /// The answer that is being written, as far as it has come.
    pub writing: Option<Message>,
    /// Why it cannot be continued as it was; `None` when it can.
    pub blocked: Option<Blocked>,
    /// The server's clock.
    pub now: Timestamp,
}

/// Somebody who can give access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Helper {
    /// Display name.
    pub name: String,
    /// E-mail.
    pub email: String,
}

/// What Chat offers somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatOffer {
    /// The providers they may use, by name; exactly those that a send is accepted for.
    pub providers: Vec<UsableProvider>,
    /// The providers allowed to them that they may not use now, with the reason.
    pub refused: Vec<ProviderAccess>,
    /// Owners and admins, who can change that; up to [`crate::limits::HELPERS_SHOWN`], owners first.
    pub helpers: Vec<Helper>,
    /// The base URL for external tools.
    pub base_url: String,
    /// The server's clock.
    pub now: Timestamp,
}

/// What the composer sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// The conversation to go on with; `None` begins one.
    pub conversation: Option<ConversationId>,
    /// Who is asked.
    pub provider: ProviderId,
    /// For which model, as the provider spells it.
    pub model: String,
    /// What is said. Empty asks the last message again.
    pub content: String,
    /// The person's own message that is replaced, with everything after it. With no content, the last one, which
    /// stays and is answered again.
    pub replace_from: Option<MessageId>,
    /// The last message that the person saw. What came after it, from another window, is not replaced unseen.
    #[serde(default)]
    pub seen: Option<MessageId>,
}

impl Send {
    /// The input as it will be used, or what is wrong with it.
    pub fn check(&self) -> Result<Self, Problem> {
        let content = cleaned(&self.content);
        let asks_again = self.conversation.is_some() && self.replace_from.is_some();
        if content.trim().is_empty() && !asks_again {
            return Err(Problem::invalid("content", "Write a message first."));
        }
        let length = content.chars().count();
        if length > MESSAGE_CHARS {
            return Err(Problem::invalid(
                "content",
                format!("Shorten the message to at most {MESSAGE_CHARS} characters; it has {length}."),
            ));
        }
        if self.conversation.is_none() && self.replace_from.is_some() {
            return Err(Problem::invalid(
                "replace_from",
                "A new conversation has no message to replace.",
            ));
        }
        if self.model.is_empty() {
            return Err(Problem::invalid("model", "Choose a model."));
        }
        let content = if content.trim().is_empty() {
            String::new()
        } else {
            content
        };
        Ok(Self {
            content,
            ..self.clone()
        })
    }
}

/// A message as a model is sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// Whose words.
    pub role: Author,
    /// The words.
    pub content: String,
}

/// What of a conversation a model is told: everything that was said. Answers that broke off before their first word
/// say nothing.
pub fn turns(messages: &[Message]) -> Vec<Turn> {
    messages
        .iter()
        .filter(|message| !message.content.is_empty())
        .map(|message| Turn {
            role: message.author,
            content: message.content.clone(),
        })
        .collect()
}

/// A text as it is stored: one kind of line break, and none of the one character that a database cannot hold.
pub fn cleaned(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\0', "")
}

/// Text that is not spoken of as its own: what a title would be made of.
const PLAIN: &[char] = &['#', '>', '*', '`', '-', ' '];

/// The title of a conversation that begins with this message: its first line that says something, cut at a word.
pub fn title_of(content: &str) -> String {
    let line = content
        .lines()
        .map(|line| line.trim_start_matches(PLAIN).trim())
        .find(|line| !line.is_empty())
        .unwrap_or("New conversation");
    let visible: String = line.chars().filter(|c| !crate::text::is_hidden(*c)).collect();
    let visible = if visible.trim().is_empty() {
        "New conversation".to_owned()
    } else {
        visible
    };
    shortened(&visible, CONVERSATION_TITLE_CHARS)
}

/// A text of at most `most` characters; a longer one ends with an ellipsis, after a word where there is one.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let head: String = text.chars().take(most.saturating_sub(1)).collect();
    let at_word = head.rfind(' ').filter(|at| *at > head.len() / 2);
    let head = at_word.map_or(head.as_str(), |at| &head[..at]);
    format!("{}…", head.trim_end())
}

/// Whether one more message and its answer fit.
pub fn check_room(messages: usize) -> Result<(), Problem> {
    if messages + 2 > CONVERSATION_MESSAGES {
        return Err(Problem::invalid(
            "content",
            format!("This conversation has {messages} messages, the maximum. Start a new chat."),
        ));
    }
    Ok(())
}

/// A conversation as a Markdown file: who said what, as it was written.
pub fn as_markdown<'a>(title: &str, messages: impl Iterator<Item = &'a Message>) -> String {
    let mut out = format!("# {title}\n");
    for message in messages {
        let who = match message.author {
            Author::User => "You".to_owned(),
            Author::Assistant => format!("{} · {}", message.model, message.provider_name),
        };
        let content = message.content.trim_end();
        out.push_str(&format!("\n## {who}, {}\n", message.created_at.exact()));
        if !content.is_empty() {
            out.push_str(&format!("\n{content}\n"));
        }
        if let Some(problem) = &message.problem {
            out.push_str(&format!("\n*{problem}*\n"));
        }
    }
    out
}

/// Why a provider cannot be used in Chat, and what to do about it.
pub fn sentence(denial: Denial, provider: &str) -> String {
    match denial {
        Denial::ProviderInactive => format!(
            "{provider} is inactive. Choose another provider, or ask an owner or admin to activate it."
        ),
        Denial::ProviderNotAllowed => format!(
            "{provider} is not one of your allowed providers. Choose another provider, or ask an owner or admin for access."
        ),
        Denial::ModelNotAllowed => {
            format!("Your organization has switched this model of {provider} off. Choose another model.")
        }
        Denial::UnknownModel => {
            format!("{provider} does not offer this model. Choose another model.")
        }
        Denial::AmbiguousModel => "Several providers offer this model. Choose a provider.".to_owned(),
        Denial::MemberSuspended => {
            "Your membership is suspended. Ask an owner or admin to reactivate it.".to_owned()
        }
        Denial::Unauthenticated => "Your session has ended. Sign in again.".to_owned(),
        Denial::KeyRevoked | Denial::KeyExpired | Denial::KeyScope => {
            format!("{provider} cannot be used with this key. Create another key in your account.")
        }
    }
}

/// The same for a provider that was deleted.
pub fn deleted(provider: &str) -> Blocked {
    Blocked {
        denial: None,
        message: format!("{provider} was deleted. Choose another provider to continue."),
    }
}

/// What stands under an answer whose server ended before it did.
pub const CUT_OFF: &str =
    "The server stopped before the answer was complete. Regenerate it to get the whole answer.";

/// What the server tells while an answer is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChatEvent {
    /// The message is stored, the provider is being asked.
    Started {
        /// The conversation, which may have just begun.
        conversation: ConversationId,
        /// The person's message.
        user_message: MessageId,
    },
    /// More of the answer, as it is shown.
    Html {
        /// It takes the place of everything that the page has: for whoever begins to read later.
        anew: bool,
        /// Blocks that are complete, in the place of the one that was open; empty when that is still open.
        closed: String,
        /// How many octets of the open block stay as they are.
        kept: u32,
        /// What follows them.
        open: String,
    },
    /// The answer is stored; nothing follows.
    Done {
        /// The answer; `None` when the conversation went on without it or is gone.
        message: Option<MessageId>,
        /// How it ended.
        state: MessageState,
        /// What broke it off and what to do.
        problem: Option<String>,
    },
}

#[cfg(test)]
mod tests;
