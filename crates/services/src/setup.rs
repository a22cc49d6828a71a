//! First set-up: the first organization and its owner.

use crate::actor::Principal;
use crate::crypto::{check_strength, same};
use crate::device::Lane;
use crate::{Error, Services, SessionToken};
use domain::audit::{AuditAction, AuditTarget};
use domain::organization::SetupInput;
use domain::{Problem, ProblemCode, Role, email, slug};
use secrecy::ExposeSecret;
use serde_json::json;
use std::sync::PoisonError;
use store::audit::AuditRecord;
use store::members::NewMember;
use store::users::NewUser;

/// What set-up made.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// The new organization's part of every URL.
    pub slug: String,
    /// The first owner's session.
    pub session: SessionToken,
}

impl Services {
    /// Whether nobody has set up this instance yet.
    pub async fn setup_needed(&self) -> Result<bool, Error> {
        let tx = self.inner.store.read().await?;
        Ok(!store::instance::is_set_up(&tx).await?)
    }

    /// The one-time code that set-up asks for; none once it has been done.
    pub fn setup_code(&self) -> Option<String> {
        let code = self
            .inner
            .setup_code
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        code.as_ref().map(|code| code.expose_secret().to_owned())
    }

    /// Makes the first organization and its owner, once. The owner is signed in in the browser that calls itself `agent`.
    pub async fn set_up(&self, input: &SetupInput, agent: &str) -> Result<SetUp, Error> {
        if !self.setup_needed().await? {
            return Err(already_set_up());
        }
        let input = input.check()?;
        self.check_code(&input.code)?;
        let identity = email::check(&input.email)
            .map_err(|why| Problem::invalid("email", why.to_string()))?
            .identity;
        let known = [
            input.email.as_str(),
            input.name.as_str(),
            input.organization.as_str(),
        ];
        check_strength("password", &input.password, &known)?;
        let password_hash = self
            .inner
            .passwords
            .hash(&input.password, Lane::default())
            .await?;

        let now = self.now();
        let tx = self.inner.store.write().await?;
        if !store::instance::claim_set_up(&tx, now).await? {
            return Err(already_set_up());
        }
        let slug = slug::slugify(&input.organization, "organization");
        let organization = store::organizations::insert(&tx, &slug, &input.organization, now).await?;
        let user = NewUser {
            name: &input.name,
            email: &input.email,
            email_identity: &identity,
            password_hash: Some(&password_hash),
        };
        let user = store::users::insert(&tx, user, now).await?;
        let owner = NewMember {
            user,
            name: &input.name,
            email: &input.email,
            email_identity: &identity,
            role: Role::Owner,
            last_login: Some(now),
        };
        store::members::insert_active(&tx, organization, owner, now).await?;
        store::users::record_sign_in(&tx, user, now).await?;
        let record = AuditRecord {
            after: Some(json!({ "name": input.organization, "slug": slug, "owner": input.email })),
            ..Principal::Account {
                user,
                email: input.email.clone(),
            }
            .record(
                Some(organization),
                now,
                AuditAction::OrganizationCreate,
                AuditTarget::Organization(organization),
                &input.organization,
            )
        };
        store::audit::insert(&tx, record).await?;
        let session = self.start_session(&tx, user, &identity, agent, now).await?;
        self.commit(tx).await?;
        self.forget_code();
        Ok(SetUp { slug, session })
    }

    fn check_code(&self, given: &str) -> Result<(), Error> {
        // However it was copied or typed: spaces, hyphens and letter case do not count.
        let plain = |code: &str| -> String {
            code.chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|c| c.to_ascii_uppercase())
                .collect()
        };
        match self.setup_code() {
            Some(code) if same(&plain(given), &plain(&code)) => Ok(()),
            Some(_) => Err(Problem::invalid(
                "code",
                "This is not the code that the server printed at its latest start. Copy it from the terminal or the log.",
            )
            .into()),
            // Somebody has used it while this was on its way.
            None => Err(already_set_up()),
        }
    }

    pub(crate) fn forget_code(&self) {
        *self
            .inner
            .setup_code
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn already_set_up() -> Error {
    Problem::new(
        ProblemCode::AlreadySetUp,
        "Gatehouse is set up already. Sign in instead.",
    )
    .into()
}
