//! Saved views of AI Access.

statements!(include_str!("saved_views.sql"));
