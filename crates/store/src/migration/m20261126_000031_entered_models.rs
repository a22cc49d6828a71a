//! Names of models entered by hand, and the version of Azure's API.

statements!(include_str!("entered_models.sql"));
