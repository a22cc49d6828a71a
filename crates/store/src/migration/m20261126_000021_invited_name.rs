//! An invitation remembers what the inviter calls the person.

statements!("ALTER TABLE invitation ADD COLUMN name text NOT NULL DEFAULT ''");
