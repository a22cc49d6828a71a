//! What an organization demands of virtual keys.

statements!(include_str!("key_policy.sql"));
