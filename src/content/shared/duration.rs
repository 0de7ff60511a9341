//! Durations, as precise or as vague as their source.

use super::provenance::STATEMENT_SOURCES;
use crate::{
    content::source::Source,
    engine::{
        catalog::Conversion,
        declare::{Choice, Members, Value},
    },
};

/// Minutes of each unit (<https://ucum.org/ucum>: a month `mo` is a twelfth of 365.25 days).
const MINUTES: &[(&str, u32)] = &[("MINUTE", 1), ("HOUR", 60), ("DAY", 1_440), ("WEEK", 10_080), ("MONTH", 43_830)];

/// Minutes of a day.
const DAY: u32 = 1_440;

static MIN_DAYS: Conversion = Conversion { number: "min", unit: "unit", factors: MINUTES, divisor: DAY };

static MAX_DAYS: Conversion = Conversion { number: "max", unit: "unit", factors: MINUTES, divisor: DAY };

/// The value object of durations.
pub struct Duration;

impl Value for Duration {
    const NAME: &'static str = "Duration";
    const ABOUT: &'static str = "A length of time, or the time until an event. It is as precise as its source: \"a few \
        days\" has a unit and a text, but no bounds.";

    fn declare(d: &mut Members<'_>) {
        d.float("min", "Lower bound in `unit`; null if the source gives none. Equal to `max` for an exact value.")
            .at_least(0);
        d.float("max", "Upper bound in `unit`; null if the source gives none.").at_least(0);
        d.choice::<DurationUnit>(
            "unit",
            "Unit of the bounds, or of `text` if there are none; null if the source names no unit.",
        );
        d.float(
            "minDays",
            "Lower bound in days, whatever the unit; a month has 30.4375 days (UCUM `mo`). Null if `min` or `unit` is null.",
        )
        .indexed()
        .converted(&MIN_DAYS);
        d.float(
            "maxDays",
            "Upper bound in days, whatever the unit; a month has 30.4375 days (UCUM `mo`). Null if `max` or `unit` is null.",
        )
        .indexed()
        .converted(&MAX_DAYS);
        d.text("text", "The duration in words, for display.").required();
        d.boolean("approximate", "Whether the source gives the duration only approximately.").default_value(false);
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The enumeration of units of time.
pub struct DurationUnit;

impl Choice for DurationUnit {
    const NAME: &'static str = "DurationUnit";
    const ABOUT: &'static str = "Unit of a duration, with its UCUM code. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("MINUTE", "Minutes (UCUM `min`)."),
        ("HOUR", "Hours (UCUM `h`)."),
        ("DAY", "Days (UCUM `d`)."),
        ("WEEK", "Weeks (UCUM `wk`)."),
        ("MONTH", "Months (UCUM `mo`)."),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_has_a_length_and_whole_days_are_exact() {
        let units: Vec<&str> = DurationUnit::VALUES.iter().map(|(unit, _)| *unit).collect();
        assert_eq!(MINUTES.iter().map(|(unit, _)| *unit).collect::<Vec<_>>(), units);
        for (number, unit, days) in [(24.0, "HOUR", 1.0), (72.0, "HOUR", 3.0), (2.0, "WEEK", 14.0), (12.0, "MONTH", 365.25)]
        {
            assert_eq!(MIN_DAYS.of(number, unit), Some(days), "{number} {unit}");
        }
        assert_eq!(MIN_DAYS.of(1.0, "YEAR"), None);
    }
}
