//! The use cases as a transport sees them, on SQLite and PostgreSQL.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod access_requests;
mod account;
mod audit;
mod backup;
mod bulk;
mod chat;
mod common;
mod concurrency;
mod details;
mod ends;
mod export;
mod grant_models;
mod import;
mod invitations;
mod keys;
mod lists;
mod load;
mod members;
mod offboarding;
mod operator;
mod probe;
mod providers;
mod roles;
mod sample;
mod scim;
mod secrets;
mod sign_in;
mod snapshot;
mod standing;
mod teams;
mod tenancy;
mod text;
mod usage;
mod why;
