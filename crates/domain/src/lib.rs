//! The words and rules of Gatehouse: types, parsing and the access rule.
//!
//! No I/O lives here, so that the server and the browser run the very same code.

pub mod access;
pub mod as_of;
pub mod audit;
#[cfg(not(target_arch = "wasm32"))]
pub mod budget;
pub mod budgets;
pub mod bulk;
#[cfg(any(test, feature = "cases"))]
pub mod cases;
pub mod chat;
pub mod compare;
pub mod email;
pub mod ends;
pub mod export;
pub mod find;
pub mod history;
pub mod ids;
pub mod import;
pub mod input;
pub mod invite;
pub mod key;
pub mod limits;
pub mod mail;
pub mod member;
pub mod number;
pub mod offboarding;
pub mod organization;
#[cfg(not(target_arch = "wasm32"))]
pub mod period;
pub mod price;
pub mod prices;
pub mod problem;
pub mod provider;
pub mod query;
pub mod request_log;
pub mod requests;
pub mod reviews;
pub mod role;
pub mod scim;
pub mod search;
mod secret;
pub mod session;
pub mod settings;
pub mod sign_on;
pub mod slug;
pub mod spend;
pub mod team;
pub mod templates;
pub mod text;
pub mod timestamp;
mod unicode;
pub mod unused;
pub mod usage;
pub mod views;

pub use ids::{
    AccessRequestId, BudgetId, BulkChangeId, ConversationId, KeyId, MemberId, MessageId, OrganizationId,
    PriceId, ProviderId, ReviewId, ReviewLineId, ScimTokenId, SessionId, TeamId, TemplateId, UserId, ViewId,
};
pub use problem::{FieldProblem, Problem, ProblemCode, VersionedOutcome};
pub use role::{MemberStatus, Role, TeamRole};
pub use secret::Secret;
pub use timestamp::Timestamp;
