//! Numbers for people.

pub use domain::number::thousands;

/// A number and its noun, `singular` for one and with an `s` otherwise.
pub fn counted(n: u32, singular: &str) -> String {
    format!("{} {singular}{}", thousands(n), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separates_thousands() {
        for (n, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_284, "1,284"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(thousands(n), text);
        }
    }

    #[test]
    fn counts_with_the_right_noun() {
        assert_eq!(counted(1, "team"), "1 team");
        assert_eq!(counted(0, "team"), "0 teams");
        assert_eq!(counted(1_284, "user"), "1,284 users");
    }
}
