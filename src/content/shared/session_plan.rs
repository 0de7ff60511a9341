//! How often a procedure is done: in general, for one condition, or in one of its variants.

use super::{duration::Duration, provenance::STATEMENT_SOURCES};
use crate::{
    content::source::Source,
    engine::declare::{Choice, Members, Value},
};

/// The value object of session plans.
pub struct SessionPlan;

impl Value for SessionPlan {
    const NAME: &'static str = "SessionPlan";
    const ABOUT: &'static str = "How often a procedure is done, and why.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<RepeatAdvice>("repeat", "Whether the procedure should be repeated.").indexed().required();
        d.choice::<SessionPattern>("pattern", "Pattern of the sessions; null if no source says.").indexed();
        d.value::<CountRange>("count", "Number of sessions; null if no source gives one.").indexed();
        d.value::<Duration>("interval", "Time between sessions; null if no source gives one.").indexed();
        d.text("purpose", "Purpose of the repetition; null if no source says.");
        d.text("note", "Remark on the plan; null if none.");
        d.values::<SessionExample>("examples", "Schedules that studies or clinics used. Empty if none is given.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The value object of example schedules.
pub struct SessionExample;

impl Value for SessionExample {
    const NAME: &'static str = "SessionExample";
    const ABOUT: &'static str = "A schedule that a study or a clinic used. It is an example, not a recommendation.";

    fn declare(d: &mut Members<'_>) {
        d.value::<CountRange>("count", "Number of sessions; null if not stated.");
        d.value::<Duration>("interval", "Time between sessions; null if not stated.");
        d.text("note", "Remark, such as which study or clinic used the schedule; null if none.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The value object of ranges of whole numbers.
pub struct CountRange;

impl Value for CountRange {
    const NAME: &'static str = "CountRange";
    const ABOUT: &'static str = "A range of whole numbers. Both bounds are equal for an exact number.";

    fn declare(d: &mut Members<'_>) {
        d.int("min", "Lower bound; null if there is none.").at_least(0).indexed();
        d.int("max", "Upper bound; null if there is none.").at_least(0).indexed();
    }
}

/// The enumeration of advice on repetition.
pub struct RepeatAdvice;

impl Choice for RepeatAdvice {
    const NAME: &'static str = "RepeatAdvice";
    const ABOUT: &'static str = "Whether a procedure should be repeated. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("MAY_BE_RECOMMENDED", "More than one session may be recommended."),
        ("RECOMMENDED", "More than one session is recommended or usual."),
        ("REQUIRED_FOR_EFFECT", "The effect appears or lasts only with repeated sessions."),
        ("NOT_USUALLY_NEEDED", "One session is usually enough."),
    ];
}

/// The enumeration of patterns of sessions.
pub struct SessionPattern;

impl Choice for SessionPattern {
    const NAME: &'static str = "SessionPattern";
    const ABOUT: &'static str = "Pattern of sessions. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("ONCE", "A single session."),
        ("REGULAR", "Sessions at regular intervals."),
        ("MAINTENANCE", "Occasional sessions to maintain an effect that wears off."),
    ];
}
