//! The pages, one module each.

pub mod access;
pub mod access_import;
pub mod access_invite;
pub mod access_requests;
pub mod account;
pub mod audit;
pub mod auth;
pub mod chat;
pub mod ends;
pub mod first_steps;
pub mod how_access_works;
pub mod invitation;
pub mod keys;
pub mod login;
pub mod member;
pub mod not_found;
pub mod offboarding;
pub mod organization;
pub mod password_reset;
pub mod providers;
pub mod reading;
pub mod request;
pub mod root;
pub mod scim;
pub mod setup;
pub mod teams;
