//! The second factor: codes of an authenticator app (TOTP, RFC 6238: SHA-1, six digits, 30 seconds, one step of skew), and
//! recovery codes for whoever has lost it. No code works twice.
//! What it protects, and what it does not, is in `docs/decisions/0016-who-may-take-a-second-factor-away.md`.

mod codes;
mod demand;
mod reset;

pub(crate) use demand::{prove_second_factor, unproven};

use crate::audit::{With, Wrong, lock_places, origin};
use crate::auth::{SessionToken, nobody};
use crate::crypto::{CryptoError, Purpose, new_code, random_bytes, token_hash};
use crate::device::Client;
use crate::{Error, Services};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use codes::{pause, recovery_hash, totp};
use domain::audit::AuditAction;
use domain::limits::{CODE_LIFETIME, CODES_FREE, CODES_WAIT};
use domain::{Problem, ProblemCode, Secret, Timestamp, UserId};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::QrCode;
use qrcode::render::svg;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::users::UserRecord;

/// Recovery codes of one person.
const RECOVERY_CODES: usize = 10;
/// Octets of an app's secret, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;

/// What an authenticator app needs, to be shown once.
pub struct Enrolment {
    /// The secret in base 32, to be typed.
    pub secret: Secret,
    /// The same as a QR code, an SVG element.
    pub picture: Secret,
}

/// What a browser carries, sealed, between the password and the code.
#[derive(Serialize, Deserialize)]
struct Attempt {
    user: UserId,
    at: Timestamp,
    /// Another password since then ends it.
    password: Vec<u8>,
}

impl Services {
    /// Makes the secret for an authenticator app. It is asked for once a first code has confirmed it.
    pub async fn begin_second_factor(&self, user: UserId, password: &str) -> Result<Enrolment, Error> {
        let record = self.account(user).await?;
        self.prove_own_password(&record, "password", password).await?;
        let bytes = random_bytes::<SECRET_BYTES>()?;
        let sealed = self.inner.vault.seal(&Purpose::SecondFactor(user), &bytes)?;
        let tx = self.inner.store.write().await?;
        if !store::second_factors::begin(&tx, user, &sealed).await? {
            return Err(already_on().into());
        }
        tx.commit().await?;
        let secret = totp_rs::Secret::from(bytes).to_base32();
        let account = utf8_percent_encode(&record.email, NON_ALPHANUMERIC);
        let uri = format!("otpauth://totp/Gatehouse:{account}?secret={secret}&issuer=Gatehouse");
        let code = QrCode::new(uri.as_bytes()).map_err(|_| CryptoError::Open)?;
        let picture = code.render::<svg::Color<'_>>().min_dimensions(200, 200).build();
        // The prologue is for files.
        let element = picture.find("<svg").map_or("", |at| &picture[at..]);
        Ok(Enrolment {
            secret: secret.as_str().into(),
            picture: element.into(),
        })
    }

    /// Has the second factor asked for from now on, if the code is the app's; the recovery codes, to be shown once. All
    /// sessions end but the one with this token: they were begun without it.
    pub async fn confirm_second_factor(
        &self,
        user: UserId,
        token: &str,
        code: &str,
        client: impl Into<Client>,
    ) -> Result<Vec<Secret>, Error> {
        let record = self.account(user).await?;
        let tx = self.inner.store.write().await?;
        lock_places(&tx, &[user]).await?;
        let factor = store::second_factors::get(&tx, user).await?;
        let factor = factor.ok_or_else(not_begun)?;
        if factor.confirmed_at.is_some() {
            return Err(already_on().into());
        }
        let step = self.step_of(user, &factor.secret_sealed, code)?;
        let step = step.ok_or_else(|| wrong("code"))?;
        let codes = (0..RECOVERY_CODES)
            .map(|_| new_code())
            .collect::<Result<Vec<_>, _>>()?;
        let hashes: Vec<_> = codes
            .iter()
            .filter_map(|code| recovery_hash(user, code.expose_secret()))
            .collect();
        if !store::second_factors::confirm(&tx, user, step, &hashes, self.now()).await? {
            return Err(already_on().into());
        }
        let token = token_hash(token);
        store::sessions::delete_others(&tx, user, &token).await?;
        store::sessions::set_sign_on(&tx, &token, None).await?;
        self.note_of_person(&tx, &record, AuditAction::SecondFactorOn, from(&client.into()))
            .await?;
        tx.commit().await?;
        Ok(codes.iter().map(|code| code.expose_secret().into()).collect())
    }

    /// Has the second factor asked for no more. Takes the password and a code.
    pub async fn end_second_factor(
        &self,
        user: UserId,
        password: &str,
        code: &str,
        client: impl Into<Client>,
    ) -> Result<(), Error> {
        let record = self.account(user).await?;
        let client = client.into();
        self.prove_own_password(&record, "password", password).await?;
        self.use_code(&record, code, &client).await?;
        let tx = self.inner.store.write().await?;
        lock_places(&tx, &[user]).await?;
        if store::second_factors::delete(&tx, user).await? {
            self.note_of_person(&tx, &record, AuditAction::SecondFactorOff, from(&client))
                .await?;
        }
        Ok(tx.commit().await?)
    }

    /// What a person who has proven their password carries to the second step; `None` where there is none.
    pub(crate) async fn code_due(&self, user: &UserRecord) -> Result<Option<Secret>, Error> {
        let tx = self.inner.store.read().await?;
        let on = store::second_factors::is_on(&tx, user.id).await?;
        drop(tx);
        if !on {
            return Ok(None);
        }
        let attempt = serde_json::to_vec(&Attempt {
            user: user.id,
            at: self.now(),
            password: password_mark(user),
        })?;
        let sealed = self.inner.vault.seal(&Purpose::CodeStep, &attempt)?;
        Ok(Some(URL_SAFE_NO_PAD.encode(sealed).as_str().into()))
    }

    /// The second step of signing in: what the first one gave, and a code of the app or a recovery code.
    pub async fn finish_sign_in(
        &self,
        attempt: &str,
        code: &str,
        client: impl Into<Client>,
    ) -> Result<SessionToken, Error> {
        let sealed = URL_SAFE_NO_PAD.decode(attempt).map_err(|_| over())?;
        let text = match self.inner.vault.unseal(&Purpose::CodeStep, &sealed) {
            Ok(text) => text,
            Err(CryptoError::Open) => return Err(over().into()),
            Err(error) => return Err(error.into()),
        };
        let attempt: Attempt = serde_json::from_slice(&text)?;
        let user = self.account(attempt.user).await?;
        if self.now() > attempt.at.plus(CODE_LIFETIME) || attempt.password != password_mark(&user) {
            return Err(over().into());
        }
        let client = client.into();
        let used = self.use_code(&user, code, &client).await;
        if matches!(used, Err(Error::Problem(_))) {
            self.sign_in_failed(user.id, Wrong::Code, &client);
        }
        used?;
        self.complete_sign_in(&user, With::PasswordAndCode, &client).await
    }

    async fn account(&self, user: UserId) -> Result<UserRecord, Error> {
        let tx = self.inner.store.read().await?;
        Ok(store::users::get(&tx, user).await?.ok_or_else(nobody)?)
    }

    /// Uses up a code. Whoever has the password is the one to be slowed down, wherever they come from and however often
    /// they give the right password: wrong codes are counted with the account. A recovery code is too long to be guessed
    /// and works at any time, so that nobody else's guesses lock its holder out.
    async fn use_code(&self, user: &UserRecord, code: &str, client: &Client) -> Result<(), Error> {
        let now = self.now();
        let tx = self.inner.store.read().await?;
        let factor = store::second_factors::get(&tx, user.id).await?;
        drop(tx);
        let factor = factor.filter(|factor| factor.confirmed_at.is_some());
        let factor = factor.ok_or_else(over)?;
        let recovery = recovery_hash(user.id, code);
        if let Some(hash) = recovery {
            let tx = self.inner.store.write().await?;
            lock_places(&tx, &[user.id]).await?;
            if store::second_factors::use_recovery_code(&tx, user.id, &hash).await? {
                self.note_of_person(&tx, user, AuditAction::RecoveryCodeUse, from(client))
                    .await?;
                return Ok(tx.commit().await?);
            }
            return Err(wrong("code").into());
        }
        if now < factor.next_at {
            return Err(too_many(factor.next_at.0 - now.0).into());
        }
        let step = self.step_of(user.id, &factor.secret_sealed, code)?;
        let tx = self.inner.store.write().await?;
        let Some(tried) = store::second_factors::begin_try(&tx, user.id, now).await? else {
            return Err(too_many(CODES_WAIT).into());
        };
        let used = match step {
            Some(step) => store::second_factors::use_step(&tx, user.id, step).await?,
            None => false,
        };
        if !used && tried >= CODES_FREE {
            let next_at = now.plus(pause(tried));
            store::second_factors::wait_until(&tx, user.id, next_at).await?;
        }
        tx.commit().await?;
        match used {
            true => Ok(()),
            false => Err(wrong("code").into()),
        }
    }

    /// The time step of which this is the code, now or a step before or after.
    fn step_of(&self, user: UserId, sealed: &[u8], code: &str) -> Result<Option<i64>, Error> {
        let secret = self.inner.vault.unseal(&Purpose::SecondFactor(user), sealed)?;
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let seconds = u64::try_from(self.now().0 / 1_000).unwrap_or_default();
        let step = totp(&secret)?.check(&digits, seconds);
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }
}

/// What the audit log says beside the deed.
fn from(client: &Client) -> Option<Value> {
    Some(json!({ "from": origin(client) }))
}

fn password_mark(user: &UserRecord) -> Vec<u8> {
    token_hash(user.password_hash.as_deref().unwrap_or_default())
}

fn wrong(field: &str) -> Problem {
    Problem::invalid(
        field,
        "This code is wrong or was used already. Enter the one that the app shows now.",
    )
}

fn too_many(wait: i64) -> Problem {
    let seconds = u32::try_from((wait + 999) / 1_000).unwrap_or(u32::MAX);
    let wait = match seconds {
        0..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    };
    let message = format!("Too many wrong codes. Wait {wait}, or enter one of your recovery codes.");
    Problem::new(ProblemCode::RateLimited, message).retry_after(seconds)
}

fn already_on() -> Problem {
    Problem::new(
        ProblemCode::Conflict,
        "Your account already has a second factor. Turn it off before you set up another.",
    )
}

fn not_begun() -> Problem {
    Problem::new(
        ProblemCode::Conflict,
        "The set-up of the second factor was not begun. Begin again.",
    )
}

fn over() -> Problem {
    Problem::new(
        ProblemCode::Expired,
        "Signing in took too long or your password was changed. Sign in again.",
    )
}
