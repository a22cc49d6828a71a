//! The rows of AI Access: members, and invitations that may become one.

mod record;

pub use record::*;
