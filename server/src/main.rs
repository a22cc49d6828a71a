//! gatehouse
fn main() {}
