//! What entries of the audit log keep for taking the past back.

use crate::Error;
use crate::change::Change;
use crate::members::removed;
use domain::access::Grant;
use domain::as_of::Kept;
use domain::member::MemberRow;
use domain::{MemberId, OrganizationId, TeamId, Timestamp};
use serde_json::Value;
use store::Conn;

/// What was before, with what is kept beside it.
pub(crate) fn keeping(mut before: Value, kept: &Kept) -> Value {
    before["kept"] = serde_json::to_value(kept).unwrap_or_default();
    before
}

/// An invitation that goes, as the audit log keeps it.
pub(crate) async fn invitation_gone(
    conn: &impl Conn,
    organization: OrganizationId,
    member: MemberId,
    now: Timestamp,
) -> Result<Value, Error> {
    let row = store::members::row(conn, organization, member, now).await?;
    Ok(row.map_or(Value::Null, |row| row_gone(&row, Vec::new())))
}

/// A row that goes, as the audit log keeps it, with its own grants.
pub(crate) fn row_gone(row: &MemberRow, grants: Vec<Grant>) -> Value {
    let kept = Kept {
        expires_at: row.expires_at,
        grants,
        ..Kept::default()
    };
    keeping(removed(row), &kept)
}

impl Change {
    /// The own grants of a member as they are, ended ones included.
    pub(crate) async fn grants_kept(&self, member: MemberId) -> Result<Kept, Error> {
        let (grants, _) = store::access::sources(&self.tx, self.organization, member).await?;
        Ok(Kept {
            grants,
            ..Kept::default()
        })
    }

    /// What a team carries, ended grants included.
    pub(crate) async fn carried_kept(&self, team: TeamId) -> Result<Kept, Error> {
        let all = store::access::carried(&self.tx, self.organization).await?;
        let of_team = all.into_iter().find(|carried| carried.team == team);
        Ok(Kept {
            grants: of_team.map(|carried| carried.grants).unwrap_or_default(),
            ..Kept::default()
        })
    }
}
