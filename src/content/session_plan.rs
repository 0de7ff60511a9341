//! How often a procedure is done: in general, for one condition, or in one of its variants.

use super::{duration::Duration, provenance::STATEMENT_SOURCES, source::Source};
use crate::engine::declare::{Choice, Members, Value};

/// How often a procedure is done.
pub struct SessionPlan;

impl Value for SessionPlan {
    const NAME: &'static str = "SessionPlan";
    const ABOUT: &'static str = "How often a procedure is done, and why.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<RepeatAdvice>("repeat", "Whether the procedure should be repeated.").required();
        d.choice::<SessionPattern>("pattern", "How sessions follow one another; null when no source says.");
        d.value::<CountRange>("count", "Number of sessions; null when no source gives one.");
        d.value::<Duration>("interval", "Time between sessions; null when no source gives one.");
        d.text("purpose", "What the repetition is for; null when no source says.");
        d.text("note", "Remark on the plan; null when there is none.");
        d.values::<SessionExample>("examples", "Schedules that studies used. Empty when none is given.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// A schedule that somebody used.
pub struct SessionExample;

impl Value for SessionExample {
    const NAME: &'static str = "SessionExample";
    const ABOUT: &'static str = "A schedule that a study or a clinic used. It is an example, not a recommendation.";

    fn declare(d: &mut Members<'_>) {
        d.value::<CountRange>("count", "Number of sessions; null when not stated.");
        d.value::<Duration>("interval", "Time between sessions; null when not stated.");
        d.text("note", "Whose schedule it is; null when there is no remark.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// A number with bounds.
pub struct CountRange;

impl Value for CountRange {
    const NAME: &'static str = "CountRange";
    const ABOUT: &'static str = "How many. Both bounds are equal for an exact number.";

    fn declare(d: &mut Members<'_>) {
        d.int("min", "At least this many; null when there is no lower bound.").at_least(0);
        d.int("max", "At most this many; null when there is no upper bound.").at_least(0);
    }
}

/// Whether a procedure should be repeated.
pub struct RepeatAdvice;

impl Choice for RepeatAdvice {
    const NAME: &'static str = "RepeatAdvice";
    const ABOUT: &'static str = "Whether a procedure should be repeated. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("MAY_BE_RECOMMENDED", "More than one session may be recommended."),
        ("RECOMMENDED", "More than one session is recommended or usual."),
        ("REQUIRED_FOR_EFFECT", "The effect comes or stays only with repetition."),
        ("NOT_USUALLY_NEEDED", "One session is usually enough."),
    ];
}

/// How sessions follow one another.
pub struct SessionPattern;

impl Choice for SessionPattern {
    const NAME: &'static str = "SessionPattern";
    const ABOUT: &'static str = "How sessions follow one another. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("ONCE", "A single session."),
        ("REGULAR", "Sessions at regular intervals."),
        ("MAINTENANCE", "Sessions now and then to keep up an effect that wears off."),
    ];
}
