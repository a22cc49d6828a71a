//! Saving what the server sends as a file, without leaving the page.
