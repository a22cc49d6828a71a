//! Random tokens and how they are stored and compared.

use super::CryptoError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::key::PUBLIC_ID_CHARS;
use rand::TryRngCore;
use rand::rngs::OsRng;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

/// 256 random bits as 43 characters that are safe in a URL and a cookie.
pub(crate) fn new_token() -> Result<SecretString, CryptoError> {
    Ok(SecretString::from(random_text::<32>()?))
}

/// Random octets as characters that are safe in a URL and a cookie.
pub(crate) fn random_text<const OCTETS: usize>() -> Result<String, CryptoError> {
    Ok(URL_SAFE_NO_PAD.encode(random_bytes::<OCTETS>()?))
}

/// Random octets.
pub(crate) fn random_bytes<const OCTETS: usize>() -> Result<[u8; OCTETS], CryptoError> {
    let mut bytes = [0u8; OCTETS];
    OsRng.try_fill_bytes(&mut bytes)?;
    Ok(bytes)
}

/// 80 random bits as sixteen characters in groups of four: to be read from a terminal and typed.
pub(crate) fn new_code() -> Result<SecretString, CryptoError> {
    // Crockford's alphabet: no I, L, O or U to be mistaken for another.
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut bytes = [0u8; 16];
    OsRng.try_fill_bytes(&mut bytes)?;
    let mut code = String::with_capacity(19);
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            code.push('-');
        }
        code.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    Ok(SecretString::from(code))
}

/// A key's public id: random, so that it tells nothing, and no secret. Sixty bits; one that is taken is refused by the
/// database.
pub(crate) fn new_key_id() -> Result<String, CryptoError> {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    // A byte of these values would make the first letters likelier than the last.
    const UNEVEN: u8 = 252;
    let mut id = String::with_capacity(PUBLIC_ID_CHARS);
    while id.len() < PUBLIC_ID_CHARS {
        let mut bytes = [0u8; 2 * PUBLIC_ID_CHARS];
        OsRng.try_fill_bytes(&mut bytes)?;
        let missing = PUBLIC_ID_CHARS - id.len();
        let even = bytes.into_iter().filter(|byte| *byte < UNEVEN).take(missing);
        id.extend(even.map(|byte| char::from(ALPHABET[usize::from(byte % 36)])));
    }
    Ok(id)
}

/// What is stored of a token. A plain hash is enough for 256 random bits: there is nothing to guess.
pub(crate) fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Compares two secrets without telling by the time taken where they differ: their hashes are compared,
/// and whoever guesses does not choose those.
pub(crate) fn same(a: &str, b: &str) -> bool {
    Sha256::digest(a.as_bytes()) == Sha256::digest(b.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn tokens_are_long_and_differ() {
        let (a, b) = (new_token().unwrap(), new_token().unwrap());
        assert_eq!(a.expose_secret().len(), 43);
        assert_ne!(a.expose_secret(), b.expose_secret());
        assert_eq!(token_hash(a.expose_secret()).len(), 32);
        assert!(!format!("{a:?}").contains(a.expose_secret()));
    }

    #[test]
    fn key_ids_are_recognized_and_differ() {
        let (a, b) = (new_key_id().unwrap(), new_key_id().unwrap());
        assert_eq!(domain::key::public_id(&a), Some(a.as_str()));
        assert_ne!(a, b);
    }

    #[test]
    fn codes_can_be_read_aloud() {
        let code = new_code().unwrap();
        let code = code.expose_secret();
        assert_eq!(code.len(), 19);
        assert!(
            code.split('-')
                .all(|g| g.len() == 4 && g.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase()))
        );
        assert!(same(code, code));
        assert!(!same(code, "0000-0000-0000-0000"));
    }
}
