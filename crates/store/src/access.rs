//! What decides about access, read in one go to be kept in memory, and what of it changed since.
//!
//! Each organization has an access version. Triggers of the database count it up and note what was changed, in the
//! transaction that changes it.

use crate::connection::{Conn, WriteTx};
use crate::error::{Error, Result, known};
use crate::{providers, sql};
use domain::access::model::Offer;
use domain::access::{Grant, ModelList, TeamGrants};
use domain::provider::{ApiType, ProviderStatus};
use domain::{KeyId, MemberId, MemberStatus, OrganizationId, ProviderId, TeamId, Timestamp, UserId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Value};
use std::collections::{BTreeMap, HashMap};

/// SHA-256 of a whole key.
pub type KeyHash = [u8; 32];

/// An organization and the version of what decides about access in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessVersion {
    /// Which.
    pub organization: OrganizationId,
    /// Its part of URLs.
    pub slug: String,
    /// Counted up by each change.
    pub version: i64,
    /// Counted up by each change of anything, also of what decides nothing.
    pub revision: i64,
}

/// Something that was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Changed {
    /// A member's status, own grants or teams.
    Member(MemberId),
    /// A provider, its models, or whether a team carries it.
    Provider,
    /// A key.
    Key(KeyId),
}

/// A member as far as access goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberAccess {
    /// Which.
    pub id: MemberId,
    /// Whose account.
    pub user: UserId,
    /// Active or suspended.
    pub status: MemberStatus,
    /// The member's own grants, ended ones included.
    pub grants: Vec<Grant>,
    /// The member's teams.
    pub teams: Vec<TeamId>,
}

/// A key as far as access goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyAccess {
    /// Which.
    pub id: KeyId,
    /// Its owner's row; `None` when the owner was removed.
    pub member: Option<MemberId>,
    /// Hash of the key.
    pub hash: KeyHash,
    /// Hash of the key before the last rotation, and until when it works.
    pub previous: Option<(KeyHash, Timestamp)>,
    /// The providers it is narrowed to; `None` is all of its owner's.
    pub scope: Option<Vec<ProviderId>>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// It was withdrawn.
    pub revoked: bool,
    /// Requests it may make in a minute; `None` is without limit.
    pub requests_per_minute: Option<u32>,
    /// Tokens it may use in a day (UTC); `None` is without limit.
    pub tokens_per_day: Option<u64>,
}

/// A provider as far as access goes, and what it takes to reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderOffer {
    /// Which.
    pub id: ProviderId,
    /// Its name.
    pub name: String,
    /// Its part of model names.
    pub slug: String,
    /// How it is spoken to.
    pub api_type: ApiType,
    /// Where it answers.
    pub base_url: String,
    /// The version of Azure's API; empty is none.
    pub api_version: String,
    /// Its credential, sealed.
    pub credential_sealed: Option<Vec<u8>>,
    /// Active or not.
    pub status: ProviderStatus,
    /// The models it offers, byte by byte in order: those entered by hand, or else those it lists.
    pub models: Vec<String>,
    /// The models that are switched off, byte by byte in order; they need not be listed.
    pub models_off: Vec<String>,
    /// When they were last asked for.
    pub models_at: Option<Timestamp>,
}

impl Offer for ProviderOffer {
    fn id(&self) -> ProviderId {
        self.id
    }
    fn slug(&self) -> &str {
        &self.slug
    }
    fn status(&self) -> ProviderStatus {
        self.status
    }
    fn lists(&self, model: &str) -> bool {
        self.models
            .binary_search_by(|known| known.as_str().cmp(model))
            .is_ok()
    }
    fn models(&self) -> impl Iterator<Item = &str> {
        self.models.iter().map(String::as_str)
    }
    fn is_off(&self, model: &str) -> bool {
        self.models_off
            .binary_search_by(|off| off.as_str().cmp(model))
            .is_ok()
    }
}

#[derive(FromQueryResult)]
struct VersionRow {
    id: i64,
    slug: String,
    access_version: i64,
    revision: i64,
}

/// Counts what changed in an organization: what decides about access, and what is in the audit log.
const REVISION: &str =
    "access_version + coalesce((SELECT length FROM audit_chain WHERE organization_id = organization.id), 0)";

/// The version of every organization.
pub async fn versions(conn: &impl Conn) -> Result<Vec<AccessVersion>> {
    let rows: Vec<VersionRow> = sql::rows(
        conn,
        &format!("SELECT id, slug, access_version, {REVISION} AS revision FROM organization ORDER BY id"),
        Vec::new(),
    )
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| AccessVersion {
            organization: OrganizationId(row.id),
            slug: row.slug,
            version: row.access_version,
            revision: row.revision,
        })
        .collect())
}

#[derive(FromQueryResult)]
struct RevisionRow {
    revision: i64,
}

/// The [`AccessVersion::revision`] of one organization; 0 when there is none.
pub async fn revision(conn: &impl Conn, organization: OrganizationId) -> Result<i64> {
    let rows: Vec<RevisionRow> = sql::rows(
        conn,
        &format!("SELECT {REVISION} AS revision FROM organization WHERE id = ?"),
        vec![organization.0.into()],
    )
    .await?;
    Ok(rows.first().map_or(0, |row| row.revision))
}

#[derive(FromQueryResult)]
struct ChangeRow {
    version: i64,
    kind: String,
    id: i64,
}

/// What was changed between two versions, each thing once; `None` when that is no longer known in full.
pub async fn changes(
    conn: &impl Conn,
    organization: OrganizationId,
    after: i64,
    until: i64,
) -> Result<Option<Vec<Changed>>> {
    let rows: Vec<ChangeRow> = sql::rows(
        conn,
        "SELECT version, kind, id FROM access_change WHERE organization_id = ? AND version > ? AND version <= ? \
         ORDER BY version",
        vec![organization.0.into(), after.into(), until.into()],
    )
    .await?;
    if rows.first().is_none_or(|row| row.version != after + 1) {
        return Ok(None);
    }
    let mut changed = rows
        .into_iter()
        .map(|row| match row.kind.as_str() {
            "member" => Changed::Member(MemberId(row.id)),
            "key" => Changed::Key(KeyId(row.id)),
            _ => Changed::Provider,
        })
        .collect::<Vec<_>>();
    changed.sort_unstable();
    changed.dedup();
    Ok(Some(changed))
}

/// Forgets the notes of all but the latest versions of each organization; whoever is further behind reads everything again.
pub async fn forget_old_changes(tx: &WriteTx, kept: i64) -> Result<u64> {
    sql::execute(
        tx,
        "DELETE FROM access_change WHERE version <= \
         (SELECT access_version - ? FROM organization WHERE id = access_change.organization_id)",
        vec![kept.into()],
    )
    .await
}

/// `AND column IN (…)` for those asked for, or nothing for all.
pub(crate) fn only(conn: &impl Conn, column: &str, ids: Option<Vec<i64>>, values: &mut Vec<Value>) -> String {
    match ids {
        Some(ids) => {
            values.push(sql::id_list(ids).into());
            let postgres = conn.inner().get_database_backend() == DbBackend::Postgres;
            format!(" AND {column} IN ({})", sql::ids_in_list(postgres))
        }
        None => String::new(),
    }
}

/// Own grants by member, ended ones included; the values begin with the organization.
pub(crate) async fn own_grants(
    conn: &impl Conn,
    which: &str,
    values: Vec<Value>,
) -> Result<HashMap<i64, Vec<Grant>>> {
    let rows: Vec<(i64, i64, Option<i64>, Option<String>)> = sql::unordered(
        conn,
        "g.member_id, g.provider_id, g.ends_at, g.models",
        &format!(
            "FROM provider_grant g JOIN member m ON m.id = g.member_id WHERE m.organization_id = ?{which}"
        ),
        values,
    )
    .await?;
    let mut by_member: HashMap<i64, Vec<Grant>> = HashMap::new();
    for (member, provider, ends_at, models) in rows {
        by_member.entry(member).or_default().push(Grant {
            provider: ProviderId(provider),
            ends_at: ends_at.map(Timestamp),
            models: ModelList::stored(models.as_deref()),
        });
    }
    Ok(by_member)
}

/// Teams by member; the values begin with the organization.
pub(crate) async fn places(
    conn: &impl Conn,
    which: &str,
    values: Vec<Value>,
) -> Result<HashMap<i64, Vec<TeamId>>> {
    let rows: Vec<(i64, i64)> = sql::unordered(
        conn,
        "tm.member_id, tm.team_id",
        &format!(
            "FROM team_member tm JOIN member m ON m.id = tm.member_id WHERE m.organization_id = ?{which}"
        ),
        values,
    )
    .await?;
    let mut by_member: HashMap<i64, Vec<TeamId>> = HashMap::new();
    for (member, team) in rows {
        by_member.entry(member).or_default().push(TeamId(team));
    }
    Ok(by_member)
}

/// The own grants of one row, ended ones included, and its teams; also of an invitation.
pub async fn sources(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
) -> Result<(Vec<Grant>, Vec<TeamId>)> {
    let values = || vec![organization.0.into(), member.0.into()];
    let which = " AND m.id = ?";
    let mut grants = own_grants(conn, which, values()).await?;
    let mut teams = places(conn, which, values()).await?;
    Ok((
        grants.remove(&member.0).unwrap_or_default(),
        teams.remove(&member.0).unwrap_or_default(),
    ))
}

/// Members: those asked for, or all. Invitations and rows that are gone are left out.
pub async fn members(
    conn: &impl Conn,
    organization: OrganizationId,
    ids: Option<&[MemberId]>,
) -> Result<Vec<MemberAccess>> {
    let ids = ids.map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>());
    let mut values = vec![organization.0.into()];
    let which = only(conn, "m.id", ids, &mut values);
    let mut grants = own_grants(conn, &which, values.clone()).await?;
    let mut teams = places(conn, &which, values.clone()).await?;
    let rows: Vec<(i64, i64, String)> = sql::unordered(
        conn,
        "m.id, m.user_id, m.status",
        &format!("FROM member m WHERE m.organization_id = ?{which} AND m.user_id IS NOT NULL"),
        values,
    )
    .await?;
    rows.into_iter()
        .map(|(id, user, status)| {
            Ok(MemberAccess {
                id: MemberId(id),
                user: UserId(user),
                status: known("member.status", &status)?,
                grants: grants.remove(&id).unwrap_or_default(),
                teams: teams.remove(&id).unwrap_or_default(),
            })
        })
        .collect()
}

/// What teams carry, ended grants included, in the order of the teams' ids.
pub async fn carried(conn: &impl Conn, organization: OrganizationId) -> Result<Vec<TeamGrants>> {
    let rows: Vec<(i64, i64, Option<i64>, Option<String>)> = sql::unordered(
        conn,
        "tp.team_id, tp.provider_id, tp.ends_at, tp.models",
        "FROM team_provider tp JOIN team t ON t.id = tp.team_id WHERE t.organization_id = ?",
        vec![organization.0.into()],
    )
    .await?;
    let mut by_team: BTreeMap<i64, Vec<Grant>> = BTreeMap::new();
    for (team, provider, ends_at, models) in rows {
        by_team.entry(team).or_default().push(Grant {
            provider: ProviderId(provider),
            ends_at: ends_at.map(Timestamp),
            models: ModelList::stored(models.as_deref()),
        });
    }
    let of_team = |(team, grants)| TeamGrants {
        team: TeamId(team),
        grants,
    };
    Ok(by_team.into_iter().map(of_team).collect())
}

#[derive(FromQueryResult)]
struct KeyRow {
    id: i64,
    member_id: Option<i64>,
    secret_hash: Vec<u8>,
    previous_hash: Option<Vec<u8>>,
    previous_ends_at: Option<i64>,
    scope: Option<String>,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    requests_per_minute: Option<i64>,
    tokens_per_day: Option<i64>,
}

/// Keys: those asked for, or all, withdrawn and ended ones included.
pub async fn keys(
    conn: &impl Conn,
    organization: OrganizationId,
    ids: Option<&[KeyId]>,
) -> Result<Vec<KeyAccess>> {
    let ids = ids.map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>());
    let mut values = vec![organization.0.into()];
    let which = only(conn, "k.id", ids, &mut values);
    let query = format!(
        "SELECT k.id, k.member_id, k.secret_hash, k.previous_hash, k.previous_ends_at, k.scope, k.expires_at, \
         k.revoked_at, k.requests_per_minute, k.tokens_per_day FROM virtual_key k WHERE k.organization_id = ?{which}"
    );
    let rows: Vec<KeyRow> = sql::rows(conn, &query, values).await?;
    // What cannot be the hash of a key belongs to none that could be presented.
    rows.into_iter().filter_map(|row| key(row).transpose()).collect()
}

fn key(row: KeyRow) -> Result<Option<KeyAccess>> {
    let Ok(hash) = KeyHash::try_from(row.secret_hash.as_slice()) else {
        return Ok(None);
    };
    let previous = row
        .previous_hash
        .and_then(|hash| KeyHash::try_from(hash.as_slice()).ok())
        .zip(row.previous_ends_at.map(Timestamp));
    let scope = row
        .scope
        .map(|json| serde_json::from_str(&json).map_err(|e| Error::corrupt("virtual_key.scope", e)))
        .transpose()?;
    Ok(Some(KeyAccess {
        id: KeyId(row.id),
        member: row.member_id.map(MemberId),
        hash,
        previous,
        scope,
        expires_at: row.expires_at.map(Timestamp),
        revoked: row.revoked_at.is_some(),
        requests_per_minute: row.requests_per_minute.map(|n| u32::try_from(n).unwrap_or(0)),
        tokens_per_day: row.tokens_per_day.map(|n| u64::try_from(n).unwrap_or(0)),
    }))
}

#[derive(FromQueryResult)]
struct OfferRow {
    id: i64,
    name: String,
    slug: String,
    api_type: String,
    base_url: String,
    api_version: String,
    entered_models: String,
    models_off: String,
    credential_sealed: Option<Vec<u8>>,
    status: String,
    models_at: Option<i64>,
}

/// Every provider of an organization, by name.
pub async fn providers(conn: &impl Conn, organization: OrganizationId) -> Result<Vec<ProviderOffer>> {
    let models: Vec<(i64, String)> = sql::unordered(
        conn,
        "o.provider_id, o.name",
        "FROM provider_model o JOIN provider p ON p.id = o.provider_id WHERE p.organization_id = ?",
        vec![organization.0.into()],
    )
    .await?;
    let mut by_provider: HashMap<i64, Vec<String>> = HashMap::new();
    for (provider, model) in models {
        by_provider.entry(provider).or_default().push(model);
    }
    let rows: Vec<OfferRow> = sql::rows(
        conn,
        "SELECT id, name, slug, api_type, base_url, api_version, entered_models, models_off, credential_sealed, status, \
         models_at \
         FROM provider \
         WHERE organization_id = ? ORDER BY name_key, name_folded",
        vec![organization.0.into()],
    )
    .await?;
    rows.into_iter()
        .map(|row| {
            let mut models = providers::names("provider.entered_models", &row.entered_models)?;
            if models.is_empty() {
                models = by_provider.remove(&row.id).unwrap_or_default();
            }
            models.sort_unstable();
            Ok(ProviderOffer {
                id: ProviderId(row.id),
                name: row.name,
                slug: row.slug,
                api_type: known("provider.api_type", &row.api_type)?,
                base_url: row.base_url,
                api_version: row.api_version,
                credential_sealed: row.credential_sealed,
                status: known("provider.status", &row.status)?,
                models,
                models_off: providers::names("provider.models_off", &row.models_off)?,
                models_at: row.models_at.map(Timestamp),
            })
        })
        .collect()
}
