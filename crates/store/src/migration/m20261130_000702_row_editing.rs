//! Who has a row of AI Access open for editing.

statements!(include_str!("row_editing.sql"));
