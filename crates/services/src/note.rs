//! What is found out about a request while it is answered, for the line that is logged when it is over.

use domain::{KeyId, MemberId};
use std::sync::{Arc, Mutex, PoisonError};

/// A request's note: an extension of the request, written by whoever finds something out. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct RequestNote(Arc<Mutex<Noted>>);

/// What is known about a request. Never content, and no secret.
#[derive(Clone, Debug, Default)]
pub struct Noted {
    /// The id under which it is logged.
    pub id: Option<String>,
    /// The organization's part of URLs.
    pub organization: Option<Arc<str>>,
    /// Who asks.
    pub member: Option<MemberId>,
    /// With which key.
    pub key: Option<KeyId>,
    /// The slug of the provider that was asked.
    pub provider: Option<String>,
    /// The model that was asked for; only one that a provider has.
    pub model: Option<String>,
    /// Why it was refused or failed, from a closed list.
    pub code: Option<&'static str>,
    /// Tokens in, as the provider counted them.
    pub tokens_in: Option<u64>,
    /// Tokens out.
    pub tokens_out: Option<u64>,
}

impl RequestNote {
    /// Writes something down.
    pub fn set(&self, write: impl FnOnce(&mut Noted)) {
        write(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Takes what was written down.
    pub fn take(&self) -> Noted {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
