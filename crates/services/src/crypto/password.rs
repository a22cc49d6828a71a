//! Argon2id, away from the async threads and only a few at once: each takes 19 MiB and many milliseconds. Whoever asks for
//! many waits for themselves: turns go round between networks.

use super::CryptoError;
use crate::Error;
use crate::device::Lane;
use crate::turns::{Full, Most, Turns};
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::limits::{
    PASSWORD_HASHES_AT_ONCE, PASSWORD_HASHES_WAITING, PASSWORD_HASHES_WAITING_EACH, PASSWORD_MAX_BYTES,
};
use domain::{Problem, ProblemCode};
use rand::TryRngCore;
use rand::rngs::OsRng;
use secrecy::{ExposeSecret, SecretString};
use std::sync::OnceLock;

/// Compared against when nobody has the address, so that the answer takes as long as for a wrong password.
static NOBODY: OnceLock<String> = OnceLock::new();

/// Hashes and compares passwords.
pub(crate) struct Passwords {
    turns: Turns<Lane>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self {
            turns: Turns::new(Most {
                at_once: PASSWORD_HASHES_AT_ONCE,
                each: PASSWORD_HASHES_AT_ONCE,
                waiting: PASSWORD_HASHES_WAITING,
                waiting_each: PASSWORD_HASHES_WAITING_EACH,
            }),
        }
    }

    /// The text to store for a password. `lane` is whose turn it takes.
    pub(crate) async fn hash(&self, password: &str, lane: Lane) -> Result<String, Error> {
        let password = SecretString::from(password);
        self.run(lane, move || hash(password.expose_secret())).await
    }

    /// Whether the password is the stored one. Without a stored one the work is done all the same and the
    /// answer is no. `lane` is whose turn it takes.
    pub(crate) async fn verify(
        &self,
        password: &str,
        stored: Option<&str>,
        lane: Lane,
    ) -> Result<bool, Error> {
        // No stored password is that long; the bound keeps the work bounded.
        if password.len() > PASSWORD_MAX_BYTES {
            return Ok(false);
        }
        let password = SecretString::from(password);
        let stored = stored.map(str::to_owned);
        self.run(lane, move || match stored {
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

    /// How many wait for their password to be looked at.
    pub(crate) fn waiting(&self) -> usize {
        self.turns.waiting()
    }

    async fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        work: impl FnOnce() -> Result<T, CryptoError> + Send + 'static,
    ) -> Result<T, Error> {
        let turn = self.turns.turn(lane).await.map_err(|Full| busy())?;
        // The turn moves into the work: a caller that goes away does not end it early.
        let done = crate::background::spawn(move || {
            let _turn = turn;
            work()
        })
        .await?;
        Ok(done?)
    }
}

fn busy() -> Problem {
    Problem::new(
        ProblemCode::Overloaded,
        "Too many people are signing in at the moment. Try again in a few seconds.",
    )
    .retry_after(2)
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
    use crate::device::Client;
    use std::net::IpAddr;
    use std::sync::Arc;

    const HERE: fn() -> Lane = Lane::default;

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let passwords = Passwords::new();
        let stored = passwords.hash("correct horse battery", HERE()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let verify = |password: &str, stored: Option<&str>| {
            let (password, stored) = (password.to_owned(), stored.map(str::to_owned));
            let passwords = &passwords;
            async move {
                passwords
                    .verify(&password, stored.as_deref(), HERE())
                    .await
                    .unwrap()
            }
        };
        assert!(verify("correct horse battery", Some(&stored)).await);
        assert!(!verify("correct horse batterz", Some(&stored)).await);
        assert!(!verify("correct horse battery", None).await);
        assert!(!verify("the password of nobody", None).await);
        assert!(!verify(&"x".repeat(PASSWORD_MAX_BYTES + 1), Some(&stored)).await);
    }

    #[tokio::test]
    async fn the_same_password_never_looks_the_same() {
        let passwords = Passwords::new();
        assert_ne!(
            passwords.hash("correct horse battery", HERE()).await.unwrap(),
            passwords.hash("correct horse battery", HERE()).await.unwrap()
        );
    }

    #[tokio::test]
    async fn a_flood_of_sign_ins_is_refused_and_holds_up_nobody_elsewhere() {
        let passwords = Arc::new(Passwords::new());
        let lane = |n: u8| Client::from(IpAddr::from([10, 0, 0, n])).lane();
        let check = |n: u8| {
            let passwords = passwords.clone();
            tokio::spawn(async move { passwords.verify("a guess", None, lane(n)).await })
        };
        let flood: Vec<_> = (0..250).map(|_| check(1)).collect();
        // The others come when all of the flood have asked.
        tokio::task::yield_now().await;
        let other = check(2);
        assert!(!other.await.unwrap().unwrap());
        let left = flood.iter().filter(|check| !check.is_finished()).count();
        assert!(
            left > PASSWORD_HASHES_WAITING_EACH / 2,
            "{left}: the other one waited for the flood"
        );
        let mut refused = 0;
        for check in flood {
            if let Err(error) = check.await.unwrap() {
                let problem = error.problem();
                assert_eq!(problem.code, ProblemCode::Overloaded);
                assert!(problem.retry_after.is_some());
                refused += 1;
            }
        }
        assert_eq!(
            refused,
            250 - PASSWORD_HASHES_WAITING_EACH - PASSWORD_HASHES_AT_ONCE
        );
    }
}
