//! Checks of what people type.
