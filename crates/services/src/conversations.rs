//! One's own conversations. Whatever the role, nobody sees or changes another person's.

use crate::{Actor, Error, Services};
use domain::access::Denial;
use domain::chat::{self, Author, Blocked, Conversation, ConversationSummary, History, Message};
use domain::limits::CONVERSATIONS_SHOWN;
use domain::{ConversationId, Problem, ProblemCode, input};
use store::conversations::Owner;

pub(crate) fn owner(actor: &Actor) -> Owner {
    Owner {
        organization: actor.organization,
        member: actor.member,
    }
}

pub(crate) fn no_conversation() -> Problem {
    Problem::not_found("conversation")
}

/// Messages with what is shown of them. Reading a long conversation takes long, which is not for the threads that answer
/// everybody.
async fn shown(
    mut messages: Vec<Message>,
    mut writing: Option<Message>,
) -> Result<(Vec<Message>, Option<Message>), Error> {
    let shown = crate::background::spawn(move || {
        let answers = messages.iter_mut().chain(&mut writing);
        for answer in answers.filter(|message| message.author == Author::Assistant) {
            answer.html = markup::html(&answer.content, Some(answer.id.0));
        }
        (messages, writing)
    });
    shown.await.map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a conversation could not be shown"
        );
        Problem::new(
            ProblemCode::Internal,
            "The conversation could not be shown. Try again in a moment.",
        )
        .into()
    })
}

impl Services {
    /// The own history, newest first, or what of it a search finds. For every member.
    pub async fn history(&self, actor: &Actor, search: &str) -> Result<History, Error> {
        let (most, owner) = (CONVERSATIONS_SHOWN, owner(actor));
        let (mut conversations, mut more) = match search.trim() {
            "" => {
                let tx = self.read(actor).await?;
                (store::conversations::newest(&tx, owner, most + 1).await?, false)
            }
            _ => {
                let tx = self.search(actor).await?;
                let found = store::conversations::search(&tx, owner, search, most).await?;
                (found.conversations, found.more)
            }
        };
        if conversations.len() > most as usize {
            conversations.truncate(most as usize);
            more = true;
        }
        Ok(History {
            conversations,
            more,
            now: self.now(),
        })
    }

    /// One of the own conversations. For every member.
    pub async fn conversation(
        &self,
        actor: &Actor,
        conversation: ConversationId,
    ) -> Result<Conversation, Error> {
        let tx = self.read(actor).await?;
        let (summary, messages, writing) = self.read_conversation(&tx, actor, conversation).await?;
        drop(tx);
        let (messages, writing) = shown(messages, writing).await?;
        Ok(Conversation {
            blocked: self.blocked(actor, &summary).await?,
            summary,
            messages,
            writing,
            now: self.now(),
        })
    }

    /// One of the own conversations as a Markdown file. For every member.
    pub async fn conversation_file(
        &self,
        actor: &Actor,
        conversation: ConversationId,
    ) -> Result<String, Error> {
        let tx = self.read(actor).await?;
        let (summary, messages, writing) = self.read_conversation(&tx, actor, conversation).await?;
        drop(tx);
        Ok(chat::as_markdown(&summary.title, messages.iter().chain(&writing)))
    }

    /// What is stored of a conversation, with the answer that is being written as far as it has come.
    async fn read_conversation(
        &self,
        tx: &impl store::Conn,
        actor: &Actor,
        conversation: ConversationId,
    ) -> Result<(ConversationSummary, Vec<Message>, Option<Message>), Error> {
        let owner = owner(actor);
        let summary = store::conversations::get(tx, owner, conversation)
            .await?
            .ok_or_else(no_conversation)?;
        let mut messages = store::conversations::messages(tx, owner, conversation).await?;
        let writing = store::answers::writing(tx, owner, conversation).await?;
        let writing = writing.filter(|writing| self.is_being_written(*writing));
        let at = writing.and_then(|one| messages.iter().position(|message| message.id == one.answer));
        let writing = at.map(|at| self.as_it_is_now(messages.remove(at)));
        Ok((summary, messages, writing))
    }

    /// Why a conversation cannot go on as it was.
    async fn blocked(&self, actor: &Actor, summary: &ConversationSummary) -> Result<Option<Blocked>, Error> {
        let Some(provider) = summary.provider else {
            return Ok(Some(chat::deleted(&summary.provider_name)));
        };
        let asked = self.to_ask(actor, provider, &summary.model).await?;
        Ok(asked.err().map(|refused| Blocked {
            denial: Some(refused.denial),
            message: match refused.denial {
                Denial::UnknownModel => {
                    let model = &summary.model;
                    format!(
                        "{} no longer offers {model}. Choose another model to continue.",
                        refused.name
                    )
                }
                denial => chat::sentence(denial, &refused.name),
            },
        }))
    }

    /// Gives one of the own conversations another title. For every member.
    pub async fn rename_conversation(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        title: &str,
    ) -> Result<(), Error> {
        let title = input::name("title", title, "the conversation's title")?;
        let change = self.change(actor).await?;
        let owner = owner(change.actor()?);
        if !store::conversations::rename(&change.tx, owner, conversation, &title).await? {
            return Err(no_conversation().into());
        }
        change.commit().await
    }

    /// Deletes one of the own conversations. For every member.
    pub async fn delete_conversation(
        &self,
        actor: &Actor,
        conversation: ConversationId,
    ) -> Result<(), Error> {
        let change = self.change(actor).await?;
        if !store::conversations::delete(&change.tx, owner(change.actor()?), conversation).await? {
            return Err(no_conversation().into());
        }
        change.commit().await?;
        // Nobody is going to read the answer that is being written there.
        self.inner.answers.stop(owner(actor), conversation);
        Ok(())
    }
}
