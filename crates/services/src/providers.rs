//! Providers: registering, editing, testing.

use crate::as_of::keeping;
use crate::change::Change;
use crate::crypto::{CryptoError, Purpose};
use crate::{Actor, Error, Services};
use domain::as_of::Kept;
use domain::audit::{AuditAction, AuditTarget};
use domain::limits::{MODEL_NAME_CHARS, MODELS_LISTED, SLUG_CHARS};
use domain::provider::{ProviderInput, ProviderStatus, ProviderView};
use domain::{OrganizationId, Problem, ProblemCode, ProviderId, Timestamp, VersionedOutcome};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::Conn;
use store::providers::{CredentialChange, NewProvider, ProviderChange};

impl Services {
    /// Every provider, by name. For auditors and above.
    pub async fn providers(&self, actor: &Actor) -> Result<Vec<ProviderView>, Error> {
        actor.reads_admin_side()?;
        let tx = self.read(actor).await?;
        Ok(store::providers::list(&tx, actor.organization, self.now()).await?)
    }

    /// Registers a provider, active. For admins and owners.
    pub async fn create_provider(
        &self,
        actor: &Actor,
        input: &ProviderInput,
        idempotency_key: &str,
    ) -> Result<ProviderView, Error> {
        let checked = input.check(false)?;
        let request = self.idempotent("provider.create", idempotency_key, &checked)?;
        let change = self.administer(actor).await?;
        if let Some(answer) = request.answered(&change).await? {
            return Ok(answer);
        }
        let organization = change.organization;
        name_is_free(&change, &checked.name, None).await?;
        let slug = free_slug(&change, &checked.slug, input.slug.trim().is_empty()).await?;
        let sealed = self.sealed(organization, &slug, checked.credential.as_deref())?;
        let new = NewProvider {
            name: &checked.name,
            slug: &slug,
            api_type: checked.api_type,
            base_url: &checked.base_url,
            api_version: &checked.api_version,
            models: &checked.models,
            description: &checked.description,
            credential_sealed: sealed.as_deref(),
            status: ProviderStatus::Active,
        };
        let id = store::providers::insert(&change.tx, organization, new, change.now).await?;
        let view = get(&change.tx, organization, id, change.now).await?;
        change
            .audit(
                AuditAction::ProviderCreate,
                AuditTarget::Provider(id),
                &view.name,
                None,
                Some(described(&view)),
            )
            .await?;
        request.remember(&change, &view).await?;
        change.commit().await?;
        self.models_are_due(id);
        Ok(view)
    }

    /// Edits a provider, if it is still as it was read. For admins and owners.
    pub async fn update_provider(
        &self,
        actor: &Actor,
        provider: ProviderId,
        version: i64,
        input: &ProviderInput,
    ) -> Result<VersionedOutcome<ProviderView>, Error> {
        let checked = input.check(true)?;
        let change = self.administer(actor).await?;
        let organization = change.organization;
        let before = get(&change.tx, organization, provider, change.now).await?;
        if before.version != version {
            return Ok(VersionedOutcome::Conflict(before));
        }
        name_is_free(&change, &checked.name, Some(provider)).await?;
        stays_with_its_server(&before, &checked)?;
        let sealed = self.sealed(organization, &before.slug, checked.credential.as_deref())?;
        let edit = ProviderChange {
            name: &checked.name,
            api_type: checked.api_type,
            base_url: &checked.base_url,
            api_version: &checked.api_version,
            models: &checked.models,
            description: &checked.description,
            credential: match (&checked.credential, &sealed) {
                (None, _) => CredentialChange::Keep,
                (Some(_), Some(sealed)) => CredentialChange::Replace(sealed),
                (Some(_), None) => CredentialChange::Remove,
            },
        };
        store::providers::update(&change.tx, organization, provider, edit).await?;
        let view = get(&change.tx, organization, provider, change.now).await?;
        let mut after = described(&view);
        if sealed.is_some() {
            after["credential"] = json!("replaced");
        }
        change
            .audit(
                AuditAction::ProviderUpdate,
                AuditTarget::Provider(provider),
                &before.name,
                Some(described(&before)),
                Some(after),
            )
            .await?;
        change.commit().await?;
        self.models_are_due(provider);
        Ok(VersionedOutcome::Saved(view))
    }

    /// Activates or deactivates a provider; its grants stay. For admins and owners.
    pub async fn set_provider_active(
        &self,
        actor: &Actor,
        provider: ProviderId,
        active: bool,
    ) -> Result<ProviderView, Error> {
        let change = self.administer(actor).await?;
        let organization = change.organization;
        let before = get(&change.tx, organization, provider, change.now).await?;
        let (action, status) = if active {
            (AuditAction::ProviderActivate, ProviderStatus::Active)
        } else {
            (AuditAction::ProviderDeactivate, ProviderStatus::Inactive)
        };
        if !store::providers::set_status(&change.tx, organization, provider, status).await? {
            return Ok(before);
        }
        let view = get(&change.tx, organization, provider, change.now).await?;
        change
            .audit(
                action,
                AuditTarget::Provider(provider),
                &before.name,
                Some(json!({ "status": before.status })),
                Some(json!({ "status": view.status })),
            )
            .await?;
        change.commit().await?;
        if active {
            self.models_are_due(provider);
        }
        Ok(view)
    }

    /// Switches one model of a provider on or off, for everybody. For admins and owners.
    pub async fn set_model(
        &self,
        actor: &Actor,
        provider: ProviderId,
        model: &str,
        on: bool,
    ) -> Result<(), Error> {
        let is_name = !model.is_empty() && model.chars().count() <= MODEL_NAME_CHARS;
        if !is_name || model.chars().any(char::is_control) {
            return Err(Problem::new(ProblemCode::Invalid, "This is not the name of a model.").into());
        }
        let change = self.administer(actor).await?;
        let organization = change.organization;
        let view = get(&change.tx, organization, provider, change.now).await?;
        let before = store::providers::models_off(&change.tx, organization, provider).await?;
        let before: BTreeSet<String> = before.unwrap_or_default().into_iter().collect();
        let mut after = before.clone();
        let changed = match on {
            true => after.remove(model),
            false => after.insert(model.to_owned()),
        };
        if !changed {
            return Ok(());
        }
        if after.len() > MODELS_LISTED {
            let most = format!("At most {MODELS_LISTED} models of a provider can be switched off.");
            return Err(Problem::new(ProblemCode::Invalid, most).into());
        }
        store::providers::set_models_off(&change.tx, organization, provider, &after).await?;
        let state = |on| Some(json!({ "model": model, "on": on }));
        change
            .audit(
                AuditAction::ProviderModelChange,
                AuditTarget::Provider(provider),
                &view.name,
                state(!on),
                state(on),
            )
            .await?;
        change.commit().await
    }

    /// Deletes a provider and its grants. For admins and owners.
    pub async fn delete_provider(&self, actor: &Actor, provider: ProviderId) -> Result<(), Error> {
        let change = self.administer(actor).await?;
        let organization = change.organization;
        let before = get(&change.tx, organization, provider, change.now).await?;
        let (holders, carriers) = store::as_of::given(&change.tx, organization, provider).await?;
        let kept = Kept {
            holders,
            carriers,
            ..Kept::default()
        };
        store::providers::delete(&change.tx, organization, provider).await?;
        let mut lost = described(&before);
        lost["members"] = json!(before.members);
        change
            .audit(
                AuditAction::ProviderDelete,
                AuditTarget::Provider(provider),
                &before.name,
                Some(keeping(lost, &kept)),
                None,
            )
            .await?;
        change.commit().await
    }

    /// A stored credential, to be used.
    pub(crate) fn unsealed(
        &self,
        organization: OrganizationId,
        slug: &str,
        sealed: Option<&[u8]>,
    ) -> Result<Option<SecretString>, CryptoError> {
        let purpose = Purpose::ProviderCredential(organization, slug);
        sealed
            .map(|sealed| {
                let opened = self.inner.vault.unseal(&purpose, sealed)?;
                String::from_utf8(opened)
                    .map(SecretString::from)
                    .map_err(|_| CryptoError::Open)
            })
            .transpose()
    }

    /// A credential as it is stored; an empty one is none.
    pub(crate) fn sealed(
        &self,
        organization: OrganizationId,
        slug: &str,
        credential: Option<&str>,
    ) -> Result<Option<Vec<u8>>, CryptoError> {
        credential
            .filter(|credential| !credential.is_empty())
            .map(|credential| {
                let purpose = Purpose::ProviderCredential(organization, slug);
                self.inner.vault.seal(&purpose, credential.as_bytes())
            })
            .transpose()
    }
}

pub(crate) async fn get(
    conn: &impl Conn,
    organization: OrganizationId,
    provider: ProviderId,
    now: Timestamp,
) -> Result<ProviderView, Error> {
    store::providers::get(conn, organization, provider, now)
        .await?
        .ok_or_else(|| Problem::not_found("provider").into())
}

async fn name_is_free(change: &Change, name: &str, own: Option<ProviderId>) -> Result<(), Error> {
    match store::providers::by_name(&change.tx, change.organization, name).await? {
        Some(holder) if Some(holder) != own => Err(Problem::invalid(
            "name",
            format!("A provider named {name} already exists. Choose another name."),
        )
        .into()),
        _ => Ok(()),
    }
}

/// The slug itself when it is free. One that was made from the name gets a number where it is taken; one that was
/// typed is refused.
async fn free_slug(change: &Change, slug: &str, made: bool) -> Result<String, Error> {
    let (tx, organization) = (&change.tx, change.organization);
    let mut candidate = slug.to_owned();
    let mut number = 1u32;
    while store::providers::by_slug(tx, organization, &candidate)
        .await?
        .is_some()
    {
        if !made {
            return Err(Problem::invalid(
                "slug",
                format!("A provider with the slug {slug} already exists. Choose another one."),
            )
            .into());
        }
        number += 1;
        let ending = format!("-{number}");
        // A slug is ASCII, so any cut falls between two characters.
        let kept = slug.len().min(SLUG_CHARS - ending.len());
        candidate = format!("{}{ending}", slug[..kept].trim_end_matches('-'));
    }
    Ok(candidate)
}

/// Refuses to send a credential nobody can read to a server that somebody has just typed in.
fn stays_with_its_server(before: &ProviderView, edit: &ProviderInput) -> Result<(), Problem> {
    let origin = |url: &str| url::Url::parse(url).map(|url| url.origin()).ok();
    if before.has_credential
        && edit.credential.is_none()
        && origin(&before.base_url) != origin(&edit.base_url)
    {
        return Err(Problem::invalid(
            "credential",
            "The base URL is on another server now. Enter its credential, or delete the stored one.",
        ));
    }
    Ok(())
}

/// A provider as the audit log keeps it. Of the credential only whether there is one.
fn described(view: &ProviderView) -> Value {
    json!({
        "name": view.name,
        "slug": view.slug,
        "api_type": view.api_type,
        "base_url": view.base_url,
        "api_version": view.api_version,
        "models": view.models,
        "description": view.description,
        "status": view.status,
        "credential": if view.has_credential { "stored" } else { "none" },
    })
}
