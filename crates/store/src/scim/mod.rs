//! What a directory keeps by SCIM: which members and teams are its, what it said of them, and the tokens of connections.

mod groups;
mod tokens;
mod users;

pub use groups::{
    GroupMember, GroupRecord, delete_members, groups, groups_count, groups_of, insert_group, insert_members,
    members_of, update_group,
};
pub use tokens::{NewToken, TokenRecord, insert_token, revoke_token, token_by_hash, tokens, touch_token};
pub use users::{NewScimUser, ScimUserRecord, insert_user, update_user, user_by_name, users, users_count};

use crate::sql::Sql;

/// Which of an organization's users or groups are read. What is found by a name or an id is then filtered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which<'a> {
    /// All, in order of creation.
    All,
    /// So many of them, from an offset on.
    Page {
        /// How many are left out before the first.
        offset: u32,
        /// How many at most.
        limit: u32,
    },
    /// The one with this id.
    Id(i64),
    /// The one with this name, folded as it is stored.
    Name(&'a str),
    /// Those with this external id.
    ExternalId(&'a str),
}

impl Which<'_> {
    /// Appends what comes after the condition on the organization, and the order.
    fn push(&self, sql: &mut Sql, id: &str, name: &str, external_id: &str) {
        match self {
            Which::All | Which::Page { .. } => {}
            Which::Id(value) => {
                sql.push(&format!(" AND {id} = ")).bind(*value);
            }
            Which::Name(value) => {
                sql.push(&format!(" AND {name} = ")).bind(*value);
            }
            Which::ExternalId(value) => {
                sql.push(&format!(" AND {external_id} = ")).bind(*value);
            }
        }
        sql.push(&format!(" ORDER BY {id}"));
        if let Which::Page { offset, limit } = self {
            sql.push(" LIMIT ").bind(i64::from(*limit));
            sql.push(" OFFSET ").bind(i64::from(*offset));
        }
    }
}
