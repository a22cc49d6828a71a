//! An answer between the send and its end: kept as it grows, stored however it ends, followed and stopped by any window.

use crate::answers::{AnswerReader, AnswerWriter};
use crate::chat::Begun;
use crate::conversations::{no_conversation, owner};
use crate::{Actor, Error, Services};
use domain::chat::{self, Message, MessageState};
use domain::limits::{ANSWER_KEPT_EVERY, ANSWER_LEASE, ANSWER_STORED_WITHIN};
use domain::{ConversationId, MessageId, Problem, ProblemCode};
use std::time::Duration;
use store::WriteTx;
use store::answers::{Answer, Writing};
use store::conversations::Owner;
use tokio::time::{Instant, sleep};

/// After how long the first words of an answer are kept; each time after waits twice as long, up to the limit.
const FIRST_KEPT_AFTER: Duration = Duration::from_secs(1);
/// Between two tries to store an answer.
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// What became of a send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// What came.
    pub content: String,
    /// How it ended.
    pub state: MessageState,
    /// What broke it off and what to do.
    pub problem: Option<String>,
}

impl Services {
    /// Takes the answer to a send under way, with its first reader.
    pub fn begin_answer(&self, actor: &Actor, begun: &Begun) -> (AnswerWriter, AnswerReader) {
        self.inner
            .answers
            .begin(owner(actor), begun.conversation, begun.user_message, begun.answer)
    }

    /// Whether a server writes it now: this one, or another that has said so lately. The end of its promise is never far
    /// ahead, unless the clock was set back since.
    pub(crate) fn is_being_written(&self, writing: Writing) -> bool {
        let left = writing.until.0.saturating_sub(self.now().0);
        (left > 0 && left <= ANSWER_LEASE) || self.inner.answers.has(writing.answer)
    }

    /// An answer that is being written, as far as it has come.
    pub(crate) fn as_it_is_now(&self, mut answer: Message) -> Message {
        if let Some(text) = self.inner.answers.look_at(answer.id) {
            answer.content = text;
        }
        answer.problem = None;
        answer
    }

    /// Refuses a send while an answer is being written in its conversation: whichever came later would take the place of
    /// the other.
    pub(crate) async fn is_free(
        &self,
        tx: &WriteTx,
        owner: Owner,
        conversation: ConversationId,
    ) -> Result<(), Error> {
        match store::answers::writing(tx, owner, conversation).await? {
            Some(writing) if self.is_being_written(writing) => Err(Problem::new(
                ProblemCode::Conflict,
                "An answer is still being written in this conversation. Wait until it is complete or stop it, then send again.",
            )
            .into()),
            _ => Ok(()),
        }
    }

    /// Writes down what has come, again and again, so that it outlives this server. Ends when nobody waits for the answer
    /// any more.
    pub async fn keep_answer(&self, actor: &Actor, begun: &Begun, writer: &AnswerWriter) {
        let longest = Duration::from_millis(ANSWER_KEPT_EVERY);
        let mut pause = FIRST_KEPT_AFTER;
        loop {
            sleep(pause).await;
            pause = (pause * 2).min(longest);
            match self.keep(actor, begun, &writer.text()).await {
                Ok(true) => {}
                Ok(false) => return,
                // It is stored at its end in any case.
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a part of an answer was not kept"
                ),
            }
        }
    }

    /// Writes down what has come of an answer; false when nobody waits for it any more.
    pub async fn keep(&self, actor: &Actor, begun: &Begun, content: &str) -> Result<bool, Error> {
        let tx = self.write_in_any_case(actor).await?;
        let until = self.now().plus(ANSWER_LEASE);
        let content = chat::cleaned(content);
        let kept = store::answers::keep(
            &tx,
            owner(actor),
            begun.conversation,
            begun.answer,
            &content,
            until,
        )
        .await?;
        tx.commit().await?;
        Ok(kept)
    }

    /// Stores the answer to a send, whatever became of the person's rights meanwhile: it was asked for when it was
    /// allowed. `None` when it was replaced, or the conversation deleted.
    pub async fn finish_answer(
        &self,
        actor: &Actor,
        begun: &Begun,
        answered: &Answered,
    ) -> Result<Option<MessageId>, Error> {
        let tx = self.write_in_any_case(actor).await?;
        tx.lock_organization(actor.organization).await?;
        let problem = answered.problem.as_deref().map(chat::cleaned);
        let answer = Answer {
            content: &chat::cleaned(&answered.content),
            state: answered.state,
            // It may quote what the provider said.
            problem: problem.as_deref(),
        };
        let stored = store::answers::finish(
            &tx,
            owner(actor),
            begun.conversation,
            begun.answer,
            answer,
            self.now(),
        )
        .await?;
        tx.commit().await?;
        Ok(stored.then_some(begun.answer))
    }

    /// The same, tried again while the database is away or has no room: what a model wrote has been paid for.
    pub async fn store_answer(
        &self,
        actor: &Actor,
        begun: &Begun,
        answered: &Answered,
    ) -> Result<Option<MessageId>, Error> {
        let until = Instant::now() + Duration::from_millis(ANSWER_STORED_WITHIN);
        loop {
            match self.finish_answer(actor, begun, answered).await {
                Err(error) if error.passes() && Instant::now() < until => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "an answer is not stored yet"
                    );
                    sleep(BETWEEN_TRIES).await;
                }
                stored => return stored,
            }
        }
    }

    /// Reads along with the answer that is being written in one of the own conversations; `None` when this server writes
    /// none. For every member.
    pub async fn follow_answer(
        &self,
        actor: &Actor,
        conversation: ConversationId,
    ) -> Result<Option<AnswerReader>, Error> {
        if let Some(reader) = self.inner.answers.follow(owner(actor), conversation) {
            return Ok(Some(reader));
        }
        let tx = self.read(actor).await?;
        match store::conversations::get(&tx, owner(actor), conversation).await? {
            Some(_) => Ok(None),
            None => Err(no_conversation().into()),
        }
    }

    /// Stops the answer that is being written in one of the own conversations, whichever server writes it. What has come is
    /// kept. For every member.
    pub async fn stop_answer(&self, actor: &Actor, conversation: ConversationId) -> Result<(), Error> {
        if self.inner.answers.stop(owner(actor), conversation) {
            return Ok(());
        }
        let change = self.change(actor).await?;
        let owner = owner(change.actor()?);
        if store::conversations::get(&change.tx, owner, conversation)
            .await?
            .is_none()
        {
            return Err(no_conversation().into());
        }
        store::answers::stop(&change.tx, owner, conversation).await?;
        change.commit().await
    }

    /// Ends the answers under way, since the server is stopping. Each is stored as one that broke off.
    pub fn cut_answers(&self) {
        self.inner.answers.cut();
    }
}
