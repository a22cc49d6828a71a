//! Templates.

statements!(include_str!("templates.sql"));
