//! Access reviews.

statements!(include_str!("reviews.sql"));
