//! What an organization demands of sessions, and in which browser each is.

statements!(include_str!("sessions.sql"));
