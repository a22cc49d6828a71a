//! The way to the mail server (RFC 5321), with TLS by rustls.

use super::letter::Letter;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::{Error as SmtpError, PoolConfig};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// How long each step of the conversation with the mail server may take.
const STEP_WITHIN: Duration = Duration::from_secs(30);
/// Connections to the mail server at once, which is also how many messages are under way.
pub(super) const AT_ONCE: usize = 4;
/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(30);
/// Characters of a mail server's answer that are kept.
const ANSWER_CHARS: usize = 200;

/// Sends mail as one sender by one mail server.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Without the address of the mail server, which may hold a password.
impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer")
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

/// Why mail cannot be sent with these settings.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// The address of the mail server is not usable.
    #[error("the address of the mail server is not usable")]
    Url(#[source] SmtpError),
    /// The sender is none.
    #[error("the sender of mail is not usable")]
    From(#[source] lettre::address::AddressError),
}

/// Why a message was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It may go another time.
    Passing(String),
    /// This message will never go.
    Final(String),
}

impl Mailer {
    /// Whether mail can have this sender: an address, or `Name <address>`.
    pub fn is_sender(text: &str) -> bool {
        text.parse::<Mailbox>().is_ok()
    }

    /// A way by `smtps://`, or `smtp://` with `?tls=required`; without it nothing is encrypted, which is for a server on
    /// the same machine. `from` is an address, or `Name <address>`.
    pub fn new(url: &str, from: &str) -> Result<Self, MailerError> {
        let from = from.parse().map_err(MailerError::From)?;
        let pool = PoolConfig::new()
            .max_size(u32::try_from(AT_ONCE).unwrap_or(1))
            .idle_timeout(IDLE);
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(MailerError::Url)?
            .timeout(Some(STEP_WITHIN))
            .pool_config(pool)
            .build();
        Ok(Self { transport, from })
    }

    /// Sends one message. `id` is the same at each try, so that a second copy can be told from a second message.
    pub(super) async fn send(&self, recipient: &str, id: &str, letter: &Letter) -> Result<(), Failure> {
        let to = address(recipient).ok_or_else(|| {
            Failure::Final("Mail cannot be sent to this address. Invite another one.".to_owned())
        })?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject_line())
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            // So that no holiday notice answers (RFC 3834).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .multipart(MultiPart::alternative_plain_html(letter.text(), letter.html()))
            .map_err(|error| Failure::Final(format!("The message cannot be written: {error}.")))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(failure(&error)),
        }
    }
}

/// An address with its domain as mail servers know it (IDNA).
fn address(text: &str) -> Option<Address> {
    let (local, domain) = text.rsplit_once('@')?;
    let domain = match url::Host::parse(domain) {
        Ok(host) => host.to_string(),
        Err(_) => domain.to_owned(),
    };
    Address::new(local, domain).ok()
}

/// What a failed try means. A refused sign-in is the operator's to mend and no fault of the message.
fn failure(error: &SmtpError) -> Failure {
    let said = said(error);
    let sign_in = error
        .status()
        .is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538));
    if sign_in {
        return Failure::Passing(format!("The mail server refused the sign-in: {said}"));
    }
    if error.is_permanent() {
        return Failure::Final(format!("The mail server refused it: {said}"));
    }
    if error.is_transient() {
        return Failure::Passing(format!("The mail server asked to try later: {said}"));
    }
    // Such as an address with other letters than ASCII and a server without SMTPUTF8: trying again changes nothing soon,
    // but another server may take over.
    if error.is_client() {
        return Failure::Passing(format!("The mail server cannot take it: {said}"));
    }
    Failure::Passing(format!("The mail server cannot be reached: {said}"))
}

/// The last cause as one short line.
fn said(error: &SmtpError) -> String {
    let mut last: &dyn Error = error;
    while let Some(source) = last.source() {
        last = source;
    }
    let text: String = last
        .to_string()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(ANSWER_CHARS)
        .collect();
    let text = text.trim().trim_end_matches('.');
    match error.status() {
        Some(code) if !text.starts_with(&code.to_string()) => format!("{code} {text}."),
        _ => format!("{text}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_written_as_mail_servers_know_them() {
        let written = |text| address(text).map(|address| address.to_string());
        assert_eq!(written("ana@example.com").as_deref(), Some("ana@example.com"));
        assert_eq!(
            written("ana@münchen.example").as_deref(),
            Some("ana@xn--mnchen-3ya.example")
        );
        assert_eq!(written("nobody"), None);
    }
}
