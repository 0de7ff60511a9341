//! When results appear and how long they last, in general or for one condition.

use super::{duration::Duration, provenance::STATEMENT_SOURCES};
use crate::{
    content::source::Source,
    engine::declare::{Choice, Members, Value},
};

/// The value object of results.
pub struct Results;

impl Value for Results {
    const NAME: &'static str = "Results";
    const ABOUT: &'static str = "When the results of a procedure appear, and how long they last.";

    fn declare(d: &mut Members<'_>) {
        d.value::<Duration>("onset", "Time until results begin to appear; null if no source says.").indexed();
        d.value::<Duration>("peak", "Time until results are greatest; null if no source says.").indexed();
        d.value::<Duration>("lasts", "How long results last; null if no source says.").indexed();
        d.value::<Duration>("improvesUntil", "How long results continue to improve; null if no source says.").indexed();
        d.choice::<ResultCourse>("course", "How results develop over time; null if no source says.").indexed();
        d.text("description", "How results develop, in one sentence; null if the other fields are enough.");
        d.choice::<ResultReason>("reason", "Reason for the course of the results; null if no source says.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The enumeration of courses of results.
pub struct ResultCourse;

impl Choice for ResultCourse {
    const NAME: &'static str = "ResultCourse";
    const ABOUT: &'static str = "How results develop over time. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("GRADUAL", "Results appear gradually."), ("TEMPORARY", "Results wear off.")];
}

/// The enumeration of reasons for the course of results.
pub struct ResultReason;

impl Choice for ResultReason {
    const NAME: &'static str = "ResultReason";
    const ABOUT: &'static str = "Reason for the course of results. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("SKIN_HEALING_AND_REGENERATION", "The skin needs time to heal and regenerate.")];
}
