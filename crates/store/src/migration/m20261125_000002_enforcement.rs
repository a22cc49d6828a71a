//! Virtual keys in use, models, usage and Chat.

statements!(include_str!("enforcement.sql"));
