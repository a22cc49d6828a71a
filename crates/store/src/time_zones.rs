//! The time zones of organizations: UTC, and each that one moved to.

use crate::connection::{Conn, WriteTx};
use crate::error::{Error, Result};
use crate::sql;
use domain::period::{Moved, Zone, Zones};
use domain::{OrganizationId, Timestamp};
use sea_orm::FromQueryResult;

#[derive(FromQueryResult)]
struct Row {
    at: i64,
    zone: String,
}

/// A stored zone that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("time zone {0:?}")]
struct UnknownZone(String);

/// The zones of an organization.
pub async fn of(conn: &impl Conn, organization: OrganizationId) -> Result<Zones> {
    let rows: Vec<Row> = sql::rows(
        conn,
        "SELECT at, zone FROM time_zone_move WHERE organization_id = ? ORDER BY id",
        vec![organization.0.into()],
    )
    .await?;
    let moved = |row: Row| match Zone::named(&row.zone) {
        Some(to) => Ok(Moved {
            at: Timestamp(row.at),
            to,
        }),
        None => Err(Error::corrupt("time_zone_move.zone", UnknownZone(row.zone))),
    };
    let moves = rows.into_iter().map(moved).collect::<Result<Vec<_>>>()?;
    Ok(Zones::new(Zone::utc(), moves))
}

/// An organization moves to another zone. Never before it last did, also when the clock was set back.
pub async fn move_to(tx: &WriteTx, organization: OrganizationId, zone: &Zone, at: Timestamp) -> Result<()> {
    sql::execute(
        tx,
        "INSERT INTO time_zone_move (organization_id, at, zone) \
         SELECT ?, CASE WHEN max(at) > ? THEN max(at) ELSE ? END, ? FROM time_zone_move WHERE organization_id = ?",
        vec![
            organization.0.into(),
            at.0.into(),
            at.0.into(),
            zone.name().into(),
            organization.0.into(),
        ],
    )
    .await?;
    Ok(())
}
