//! What there is one of: this installation.

use crate::connection::{Conn, Inner, WriteTx};
use crate::entity::instance;
use crate::error::Result;
use domain::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

/// Whether first set-up has been done.
pub async fn is_set_up(conn: &impl Conn) -> Result<bool> {
    let row = instance::Entity::find_by_id(1).one(conn.inner()).await?;
    Ok(row.is_some_and(|row| row.set_up_at.is_some()))
}

/// Marks first set-up as done. True for exactly one caller, however many race.
pub async fn claim_set_up(tx: &WriteTx, now: Timestamp) -> Result<bool> {
    let done = instance::Entity::update_many()
        .col_expr(instance::Column::SetUpAt, Expr::value(now.0))
        .filter(instance::Column::Id.eq(1))
        .filter(instance::Column::SetUpAt.is_null())
        .exec(tx.inner())
        .await?;
    Ok(done.rows_affected == 1)
}
