//! Durations, as precise or as vague as their source.

use super::{provenance::STATEMENT_SOURCES, source::Source};
use crate::engine::declare::{Choice, Members, Value};

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
        d.text("text", "The duration in words, for display.").required();
        d.boolean("approximate", "Whether the source gives the duration only approximately.").or(false);
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
