//! Second factors, and which organizations demand one.

statements!(include_str!("second_factor.sql"));
