//! The tokens of connections: made and revoked by people.

use crate::crypto::{random_text, token_hash};
use crate::{Actor, Error, Services};
use domain::audit::{AuditAction, AuditTarget};
use domain::limits::SCIM_TOKENS;
use domain::scim::{ScimSettings, ScimTokenInput, ScimTokenView};
use domain::{Problem, ProblemCode, ScimTokenId};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use store::scim::{NewToken, TokenRecord};

/// What begins a token, so that one that is found somewhere is known for what it is.
const PREFIX: &str = "gatehouse_scim_";

/// A token that was just made. Its `Debug` form does not show it.
#[derive(Clone, Debug)]
pub struct MadeScimToken {
    /// As it is listed.
    pub token: ScimTokenView,
    secret: SecretString,
}

impl MadeScimToken {
    /// The whole of it, to be shown once.
    pub fn expose(&self) -> &str {
        self.secret.expose_secret()
    }
}

impl Services {
    /// SCIM's address and the tokens for it, newest first. For auditors and above.
    pub async fn scim_settings(&self, actor: &Actor) -> Result<ScimSettings, Error> {
        actor.reads_admin_side()?;
        let tx = self.read(actor).await?;
        let tokens = store::scim::tokens(&tx, actor.organization).await?;
        Ok(ScimSettings {
            address: self.scim_url(&actor.slug),
            tokens: tokens.into_iter().map(view).collect(),
            now: self.now(),
        })
    }

    /// Makes a token. For admins and owners.
    pub async fn create_scim_token(
        &self,
        actor: &Actor,
        input: &ScimTokenInput,
    ) -> Result<MadeScimToken, Error> {
        let input = input.check()?;
        let change = self.administer(actor).await?;
        let (tx, organization, now) = (&change.tx, change.organization, change.now);
        let live = store::scim::tokens(tx, organization).await?;
        if live.len() >= SCIM_TOKENS {
            return Err(Problem::new(
                ProblemCode::Invalid,
                format!("This organization has {SCIM_TOKENS} SCIM tokens. Revoke one first."),
            )
            .into());
        }
        let secret = format!("{PREFIX}{}", random_text::<32>()?);
        let new = NewToken {
            name: &input.name,
            hash: &token_hash(&secret),
            created_by: change.actor()?.user,
            expires_at: now.plus(input.lifetime.milliseconds()),
        };
        let id = store::scim::insert_token(tx, organization, new, now).await?;
        let after = json!({ "name": input.name, "expires_at": new.expires_at.rfc3339() });
        let target = AuditTarget::ScimToken(id);
        change
            .audit(
                AuditAction::ScimTokenCreate,
                target,
                &input.name,
                None,
                Some(after),
            )
            .await?;
        let made = store::scim::tokens(tx, organization).await?;
        let made = made
            .into_iter()
            .find(|token| token.id == id)
            .ok_or_else(no_token)?;
        change.commit().await?;
        Ok(MadeScimToken {
            token: view(made),
            secret: SecretString::from(secret),
        })
    }

    /// Revokes a token: the next request with it is refused. For admins and owners.
    pub async fn revoke_scim_token(&self, actor: &Actor, token: ScimTokenId) -> Result<(), Error> {
        let change = self.administer(actor).await?;
        let (tx, organization) = (&change.tx, change.organization);
        let tokens = store::scim::tokens(tx, organization).await?;
        let token = tokens
            .into_iter()
            .find(|live| live.id == token)
            .ok_or_else(no_token)?;
        store::scim::revoke_token(tx, organization, token.id, change.now).await?;
        let before = json!({ "name": token.name, "expires_at": token.expires_at.rfc3339() });
        let target = AuditTarget::ScimToken(token.id);
        change
            .audit(
                AuditAction::ScimTokenRevoke,
                target,
                &token.name,
                Some(before),
                None,
            )
            .await?;
        change.commit().await
    }
}

fn no_token() -> Problem {
    Problem::not_found("token")
}

fn view(record: TokenRecord) -> ScimTokenView {
    ScimTokenView {
        id: record.id,
        name: record.name,
        created_by: record.created_by,
        created_at: record.created_at,
        expires_at: record.expires_at,
        last_used_at: record.last_used_at,
    }
}
