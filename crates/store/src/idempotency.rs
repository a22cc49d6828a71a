//! Answers kept so that a repeated request gets the first one again instead of a second effect.

use crate::connection::{Conn, Inner, WriteTx};
use crate::entity::idempotency;
use crate::error::Result;
use domain::{OrganizationId, Timestamp, UserId};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};

/// The first answer to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Hash of the request it answers; another one under the same key is a mistake.
    pub request_hash: Vec<u8>,
    /// The answer, as JSON text.
    pub response: String,
    /// When it was given.
    pub created_at: Timestamp,
}

/// The answer kept for a key.
pub async fn get(
    conn: &impl Conn,
    organization: OrganizationId,
    actor: UserId,
    key: &str,
) -> Result<Option<KeptAnswer>> {
    let row = idempotency::Entity::find_by_id((organization.0, actor.0, key.to_owned()))
        .one(conn.inner())
        .await?;
    Ok(row.map(|row| KeptAnswer {
        request_hash: row.request_hash,
        response: row.response,
        created_at: Timestamp(row.created_at),
    }))
}

/// Keeps the answer to a key. [`crate::Error::Constraint`] when there is one already.
pub async fn insert(
    tx: &WriteTx,
    organization: OrganizationId,
    actor: UserId,
    key: &str,
    answer: KeptAnswer,
) -> Result<()> {
    let row = idempotency::ActiveModel {
        organization_id: Set(organization.0),
        actor_user_id: Set(actor.0),
        key: Set(key.to_owned()),
        request_hash: Set(answer.request_hash),
        response: Set(answer.response),
        created_at: Set(answer.created_at.0),
    };
    row.insert(tx.inner()).await?;
    Ok(())
}

/// Forgets answers given at `before` or earlier.
pub async fn delete_until(tx: &WriteTx, before: Timestamp) -> Result<u64> {
    let done = idempotency::Entity::delete_many()
        .filter(idempotency::Column::CreatedAt.lte(before.0))
        .exec(tx.inner())
        .await?;
    Ok(done.rows_affected)
}
