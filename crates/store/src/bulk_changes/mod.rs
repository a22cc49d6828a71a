//! Changes of many rows of AI Access at once: what is known of the rows, writing to all of them, and what an undo must
//! know. A handful of statements each, however many rows there are.

mod facts;
mod invitations;
mod record;
mod write;

pub use facts::{BulkGrant, BulkRow, deleted_providers, deleted_teams, holders_of, rows};
pub use invitations::{
    NewLink, OpenInvitation, end_invitations, open_by, pending_of, resend, set_role_of_invitations,
};
pub use record::{BulkRecord, forget_until, get, insert, mark_undone, parts};
pub use write::{
    end_sessions_of_outsiders, give, put_in_teams, remove, remove_from_team, restore, set_role,
    set_suspended, settle, take,
};

use crate::sql::{self, Sql};
use domain::{MemberId, OrganizationId};

/// Rows in one statement: SQLite takes 32,766 marks in one, and the widest row here has fourteen.
const ROWS_AT_ONCE: usize = 2_000;

/// A condition on the rows with these ids of an organization; one value, however many ids they are. On SQLite a mark keeps
/// the planner from going through the organization's rows instead of the ids.
fn push_members(
    sql: &mut Sql,
    table: &str,
    organization: OrganizationId,
    members: &[MemberId],
    postgres: bool,
) {
    sql.push(if postgres { "" } else { "+" })
        .push(table)
        .push(".organization_id = ")
        .bind(organization.0)
        .push(" AND ")
        .push(table)
        .push(".id IN (")
        .push(sql::ids_in_list(postgres))
        .push(")");
    sql.values
        .push(sql::id_list(members.iter().map(|id| id.0)).into());
}
