//! Secrets: hashed passwords, sealed credentials, random tokens.

mod password;
mod strength;
mod token;
mod vault;

pub(crate) use password::Passwords;
pub(crate) use strength::check_strength;
pub(crate) use token::{new_code, new_key_id, new_token, random_bytes, random_text, same, token_hash};
pub use vault::KeyError;
pub(crate) use vault::{KEY_BYTES, KEY_FILE, Purpose, Vault};

/// A secret could not be handled. Says nothing about the secret.
#[derive(Debug, thiserror::Error)]
pub enum CryptoError {
    /// A password could not be hashed, or a stored hash is damaged.
    #[error("a password could not be hashed or compared")]
    Password(#[from] argon2::password_hash::Error),
    /// Sealing failed.
    #[error("a secret could not be sealed")]
    Seal,
    /// A sealed secret is damaged, was sealed with another key, or belongs to another row.
    #[error("a sealed secret cannot be opened with this key")]
    Open,
    /// The operating system gave no randomness.
    #[error("the system gave no random bytes")]
    Random(#[from] rand::rand_core::OsError),
    /// The task that hashed was stopped before it ended.
    #[error("hashing ended early")]
    Task(#[from] tokio::task::JoinError),
}
