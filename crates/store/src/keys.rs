//! Virtual keys. A member's search text and key count follow them: [`crate::members::refresh`].

use crate::collation::sort_key;
use crate::connection::{Conn, Inner, WriteTx};
use crate::entity::virtual_key;
use crate::error::{Error, Result};
use crate::members;
use domain::member::{KeyRef, KeyState};
use domain::search::fold;
use domain::{MemberId, OrganizationId, ProviderId, Timestamp, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};

/// A key as stored, without its secret's hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// Which.
    pub id: i64,
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
    /// Hash of the secret part.
    pub secret_hash: &'a [u8],
    /// The last four characters of the key.
    pub last_four: &'a str,
    /// The providers it is narrowed to.
    pub scope: Option<&'a [ProviderId]>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

fn record(row: virtual_key::Model) -> Result<KeyRecord> {
    let scope = row
        .scope
        .map(|json| serde_json::from_str(&json).map_err(|e| Error::corrupt("virtual_key.scope", e)))
        .transpose()?;
    Ok(KeyRecord {
        id: row.id,
        member: row.member_id.map(MemberId),
        user: UserId(row.user_id),
        name: row.name,
        public_id: row.public_id,
        last_four: row.last_four,
        scope,
        created_at: Timestamp(row.created_at),
        expires_at: row.expires_at.map(Timestamp),
        revoked_at: row.revoked_at.map(Timestamp),
    })
}

/// The keys of one member, by name, revoked ones included.
pub async fn of_member(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
) -> Result<Vec<KeyRecord>> {
    virtual_key::Entity::find()
        .filter(virtual_key::Column::OrganizationId.eq(organization.0))
        .filter(virtual_key::Column::MemberId.eq(member.0))
        .order_by_asc(virtual_key::Column::NameKey)
        .order_by_asc(virtual_key::Column::Id)
        .all(conn.inner())
        .await?
        .into_iter()
        .map(record)
        .collect()
}

/// Makes a key and lists it in its owner's row.
pub async fn insert(
    tx: &WriteTx,
    organization: OrganizationId,
    new: NewKey<'_>,
    now: Timestamp,
) -> Result<i64> {
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
        ..Default::default()
    };
    let id = row.insert(tx.inner()).await?.id;
    members::refresh(tx, organization, new.member).await?;
    Ok(id)
}

/// Withdraws one key. False when it is gone or withdrawn already.
pub async fn revoke(tx: &WriteTx, organization: OrganizationId, key: i64, now: Timestamp) -> Result<bool> {
    let Some(row) = virtual_key::Entity::find_by_id(key)
        .filter(virtual_key::Column::OrganizationId.eq(organization.0))
        .filter(virtual_key::Column::RevokedAt.is_null())
        .one(tx.inner())
        .await?
    else {
        return Ok(false);
    };
    virtual_key::Entity::update_many()
        .col_expr(virtual_key::Column::RevokedAt, Expr::value(now.0))
        .filter(virtual_key::Column::Id.eq(key))
        .exec(tx.inner())
        .await?;
    if let Some(member) = row.member_id {
        members::refresh(tx, organization, MemberId(member)).await?;
    }
    Ok(true)
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
