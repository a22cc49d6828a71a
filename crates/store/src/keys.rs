//! Virtual keys. A member's search text and key count follow them: [`crate::members::refresh`].

use crate::collation::sort_key;
use crate::connection::{Conn, Inner, WriteTx};
use crate::entity::virtual_key;
use crate::error::{Error, Result};
use crate::members;
use domain::limits::REVOKED_KEYS_LISTED;
use domain::member::{KeyRef, KeyState};
use domain::search::fold;
use domain::{KeyId, MemberId, OrganizationId, ProviderId, Timestamp, UserId};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, Set, UpdateMany,
};

/// A key as stored, without its secret's hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// Which.
    pub id: KeyId,
    /// Whose row; `None` when the member was removed.
    pub member: Option<MemberId>,
    /// Who owns it.
    pub user: UserId,
    /// The name its owner gave it.
    pub name: String,
    /// The public part of the key.
    pub public_id: String,
    /// The last four characters of the key.
    pub last_four: String,
    /// The providers it is narrowed to; `None` is all of its owner's.
    pub scope: Option<Vec<ProviderId>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was withdrawn.
    pub revoked_at: Option<Timestamp>,
    /// Until when the secret before the latest rotation works.
    pub previous_ends_at: Option<Timestamp>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// Requests it may make in a minute.
    pub requests_per_minute: Option<u32>,
    /// Tokens it may use in a day.
    pub tokens_per_day: Option<i64>,
}

impl KeyRecord {
    /// Whether it still works.
    pub fn state(&self, now: Timestamp) -> KeyState {
        state(self.revoked_at, self.expires_at, now)
    }

    /// What is listed of it.
    pub fn listed(&self, now: Timestamp) -> KeyRef {
        KeyRef {
            name: self.name.clone(),
            last_four: self.last_four.clone(),
            state: self.state(now),
        }
    }
}

pub(crate) fn state(
    revoked_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> KeyState {
    if revoked_at.is_some() {
        KeyState::Revoked
    } else if expires_at.is_some_and(|end| end <= now) {
        KeyState::Expired
    } else {
        KeyState::Active
    }
}

/// A key to make.
#[derive(Clone, Copy)]
pub struct NewKey<'a> {
    /// Whose row.
    pub member: MemberId,
    /// Who owns it.
    pub user: UserId,
    /// The name its owner gives it.
    pub name: &'a str,
    /// The public part of the key.
    pub public_id: &'a str,
    /// Hash of the whole key.
    pub secret_hash: &'a [u8],
    /// The last four characters of the key.
    pub last_four: &'a str,
    /// The providers it is narrowed to.
    pub scope: Option<&'a [ProviderId]>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Requests it may make in a minute.
    pub requests_per_minute: Option<u32>,
    /// Tokens it may use in a day.
    pub tokens_per_day: Option<i64>,
    /// Who is shown its secret; none for the operator.
    pub issued_by: Option<UserId>,
}

/// The secret that takes the place of a key's own.
#[derive(Clone, Copy)]
pub struct NewSecret<'a> {
    /// Hash of the whole key.
    pub secret_hash: &'a [u8],
    /// The last four characters of the key.
    pub last_four: &'a str,
    /// Until when the secret before still works; none when it stops at once.
    pub previous_ends_at: Option<Timestamp>,
    /// Who is shown it; none for the operator.
    pub issued_by: Option<UserId>,
}

fn record(row: virtual_key::Model) -> Result<KeyRecord> {
    let scope = row
        .scope
        .map(|json| serde_json::from_str(&json).map_err(|e| Error::corrupt("virtual_key.scope", e)))
        .transpose()?;
    let requests_per_minute = row
        .requests_per_minute
        .map(|n| u32::try_from(n).map_err(|e| Error::corrupt("virtual_key.requests_per_minute", e)))
        .transpose()?;
    Ok(KeyRecord {
        id: KeyId(row.id),
        member: row.member_id.map(MemberId),
        user: UserId(row.user_id),
        name: row.name,
        public_id: row.public_id,
        last_four: row.last_four,
        scope,
        created_at: Timestamp(row.created_at),
        expires_at: row.expires_at.map(Timestamp),
        revoked_at: row.revoked_at.map(Timestamp),
        previous_ends_at: row.previous_ends_at.map(Timestamp),
        last_used_at: row.last_used_at.map(Timestamp),
        requests_per_minute,
        tokens_per_day: row.tokens_per_day,
    })
}

fn of(organization: OrganizationId) -> Select<virtual_key::Entity> {
    virtual_key::Entity::find().filter(virtual_key::Column::OrganizationId.eq(organization.0))
}

fn records(rows: Vec<virtual_key::Model>) -> Result<Vec<KeyRecord>> {
    rows.into_iter().map(record).collect()
}

/// The keys of one member: those not revoked, newest first, then the revoked ones, latest first, as many as are listed.
pub async fn of_member(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
) -> Result<Vec<KeyRecord>> {
    let mine = || of(organization).filter(virtual_key::Column::MemberId.eq(member.0));
    let mut keys = mine()
        .filter(virtual_key::Column::RevokedAt.is_null())
        .order_by_desc(virtual_key::Column::Id)
        .all(conn.inner())
        .await?;
    let revoked = mine()
        .filter(virtual_key::Column::RevokedAt.is_not_null())
        .order_by_desc(virtual_key::Column::RevokedAt)
        .order_by_desc(virtual_key::Column::Id)
        .limit(REVOKED_KEYS_LISTED)
        .all(conn.inner())
        .await?;
    keys.extend(revoked);
    records(keys)
}

/// How many keys of a member are not revoked.
pub async fn count_of_member(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
) -> Result<u64> {
    Ok(of(organization)
        .filter(virtual_key::Column::MemberId.eq(member.0))
        .filter(virtual_key::Column::RevokedAt.is_null())
        .count(conn.inner())
        .await?)
}

/// Every key of an organization that is not revoked, oldest first.
pub async fn of_organization(conn: &impl Conn, organization: OrganizationId) -> Result<Vec<KeyRecord>> {
    let rows = of(organization)
        .filter(virtual_key::Column::RevokedAt.is_null())
        .order_by_asc(virtual_key::Column::Id)
        .all(conn.inner())
        .await?;
    records(rows)
}

/// One key.
pub async fn get(conn: &impl Conn, organization: OrganizationId, key: KeyId) -> Result<Option<KeyRecord>> {
    let row = of(organization)
        .filter(virtual_key::Column::Id.eq(key.0))
        .one(conn.inner())
        .await?;
    row.map(record).transpose()
}

/// The key with this public id.
pub async fn by_public_id(
    conn: &impl Conn,
    organization: OrganizationId,
    public_id: &str,
) -> Result<Option<KeyRecord>> {
    let row = of(organization)
        .filter(virtual_key::Column::PublicId.eq(public_id))
        .one(conn.inner())
        .await?;
    row.map(record).transpose()
}

/// Keys that work whose secret somebody was shown though they are another person's, oldest first.
pub async fn issued_for_others(
    conn: &impl Conn,
    organization: OrganizationId,
    issuer: UserId,
    now: Timestamp,
) -> Result<Vec<KeyRecord>> {
    let rows = of(organization)
        .filter(virtual_key::Column::IssuedBy.eq(issuer.0))
        .filter(virtual_key::Column::UserId.ne(issuer.0))
        .filter(virtual_key::Column::RevokedAt.is_null())
        .filter(
            virtual_key::Column::ExpiresAt
                .is_null()
                .or(virtual_key::Column::ExpiresAt.gt(now.0)),
        )
        .order_by_asc(virtual_key::Column::Id)
        .all(conn.inner())
        .await?;
    records(rows)
}

/// Keys of members that are not revoked and end after an instant or never.
fn outlives(organization: OrganizationId, latest: Timestamp) -> Condition {
    let expires_at = virtual_key::Column::ExpiresAt;
    Condition::all()
        .add(virtual_key::Column::OrganizationId.eq(organization.0))
        .add(virtual_key::Column::MemberId.is_not_null())
        .add(virtual_key::Column::RevokedAt.is_null())
        .add(expires_at.is_null().or(expires_at.gt(latest.0)))
}

/// Keys that work and end after an instant to come or never, oldest first; no more than so many, if a number is given.
pub async fn outliving(
    conn: &impl Conn,
    organization: OrganizationId,
    latest: Timestamp,
    most: Option<u64>,
) -> Result<Vec<KeyRecord>> {
    let rows = virtual_key::Entity::find()
        .filter(outlives(organization, latest))
        .order_by_asc(virtual_key::Column::Id)
        .limit(most)
        .all(conn.inner())
        .await?;
    records(rows)
}

/// How many keys work and end after an instant to come or never.
pub async fn count_outliving(
    conn: &impl Conn,
    organization: OrganizationId,
    latest: Timestamp,
) -> Result<u32> {
    let count = virtual_key::Entity::find()
        .filter(outlives(organization, latest))
        .count(conn.inner())
        .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Has the keys that end after an instant to come or never end then; how many.
pub async fn end_outliving(tx: &WriteTx, organization: OrganizationId, latest: Timestamp) -> Result<u64> {
    let done = virtual_key::Entity::update_many()
        .col_expr(virtual_key::Column::ExpiresAt, Expr::value(latest.0))
        .filter(outlives(organization, latest))
        .exec(tx.inner())
        .await?;
    Ok(done.rows_affected)
}

/// Whether a key still works and this is the hash of its secret.
pub async fn has_secret(
    conn: &impl Conn,
    organization: OrganizationId,
    key: KeyId,
    secret_hash: &[u8],
    now: Timestamp,
) -> Result<bool> {
    let row = of(organization)
        .filter(virtual_key::Column::Id.eq(key.0))
        .filter(virtual_key::Column::SecretHash.eq(secret_hash))
        .one(conn.inner())
        .await?;
    let record = row.map(record).transpose()?;
    Ok(record.is_some_and(|key| key.state(now) == KeyState::Active))
}

/// Makes a key and lists it in its owner's row.
pub async fn insert(
    tx: &WriteTx,
    organization: OrganizationId,
    new: NewKey<'_>,
    now: Timestamp,
) -> Result<KeyId> {
    let scope = new
        .scope
        .map(|ids| serde_json::to_string(ids).map_err(|e| Error::corrupt("virtual_key.scope", e)))
        .transpose()?;
    let row = virtual_key::ActiveModel {
        organization_id: Set(organization.0),
        member_id: Set(Some(new.member.0)),
        user_id: Set(new.user.0),
        name: Set(new.name.to_owned()),
        name_folded: Set(fold(new.name)),
        name_key: Set(sort_key(new.name)),
        public_id: Set(new.public_id.to_owned()),
        secret_hash: Set(new.secret_hash.to_vec()),
        last_four: Set(new.last_four.to_owned()),
        scope: Set(scope),
        created_at: Set(now.0),
        expires_at: Set(new.expires_at.map(|t| t.0)),
        requests_per_minute: Set(new.requests_per_minute.map(i64::from)),
        tokens_per_day: Set(new.tokens_per_day),
        issued_by: Set(new.issued_by.map(|user| user.0)),
        ..Default::default()
    };
    let id = KeyId(row.insert(tx.inner()).await?.id);
    members::refresh(tx, organization, new.member).await?;
    Ok(id)
}

/// A change of one key, unless it is withdrawn.
fn change(organization: OrganizationId, key: KeyId) -> UpdateMany<virtual_key::Entity> {
    virtual_key::Entity::update_many()
        .filter(virtual_key::Column::OrganizationId.eq(organization.0))
        .filter(virtual_key::Column::Id.eq(key.0))
        .filter(virtual_key::Column::RevokedAt.is_null())
}

/// Makes the change. False when the key is gone or withdrawn.
async fn changed(
    tx: &WriteTx,
    organization: OrganizationId,
    key: KeyId,
    change: UpdateMany<virtual_key::Entity>,
) -> Result<bool> {
    if change.exec(tx.inner()).await?.rows_affected == 0 {
        return Ok(false);
    }
    let owner = get(tx, organization, key).await?.and_then(|key| key.member);
    if let Some(member) = owner {
        members::refresh(tx, organization, member).await?;
    }
    Ok(true)
}

/// Gives a key another name. False when it is gone or withdrawn.
pub async fn rename(tx: &WriteTx, organization: OrganizationId, key: KeyId, name: &str) -> Result<bool> {
    let rename = change(organization, key)
        .col_expr(virtual_key::Column::Name, Expr::value(name))
        .col_expr(virtual_key::Column::NameFolded, Expr::value(fold(name)))
        .col_expr(virtual_key::Column::NameKey, Expr::value(sort_key(name)));
    changed(tx, organization, key, rename).await
}

/// Gives a key another secret; its own becomes the one before or stops working, and the one before that stops. False
/// when the key is gone or withdrawn.
pub async fn rotate(
    tx: &WriteTx,
    organization: OrganizationId,
    key: KeyId,
    new: NewSecret<'_>,
) -> Result<bool> {
    let previous = match new.previous_ends_at {
        Some(_) => Expr::col(virtual_key::Column::SecretHash),
        None => Expr::value(None::<Vec<u8>>),
    };
    let rotate = change(organization, key)
        .col_expr(virtual_key::Column::PreviousHash, previous)
        .col_expr(
            virtual_key::Column::PreviousEndsAt,
            Expr::value(new.previous_ends_at.map(|t| t.0)),
        )
        .col_expr(
            virtual_key::Column::SecretHash,
            Expr::value(new.secret_hash.to_vec()),
        )
        .col_expr(virtual_key::Column::LastFour, Expr::value(new.last_four))
        .col_expr(
            virtual_key::Column::IssuedBy,
            Expr::value(new.issued_by.map(|user| user.0)),
        );
    changed(tx, organization, key, rotate).await
}

/// Withdraws one key. False when it is gone or withdrawn already.
pub async fn revoke(tx: &WriteTx, organization: OrganizationId, key: KeyId, now: Timestamp) -> Result<bool> {
    let revoke = change(organization, key).col_expr(virtual_key::Column::RevokedAt, Expr::value(now.0));
    changed(tx, organization, key, revoke).await
}

/// Withdraws every key of a member; how many that were.
pub async fn revoke_of_member(
    tx: &WriteTx,
    organization: OrganizationId,
    member: MemberId,
    now: Timestamp,
) -> Result<u64> {
    let done = virtual_key::Entity::update_many()
        .col_expr(virtual_key::Column::RevokedAt, Expr::value(now.0))
        .filter(virtual_key::Column::OrganizationId.eq(organization.0))
        .filter(virtual_key::Column::MemberId.eq(member.0))
        .filter(virtual_key::Column::RevokedAt.is_null())
        .exec(tx.inner())
        .await?;
    if done.rows_affected > 0 {
        members::refresh(tx, organization, member).await?;
    }
    Ok(done.rows_affected)
}
