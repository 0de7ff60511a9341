//! What a procedure does, in general: to the skin, for people, over time.

use crate::{
    content::{duration::Duration, effectiveness::EffectivenessGrade, provenance::STATEMENT_SOURCES, source::Source},
    engine::declare::{Choice, Members, Value},
};

/// What is done to the skin.
pub struct Technique;

impl Value for Technique {
    const NAME: &'static str = "Technique";
    const ABOUT: &'static str = "What is done to the skin, and with what.";

    fn declare(d: &mut Members<'_>) {
        d.text("instrument", "What it is done with; null when not stated.");
        d.text("action", "What the instrument does; null when not stated.");
        d.choice::<InjuryKind>("injury", "What kind of injury sets off the repair; null when none is meant or stated.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// Kinds of injury.
pub struct InjuryKind;

impl Choice for InjuryKind {
    const NAME: &'static str = "InjuryKind";
    const ABOUT: &'static str = "What kind of injury a technique makes on purpose. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("CONTROLLED_MICRO_INJURY", "Many tiny injuries of controlled depth.")];
}

/// What is said of the effect over all conditions.
pub struct GeneralEffectiveness;

impl Value for GeneralEffectiveness {
    const NAME: &'static str = "GeneralEffectiveness";
    const ABOUT: &'static str = "What is said of the effect of a procedure over all conditions. Its outcomes say more.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<EffectivenessGrade>("grade", "How strongly the benefit is put.").required();
        d.text("text", "The statement in a sentence; null when the grade says it all.");
        d.values::<Caveat>("caveats", "What speaks against taking it at face value. Empty when nothing does.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// A reservation.
pub struct Caveat;

impl Value for Caveat {
    const NAME: &'static str = "Caveat";
    const ABOUT: &'static str = "A reservation that a source makes.";

    fn declare(d: &mut Members<'_>) {
        d.text("text", "The reservation in a sentence.").required();
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// When results show and how long they last.
pub struct Results;

impl Value for Results {
    const NAME: &'static str = "Results";
    const ABOUT: &'static str = "When results of a procedure show, and how long they last.";

    fn declare(d: &mut Members<'_>) {
        d.value::<Duration>("onset", "When results begin to show; null when no source says.");
        d.value::<Duration>("peak", "When results are greatest; null when no source says.");
        d.value::<Duration>("lasts", "How long results last; null when no source says.");
        d.value::<Duration>("improvesUntil", "How long results go on improving; null when no source says.");
        d.choice::<ResultCourse>("course", "How results go over time; null when no source says.");
        d.text("description", "The course of results in a sentence; null when the other fields say it all.");
        d.choice::<ResultReason>("reason", "Why results take that course; null when no source says.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// How results go over time.
pub struct ResultCourse;

impl Choice for ResultCourse {
    const NAME: &'static str = "ResultCourse";
    const ABOUT: &'static str = "How results go over time. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("GRADUAL", "They come little by little."), ("TEMPORARY", "They wear off.")];
}

/// Why results take their course.
pub struct ResultReason;

impl Choice for ResultReason {
    const NAME: &'static str = "ResultReason";
    const ABOUT: &'static str = "Why results take their course. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("SKIN_HEALING_AND_REGENERATION", "The skin heals and renews itself meanwhile.")];
}
