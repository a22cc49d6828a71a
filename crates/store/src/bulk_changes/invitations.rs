//! The invitations behind many rows.

use super::push_members;
use super::write::insert;
use crate::connection::{Inner, WriteTx};
use crate::error::{Result, known};
use crate::invitations::InvitationState;
use crate::sql::{self, Sql};
use domain::{MemberId, OrganizationId, Role, Timestamp, UserId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Value};

fn postgres(tx: &WriteTx) -> bool {
    tx.inner().get_database_backend() == DbBackend::Postgres
}

/// An invitation that has been neither accepted nor withdrawn nor replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenInvitation {
    /// Which.
    pub id: i64,
    /// Its row in AI Access.
    pub member: MemberId,
    /// E-mail as it was typed.
    pub email: String,
    /// What the person may be called, as the inviter wrote it.
    pub name: String,
    /// The role it gives.
    pub role: Role,
    /// Who invited.
    pub invited_by: Option<UserId>,
    /// When its time is over.
    pub expires_at: Timestamp,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    member_id: i64,
    email: String,
    name: String,
    role: String,
    invited_by: Option<i64>,
    expires_at: i64,
}

async fn open(tx: &WriteTx, organization: OrganizationId, mut condition: Sql) -> Result<Vec<OpenInvitation>> {
    let mut sql = Sql::default();
    sql.push(
        "SELECT i.id, i.member_id, i.email, i.name, i.role, i.invited_by, i.expires_at FROM invitation i ",
    );
    sql.push("WHERE i.organization_id = ").bind(organization.0);
    sql.push(" AND i.state = 'pending' AND i.member_id IS NOT NULL AND ")
        .push(&condition.text)
        .push(" ORDER BY i.id");
    sql.values.append(&mut condition.values);
    let rows: Vec<Row> = sql::rows(tx, &sql.text, sql.values).await?;
    rows.into_iter()
        .map(|row| {
            Ok(OpenInvitation {
                id: row.id,
                member: MemberId(row.member_id),
                email: row.email,
                name: row.name,
                role: known("invitation.role", &row.role)?,
                invited_by: row.invited_by.map(UserId),
                expires_at: Timestamp(row.expires_at),
            })
        })
        .collect()
}

/// The open invitations of these rows, expired ones included.
pub async fn pending_of(
    tx: &WriteTx,
    organization: OrganizationId,
    members: &[MemberId],
) -> Result<Vec<OpenInvitation>> {
    let mut condition = Sql::default();
    condition
        .push("i.member_id IN (")
        .push(sql::ids_in_list(postgres(tx)))
        .push(")");
    condition
        .values
        .push(sql::id_list(members.iter().map(|member| member.0)).into());
    open(tx, organization, condition).await
}

/// The invitations by these people that can be accepted now.
pub async fn open_by(
    tx: &WriteTx,
    organization: OrganizationId,
    users: &[UserId],
    now: Timestamp,
) -> Result<Vec<OpenInvitation>> {
    let mut condition = Sql::default();
    condition
        .push("i.invited_by IN (")
        .push(sql::ids_in_list(postgres(tx)))
        .push(")");
    condition
        .values
        .push(sql::id_list(users.iter().map(|user| user.0)).into());
    condition.push(" AND i.expires_at > ").bind(now.0);
    open(tx, organization, condition).await
}

/// Ends open invitations.
pub async fn end_invitations(
    tx: &WriteTx,
    organization: OrganizationId,
    invitations: &[i64],
    state: InvitationState,
    now: Timestamp,
) -> Result<()> {
    let mut sql = Sql::default();
    sql.push("UPDATE invitation SET state = ")
        .bind(state.as_str())
        .push(", revoked_at = ")
        .bind(now.0);
    sql.push(" WHERE state = 'pending' AND organization_id = ")
        .bind(organization.0);
    sql.push(" AND id IN (")
        .push(sql::ids_in_list(postgres(tx)))
        .push(")");
    sql.values.push(sql::id_list(invitations.iter().copied()).into());
    sql::execute(tx, &sql.text, sql.values).await?;
    Ok(())
}

/// Gives open invitations another role, when their rows are given one; whoever does so answers for them from then on.
pub async fn set_role_of_invitations(
    tx: &WriteTx,
    organization: OrganizationId,
    role: Role,
    by: UserId,
    members: &[MemberId],
) -> Result<()> {
    let mut sql = Sql::default();
    sql.push("UPDATE invitation SET role = ")
        .bind(role.as_str())
        .push(", invited_by = ")
        .bind(by.0);
    sql.push(" WHERE state = 'pending' AND organization_id = ")
        .bind(organization.0)
        .push(" AND ");
    sql.push("member_id IN (")
        .push(sql::ids_in_list(postgres(tx)))
        .push(")");
    sql.values
        .push(sql::id_list(members.iter().map(|member| member.0)).into());
    sql::execute(tx, &sql.text, sql.values).await?;
    Ok(())
}

/// A new link for an invitation.
pub struct NewLink {
    /// Its row in AI Access.
    pub member: MemberId,
    /// E-mail as it was typed.
    pub email: String,
    /// The form by which two addresses are the same person.
    pub email_identity: String,
    /// What the person may be called; may be empty.
    pub name: String,
    /// The role it gives.
    pub role: Role,
    /// Hash of the token.
    pub token_hash: Vec<u8>,
    /// The token, sealed.
    pub token_sealed: Vec<u8>,
}

/// Makes invitations anew, whose rows live as long as they do. Those before must have been ended.
pub async fn resend(
    tx: &WriteTx,
    organization: OrganizationId,
    links: Vec<NewLink>,
    by: UserId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    let members: Vec<MemberId> = links.iter().map(|link| link.member).collect();
    let mut sql = Sql::default();
    sql.push("UPDATE member SET expires_at = ")
        .bind(expires_at.0)
        .push(" WHERE status = 'invited' AND ");
    push_members(&mut sql, "member", organization, &members, postgres(tx));
    sql::execute(tx, &sql.text, sql.values).await?;
    let row = |link: NewLink| -> Vec<Value> {
        vec![
            organization.0.into(),
            link.member.0.into(),
            link.email.into(),
            link.email_identity.into(),
            link.name.into(),
            link.role.as_str().into(),
            link.token_hash.into(),
            link.token_sealed.into(),
            InvitationState::Pending.as_str().into(),
            by.0.into(),
            now.0.into(),
            expires_at.0.into(),
        ]
    };
    const INTO: &str = "invitation (organization_id, member_id, email, email_identity, name, role, token_hash, token_sealed, \
         state, invited_by, created_at, expires_at)";
    insert(tx, INTO, links.into_iter().map(row).collect(), "").await
}
