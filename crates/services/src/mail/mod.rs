//! Mail: what is written with its cause is sent by a worker, again and again until a mail server has taken it or it is of
//! no use any more.

mod compose;
mod letter;
mod smtp;

pub(crate) use compose::{FactorResetDetails, ResetDetails, SignInDetails};
pub use smtp::{Mailer, MailerError};

use crate::change::Change;
use crate::settings::SETTINGS;
use crate::{Actor, Error, Services};
use domain::{MemberId, Problem, ProblemCode, Timestamp};
use smtp::{AT_ONCE, Failure};
use store::mail::{MailRecord, Tried};
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinSet;

/// How long nobody else tries a message that is being tried: longer than a conversation with a slow mail server.
const CLAIMED_FOR: i64 = 5 * Timestamp::MINUTE;
/// The wait after the first failed try; each further one is four times as long, up to [`AGAIN_AT_MOST`].
const AGAIN_FIRST: i64 = 30 * Timestamp::SECOND;
const AGAIN_AT_MOST: i64 = Timestamp::HOUR;
/// How long a message is tried (RFC 5321 section 4.5.4.1: four to five days).
const TRIED_FOR: i64 = 4 * Timestamp::DAY;
/// How often it is looked for mail that another server wrote.
const LOOK_EVERY: i64 = 15 * Timestamp::SECOND;
/// How long what was sent is kept, so that it can be said where an invitation's mail stands.
const KEPT_FOR: i64 = 30 * Timestamp::DAY;
/// How long somebody waits to learn whether a test message was sent; shorter than proxies and browsers wait.
const TEST_WITHIN: i64 = 20 * Timestamp::SECOND;
/// Messages that are looked up at once.
const BATCH: u64 = 100;

/// How mail is sent, if it is.
pub(crate) struct Mail {
    mailer: Option<Mailer>,
    bell: Notify,
    /// Held while a test message is sent, so that tests do not take every connection to the mail server.
    testing: Mutex<()>,
}

impl Mail {
    pub(crate) fn new(mailer: Option<Mailer>) -> Self {
        Self {
            mailer,
            bell: Notify::new(),
            testing: Mutex::new(()),
        }
    }
}

impl Change {
    /// Has the pending invitations of these rows mailed, once the change is made. Without mail they are passed on by hand.
    pub(crate) async fn mail_invitations(&self, members: &[MemberId]) -> Result<(), Error> {
        if self.services.mail_is_set_up() {
            store::mail::queue_invitations(&self.tx, self.organization, members, self.now).await?;
        }
        Ok(())
    }
}

impl Services {
    /// Whether there is a mail server to send by.
    pub fn mail_is_set_up(&self) -> bool {
        self.inner.mail.mailer.is_some()
    }

    /// There may be mail to send now.
    pub(crate) fn mail_is_due(&self) {
        self.inner.mail.bell.notify_one();
    }

    /// Sends a message to whoever asks, once and at once, to see whether the mail server takes it. For owners.
    pub async fn send_test_mail(&self, actor: &Actor) -> Result<(), Error> {
        // Nothing is held while the mail server is spoken to.
        self.administer(actor).await?.owns(SETTINGS)?;
        let mail = &self.inner.mail;
        let mailer = mail.mailer.as_ref().ok_or_else(|| {
            let message = "Email is not set up. Whoever runs this server sets GATEHOUSE_SMTP_URL.";
            Problem::new(ProblemCode::Conflict, message)
        })?;
        let Ok(_alone) = mail.testing.try_lock() else {
            let message = "Another test message is being sent. Try again in a minute.";
            return Err(Problem::new(ProblemCode::RateLimited, message).into());
        };
        let letter = self.test_letter(actor);
        let id = format!("test.{}.{}", actor.user.0, self.now().0);
        let sent = tokio::select! {
            sent = mailer.send(&actor.email, &id, &letter) => sent,
            () = self.inner.clock.wait(TEST_WITHIN) => {
                Err(Failure::Passing("The mail server did not answer within 20 seconds.".to_owned()))
            }
        };
        sent.map_err(|failure| {
            let (Failure::Final(why) | Failure::Passing(why)) = failure;
            Problem::new(
                ProblemCode::Invalid,
                format!("The test message was not sent. {why}"),
            )
            .into()
        })
    }

    /// Sends what there is to send, as it comes. Never ends, unless there is no mail server.
    pub async fn deliver_mail(&self) {
        if !self.mail_is_set_up() {
            return;
        }
        let mut tidied = self.now();
        loop {
            let wait = match self.deliver_due_mail().await {
                Ok(next) => next.map_or(LOOK_EVERY, |next| (next.0 - self.now().0).clamp(0, LOOK_EVERY)),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "mail waits");
                    LOOK_EVERY
                }
            };
            if tidied.plus(Timestamp::HOUR) < self.now() {
                tidied = self.now();
                self.note(async |tx| {
                    store::mail::forget_ended(tx, tidied.plus(-KEPT_FOR)).await?;
                    store::password_resets::forget_expired(tx, tidied.plus(-Timestamp::DAY)).await
                })
                .await;
            }
            tokio::select! {
                () = self.inner.mail.bell.notified() => {}
                () = self.inner.clock.wait(wait) => {}
            }
        }
    }

    /// Tries each message whose turn it is once; when the next one's turn comes.
    pub async fn deliver_due_mail(&self) -> Result<Option<Timestamp>, Error> {
        let Some(mailer) = &self.inner.mail.mailer else {
            return Ok(None);
        };
        loop {
            let (due, next) = {
                let tx = self.inner.store.read().await?;
                store::mail::due(&tx, self.now(), BATCH).await?
            };
            if due.is_empty() {
                return Ok(next);
            }
            // One that fails does not break the others off: theirs may be with the mail server already.
            let mut failed = None;
            let mut under_way = JoinSet::new();
            let mut due = due.into_iter();
            loop {
                while under_way.len() < AT_ONCE
                    && let Some(mail) = due.next()
                {
                    let (services, mailer) = (self.clone(), mailer.clone());
                    under_way.spawn(async move { services.deliver(&mailer, mail).await });
                }
                let Some(done) = under_way.join_next().await else {
                    break;
                };
                if let Err(error) = done.map_err(Error::from).flatten() {
                    failed = Some(error);
                }
            }
            if let Some(error) = failed {
                return Err(error);
            }
        }
    }

    /// One try of one message.
    async fn deliver(&self, mailer: &Mailer, mail: i64) -> Result<(), Error> {
        let now = self.now();
        let tx = self.inner.store.write().await?;
        let Some(record) = store::mail::claim(&tx, mail, now, now.plus(CLAIMED_FOR)).await? else {
            return Ok(());
        };
        // Whether it is still to be sent is looked up behind its claim: what was revoked before is never mailed.
        let composed = self.compose(&tx, &record, now).await?;
        let letter = match composed {
            Ok(letter) => letter,
            Err(why) => {
                store::mail::tried(&tx, mail, &Tried::Failed { why }, now).await?;
                return Ok(tx.commit().await?);
            }
        };
        tx.commit().await?;
        let id = format!("{}.{}", record.id, record.created_at.0);
        let tried = match mailer.send(&record.recipient, &id, &letter).await {
            Ok(()) => Tried::Sent,
            Err(Failure::Final(why)) => Tried::Failed { why },
            Err(Failure::Passing(why)) => again(&record, self.now(), why),
        };
        match &tried {
            Tried::Sent => {}
            Tried::Again { why, .. } | Tried::Failed { why } => {
                tracing::warn!(
                    mail = record.id,
                    attempt = record.attempts,
                    why,
                    "mail was not sent"
                );
            }
        }
        let tx = self.inner.store.write().await?;
        store::mail::tried(&tx, mail, &tried, self.now()).await?;
        Ok(tx.commit().await?)
    }
}

/// When a message that could not be sent is tried again, if it is.
fn again(record: &MailRecord, now: Timestamp, why: String) -> Tried {
    let tries = u32::try_from(record.attempts.clamp(1, 16)).unwrap_or(1) - 1;
    let wait = AGAIN_FIRST
        .saturating_mul(4_i64.saturating_pow(tries))
        .min(AGAIN_AT_MOST);
    let at = now.plus(wait);
    if at > record.created_at.plus(TRIED_FOR) {
        Tried::Failed { why }
    } else {
        Tried::Again { at, why }
    }
}
