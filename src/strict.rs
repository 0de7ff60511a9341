//! Numbers and dates in texts of clients and editors. The parsers that these functions call accept
//! a sign before a number or a year; these functions do not.

use std::str::FromStr;

use time::{Date, macros::format_description};

/// Reads a number that has only digits; `None` for other texts.
pub fn number<N: FromStr>(text: &str) -> Option<N> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

/// Reads a date such as `2026-11-22`; `None` for other texts.
pub fn date(text: &str) -> Option<Date> {
    let has_sign = text.starts_with(['+', '-']);
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok().filter(|_| !has_sign)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    #[test]
    fn a_number_has_only_digits() {
        assert_eq!(["0", "42", "007"].map(super::number::<u16>), [Some(0), Some(42), Some(7)]);
        for wrong in ["", "+1", "-1", " 1", "1 ", "1.0", "0x1", "٣", "65536"] {
            assert_eq!(super::number::<u16>(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_date_has_no_sign() {
        assert_eq!(super::date("2026-11-22"), Some(date!(2026 - 11 - 22)));
        for wrong in ["", "+2026-11-22", "-2026-11-22", "2026-11-31", "2026-1-2", "2026-11-22 ", "12026-11-22"] {
            assert_eq!(super::date(wrong), None, "{wrong}");
        }
    }
}
