//! Checks the dates and years of documents against the day of the check, and writes the times that are stored.

use time::{Date, Duration, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use crate::{
    library::{document::node::quote, error::LibraryError},
    store::Clock,
    strict,
};

/// The earliest year of a date. Earlier ones are typing errors.
const EARLIEST_YEAR: i32 = 1900;

/// The offset from UTC of the time zone in which days begin first. For an editor in this zone, the date may be one day
/// ahead of UTC.
const EARLIEST_ZONE: Duration = Duration::hours(14);

/// Returns the current date in the time zone where days begin first. Later dates are in the future everywhere.
pub(in crate::library) fn today(clock: Clock) -> Date {
    (clock().to_offset(UtcOffset::UTC) + EARLIEST_ZONE).date()
}

/// Returns a time as RFC 3339 text in UTC. It has whole seconds, so all such texts have the same length, and their
/// order is that of the times.
pub(in crate::library) fn timestamp(time: OffsetDateTime) -> Result<String, LibraryError> {
    let time = time.to_offset(UtcOffset::UTC);
    let time = time.replace_nanosecond(0).unwrap_or(time);
    time.format(&Rfc3339).map_err(|_| LibraryError::Failed("the clock has no valid time.".to_owned()))
}

/// Returns the error of a text that is not a date, or that is a date after `last`; `None` if it is valid.
pub(super) fn flaw(text: &str, last: Option<Date>) -> Option<String> {
    let Some(date) = strict::date(text).filter(|date| date.year() >= EARLIEST_YEAR) else {
        return Some(format!("{} is not a date such as 2026-11-22.", quote(text)));
    };
    last.filter(|last| date > *last).map(|last| format!("{date} is in the future; the latest valid date is {last}."))
}

/// Returns the error of a year that is more than `ahead` years after the current year; `None` if it is valid.
pub(in crate::library::document) fn year_flaw(year: i32, ahead: u8, today: Date) -> Option<String> {
    let last = today.year() + i32::from(ahead);
    (year > last).then(|| format!("The year {year} is in the future; the latest valid year is {last}."))
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn only_days_after_today_are_in_the_future() {
        let today = Some(date!(2026 - 11 - 28));
        assert_eq!(flaw("2026-11-28", today), None);
        assert_eq!(flaw("2026-11-29", today).unwrap(), "2026-11-29 is in the future; the latest valid date is 2026-11-28.");
        assert_eq!(flaw("2026-11-29", None), None);
        assert!(flaw("+2026-11-28", None).is_some());
    }

    #[test]
    fn a_year_may_be_as_far_ahead_as_its_field_allows() {
        let today = date!(2026 - 11 - 28);
        assert_eq!(year_flaw(2026, 0, today), None);
        assert_eq!(year_flaw(2027, 1, today), None);
        assert!(year_flaw(2027, 0, today).is_some());
        assert!(year_flaw(2028, 1, today).is_some());
    }
}
