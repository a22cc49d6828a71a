//! Secrets that must be read again (provider credentials, links to copy): sealed with XChaCha20-Poly1305
//! under a key that lives in a file beside the database, never in it.

use super::CryptoError;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use domain::{OrganizationId, UserId};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, Mac};
use rand::TryRngCore;
use rand::rngs::OsRng;
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The file in the data folder that holds the key.
pub(crate) const KEY_FILE: &str = "credential.key";
/// Octets of the key.
pub(crate) const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// The first byte of everything sealed, so that the form can change one day.
const FORM: u8 = 1;

/// Why the key for stored credentials cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file system.
    #[error("the key file {path} cannot be read or made")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not 32 bytes.
    #[error("the key file {path} should hold 32 bytes and holds {found}: restore it from a backup")]
    Length {
        /// Which file.
        path: PathBuf,
        /// How many bytes it holds.
        found: usize,
    },
    /// A new key could not be drawn.
    #[error("no key could be made")]
    Random(#[from] rand::rand_core::OsError),
}

/// What a sealed secret is for. Bound to it: moved to another row or another column, it does not open.
pub(crate) enum Purpose<'a> {
    /// The credential of the provider with this slug.
    ProviderCredential(OrganizationId, &'a str),
    /// The token of the pending invitation to this e-mail identity.
    InvitationToken(OrganizationId, &'a str),
    /// The answer remembered under this idempotency key.
    Answer(OrganizationId, &'a str),
    /// The token of a link for a new password of the person with this e-mail identity.
    PasswordReset(&'a str),
    /// The client secret of single sign-on with this issuer.
    SignOnSecret(OrganizationId, &'a str),
    /// What a browser carries while it signs in with single sign-on of the organization with this slug.
    SignOnAttempt(&'a str),
    /// The secret of a person's authenticator app.
    SecondFactor(UserId),
    /// What a browser carries between the password and the code.
    CodeStep,
}

impl Purpose<'_> {
    fn bytes(&self) -> Vec<u8> {
        let (name, organization, row) = match self {
            Self::ProviderCredential(organization, slug) => ("provider", organization, slug),
            Self::InvitationToken(organization, identity) => ("invitation", organization, identity),
            Self::Answer(organization, key) => ("answer", organization, key),
            Self::SignOnSecret(organization, issuer) => ("sign-on", organization, issuer),
            Self::SignOnAttempt(slug) => return format!("sign-on attempt\0{slug}").into_bytes(),
            Self::SecondFactor(user) => return format!("second factor\0{user}").into_bytes(),
            Self::CodeStep => return b"code step".to_vec(),
            Self::PasswordReset(identity) => return format!("password reset\0{identity}").into_bytes(),
        };
        format!("{name}\0{organization}\0{row}").into_bytes()
    }
}

/// Seals, opens and signs.
pub(crate) struct Vault {
    cipher: XChaCha20Poly1305,
    fingerprints: SecretBox<[u8; KEY_BYTES]>,
    reviews: SigningKey,
}

impl Vault {
    /// Reads the key in the folder, or makes one.
    pub(crate) fn open(folder: &Path) -> Result<Self, KeyError> {
        let path = folder.join(KEY_FILE);
        let failed = |source| KeyError::File {
            path: path.clone(),
            source,
        };
        let key = match std::fs::read(&path) {
            Ok(key) => key,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                make(folder, &path)?;
                // Read back: another process may have been first, and its key is the one that counts.
                std::fs::read(&path).map_err(failed)?
            }
            Err(e) => return Err(failed(e)),
        };
        let found = key.len();
        let key = SecretBox::new(Box::new(
            <[u8; KEY_BYTES]>::try_from(key).map_err(|_| KeyError::Length { path, found })?,
        ));
        // One key a purpose, so that neither use can weaken the other.
        let sealing = derive(&key, b"seal");
        Ok(Self {
            cipher: XChaCha20Poly1305::new(sealing.expose_secret().into()),
            fingerprints: derive(&key, b"fingerprint"),
            reviews: SigningKey::from_bytes(derive(&key, b"access review").expose_secret()),
        })
    }

    /// Seals a secret for one purpose.
    pub(crate) fn seal(&self, purpose: &Purpose<'_>, secret: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let mut nonce = [0u8; NONCE_BYTES];
        OsRng.try_fill_bytes(&mut nonce)?;
        let sealed = self
            .cipher
            .encrypt(
                XNonce::from_slice(&nonce),
                Payload {
                    msg: secret,
                    aad: &purpose.bytes(),
                },
            )
            .map_err(|_| CryptoError::Seal)?;
        let mut out = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        out.push(FORM);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens what was sealed for the same purpose.
    pub(crate) fn unseal(&self, purpose: &Purpose<'_>, sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let Some((&FORM, rest)) = sealed.split_first() else {
            return Err(CryptoError::Open);
        };
        let (nonce, sealed) = rest.split_at_checked(NONCE_BYTES).ok_or(CryptoError::Open)?;
        self.cipher
            .decrypt(
                XNonce::from_slice(nonce),
                Payload {
                    msg: sealed,
                    aad: &purpose.bytes(),
                },
            )
            .map_err(|_| CryptoError::Open)
    }

    /// A hash that only this instance can make: it may be stored of content that can hold a secret.
    pub(crate) fn fingerprint(&self, content: &[u8]) -> Vec<u8> {
        mac(self.fingerprints.expose_secret(), content).to_vec()
    }

    /// Signs the result of an access review, so that whoever has [`Vault::public_key`] can check it.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.reviews.sign(message).to_bytes()
    }

    /// The key by which signatures are checked.
    pub(crate) fn public_key(&self) -> [u8; KEY_BYTES] {
        self.reviews.verifying_key().to_bytes()
    }
}

fn derive(key: &SecretBox<[u8; KEY_BYTES]>, label: &[u8]) -> SecretBox<[u8; KEY_BYTES]> {
    SecretBox::new(Box::new(mac(key.expose_secret(), label)))
}

fn mac(key: &[u8; KEY_BYTES], content: &[u8]) -> [u8; 32] {
    // HMAC takes a key of any length, so this constructor has no way to fail.
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("HMAC takes any key length");
    mac.update(content);
    mac.finalize().into_bytes().into()
}

/// Writes a new key beside its place and moves it there unless one has appeared: never a half-written key,
/// never one over another. The temporary file is readable by its owner alone from the start.
fn make(folder: &Path, path: &Path) -> Result<(), KeyError> {
    let mut key = SecretBox::new(Box::new([0u8; KEY_BYTES]));
    {
        use secrecy::ExposeSecretMut;
        OsRng.try_fill_bytes(key.expose_secret_mut())?;
    }
    let write = || -> Result<(), std::io::Error> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(key.expose_secret())?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(path) {
            Ok(_) => std::fs::File::open(folder)?.sync_all(),
            Err(e) if e.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            Err(e) => Err(e.error),
        }
    };
    write().map_err(|source| KeyError::File {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORG: OrganizationId = OrganizationId(1);

    #[test]
    fn opens_what_it_sealed_and_only_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        let sealed = vault
            .seal(&Purpose::ProviderCredential(ORG, "openai"), b"sk-1")
            .unwrap();
        assert!(!sealed.windows(4).any(|w| w == b"sk-1"));

        // The same key is read again at the next start.
        let again = Vault::open(folder.path()).unwrap();
        assert_eq!(
            again
                .unseal(&Purpose::ProviderCredential(ORG, "openai"), &sealed)
                .unwrap(),
            b"sk-1"
        );
        for other in [
            Purpose::ProviderCredential(ORG, "ollama"),
            Purpose::ProviderCredential(OrganizationId(2), "openai"),
            Purpose::InvitationToken(ORG, "openai"),
            Purpose::Answer(ORG, "openai"),
        ] {
            assert!(matches!(again.unseal(&other, &sealed), Err(CryptoError::Open)));
        }
        for cut in 0..sealed.len() {
            assert!(
                again
                    .unseal(&Purpose::ProviderCredential(ORG, "openai"), &sealed[..cut])
                    .is_err()
            );
        }
    }

    #[test]
    fn another_key_opens_nothing() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (a, b) = (Vault::open(a.path()).unwrap(), Vault::open(b.path()).unwrap());
        let sealed = a.seal(&Purpose::Answer(ORG, "k"), b"x").unwrap();
        assert!(b.unseal(&Purpose::Answer(ORG, "k"), &sealed).is_err());
        assert_ne!(a.fingerprint(b"x"), b.fingerprint(b"x"));
        assert_eq!(a.fingerprint(b"x"), a.fingerprint(b"x"));
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        Vault::open(folder.path()).unwrap();
        let mode = std::fs::metadata(folder.path().join(KEY_FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(KEY_FILE), b"short").unwrap();
        assert!(matches!(
            Vault::open(folder.path()),
            Err(KeyError::Length { found: 5, .. })
        ));
    }
}
