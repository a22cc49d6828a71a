//! The tables as sea-orm sees them; nothing of it leaves this crate.
#![allow(dead_code, reason = "the model macro derives more than is used")]

pub(crate) mod app_user;
pub(crate) mod audit;
pub(crate) mod conversation;
pub(crate) mod idempotency;
pub(crate) mod instance;
pub(crate) mod invitation;
pub(crate) mod member;
pub(crate) mod message;
pub(crate) mod organization;
pub(crate) mod provider;
pub(crate) mod provider_grant;
pub(crate) mod session;
pub(crate) mod team;
pub(crate) mod team_member;
pub(crate) mod virtual_key;
