//! The order of the table.

use crate::grants::every_source;
use crate::sql::Sql;
use domain::query::SortColumn;
use domain::{MemberStatus, Role, Timestamp};

/// Ties are broken by name, then by e-mail, which is unique in an organization: no page repeats or skips a row.
const TIES: &str = "m.name_key ASC NULLS LAST, m.email_identity ASC";

/// Whether an index has the rows in this order already, so that a page can stop at its last row.
pub(super) fn indexed_by(sort: SortColumn) -> Option<&'static str> {
    match sort {
        SortColumn::Name => Some("member_list"),
        SortColumn::Email => Some("member_email"),
        _ => None,
    }
}

/// Appends the `ORDER BY`.
pub(super) fn push(sql: &mut Sql, sort: SortColumn, descending: bool, now: Timestamp) {
    let direction = if descending { " DESC" } else { " ASC" };
    sql.push(" ORDER BY ");
    match sort {
        SortColumn::Name => {
            sql.push("m.name_key").push(direction);
            sql.push(" NULLS LAST, m.email_identity ASC");
            return;
        }
        SortColumn::Email => {
            sql.push("m.email_identity").push(direction);
            return;
        }
        SortColumn::Role => {
            sql.push("CASE m.role");
            for (rank, role) in Role::ALL.iter().enumerate() {
                sql.push(&format!(" WHEN '{role}' THEN {rank}"));
            }
            sql.push(" END");
        }
        SortColumn::Status => push_status_rank(sql, now),
        SortColumn::Keys => {
            sql.push("m.key_count");
        }
        SortColumn::LastLogin => {
            sql.push("m.last_login_at");
        }
        SortColumn::Teams => {
            sql.push(
                "(SELECT t.name_key FROM team_member tm JOIN team t ON t.id = tm.team_id \
                 WHERE tm.member_id = m.id ORDER BY t.name_key LIMIT 1)",
            );
        }
        SortColumn::Providers => {
            sql.push("(SELECT p.name_key FROM (")
                .push(&every_source("m"))
                .push(") g JOIN provider p ON p.id = g.provider_id WHERE g.ends_at IS NULL OR g.ends_at > ");
            sql.bind(now.0).push(" ORDER BY p.name_key LIMIT 1)");
        }
    }
    sql.push(direction).push(" NULLS LAST, ").push(TIES);
}

/// Statuses stand in the order of their labels.
fn push_status_rank(sql: &mut Sql, now: Timestamp) {
    let mut labels = MemberStatus::ALL.to_vec();
    labels.sort_by_key(|status| status.label());
    let rank = |status| labels.iter().position(|s| *s == status).unwrap_or_default();
    sql.push("CASE");
    for status in [MemberStatus::Active, MemberStatus::Suspended] {
        sql.push(&format!(" WHEN m.status = '{status}' THEN {}", rank(status)));
    }
    sql.push(" WHEN m.expires_at > ").bind(now.0);
    sql.push(&format!(
        " THEN {} ELSE {} END",
        rank(MemberStatus::Invited),
        rank(MemberStatus::Expired)
    ));
}
