//! Grants of some models of a provider.

statements!(include_str!("grant_models.sql"));
