//! What requests used in parts that do not overlap, what they cost, and sums by hour and day.

statements!(include_str!("usage_buckets.sql"));
