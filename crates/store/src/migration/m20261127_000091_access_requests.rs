//! What members ask for, and how it was decided.

statements!(include_str!("access_requests.sql"));
