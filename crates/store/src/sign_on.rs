//! Single sign-on: how an organization's people sign in elsewhere, and whom an issuer knows by which name.

use crate::connection::{Conn, WriteTx};
use crate::error::{Result, known};
use crate::sql;
use domain::{OrganizationId, Role, Timestamp, UserId};
use sea_orm::FromQueryResult;

/// What an organization has set.
#[derive(Clone)]
pub struct SignOnRecord {
    /// The provider's issuer.
    pub issuer: String,
    /// What the provider calls Gatehouse.
    pub client_id: String,
    /// The client secret, sealed; `None` for a public client.
    pub secret_sealed: Option<Vec<u8>>,
    /// The role of those who join by signing in.
    pub role: Role,
    /// Only owners may still sign in with a password.
    pub required: bool,
    /// The version that an edit must carry.
    pub version: i64,
}

#[derive(FromQueryResult)]
struct Row {
    issuer: String,
    client_id: String,
    secret_sealed: Option<Vec<u8>>,
    role: String,
    required: i64,
    version: i64,
}

#[derive(FromQueryResult)]
struct Id {
    id: i64,
}

#[derive(FromQueryResult)]
struct Name {
    name: String,
}

/// What an organization has set.
pub async fn get(conn: &impl Conn, organization: OrganizationId) -> Result<Option<SignOnRecord>> {
    let rows: Vec<Row> = sql::rows(
        conn,
        "SELECT issuer, client_id, secret_sealed, role, required, version FROM sign_on WHERE organization_id = ?",
        vec![organization.0.into()],
    )
    .await?;
    let record = |row: Row| -> Result<SignOnRecord> {
        Ok(SignOnRecord {
            issuer: row.issuer,
            client_id: row.client_id,
            secret_sealed: row.secret_sealed,
            role: known("sign_on.role", &row.role)?,
            required: row.required != 0,
            version: row.version,
        })
    };
    rows.into_iter().next().map(record).transpose()
}

/// The domains of an organization's addresses.
pub async fn domains(conn: &impl Conn, organization: OrganizationId) -> Result<Vec<String>> {
    let rows: Vec<Name> = sql::rows(
        conn,
        "SELECT domain AS name FROM sign_on_domain WHERE organization_id = ? ORDER BY domain",
        vec![organization.0.into()],
    )
    .await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// The organization that an address of this domain signs in to.
pub async fn organization_of(conn: &impl Conn, domain: &str) -> Result<Option<OrganizationId>> {
    let rows: Vec<Id> = sql::rows(
        conn,
        "SELECT organization_id AS id FROM sign_on_domain WHERE domain = ?",
        vec![domain.into()],
    )
    .await?;
    Ok(rows.first().map(|row| OrganizationId(row.id)))
}

/// Sets everything, in place of what was. The domains must be nobody else's.
pub async fn set(
    tx: &WriteTx,
    organization: OrganizationId,
    new: &SignOnRecord,
    domains: &[String],
) -> Result<()> {
    remove(tx, organization).await?;
    sql::execute(
        tx,
        "INSERT INTO sign_on (organization_id, issuer, client_id, secret_sealed, role, required, version) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
        vec![
            organization.0.into(),
            new.issuer.as_str().into(),
            new.client_id.as_str().into(),
            new.secret_sealed.clone().into(),
            new.role.as_str().into(),
            i64::from(new.required).into(),
            new.version.into(),
        ],
    )
    .await?;
    for domain in domains {
        sql::execute(
            tx,
            "INSERT INTO sign_on_domain (domain, organization_id) VALUES (?, ?)",
            vec![domain.as_str().into(), organization.0.into()],
        )
        .await?;
    }
    Ok(())
}

/// Takes everything away. Who is known by an issuer stays known.
pub async fn remove(tx: &WriteTx, organization: OrganizationId) -> Result<()> {
    for table in ["sign_on_domain", "sign_on"] {
        sql::execute(
            tx,
            &format!("DELETE FROM {table} WHERE organization_id = ?"),
            vec![organization.0.into()],
        )
        .await?;
    }
    Ok(())
}

/// An account as an issuer knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Whose account.
    pub user: UserId,
    /// The person linked it themselves, signed in; else it was linked on the provider's word.
    pub by_person: bool,
}

/// The account that an issuer knows by this subject.
pub async fn identity(conn: &impl Conn, issuer: &str, subject: &str) -> Result<Option<Identity>> {
    #[derive(FromQueryResult)]
    struct Found {
        user_id: i64,
        by_person: i64,
    }
    let rows: Vec<Found> = sql::rows(
        conn,
        "SELECT user_id, by_person FROM identity WHERE issuer = ? AND subject = ?",
        vec![issuer.into(), subject.into()],
    )
    .await?;
    Ok(rows.first().map(|row| Identity {
        user: UserId(row.user_id),
        by_person: row.by_person != 0,
    }))
}

/// Whether an issuer knows an account by some subject.
pub async fn is_known(conn: &impl Conn, issuer: &str, user: UserId) -> Result<bool> {
    let known = sql::number_of(
        conn,
        "SELECT count(*) FROM identity WHERE user_id = ? AND issuer = ?",
        vec![user.0.into(), issuer.into()],
    )
    .await?;
    Ok(known > 0)
}

/// Binds an account to the subject by which an issuer knows it. One that was bound on the provider's word stays bound, and
/// by the person if so now.
pub async fn bind(
    tx: &WriteTx,
    issuer: &str,
    subject: &str,
    identity: Identity,
    now: Timestamp,
) -> Result<()> {
    sql::execute(
        tx,
        "INSERT INTO identity (issuer, subject, user_id, by_person, created_at) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (issuer, subject) DO UPDATE SET by_person = excluded.by_person",
        vec![
            issuer.into(),
            subject.into(),
            identity.user.0.into(),
            i64::from(identity.by_person).into(),
            now.0.into(),
        ],
    )
    .await?;
    Ok(())
}

/// The name of an organization that somebody belongs to, owns not, and which has its people sign in elsewhere.
pub async fn required_of(conn: &impl Conn, user: UserId) -> Result<Option<String>> {
    let rows: Vec<Name> = sql::rows(
        conn,
        "SELECT o.name FROM member m JOIN sign_on s ON s.organization_id = m.organization_id \
         JOIN organization o ON o.id = m.organization_id \
         WHERE m.user_id = ? AND s.required = 1 AND m.role <> 'owner' ORDER BY o.id LIMIT 1",
        vec![user.0.into()],
    )
    .await?;
    Ok(rows.into_iter().next().map(|row| row.name))
}
