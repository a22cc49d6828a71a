//! The rows of AI Access: members, and invitations that may become one.

mod conditions;
mod counts;
mod order;
mod page;
mod record;
mod rows;
mod select;

pub use counts::status_counts;
pub(crate) use counts::{ALLOWED_UNTIL, Affected, refresh_allowed};
pub use page::{count, first_ids, ordered_ids, page};
pub use record::{
    MemberRecord, NewMember, activate, active_owners, bump_version, by_identity, by_user, delete, get,
    insert_active, insert_invited, refresh, removal_effect, set_expiry, set_role, set_suspended,
};
pub(crate) use record::{name_key, status_at};
pub use rows::{row, rows};
