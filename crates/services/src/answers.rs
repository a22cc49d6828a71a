//! Answers that are being written by this server, for as long as they are.
//!
//! An answer belongs to its conversation, not to the request that asked for it: any number of readers follow it, each from
//! where it likes, and it goes on while a page is loaded again. It keeps its text once, whoever reads; a reader that is
//! slow holds up nobody. When nobody has read it for a while it is stopped, since it is paid for.

use domain::chat::{CUT_OFF, ChatEvent, MessageState};
use domain::limits::{ANSWER_LOOK, ANSWER_UNREAD};
use domain::{ConversationId, MessageId};
use markup::{Growing, Piece};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::conversations::Owner;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// The answers of one server.
#[derive(Clone)]
pub(crate) struct Answers(Arc<Inner>);

struct Inner {
    under_way: Mutex<HashMap<MessageId, Arc<UnderWay>>>,
    /// How long one goes on unread.
    unread: Duration,
    /// The server is stopping.
    cut: watch::Sender<bool>,
}

struct UnderWay {
    owner: Owner,
    conversation: ConversationId,
    question: MessageId,
    /// Its receivers are its readers.
    progress: watch::Sender<Progress>,
    /// Somebody stopped it.
    stopped: watch::Sender<bool>,
    /// Until when it goes on, though nobody reads it.
    kept_until: watch::Sender<Instant>,
}

#[derive(Default)]
struct Progress {
    text: String,
    /// What readers are told last.
    done: Option<ChatEvent>,
}

/// Why an answer ends before the model is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// Somebody stopped it, or nobody reads it any more.
    Person,
    /// The server is stopping.
    Server,
}

impl EndedBy {
    /// How the answer is stored.
    pub fn state(self) -> (MessageState, Option<String>) {
        match self {
            Self::Person => (MessageState::Stopped, None),
            Self::Server => (MessageState::Failed, Some(CUT_OFF.to_owned())),
        }
    }
}

/// An answer in the hands of whoever writes it. It is under way until this is dropped.
pub struct AnswerWriter {
    answer: MessageId,
    under_way: Arc<UnderWay>,
    answers: Answers,
}

/// Follows an answer.
pub struct AnswerReader {
    /// What is told before anything else.
    first: Option<ChatEvent>,
    progress: watch::Receiver<Progress>,
    /// How many octets of the text were read.
    at: usize,
    /// What of it is shown already.
    shown: Growing,
    /// What the page has is to go.
    anew: bool,
    /// When more is shown, at the earliest.
    next: Instant,
    over: bool,
}

impl Default for Answers {
    fn default() -> Self {
        Self::new(Duration::from_millis(ANSWER_UNREAD))
    }
}

impl Answers {
    fn new(unread: Duration) -> Self {
        Self(Arc::new(Inner {
            under_way: Mutex::default(),
            unread,
            cut: watch::Sender::new(false),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<MessageId, Arc<UnderWay>>> {
        self.0.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an answer, with its first reader.
    pub(crate) fn begin(
        &self,
        owner: Owner,
        conversation: ConversationId,
        question: MessageId,
        answer: MessageId,
    ) -> (AnswerWriter, AnswerReader) {
        let under_way = Arc::new(UnderWay {
            owner,
            conversation,
            question,
            progress: watch::Sender::new(Progress::default()),
            stopped: watch::Sender::new(false),
            kept_until: watch::Sender::new(Instant::now()),
        });
        self.lock().insert(answer, under_way.clone());
        let mut reader = under_way.read();
        reader.first = Some(under_way.started());
        let writer = AnswerWriter {
            answer,
            under_way,
            answers: self.clone(),
        };
        (writer, reader)
    }

    fn of(&self, owner: Owner, conversation: ConversationId) -> Option<Arc<UnderWay>> {
        let all = self.lock();
        let of = |one: &&Arc<UnderWay>| one.owner == owner && one.conversation == conversation;
        all.values().find(of).cloned()
    }

    /// One more reader of a conversation's answer, who is told first what has come.
    pub(crate) fn follow(&self, owner: Owner, conversation: ConversationId) -> Option<AnswerReader> {
        self.of(owner, conversation).map(|one| {
            let mut reader = one.read();
            reader.anew = true;
            reader
        })
    }

    /// What has come of an answer, for a page that will read on in a moment.
    pub(crate) fn look_at(&self, answer: MessageId) -> Option<String> {
        let one = self.lock().get(&answer).cloned()?;
        one.keep_for(self.0.unread);
        Some(one.progress.borrow().text.clone())
    }

    /// Whether this server writes that answer.
    pub(crate) fn has(&self, answer: MessageId) -> bool {
        self.lock().contains_key(&answer)
    }

    /// Stops a conversation's answer. False when this server writes none.
    pub(crate) fn stop(&self, owner: Owner, conversation: ConversationId) -> bool {
        self.of(owner, conversation)
            .map(|one| one.stopped.send_replace(true))
            .is_some()
    }

    /// Ends every answer, also those that begin from now on.
    pub(crate) fn cut(&self) {
        self.0.cut.send_replace(true);
    }
}

impl UnderWay {
    fn started(&self) -> ChatEvent {
        ChatEvent::Started {
            conversation: self.conversation,
            user_message: self.question,
        }
    }

    fn read(&self) -> AnswerReader {
        let reader = AnswerReader {
            first: None,
            progress: self.progress.subscribe(),
            at: 0,
            shown: Growing::default(),
            anew: false,
            next: Instant::now(),
            over: false,
        };
        // Whoever waits for readers to leave begins to wait again.
        self.keep_for(Duration::ZERO);
        reader
    }

    fn keep_for(&self, time: Duration) {
        let until = Instant::now() + time;
        self.kept_until
            .send_modify(|kept_until| *kept_until = until.max(*kept_until));
    }

    /// Ends when nobody has read it, or asked for its conversation, for so long.
    async fn unread(&self, patience: Duration) {
        let mut kept_until = self.kept_until.subscribe();
        loop {
            self.progress.closed().await;
            let until = (*kept_until.borrow_and_update()).max(Instant::now() + patience);
            tokio::select! {
                _ = kept_until.changed() => continue,
                () = sleep_until(until) => {}
            }
            if self.progress.is_closed() {
                return;
            }
        }
    }
}

impl AnswerWriter {
    /// Adds to the text.
    pub fn push(&self, text: &str) {
        self.under_way
            .progress
            .send_modify(|progress| progress.text.push_str(text));
    }

    /// The text so far.
    pub fn text(&self) -> String {
        self.under_way.progress.borrow().text.clone()
    }

    /// How much has come, in octets.
    pub fn octets(&self) -> usize {
        self.under_way.progress.borrow().text.len()
    }

    /// Tells the readers how it ended; nothing follows.
    pub fn done(self, event: ChatEvent) {
        self.under_way
            .progress
            .send_modify(|progress| progress.done = Some(event));
    }

    /// Waits until it is to end early.
    pub async fn ended(&self) -> EndedBy {
        let (mut stopped, mut cut) = (self.under_way.stopped.subscribe(), self.answers.0.cut.subscribe());
        // Neither channel closes while this is here.
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => EndedBy::Person,
            _ = cut.wait_for(|cut| *cut) => EndedBy::Server,
            () = self.under_way.unread(self.answers.0.unread) => EndedBy::Person,
        }
    }
}

impl Drop for AnswerWriter {
    fn drop(&mut self) {
        self.answers.lock().remove(&self.answer);
    }
}

impl AnswerReader {
    /// What is to be told next; `None` after the end. What comes within a moment comes as one, and the longer a block gets
    /// the longer the moment, so that an answer that is one block costs no more than others.
    pub async fn next(&mut self) -> Option<ChatEvent> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        while !self.over {
            let (text, done) = {
                let progress = self.progress.borrow_and_update();
                (progress.text.len(), progress.done.clone())
            };
            if text > self.at || self.anew {
                if done.is_none() {
                    sleep_until(self.next).await;
                }
                return Some(self.look());
            }
            if done.is_some() {
                self.over = true;
                return done;
            }
            self.over = self.progress.changed().await.is_err();
        }
        None
    }

    /// What has come since the last look.
    fn look(&mut self) -> ChatEvent {
        let rest = {
            let progress = self.progress.borrow_and_update();
            self.at = progress.text.len();
            // A copy: whoever writes does not wait for it to be read.
            progress
                .text
                .get(self.shown.closed()..)
                .unwrap_or_default()
                .to_owned()
        };
        let Piece { closed, kept, open } = self.shown.look(&rest);
        let unread = u64::try_from(self.at - self.shown.closed()).unwrap_or(u64::MAX);
        // A millisecond for each half kilobyte that is read again.
        self.next = Instant::now() + Duration::from_millis(ANSWER_LOOK + unread / 512);
        ChatEvent::Html {
            anew: std::mem::take(&mut self.anew),
            closed,
            kept: u32::try_from(kept).unwrap_or_default(),
            open,
        }
    }
}

#[cfg(test)]
mod tests;
