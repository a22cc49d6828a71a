//! Numbers and money as people read them, from integers alone.

/// Nano-dollars of one dollar.
pub const DOLLAR: i64 = 1_000_000_000;

/// Nano-dollars as US dollars: `$1,234.56`. Below one dollar with as many digits as tell the sum apart from nothing:
/// `$0.0123`, `$0.000004`. The rounding is half up and for the reader alone.
pub fn usd(nano: i64) -> String {
    let sign = if nano < 0 { "-" } else { "" };
    let nano = nano.unsigned_abs();
    let dollar = DOLLAR.unsigned_abs();
    // Two digits of which the first is not 0, four places at least and nine at most.
    let places: u32 = match nano {
        0 => 2,
        n if n >= dollar => 2,
        n => (10 - n.ilog10()).clamp(4, 9),
    };
    let unit = 10_u64.pow(9 - places);
    let rounded = (nano / unit) + u64::from(nano % unit >= unit.div_ceil(2));
    let one = dollar / unit;
    let (whole, part) = (rounded / one, rounded % one);
    let width = places as usize;
    let part = format!("{part:0width$}");
    // Cents stay, further zeros tell nothing.
    let kept = part.trim_end_matches('0').len().max(2);
    format!("{sign}${}.{}", thousands(whole), &part[..kept])
}

/// Nano-dollars as a plain decimal number of dollars with all its digits, as machines read it: `1234.560000000`.
pub fn decimal(nano: i64) -> String {
    let sign = if nano < 0 { "-" } else { "" };
    let (nano, dollar) = (nano.unsigned_abs(), DOLLAR.unsigned_abs());
    format!("{sign}{}.{:09}", nano / dollar, nano % dollar)
}

/// A number with separators between thousands: `1,284`.
pub fn thousands(n: impl std::fmt::Display) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_with_the_digits_that_tell() {
        for (nano, text) in [
            (0, "$0.00"),
            (1, "$0.000000001"),
            (12_300_000, "$0.0123"),
            (4_000, "$0.000004"),
            (4_567, "$0.0000046"),
            (500_000_000, "$0.50"),
            (123_456_789, "$0.1235"),
            (999_999_999, "$1.00"),
            (1_000_000_000, "$1.00"),
            (1_004_999_999, "$1.00"),
            (1_005_000_000, "$1.01"),
            (1_234_560_000_000, "$1,234.56"),
            (-1_500_000_000, "-$1.50"),
            (i64::MAX, "$9,223,372,036.85"),
            (i64::MIN, "-$9,223,372,036.85"),
        ] {
            assert_eq!(usd(nano), text, "{nano}");
        }
        assert_eq!(decimal(1_234_560_000_001), "1234.560000001");
        assert_eq!(decimal(-5), "-0.000000005");
    }
}
