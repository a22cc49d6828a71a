//! Which answers are being written.

statements!(include_str!("answers.sql"));
