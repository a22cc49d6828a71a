//! Glue to the browser that only exists there.
