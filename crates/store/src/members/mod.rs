//! The rows of AI Access: members, and invitations that may become one.

mod conditions;
mod counts;
mod edit;
mod order;
mod page;
mod record;
mod rows;
mod select;
mod write;

pub use counts::status_counts;
pub(crate) use counts::{Affected, allowed_until, refresh_allowed};
pub(crate) use edit::name_key;
pub use edit::{
    NewMember, activate, bump_version, delete, insert_active, insert_invited, of_user, refresh, set_email,
    set_expiry, set_name, set_role, set_suspended,
};
pub use page::{count, first_ids, ordered_ids, page};
pub(crate) use record::status_at;
pub use record::{
    MemberRecord, active_owners, by_identity, by_user, get, helpers, ids_of_identities, removal_effect,
};
pub use rows::{row, rows};
