//! Idempotency: a request that is repeated gets its first answer again and has no second effect.

use crate::change::Change;
use crate::crypto::{Purpose, Vault};
use crate::{Error, Services};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use domain::limits::IDEMPOTENCY_LIFETIME;
use domain::{Problem, ProblemCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::idempotency::KeptAnswer;

/// Characters of a key; a UUID has 36.
const KEY_CHARS: usize = 100;

/// One request that has an effect at most once.
pub(crate) struct IdempotentRequest<'a> {
    vault: &'a Vault,
    key: &'a str,
    hash: Vec<u8>,
}

impl Services {
    /// A request to do `what` with `content`, under the key that its form carries.
    pub(crate) fn idempotent<'a>(
        &'a self,
        what: &str,
        key: &'a str,
        content: &impl Serialize,
    ) -> Result<IdempotentRequest<'a>, Error> {
        if key.is_empty() || key.len() > KEY_CHARS || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Problem::invalid(
                "idempotency_key",
                "This form is not complete. Load the page again and repeat what you did.",
            )
            .into());
        }
        // Content may hold a credential, so its hash is one that only this instance can make.
        let hash = self
            .inner
            .vault
            .fingerprint(&serde_json::to_vec(&(what, content))?);
        Ok(IdempotentRequest {
            vault: &self.inner.vault,
            key,
            hash,
        })
    }
}

impl IdempotentRequest<'_> {
    /// The answer that was given to this request before.
    pub(crate) async fn answered<T: DeserializeOwned>(&self, change: &Change) -> Result<Option<T>, Error> {
        let oldest = change.now.plus(-IDEMPOTENCY_LIFETIME);
        store::idempotency::delete_until(&change.tx, oldest).await?;
        let (organization, user) = (change.organization, change.actor()?.user);
        let Some(kept) = store::idempotency::get(&change.tx, organization, user, self.key).await? else {
            return Ok(None);
        };
        if kept.request_hash != self.hash {
            return Err(Problem::new(
                ProblemCode::KeyReused,
                "This form was sent before with other content. Load the page again and repeat what you did.",
            )
            .into());
        }
        let sealed = STANDARD_NO_PAD
            .decode(serde_json::from_str::<String>(&kept.response)?)
            .map_err(|_| crate::crypto::CryptoError::Open)?;
        let answer = self
            .vault
            .unseal(&Purpose::Answer(organization, self.key), &sealed)?;
        Ok(Some(serde_json::from_slice(&answer)?))
    }

    /// Keeps the answer. Sealed: that to an invitation holds its link.
    pub(crate) async fn remember(&self, change: &Change, answer: &impl Serialize) -> Result<(), Error> {
        let (organization, user) = (change.organization, change.actor()?.user);
        let sealed = self.vault.seal(
            &Purpose::Answer(organization, self.key),
            &serde_json::to_vec(answer)?,
        )?;
        let kept = KeptAnswer {
            request_hash: self.hash.clone(),
            response: serde_json::to_string(&STANDARD_NO_PAD.encode(sealed))?,
            created_at: change.now,
        };
        Ok(store::idempotency::insert(&change.tx, organization, user, self.key, kept).await?)
    }
}
