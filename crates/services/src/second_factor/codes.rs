//! What a code is, and how long guessing takes.

use crate::crypto::{CryptoError, token_hash};
use domain::UserId;
use domain::limits::{CODES_FREE, CODES_WAIT, CODES_WAIT_MOST};
use totp_rs::{Builder, Totp};

/// Characters of a recovery code, without its hyphens: 80 random bits.
const RECOVERY_CHARS: usize = 16;

/// How long nobody may try a code after so many wrong ones in a row, in milliseconds.
pub(super) fn pause(wrong: u32) -> i64 {
    let doubled = wrong.saturating_sub(CODES_FREE).min(20);
    CODES_WAIT.saturating_mul(1 << doubled).min(CODES_WAIT_MOST)
}

pub(super) fn totp(secret: &[u8]) -> Result<Totp, CryptoError> {
    // What builds is RFC 6238 as apps have it: SHA-1, six digits, 30 seconds, one step of skew.
    Builder::new()
        .with_secret(secret)
        .build()
        .map_err(|_| CryptoError::Open)
}

/// Of what may be a recovery code, however it was typed: spaces, hyphens and letter case do not count.
pub(super) fn recovery_hash(user: UserId, code: &str) -> Option<Vec<u8>> {
    let plain: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    (plain.len() == RECOVERY_CHARS).then(|| token_hash(&format!("recovery\0{user}\0{plain}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;

    /// RFC 6238, appendix B, for SHA-1; its codes have eight digits, of which six are used here.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let totp = totp(b"12345678901234567890").unwrap();
        for (seconds, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(totp.check(&code[2..], seconds), Some(seconds / 30));
            assert!(totp.check(&code[2..], seconds + 30).is_some(), "one step late");
            assert_eq!(totp.check(&code[2..], seconds + 90), None, "no more than that");
        }
    }

    #[test]
    fn recovery_codes_are_read_however_they_are_typed() {
        let of = |code: &str| recovery_hash(UserId(1), code);
        assert_eq!(of("ABCD-EFGH-JKMN-PQRS"), of(" abcd efgh jkmnpqrs"));
        assert!(of("ABCD-EFGH-JKMN-PQRS").is_some() && of("123 456").is_none());
        assert_ne!(
            of("ABCD-EFGH-JKMN-PQRS"),
            recovery_hash(UserId(2), "ABCD-EFGH-JKMN-PQRS")
        );
    }

    #[test]
    fn guessing_is_slowed_down_to_an_hour() {
        let minutes = |wrong| pause(wrong) / (30 * Timestamp::SECOND);
        assert_eq!([5, 6, 7, 11, 12, u32::MAX].map(minutes), [1, 2, 4, 64, 120, 120]);
    }
}
