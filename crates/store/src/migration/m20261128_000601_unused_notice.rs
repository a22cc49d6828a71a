//! Which grants end because nobody used them, and which were kept nevertheless.

statements!(include_str!("unused_notice.sql"));
