//! Models of a provider that an organization switched off.

statements!(include_str!("models_off.sql"));
