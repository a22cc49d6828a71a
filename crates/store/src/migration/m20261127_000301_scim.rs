//! What a directory keeps by SCIM, and the tokens of its connections.

statements!(include_str!("scim.sql"));
