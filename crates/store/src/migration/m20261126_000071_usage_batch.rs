//! Which batches of usage were written.

statements!(include_str!("usage_batch.sql"));
