//! Mail to be sent, and links for a new password.

statements!(include_str!("mail.sql"));
