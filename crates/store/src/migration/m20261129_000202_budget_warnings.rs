//! At how many percent of a budget somebody is told.

statements!(include_str!("budget_warnings.sql"));
