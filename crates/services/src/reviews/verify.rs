//! Whether the result of a review is as it was signed.

use super::document::{ALGORITHM, Document, FORMAT, Signature, signed};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature as Signed, VerifyingKey};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// A result that is as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedReview {
    /// What was reviewed.
    pub about: String,
    /// In which organization, by its part of addresses.
    pub organization: String,
    /// The address of the server.
    pub server: String,
    /// When it was closed.
    pub closed_at: String,
    /// By whom.
    pub closed_by: String,
    /// Lines that were kept.
    pub kept: u32,
    /// Lines that were ended.
    pub ended: u32,
    /// Lines that nobody decided about.
    pub undecided: u32,
}

/// Why a result is not to be trusted.
#[derive(Debug, thiserror::Error)]
pub enum ReviewFault {
    /// It is no such file, or has more or less in it.
    #[error("This is not the result of an access review")]
    Unreadable(#[from] serde_json::Error),
    /// The format or the way of signing is none that this version knows.
    #[error("The file is of the format {0}, which this version of Gatehouse does not know.")]
    Unknown(String),
    /// A key is not one.
    #[error(
        "{0} is no public key of an access review. It has 44 characters, as `gatehouse review key` prints them."
    )]
    Key(String),
    /// Somebody else signed it.
    #[error("The file is signed with another key: {0}. Only a server that has it wrote the file.")]
    OtherKey(String),
    /// It is not what was signed.
    #[error("The file is not as it was signed.")]
    Changed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed<'a> {
    #[serde(borrow)]
    document: &'a RawValue,
    signature: Signature,
}

/// What a result says, if it was signed with this key, which is in base64. Where its lines break and how it is indented does not
/// matter.
pub fn verify_review(file: &str, public_key: &str) -> Result<VerifiedReview, ReviewFault> {
    let sealed: Sealed<'_> = serde_json::from_str(file)?;
    let signature = sealed.signature;
    if signature.algorithm != ALGORITHM {
        return Err(ReviewFault::Unknown(signature.algorithm));
    }
    // Read field by field: what stands in it twice, or is none of its fields, is nothing that a reader should go by.
    let document: Document = serde_json::from_str(sealed.document.get())?;
    if document.format != FORMAT {
        return Err(ReviewFault::Unknown(document.format));
    }
    let key = key(public_key).ok_or_else(|| ReviewFault::Key(public_key.to_owned()))?;
    if key_bytes(&signature.public_key) != Some(key.to_bytes()) {
        return Err(ReviewFault::OtherKey(signature.public_key));
    }
    let value = STANDARD.decode(&signature.value).ok();
    let value = value.and_then(|value| Signed::from_slice(&value).ok());
    let digest = Sha256::digest(serde_json::to_vec(&document)?);
    let fits = value.is_some_and(|value| key.verify_strict(&signed(&digest), &value).is_ok());
    let review = document.review;
    if !fits {
        return Err(ReviewFault::Changed);
    }
    Ok(VerifiedReview {
        about: review.about,
        organization: review.organization,
        server: review.server,
        closed_at: review.closed_at,
        closed_by: review.closed_by,
        kept: review.kept,
        ended: review.ended,
        undecided: review.undecided,
    })
}

fn key_bytes(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text.trim()).ok()?.try_into().ok()
}

fn key(text: &str) -> Option<VerifyingKey> {
    VerifyingKey::from_bytes(&key_bytes(text)?).ok()
}
