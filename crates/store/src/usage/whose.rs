//! Whose requests and spend somebody may read.

use crate::sql::Sql;
use domain::{MemberId, OrganizationId};

/// Whose requests and spend are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's.
    Everybody,
    /// Those of the people of the teams that a member leads, and the member's own.
    Led(MemberId),
    /// A member's own.
    Own(MemberId),
}

impl Whose {
    /// Who is in which team. A lead's people may be in teams of others, which are none of the lead's business.
    pub(super) fn places(self, organization: OrganizationId, sql: &mut Sql) {
        sql.push("(SELECT tm.member_id, tm.team_id FROM team_member tm JOIN team t ON t.id = tm.team_id WHERE t.organization_id = ")
            .bind(organization.0);
        if let Self::Led(lead) = self {
            sql.push(
                " AND tm.team_id IN (SELECT team_id FROM team_member WHERE role = 'lead' AND member_id = ",
            )
            .bind(lead.0)
            .push(")");
        }
        sql.push(")");
    }

    /// Narrows a statement whose rows are called `u`.
    pub(super) fn narrow(self, organization: OrganizationId, sql: &mut Sql) {
        match self {
            Self::Everybody => {}
            Self::Own(member) => {
                sql.push(" AND u.member_id = ").bind(member.0);
            }
            Self::Led(lead) => {
                sql.push(" AND (u.member_id = ")
                    .bind(lead.0)
                    .push(" OR u.member_id IN (SELECT led.member_id FROM ");
                self.places(organization, sql);
                sql.push(" led))");
            }
        }
    }
}
