//! Mail to be sent: a row for each message, written in the transaction of its cause.

use crate::connection::{Conn, Inner, WriteTx};
use crate::error::{Error, Result, known};
use crate::invitations::InvitationState;
use crate::sql;
use domain::mail::{MailStage, MailState};
use domain::{BudgetId, MemberId, OrganizationId, Timestamp, UserId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use serde::Deserialize;
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailKind {
    /// A pending invitation, with its link.
    Invitation,
    /// A link for a new password.
    PasswordReset,
    /// Somebody signed in from a browser that had not signed them in before.
    NewSignIn,
    /// So much of a budget is spent.
    BudgetWarning,
    /// Somebody else took the second factor away.
    SecondFactorReset,
}

impl MailKind {
    const ALL: [Self; 5] = [
        Self::Invitation,
        Self::PasswordReset,
        Self::NewSignIn,
        Self::BudgetWarning,
        Self::SecondFactorReset,
    ];

    /// The name it is stored by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "password_reset",
            Self::NewSignIn => "new_sign_in",
            Self::BudgetWarning => "budget_warning",
            Self::SecondFactorReset => "second_factor_reset",
        }
    }
}

/// A stored kind that is none.
#[derive(Debug, thiserror::Error)]
#[error("kind of mail {0:?}")]
pub struct UnknownKind(String);

impl FromStr for MailKind {
    type Err = UnknownKind;

    fn from_str(s: &str) -> std::result::Result<Self, UnknownKind> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == s)
            .ok_or_else(|| UnknownKind(s.to_owned()))
    }
}

/// A message whose turn it is.
#[derive(Clone, PartialEq, Eq)]
pub struct MailRecord {
    /// Which.
    pub id: i64,
    /// Of which organization; `None` where it concerns an account.
    pub organization: Option<OrganizationId>,
    /// What it is about.
    pub kind: MailKind,
    /// The row of AI Access it is about.
    pub member: Option<MemberId>,
    /// Whose account it concerns.
    pub user: Option<UserId>,
    /// To which address.
    pub recipient: String,
    /// What it tells, as JSON.
    pub details: String,
    /// Tries so far, this one included.
    pub attempts: i64,
    /// When it was written.
    pub created_at: Timestamp,
}

/// Without the address, so that it is in no log.
impl fmt::Debug for MailRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailRecord")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    organization_id: Option<i64>,
    kind: String,
    member_id: Option<i64>,
    user_id: Option<i64>,
    recipient: String,
    details: String,
    attempts: i64,
    created_at: i64,
}

#[derive(FromQueryResult)]
struct Due {
    id: i64,
    due_at: i64,
}

/// Writes down that these invitations are to be mailed, in place of what was still to be sent to them.
pub async fn queue_invitations(
    tx: &WriteTx,
    organization: OrganizationId,
    members: &[MemberId],
    now: Timestamp,
) -> Result<()> {
    let ids = sql::ids_in_list(tx.inner().get_database_backend() == DbBackend::Postgres);
    let list = sql::id_list(members.iter().map(|member| member.0));
    sql::execute(
        tx,
        &format!(
            "DELETE FROM mail WHERE member_id IN ({ids}) AND organization_id = ? AND kind = ? AND state = 'queued'"
        ),
        vec![
            list.clone().into(),
            organization.0.into(),
            MailKind::Invitation.as_str().into(),
        ],
    )
    .await?;
    sql::execute(
        tx,
        &format!(
            "INSERT INTO mail (organization_id, kind, member_id, recipient, details, state, due_at, created_at) \
             SELECT i.organization_id, ?, i.member_id, i.email, '{{}}', 'queued', ?, ? FROM invitation i \
             WHERE i.member_id IN ({ids}) AND i.organization_id = ? AND i.state = ?"
        ),
        vec![
            MailKind::Invitation.as_str().into(),
            now.0.into(),
            now.0.into(),
            list.into(),
            organization.0.into(),
            InvitationState::Pending.as_str().into(),
        ],
    )
    .await?;
    Ok(())
}

/// Writes down that somebody is to be told of their account.
pub async fn queue_for_user(
    tx: &WriteTx,
    kind: MailKind,
    user: UserId,
    recipient: &str,
    details: &str,
    now: Timestamp,
) -> Result<()> {
    sql::execute(
        tx,
        "INSERT INTO mail (kind, user_id, recipient, details, state, due_at, created_at) \
         VALUES (?, ?, ?, ?, 'queued', ?, ?)",
        vec![
            kind.as_str().into(),
            user.0.into(),
            recipient.into(),
            details.into(),
            now.0.into(),
            now.0.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Writes down that whoever is concerned is to be told of a budget: active owners and admins, and the member whose it is, or
/// whose key's.
pub async fn queue_budget_warning(
    tx: &WriteTx,
    organization: OrganizationId,
    budget: BudgetId,
    details: &str,
    now: Timestamp,
) -> Result<()> {
    sql::execute(
        tx,
        "INSERT INTO mail (organization_id, kind, member_id, recipient, details, state, due_at, created_at) \
         SELECT m.organization_id, ?, m.id, m.email, ?, 'queued', ?, ? \
         FROM budget b LEFT JOIN virtual_key k ON k.id = b.key_id JOIN member m ON m.organization_id = b.organization_id \
         WHERE b.id = ? AND b.organization_id = ? AND m.status = 'active' \
         AND (m.role IN ('owner', 'admin') OR m.id = b.member_id OR m.id = k.member_id)",
        vec![
            MailKind::BudgetWarning.as_str().into(),
            details.into(),
            now.0.into(),
            now.0.into(),
            budget.0.into(),
            organization.0.into(),
        ],
    )
    .await?;
    Ok(())
}

/// The messages whose turn it is, the longest due first, and when the next one's is.
pub async fn due(conn: &impl Conn, now: Timestamp, at_most: u64) -> Result<(Vec<i64>, Option<Timestamp>)> {
    let rows: Vec<Due> = sql::rows(
        conn,
        "SELECT id, due_at FROM mail WHERE state = 'queued' ORDER BY due_at, id LIMIT ?",
        vec![at_most.into()],
    )
    .await?;
    let next = rows.iter().map(|row| Timestamp(row.due_at)).find(|at| *at > now);
    let due = rows.into_iter().filter(|row| row.due_at <= now.0);
    Ok((due.map(|row| row.id).collect(), next))
}

/// Takes a message for one try; nobody else tries it before `until`. `None` when somebody else has taken it, or it is
/// no longer to be sent.
pub async fn claim(tx: &WriteTx, mail: i64, now: Timestamp, until: Timestamp) -> Result<Option<MailRecord>> {
    let rows: Vec<Row> = sql::rows(
        tx,
        "UPDATE mail SET attempts = attempts + 1, due_at = ? WHERE id = ? AND state = 'queued' AND due_at <= ? \
         RETURNING id, organization_id, kind, member_id, user_id, recipient, details, attempts, created_at",
        vec![until.0.into(), mail.into(), now.0.into()],
    )
    .await?;
    let record = |row: Row| -> Result<MailRecord> {
        Ok(MailRecord {
            id: row.id,
            organization: row.organization_id.map(OrganizationId),
            kind: known("mail.kind", &row.kind)?,
            member: row.member_id.map(MemberId),
            user: row.user_id.map(UserId),
            recipient: row.recipient,
            details: row.details,
            attempts: row.attempts,
            created_at: Timestamp(row.created_at),
        })
    };
    rows.into_iter().next().map(record).transpose()
}

/// What a try came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// A mail server has taken it.
    Sent,
    /// It is tried again.
    Again {
        /// When.
        at: Timestamp,
        /// What stood in the way.
        why: String,
    },
    /// It is not tried again.
    Failed {
        /// Why not.
        why: String,
    },
}

/// Writes down what a try came to. Without effect on a message that is no longer to be sent.
pub async fn tried(tx: &WriteTx, mail: i64, tried: &Tried, now: Timestamp) -> Result<()> {
    let (state, due, why, ended) = match tried {
        Tried::Sent => ("sent", None, "", Some(now)),
        Tried::Again { at, why } => ("queued", Some(*at), why.as_str(), None),
        Tried::Failed { why } => ("failed", None, why.as_str(), Some(now)),
    };
    sql::execute(
        tx,
        "UPDATE mail SET state = ?, due_at = coalesce(?, due_at), problem = ?, ended_at = ? \
         WHERE id = ? AND state = 'queued'",
        vec![
            state.into(),
            due.map(|at| at.0).into(),
            why.into(),
            ended.map(|at| at.0).into(),
            mail.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Forgets what was over before an instant.
pub async fn forget_ended(tx: &WriteTx, before: Timestamp) -> Result<()> {
    sql::execute(
        tx,
        "DELETE FROM mail WHERE ended_at IS NOT NULL AND ended_at < ?",
        vec![before.0.into()],
    )
    .await?;
    Ok(())
}

#[derive(Deserialize)]
struct Stand {
    member_id: i64,
    id: i64,
    state: String,
    problem: String,
}

/// Where the latest mail of each of these invitations stands; those that were never mailed are left out.
pub async fn of_invitations(
    conn: &impl Conn,
    organization: OrganizationId,
    members: impl Iterator<Item = MemberId>,
) -> Result<HashMap<MemberId, MailState>> {
    let postgres = conn.inner().get_database_backend() == DbBackend::Postgres;
    let list = sql::id_list(members.map(|member| member.0));
    let from = format!(
        "FROM mail x WHERE x.member_id IN ({}) AND {}x.organization_id = ? AND x.kind = ?",
        sql::ids_in_list(postgres),
        if postgres { "" } else { "+" },
    );
    let mut rows: Vec<Stand> = sql::unordered(
        conn,
        "x.member_id, x.id, x.state, x.problem",
        &from,
        vec![
            list.into(),
            organization.0.into(),
            MailKind::Invitation.as_str().into(),
        ],
    )
    .await?;
    rows.sort_unstable_by_key(|row| row.id);
    let stand = |row: Stand| -> Result<(MemberId, MailState)> {
        let stage = match row.state.as_str() {
            "queued" => MailStage::Sending,
            "sent" => MailStage::Sent,
            "failed" => MailStage::Failed,
            other => return Err(Error::corrupt("mail.state", UnknownKind(other.to_owned()))),
        };
        let state = MailState {
            stage,
            why: row.problem,
        };
        Ok((MemberId(row.member_id), state))
    };
    // The latest comes last and stays.
    rows.into_iter().map(stand).collect()
}

/// How many of an organization's messages wait to be sent, and how many could not be.
pub async fn standing(conn: &impl Conn, organization: OrganizationId) -> Result<(u32, u32)> {
    let count = async |state: &str| {
        sql::number_of(
            conn,
            "SELECT count(*) FROM mail WHERE organization_id = ? AND state = ?",
            vec![organization.0.into(), state.into()],
        )
        .await
    };
    Ok((count("queued").await?, count("failed").await?))
}
