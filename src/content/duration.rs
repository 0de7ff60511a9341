//! Lengths of time, as vague as their source.

use super::{provenance::STATEMENT_SOURCES, source::Source};
use crate::engine::declare::{Choice, Members, Value};

/// A length of time or a time that passes.
pub struct Duration;

impl Value for Duration {
    const NAME: &'static str = "Duration";
    const ABOUT: &'static str = "A length of time, or the time until something happens. It stays as vague as its source: \
        \"a few days\" has a unit and a text and no bounds.";

    fn declare(d: &mut Members<'_>) {
        d.float("min", "Lower bound in `unit`; null when the source gives none. Equal to `max` for an exact value.")
            .at_least(0);
        d.float("max", "Upper bound in `unit`; null when the source gives none.").at_least(0);
        d.choice::<DurationUnit>("unit", "Unit of the bounds, or of the phrase; null when the text names no unit.");
        d.text("text", "The time in words, to be shown to readers.").required();
        d.boolean("approximate", "True when the source gives the time only roughly.").or(false);
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// Units of time.
pub struct DurationUnit;

impl Choice for DurationUnit {
    const NAME: &'static str = "DurationUnit";
    const ABOUT: &'static str = "Unit of a duration, with its code in UCUM. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("MINUTE", "Minutes (UCUM `min`)."),
        ("HOUR", "Hours (UCUM `h`)."),
        ("DAY", "Days (UCUM `d`)."),
        ("WEEK", "Weeks (UCUM `wk`)."),
        ("MONTH", "Months (UCUM `mo`)."),
    ];
}
