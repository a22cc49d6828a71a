//! Registered providers.

use crate::collation::sort_key;
use crate::connection::{Conn, Inner, WriteTx};
use crate::entity::provider;
use crate::error::{Error, Result, known};
use crate::grants::HOLDERS;
use crate::members::{Affected, refresh_allowed};
use crate::sql;
use domain::provider::{ApiType, ProviderHealth, ProviderRef, ProviderStatus, ProviderView};
use domain::search::fold;
use domain::{OrganizationId, ProviderId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Set,
    Value,
};
use serde_json::json;
use std::collections::BTreeSet;

/// A provider to register.
#[derive(Clone, Copy)]
pub struct NewProvider<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its part of model names.
    pub slug: &'a str,
    /// How it is spoken to.
    pub api_type: ApiType,
    /// Where it answers.
    pub base_url: &'a str,
    /// The version of Azure's API; empty is none.
    pub api_version: &'a str,
    /// Names of models entered by hand.
    pub models: &'a [String],
    /// What it is for.
    pub description: &'a str,
    /// Its credential, sealed with a key that is not in the database.
    pub credential_sealed: Option<&'a [u8]>,
    /// Active or not.
    pub status: ProviderStatus,
}

/// What becomes of a stored credential.
#[derive(Clone, Copy)]
pub enum CredentialChange<'a> {
    /// It stays.
    Keep,
    /// It goes.
    Remove,
    /// This one, sealed, takes its place.
    Replace(&'a [u8]),
}

/// What an edit sets.
#[derive(Clone, Copy)]
pub struct ProviderChange<'a> {
    /// Its name.
    pub name: &'a str,
    /// How it is spoken to.
    pub api_type: ApiType,
    /// Where it answers.
    pub base_url: &'a str,
    /// The version of Azure's API; empty is none.
    pub api_version: &'a str,
    /// Names of models entered by hand.
    pub models: &'a [String],
    /// What it is for.
    pub description: &'a str,
    /// Its credential.
    pub credential: CredentialChange<'a>,
}

#[derive(FromQueryResult)]
struct ViewRow {
    id: i64,
    name: String,
    slug: String,
    api_type: String,
    base_url: String,
    api_version: String,
    entered_models: String,
    description: String,
    has_credential: bool,
    status: String,
    members: i64,
    version: i64,
    models: i64,
    models_at: Option<i64>,
    last_success_at: Option<i64>,
    last_error_at: Option<i64>,
    last_error: Option<String>,
}

/// The marks are three times the same instant, then the organization.
fn views(rest: &str) -> String {
    format!(
        "SELECT p.id, p.name, p.slug, p.api_type, p.base_url, p.api_version, p.entered_models, p.description, \
         p.credential_sealed IS NOT NULL AS has_credential, p.status, p.version, \
         p.models_at, p.last_success_at, p.last_error_at, p.last_error, \
         (SELECT count(*) FROM provider_model o WHERE o.provider_id = p.id) AS models, {HOLDERS} AS members \
         FROM provider p WHERE p.organization_id = ?{rest}"
    )
}

/// Names of models, as a column stores them.
pub(crate) fn names(column: &'static str, json: &str) -> Result<Vec<String>> {
    serde_json::from_str(json).map_err(|e| Error::corrupt(column, e))
}

fn view(row: ViewRow) -> Result<ProviderView> {
    let models = names("provider.entered_models", &row.entered_models)?;
    let offered = match models.len() {
        0 => sql::count_of(row.models),
        entered => u32::try_from(entered).unwrap_or(u32::MAX),
    };
    Ok(ProviderView {
        id: ProviderId(row.id),
        name: row.name,
        slug: row.slug,
        api_type: known("provider.api_type", &row.api_type)?,
        base_url: row.base_url,
        api_version: row.api_version,
        models,
        description: row.description,
        has_credential: row.has_credential,
        status: known("provider.status", &row.status)?,
        members: sql::count_of(row.members),
        version: row.version,
        health: ProviderHealth {
            models: offered,
            models_at: row.models_at.map(Timestamp),
            last_success_at: row.last_success_at.map(Timestamp),
            last_error_at: row.last_error_at.map(Timestamp),
            last_error: row.last_error,
        },
    })
}

/// Every provider, by name.
pub async fn list(
    conn: &impl Conn,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<Vec<ProviderView>> {
    let values = vec![now.0.into(), now.0.into(), now.0.into(), organization.0.into()];
    let rows = sql::rows(conn, &views(" ORDER BY p.name_key, p.name_folded"), values).await?;
    rows.into_iter().map(view).collect()
}

/// Every provider's name and status, by name.
pub async fn refs(conn: &impl Conn, organization: OrganizationId) -> Result<Vec<ProviderRef>> {
    rows_by_name(conn, organization)
        .await?
        .into_iter()
        .map(to_ref)
        .collect()
}

pub(crate) async fn rows_by_name(
    conn: &impl Conn,
    organization: OrganizationId,
) -> Result<Vec<provider::Model>> {
    Ok(provider::Entity::find()
        .filter(provider::Column::OrganizationId.eq(organization.0))
        .order_by_asc(provider::Column::NameKey)
        .order_by_asc(provider::Column::NameFolded)
        .all(conn.inner())
        .await?)
}

pub(crate) fn to_ref(row: provider::Model) -> Result<ProviderRef> {
    Ok(ProviderRef {
        id: ProviderId(row.id),
        name: row.name,
        status: known("provider.status", &row.status)?,
        api_type: known("provider.api_type", &row.api_type)?,
    })
}

/// One provider.
pub async fn get(
    conn: &impl Conn,
    organization: OrganizationId,
    provider: ProviderId,
    now: Timestamp,
) -> Result<Option<ProviderView>> {
    let values = vec![
        now.0.into(),
        now.0.into(),
        now.0.into(),
        organization.0.into(),
        provider.0.into(),
    ];
    let rows = sql::rows(conn, &views(" AND p.id = ?"), values).await?;
    rows.into_iter().next().map(view).transpose()
}

#[derive(FromQueryResult)]
struct ModelRow {
    name: String,
}

/// The first models that a provider lists, by name.
pub async fn listed_models(
    conn: &impl Conn,
    organization: OrganizationId,
    provider: ProviderId,
    most: u32,
) -> Result<Vec<String>> {
    let rows: Vec<ModelRow> = sql::rows(
        conn,
        "SELECT o.name FROM provider_model o JOIN provider p ON p.id = o.provider_id \
         WHERE p.organization_id = ? AND p.id = ? ORDER BY o.name LIMIT ?",
        vec![organization.0.into(), provider.0.into(), i64::from(most).into()],
    )
    .await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// The sealed credential of a provider, where there are both.
pub async fn credential(
    conn: &impl Conn,
    organization: OrganizationId,
    provider: ProviderId,
) -> Result<Option<Vec<u8>>> {
    let row: Option<Option<Vec<u8>>> = provider::Entity::find()
        .select_only()
        .column(provider::Column::CredentialSealed)
        .filter(provider::Column::OrganizationId.eq(organization.0))
        .filter(provider::Column::Id.eq(provider.0))
        .into_tuple()
        .one(conn.inner())
        .await?;
    Ok(row.flatten())
}

/// The provider that has this name, whatever the letter case and accents.
pub async fn by_name(
    conn: &impl Conn,
    organization: OrganizationId,
    name: &str,
) -> Result<Option<ProviderId>> {
    let row = provider::Entity::find()
        .filter(provider::Column::OrganizationId.eq(organization.0))
        .filter(provider::Column::NameFolded.eq(fold(name)))
        .one(conn.inner())
        .await?;
    Ok(row.map(|row| ProviderId(row.id)))
}

/// The provider that has this slug.
pub async fn by_slug(
    conn: &impl Conn,
    organization: OrganizationId,
    slug: &str,
) -> Result<Option<ProviderId>> {
    let row = provider::Entity::find()
        .filter(provider::Column::OrganizationId.eq(organization.0))
        .filter(provider::Column::Slug.eq(slug))
        .one(conn.inner())
        .await?;
    Ok(row.map(|row| ProviderId(row.id)))
}

/// Registers a provider. [`crate::Error::Constraint`] when its name or slug is taken.
pub async fn insert(
    tx: &WriteTx,
    organization: OrganizationId,
    new: NewProvider<'_>,
    now: Timestamp,
) -> Result<ProviderId> {
    let row = provider::ActiveModel {
        organization_id: Set(organization.0),
        name: Set(new.name.to_owned()),
        name_folded: Set(fold(new.name)),
        name_key: Set(sort_key(new.name)),
        slug: Set(new.slug.to_owned()),
        api_type: Set(new.api_type.as_str().to_owned()),
        base_url: Set(new.base_url.to_owned()),
        api_version: Set(new.api_version.to_owned()),
        entered_models: Set(json!(new.models).to_string()),
        models_off: Set("[]".to_owned()),
        description: Set(new.description.to_owned()),
        credential_sealed: Set(new.credential_sealed.map(<[u8]>::to_vec)),
        status: Set(new.status.as_str().to_owned()),
        version: Set(1),
        created_at: Set(now.0),
        ..Default::default()
    };
    Ok(ProviderId(row.insert(tx.inner()).await?.id))
}

/// Saves an edit and counts the version up. False when the provider is gone.
pub async fn update(
    tx: &WriteTx,
    organization: OrganizationId,
    provider: ProviderId,
    change: ProviderChange<'_>,
) -> Result<bool> {
    let mut update = provider::Entity::update_many()
        .col_expr(provider::Column::Name, Expr::value(change.name))
        .col_expr(provider::Column::NameFolded, Expr::value(fold(change.name)))
        .col_expr(provider::Column::NameKey, Expr::value(sort_key(change.name)))
        .col_expr(provider::Column::ApiType, Expr::value(change.api_type.as_str()))
        .col_expr(provider::Column::BaseUrl, Expr::value(change.base_url))
        .col_expr(provider::Column::ApiVersion, Expr::value(change.api_version))
        .col_expr(
            provider::Column::EnteredModels,
            Expr::value(json!(change.models).to_string()),
        )
        .col_expr(provider::Column::Description, Expr::value(change.description))
        .col_expr(
            provider::Column::Version,
            Expr::col(provider::Column::Version).add(1),
        )
        .filter(provider::Column::OrganizationId.eq(organization.0))
        .filter(provider::Column::Id.eq(provider.0));
    let credential = match change.credential {
        CredentialChange::Keep => None,
        CredentialChange::Remove => Some(None),
        CredentialChange::Replace(sealed) => Some(Some(sealed.to_vec())),
    };
    if let Some(credential) = credential {
        update = update.col_expr(provider::Column::CredentialSealed, Expr::value(credential));
    }
    Ok(update.exec(tx.inner()).await?.rows_affected == 1)
}

/// Switches a provider on or off and counts its version up. False when it is gone or already so.
pub async fn set_status(
    tx: &WriteTx,
    organization: OrganizationId,
    provider: ProviderId,
    status: ProviderStatus,
) -> Result<bool> {
    let done = provider::Entity::update_many()
        .col_expr(provider::Column::Status, Expr::value(status.as_str()))
        .col_expr(
            provider::Column::Version,
            Expr::col(provider::Column::Version).add(1),
        )
        .filter(provider::Column::OrganizationId.eq(organization.0))
        .filter(provider::Column::Id.eq(provider.0))
        .filter(provider::Column::Status.ne(status.as_str()))
        .exec(tx.inner())
        .await?;
    refresh_allowed(tx, organization, Affected::Holders(provider)).await?;
    Ok(done.rows_affected == 1)
}

/// Deletes a provider with its grants; those who had one get a new version. False when it is gone.
pub async fn delete(tx: &WriteTx, organization: OrganizationId, provider: ProviderId) -> Result<bool> {
    // Without it active, what its holders are left with is what they have besides it.
    set_status(tx, organization, provider, ProviderStatus::Inactive).await?;
    sql::execute(
        tx,
        "UPDATE member SET version = version + 1 WHERE organization_id = ? \
         AND id IN (SELECT member_id FROM provider_grant WHERE provider_id = ?)",
        vec![organization.0.into(), provider.0.into()],
    )
    .await?;
    let done = provider::Entity::delete_many()
        .filter(provider::Column::OrganizationId.eq(organization.0))
        .filter(provider::Column::Id.eq(provider.0))
        .exec(tx.inner())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Puts what a provider lists now in the place of what it listed before. False when the provider is gone.
pub async fn set_models(
    tx: &WriteTx,
    organization: OrganizationId,
    provider: ProviderId,
    models: &BTreeSet<&str>,
    now: Timestamp,
) -> Result<bool> {
    let done = sql::execute(
        tx,
        "UPDATE provider SET models_at = ? WHERE organization_id = ? AND id = ?",
        vec![now.0.into(), organization.0.into(), provider.0.into()],
    )
    .await?;
    if done == 0 {
        return Ok(false);
    }
    sql::execute(
        tx,
        "DELETE FROM provider_model WHERE provider_id = ?",
        vec![provider.0.into()],
    )
    .await?;
    let models: Vec<&str> = models.iter().copied().collect();
    for some in models.chunks(500) {
        let mut insert = sql::Sql::default();
        insert.push("INSERT INTO provider_model (provider_id, name) VALUES ");
        for (index, name) in some.iter().enumerate() {
            insert
                .push(if index == 0 { "" } else { ", " })
                .list([Value::from(provider.0), Value::from(*name)]);
        }
        sql::execute(tx, &insert.text, insert.values).await?;
    }
    Ok(true)
}

/// The models of a provider that are switched off, byte by byte in order. `None` when the provider is gone.
pub async fn models_off(
    conn: &impl Conn,
    organization: OrganizationId,
    provider: ProviderId,
) -> Result<Option<Vec<String>>> {
    let rows: Vec<(String,)> = sql::unordered(
        conn,
        "models_off",
        "FROM provider WHERE organization_id = ? AND id = ?",
        vec![organization.0.into(), provider.0.into()],
    )
    .await?;
    rows.first()
        .map(|(json,)| names("provider.models_off", json))
        .transpose()
}

/// Switches just these models off and counts the version up.
pub async fn set_models_off(
    tx: &WriteTx,
    organization: OrganizationId,
    provider: ProviderId,
    off: &BTreeSet<String>,
) -> Result<()> {
    sql::execute(
        tx,
        "UPDATE provider SET models_off = ?, version = version + 1 WHERE organization_id = ? AND id = ?",
        vec![
            json!(off).to_string().into(),
            organization.0.into(),
            provider.0.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Notes that a provider answered.
pub async fn record_success(tx: &WriteTx, provider: ProviderId, at: Timestamp) -> Result<()> {
    sql::execute(
        tx,
        "UPDATE provider SET last_success_at = ? WHERE id = ? AND (last_success_at IS NULL OR last_success_at < ?)",
        vec![at.0.into(), provider.0.into(), at.0.into()],
    )
    .await?;
    Ok(())
}

/// Notes that a provider did not answer as it should, and what that means, as a sentence.
pub async fn record_failure(tx: &WriteTx, provider: ProviderId, at: Timestamp, problem: &str) -> Result<()> {
    sql::execute(
        tx,
        "UPDATE provider SET last_error_at = ?, last_error = ? \
         WHERE id = ? AND (last_error_at IS NULL OR last_error_at <= ?)",
        vec![at.0.into(), problem.into(), provider.0.into(), at.0.into()],
    )
    .await?;
    Ok(())
}
