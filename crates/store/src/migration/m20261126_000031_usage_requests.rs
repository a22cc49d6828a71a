//! How many requests a row of usage stands for: refusals in a flood are counted.

statements!("ALTER TABLE usage_event ADD COLUMN requests {int} NOT NULL DEFAULT 1");
