//! Who was shown the secret of a key, and where a person was last.

statements!(include_str!("issuers.sql"));
