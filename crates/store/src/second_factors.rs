//! Second factors: secrets of authenticator apps, sealed, and hashes of recovery codes.

use crate::connection::{Conn, WriteTx};
use crate::error::Result;
use crate::sql;
use domain::{OrganizationId, Timestamp, UserId};
use sea_orm::FromQueryResult;

/// A second factor as stored.
#[derive(Clone)]
pub struct SecondFactorRecord {
    /// The secret that the app has, sealed.
    pub secret_sealed: Vec<u8>,
    /// Since when it is asked for; `None` until a first code has shown that the app has the secret.
    pub confirmed_at: Option<Timestamp>,
    /// Before this instant no code is looked at.
    pub next_at: Timestamp,
}

#[derive(FromQueryResult)]
struct Row {
    secret_sealed: Vec<u8>,
    confirmed_at: Option<i64>,
    next_at: i64,
}

/// A person's second factor, asked for or not yet.
pub async fn get(conn: &impl Conn, user: UserId) -> Result<Option<SecondFactorRecord>> {
    let rows: Vec<Row> = sql::rows(
        conn,
        "SELECT secret_sealed, confirmed_at, next_at FROM second_factor WHERE user_id = ?",
        vec![user.0.into()],
    )
    .await?;
    Ok(rows.into_iter().next().map(|row| SecondFactorRecord {
        secret_sealed: row.secret_sealed,
        confirmed_at: row.confirmed_at.map(Timestamp),
        next_at: Timestamp(row.next_at),
    }))
}

/// Begins one, in place of another that was begun. Nothing happens where one is asked for already; whether it was begun.
pub async fn begin(tx: &WriteTx, user: UserId, secret_sealed: &[u8]) -> Result<bool> {
    let begun = sql::execute(
        tx,
        "INSERT INTO second_factor (user_id, secret_sealed) VALUES (?, ?) \
         ON CONFLICT (user_id) DO UPDATE SET secret_sealed = excluded.secret_sealed \
         WHERE second_factor.confirmed_at IS NULL",
        vec![user.0.into(), secret_sealed.into()],
    )
    .await?;
    Ok(begun > 0)
}

/// Has one asked for from now on, with these recovery codes; whether it was begun and is not asked for yet.
pub async fn confirm(
    tx: &WriteTx,
    user: UserId,
    step: i64,
    codes: &[Vec<u8>],
    now: Timestamp,
) -> Result<bool> {
    let confirmed = sql::execute(
        tx,
        "UPDATE second_factor SET confirmed_at = ?, last_step = ? WHERE user_id = ? AND confirmed_at IS NULL",
        vec![now.0.into(), step.into(), user.0.into()],
    )
    .await?;
    if confirmed == 0 {
        return Ok(false);
    }
    for hash in codes {
        sql::execute(
            tx,
            "INSERT INTO recovery_code (code_hash, user_id) VALUES (?, ?)",
            vec![hash.clone().into(), user.0.into()],
        )
        .await?;
    }
    Ok(true)
}

#[derive(FromQueryResult)]
struct Wrong {
    wrong: i64,
}

/// Counts a code as wrong until it turns out to be right, and keeps all others waiting until this transaction is over; how
/// many were wrong in a row, with it. `None` where none may be looked at before a later instant, or none is asked for.
pub async fn begin_try(tx: &WriteTx, user: UserId, now: Timestamp) -> Result<Option<u32>> {
    let rows: Vec<Wrong> = sql::rows(
        tx,
        "UPDATE second_factor SET wrong = wrong + 1 WHERE user_id = ? AND next_at <= ? AND confirmed_at IS NOT NULL \
         RETURNING wrong",
        vec![user.0.into(), now.0.into()],
    )
    .await?;
    Ok(rows.first().map(|row| sql::count_of(row.wrong)))
}

/// Sets before when no further code is looked at.
pub async fn wait_until(tx: &WriteTx, user: UserId, next_at: Timestamp) -> Result<()> {
    sql::execute(
        tx,
        "UPDATE second_factor SET next_at = ? WHERE user_id = ?",
        vec![next_at.0.into(), user.0.into()],
    )
    .await?;
    Ok(())
}

/// Uses up the code of a time step and those before it; whether it was not used up yet.
pub async fn use_step(tx: &WriteTx, user: UserId, step: i64) -> Result<bool> {
    let used = sql::execute(
        tx,
        "UPDATE second_factor SET last_step = ?, wrong = 0, next_at = 0 WHERE user_id = ? AND last_step < ?",
        vec![step.into(), user.0.into(), step.into()],
    )
    .await?;
    Ok(used > 0)
}

/// Uses up a recovery code; whether it was one.
pub async fn use_recovery_code(tx: &WriteTx, user: UserId, hash: &[u8]) -> Result<bool> {
    let used = sql::execute(
        tx,
        "DELETE FROM recovery_code WHERE user_id = ? AND code_hash = ?",
        vec![user.0.into(), hash.into()],
    )
    .await?;
    if used > 0 {
        wait_until(tx, user, Timestamp(0)).await?;
    }
    Ok(used > 0)
}

/// How many recovery codes somebody has left.
pub async fn recovery_codes(conn: &impl Conn, user: UserId) -> Result<u32> {
    sql::number_of(
        conn,
        "SELECT count(*) FROM recovery_code WHERE user_id = ?",
        vec![user.0.into()],
    )
    .await
}

/// Takes everything away; whether there was a second factor.
pub async fn delete(tx: &WriteTx, user: UserId) -> Result<bool> {
    let sql = |table: &str| format!("DELETE FROM {table} WHERE user_id = ?");
    sql::execute(tx, &sql("recovery_code"), vec![user.0.into()]).await?;
    let deleted = sql::execute(tx, &sql("second_factor"), vec![user.0.into()]).await?;
    Ok(deleted > 0)
}

/// Whether an organization demands a second factor of its people.
pub async fn is_demanded(conn: &impl Conn, organization: OrganizationId) -> Result<bool> {
    let demanded = sql::number_of(
        conn,
        "SELECT count(*) FROM session_policy WHERE organization_id = ? AND second_factor = 1",
        vec![organization.0.into()],
    )
    .await?;
    Ok(demanded > 0)
}

/// Sets whether an organization demands a second factor of its people.
pub async fn set_demanded(tx: &WriteTx, organization: OrganizationId, demanded: bool) -> Result<()> {
    sql::execute(
        tx,
        "INSERT INTO session_policy (organization_id, second_factor) VALUES (?, ?) \
         ON CONFLICT (organization_id) DO UPDATE SET second_factor = excluded.second_factor",
        vec![organization.0.into(), i64::from(demanded).into()],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Name {
    name: String,
}

/// The names of the organizations that somebody is active in and that demand a second factor, but for one whose provider
/// of single sign-on signed them in.
pub async fn demanded_by(
    conn: &impl Conn,
    user: UserId,
    sign_on: Option<OrganizationId>,
) -> Result<Vec<String>> {
    let rows: Vec<Name> = sql::rows(
        conn,
        "SELECT o.name FROM member m JOIN session_policy p ON p.organization_id = m.organization_id \
         JOIN organization o ON o.id = m.organization_id \
         WHERE m.user_id = ? AND m.status = 'active' AND p.second_factor = 1 AND o.id <> ? ORDER BY o.id",
        vec![
            user.0.into(),
            sign_on.map_or(0, |organization| organization.0).into(),
        ],
    )
    .await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// Whether somebody's second factor is asked for when they sign in.
pub async fn is_on(conn: &impl Conn, user: UserId) -> Result<bool> {
    let on = sql::number_of(
        conn,
        "SELECT count(*) FROM second_factor WHERE user_id = ? AND confirmed_at IS NOT NULL",
        vec![user.0.into()],
    )
    .await?;
    Ok(on > 0)
}
