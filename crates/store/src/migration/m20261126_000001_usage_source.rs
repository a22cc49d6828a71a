//! Whose count the tokens of a request are.

statements!("ALTER TABLE usage_event ADD COLUMN usage_source text NOT NULL DEFAULT 'reported'");
