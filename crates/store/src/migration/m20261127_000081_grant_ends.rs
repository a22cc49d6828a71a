//! Why a grant ends, and finding those that end soon.

statements!(include_str!("grant_ends.sql"));
