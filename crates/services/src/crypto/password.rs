//! Argon2id, away from the async threads and only a few at once: each takes 19 MiB and many milliseconds.

use super::CryptoError;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::limits::{PASSWORD_HASHES_AT_ONCE, PASSWORD_MAX_BYTES};
use rand::TryRngCore;
use rand::rngs::OsRng;
use secrecy::{ExposeSecret, SecretString};
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;

/// Compared against when nobody has the address, so that the answer takes as long as for a wrong password.
static NOBODY: OnceLock<String> = OnceLock::new();

/// Hashes and compares passwords.
pub(crate) struct Passwords {
    permits: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(PASSWORD_HASHES_AT_ONCE)),
        }
    }

    /// The text to store for a password.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, CryptoError> {
        let password = SecretString::from(password);
        self.run(move || hash(password.expose_secret())).await
    }

    /// Whether the password is the stored one. Without a stored one the work is done all the same and the
    /// answer is no.
    pub(crate) async fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool, CryptoError> {
        // No stored password is that long; the bound keeps the work bounded.
        if password.len() > PASSWORD_MAX_BYTES {
            return Ok(false);
        }
        let password = SecretString::from(password);
        let stored = stored.map(str::to_owned);
        self.run(move || match stored {
            Some(stored) => verify(password.expose_secret(), &stored),
            None => {
                if NOBODY.get().is_none() {
                    let _ = NOBODY.set(hash("the password of nobody")?);
                }
                let nobody = NOBODY.get().map_or("", String::as_str);
                verify(password.expose_secret(), nobody).map(|_| false)
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, CryptoError> + Send + 'static,
    ) -> Result<T, CryptoError> {
        // The permit moves into the work: a caller that goes away does not free it early.
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await?
    }
}

/// OWASP's first choice for Argon2id.
fn argon2() -> Result<Argon2<'static>, CryptoError> {
    let params = Params::new(19_456, 2, 1, None).map_err(argon2::password_hash::Error::from)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str) -> Result<String, CryptoError> {
    let mut salt = [0u8; 16];
    OsRng.try_fill_bytes(&mut salt)?;
    let salt = SaltString::encode_b64(&salt)?;
    Ok(argon2()?.hash_password(password.as_bytes(), &salt)?.to_string())
}

fn verify(password: &str, stored: &str) -> Result<bool, CryptoError> {
    let stored = PasswordHash::new(stored)?;
    match argon2()?.verify_password(password.as_bytes(), &stored) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::Password) => Ok(false),
        Err(other) => Err(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let passwords = Passwords::new();
        let stored = passwords.hash("correct horse battery").await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(
            passwords
                .verify("correct horse battery", Some(&stored))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("correct horse batterz", Some(&stored))
                .await
                .unwrap()
        );
        assert!(!passwords.verify("correct horse battery", None).await.unwrap());
        assert!(!passwords.verify("the password of nobody", None).await.unwrap());
        assert!(
            !passwords
                .verify(&"x".repeat(PASSWORD_MAX_BYTES + 1), Some(&stored))
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn the_same_password_never_looks_the_same() {
        let passwords = Passwords::new();
        assert_ne!(
            passwords.hash("correct horse battery").await.unwrap(),
            passwords.hash("correct horse battery").await.unwrap()
        );
    }
}
