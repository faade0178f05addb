//! Decimal numbers as texts hold them: exact, without floats.

use std::cmp::Ordering;

/// A number of at most 15 digits before the point and 9 after it, as billionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Decimal(i128);

/// Digits before the point: amounts of money and counts have fewer.
const WHOLE: usize = 15;
/// Digits after the point.
const FRACTION: usize = 9;
const ONE: i128 = 1_000_000_000;

impl Decimal {
    /// Reads an optional sign, digits, and optionally a point with digits.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (digits, ""),
        };
        let only_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let whole = if whole.len() > 1 { whole.trim_start_matches('0') } else { whole };
        if digits.is_empty() || digits.starts_with('.') || whole.len() > WHOLE || fraction.len() > FRACTION {
            return None;
        }
        if !only_digits(whole) || !only_digits(fraction) {
            return None;
        }
        let units = if whole.is_empty() { 0 } else { whole.parse::<i128>().ok()? * ONE };
        let parts = format!("{fraction:0<FRACTION$}").parse::<i128>().ok()?;
        let value = units + parts;
        Some(Self(if negative { -value } else { value }))
    }

    /// Whether it is below zero.
    pub fn negative(self) -> bool {
        self.0 < 0
    }

    /// The whole part, without its sign.
    pub fn whole(self) -> u64 {
        u64::try_from(self.0.abs() / ONE).expect("at most 15 digits")
    }

    /// The digits after the point, without zeros at the end.
    pub fn fraction(self) -> String {
        let digits = format!("{:0>FRACTION$}", self.0.abs() % ONE);
        digits.trim_end_matches('0').to_owned()
    }

    /// Rounded to hundredths, half away from zero, without its sign.
    pub fn hundredths(self) -> u64 {
        u64::try_from((self.0.abs() + ONE / 200) / (ONE / 100)).expect("at most 17 digits")
    }
}

/// How two values compare: as numbers where both are, else as texts.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    match (Decimal::parse(a), Decimal::parse(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_value_and_texts_by_letter() {
        assert_eq!(compare("10", "9"), Ordering::Greater);
        assert_eq!(compare("1.50", "1.5"), Ordering::Equal);
        assert_eq!(compare("-2", "1"), Ordering::Less);
        assert_eq!(compare("007", "7"), Ordering::Equal);
        assert_eq!(compare("a10", "a9"), Ordering::Less);
        assert_eq!(compare("", "0"), Ordering::Less);
    }

    #[test]
    fn only_decimals_are_numbers() {
        for text in ["", "-", ".5", "5.", "1e3", "1,5", "12345678901234567", "0.1234567891", "1 2"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        let number = Decimal::parse("-1234.5600").unwrap();
        assert!(number.negative());
        assert_eq!((number.whole(), number.fraction().as_str(), number.hundredths()), (1234, "56", 123_456));
        assert_eq!(Decimal::parse("0.995").unwrap().hundredths(), 100);
    }
}
