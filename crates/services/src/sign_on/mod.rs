//! Single sign-on by OpenID Connect: what an organization sets, and how its people sign in.

mod joining;
mod provider;

use crate::auth::SessionToken;
use crate::crypto::{CryptoError, Purpose};
use crate::device::Client;
use crate::upstream::connect::connector;
use crate::{Actor, Error, Services};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::audit::{AuditAction, AuditTarget};
use domain::sign_on::{SignOnInput, SignOnSettings, SignOnView, domain_of};
use domain::{Problem, ProblemCode, Role, Timestamp, UserId, slug};
use provider::{Asked, Provider};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::organizations::OrganizationRecord;
use store::sign_on::SignOnRecord;

/// How long signing in elsewhere may take, in milliseconds.
pub const ATTEMPT_LIFETIME: i64 = 10 * Timestamp::MINUTE;

/// What a browser carries, sealed, while its person is at the provider.
#[derive(Serialize, Deserialize)]
struct Attempt {
    state: String,
    nonce: String,
    verifier: String,
    at: Timestamp,
    /// Where to go afterwards.
    next: String,
    /// Who was signed in, and so may link their account.
    user: Option<UserId>,
}

/// Where to send a person, and what their browser must bring back.
pub struct BegunSignOn {
    /// The provider's page.
    pub url: String,
    /// For a cookie that lasts [`ATTEMPT_LIFETIME`].
    pub attempt: String,
}

/// What a provider sends a person back with.
#[derive(Clone, Debug, Default)]
pub struct SignOnAnswer {
    /// What the tokens are asked for with.
    pub code: Option<String>,
    /// What was sent there.
    pub state: Option<String>,
    /// Who answers (RFC 9207), where it says so.
    pub issuer: Option<String>,
    /// Why the person did not sign in.
    pub error: Option<String>,
}

/// Somebody who has signed in.
pub struct SignedOn {
    /// Their session.
    pub session: SessionToken,
    /// Where they wanted to go; empty where they did not say.
    pub next: String,
}

impl Services {
    /// What is set. For auditors and above.
    pub async fn sign_on_settings(&self, actor: &Actor) -> Result<SignOnSettings, Error> {
        actor.reads_admin_side()?;
        let tx = self.read(actor).await?;
        let record = store::sign_on::get(&tx, actor.organization).await?;
        let domains = store::sign_on::domains(&tx, actor.organization).await?;
        let start_url = format!("{}/sign-on/{}", self.inner.public_url, actor.slug);
        Ok(SignOnSettings {
            redirect_url: self.redirect_url(&actor.slug),
            start_url,
            current: record.map(|record| SignOnView {
                issuer: record.issuer,
                client_id: record.client_id,
                has_secret: record.secret_sealed.is_some(),
                domains,
                role: record.role,
                required: record.required,
                version: record.version,
            }),
        })
    }

    fn redirect_url(&self, slug: &str) -> String {
        format!("{}/sign-on/{slug}/callback", self.inner.public_url)
    }

    /// Sets single sign-on, once the provider has been asked whether it is one. For owners: who controls the provider
    /// signs in as the organization's people.
    pub async fn set_sign_on(&self, actor: &Actor, input: &SignOnInput) -> Result<(), Error> {
        let checked = input.check(self.inner.allow_private_providers)?;
        if actor.role == Role::Owner {
            Provider::find(self, &checked.issuer).await.map_err(|why| {
                Problem::invalid(
                    "issuer",
                    format!("The provider could not be asked: {why}. Check the address."),
                )
            })?;
        }
        let change = self.administer(actor).await?;
        change.owns("change single sign-on")?;
        let (tx, organization) = (&change.tx, change.organization);
        let before = store::sign_on::get(tx, organization).await?;
        if before.as_ref().map_or(0, |before| before.version) != input.version {
            return Err(Problem::new(
                ProblemCode::Conflict,
                "Somebody else changed single sign-on meanwhile. Load the page again, then repeat your change.",
            )
            .into());
        }
        for domain in &checked.domains {
            let holder = store::sign_on::organization_of(tx, domain).await?;
            if holder.is_some_and(|holder| holder != organization) {
                return Err(Problem::invalid(
                    "domains",
                    format!("{domain} is used by another organization on this server."),
                )
                .into());
            }
        }
        let purpose = Purpose::SignOnSecret(organization, &checked.issuer);
        let secret_sealed = match &checked.client_secret {
            Some(secret) => Some(self.inner.vault.seal(&purpose, secret.expose().as_bytes())?),
            // The one before is the other issuer's where that changes.
            None => before
                .as_ref()
                .filter(|before| before.issuer == checked.issuer)
                .and_then(|before| before.secret_sealed.clone()),
        };
        let record = SignOnRecord {
            issuer: checked.issuer,
            client_id: checked.client_id,
            secret_sealed,
            role: input.role,
            required: input.required,
            version: input.version + 1,
        };
        store::sign_on::set(tx, organization, &record, &checked.domains).await?;
        let told = |record: &SignOnRecord| {
            json!({
                "issuer": record.issuer,
                "client_id": record.client_id,
                "role": record.role,
                "required": record.required,
            })
        };
        let mut after = told(&record);
        after["domains"] = json!(checked.domains);
        let target = AuditTarget::Organization(organization);
        change
            .audit(
                AuditAction::SignOnChange,
                target,
                &record.issuer,
                before.as_ref().map(told),
                Some(after),
            )
            .await?;
        change.commit().await
    }

    /// Takes single sign-on away; people sign in with passwords again. For owners.
    pub async fn remove_sign_on(&self, actor: &Actor) -> Result<(), Error> {
        let change = self.administer(actor).await?;
        change.owns("change single sign-on")?;
        let before = store::sign_on::get(&change.tx, change.organization).await?;
        let before = before.ok_or_else(|| Problem::not_found("single sign-on"))?;
        store::sign_on::remove(&change.tx, change.organization).await?;
        let target = AuditTarget::Organization(change.organization);
        change
            .audit(AuditAction::SignOnRemove, target, &before.issuer, None, None)
            .await?;
        change.commit().await
    }

    /// The slug of the organization that an address signs in to.
    pub async fn sign_on_of(&self, email: &str) -> Result<String, Error> {
        let tx = self.inner.store.read().await?;
        let organization = match domain_of(email) {
            Some(domain) => store::sign_on::organization_of(&tx, &domain).await?,
            None => None,
        };
        let place = match organization {
            Some(organization) => store::organizations::get(&tx, organization).await?,
            None => None,
        };
        place.map(|place| place.slug).ok_or_else(|| {
            Problem::invalid(
                "email",
                "No organization here uses single sign-on for this email. Sign in with your password.",
            )
            .into()
        })
    }

    /// Sends somebody to their organization's provider. `hint` is the address that they typed.
    pub async fn begin_sign_on(
        &self,
        slug: &str,
        next: &str,
        hint: &str,
        user: Option<UserId>,
    ) -> Result<BegunSignOn, Error> {
        let (_, asked) = self.sign_on_at(slug).await?;
        let provider = Provider::find(self, &asked.issuer)
            .await
            .map_err(|why| unavailable(&why))?;
        let begun = provider.begin(&asked, hint).map_err(|why| unavailable(&why))?;
        let attempt = Attempt {
            state: begun.state,
            nonce: begun.nonce,
            verifier: begun.verifier,
            at: self.now(),
            next: next.to_owned(),
            user,
        };
        let sealed = self.inner.vault.seal(
            &Purpose::SignOnAttempt(slug),
            serde_json::to_string(&attempt)?.as_bytes(),
        )?;
        Ok(BegunSignOn {
            url: begun.url,
            attempt: URL_SAFE_NO_PAD.encode(sealed),
        })
    }

    /// Signs somebody in who comes back from the provider. `attempt` is what their browser was given.
    pub async fn finish_sign_on(
        &self,
        slug: &str,
        answer: SignOnAnswer,
        attempt: &str,
        client: impl Into<Client>,
    ) -> Result<SignedOn, Error> {
        let attempt = self.open_attempt(slug, attempt)?;
        let (place, asked) = self.sign_on_at(slug).await?;
        if answer.state.as_deref() != Some(attempt.state.as_str()) {
            return Err(began_elsewhere().into());
        }
        if answer.issuer.is_some_and(|issuer| issuer != asked.issuer) {
            return Err(refused("The answer came from another provider.").into());
        }
        let Some(code) = answer.code else {
            let why = match answer.error.as_deref() {
                Some("access_denied") => "The provider did not let you in.",
                _ => "The provider answered with an error.",
            };
            return Err(refused(why).into());
        };
        let provider = Provider::find(self, &asked.issuer)
            .await
            .map_err(|why| unavailable(&why))?;
        let person = provider
            .finish(&asked, code, attempt.nonce, attempt.verifier)
            .await
            .map_err(|why| {
                tracing::warn!(organization = slug, %why, "single sign-on failed");
                refused("What the provider said about you could not be verified.")
            })?;
        let session = self
            .join(&place, &asked, person, attempt.user, &client.into())
            .await?;
        Ok(SignedOn {
            session,
            next: attempt.next,
        })
    }

    fn open_attempt(&self, slug: &str, attempt: &str) -> Result<Attempt, Error> {
        let sealed = URL_SAFE_NO_PAD.decode(attempt).map_err(|_| began_elsewhere())?;
        let text = match self.inner.vault.unseal(&Purpose::SignOnAttempt(slug), &sealed) {
            Ok(text) => text,
            Err(CryptoError::Open) => return Err(began_elsewhere().into()),
            Err(error) => return Err(error.into()),
        };
        let attempt: Attempt = serde_json::from_slice(&text)?;
        if self.now() > attempt.at.plus(ATTEMPT_LIFETIME) {
            return Err(began_elsewhere().into());
        }
        Ok(attempt)
    }

    /// What the organization with this slug has set.
    async fn sign_on_at(&self, slug: &str) -> Result<(OrganizationRecord, Asked), Error> {
        slug::check(slug).map_err(|_| no_sign_on())?;
        let tx = self.inner.store.read().await?;
        let place = store::organizations::by_slug(&tx, slug)
            .await?
            .ok_or_else(no_sign_on)?;
        let record = store::sign_on::get(&tx, place.id).await?.ok_or_else(no_sign_on)?;
        let domains = store::sign_on::domains(&tx, place.id).await?;
        let secret = match &record.secret_sealed {
            Some(sealed) => {
                let purpose = Purpose::SignOnSecret(place.id, &record.issuer);
                let secret = self.inner.vault.unseal(&purpose, sealed)?;
                Some(String::from_utf8(secret).map_err(|_| CryptoError::Open)?.into())
            }
            None => None,
        };
        let asked = Asked {
            redirect_url: self.redirect_url(slug),
            issuer: record.issuer,
            client_id: record.client_id,
            secret,
            role: record.role,
            domains,
        };
        Ok((place, asked))
    }
}

fn no_sign_on() -> Problem {
    Problem::new(
        ProblemCode::NotFound,
        "This organization does not use single sign-on. Sign in with your password.",
    )
}

fn began_elsewhere() -> Problem {
    Problem::new(
        ProblemCode::Expired,
        "Signing in took too long or began in another browser. Begin again.",
    )
}

fn unavailable(why: &str) -> Problem {
    tracing::warn!(why, "the provider of single sign-on could not be asked");
    Problem::new(
        ProblemCode::Overloaded,
        "Your organization's sign-in page cannot be reached at the moment. Try again in a minute.",
    )
    .retry_after(30)
}

/// Why nobody was signed in, and whom to ask.
fn refused(why: &str) -> Problem {
    Problem::new(
        ProblemCode::Forbidden,
        format!("{why} Begin again; if it happens again, ask an owner of your organization."),
    )
}
