//! Technique and general effectiveness of procedures.

use crate::{
    content::{
        shared::{effectiveness::EffectivenessGrade, provenance::STATEMENT_SOURCES},
        source::Source,
    },
    engine::declare::{Choice, Members, Value},
};

/// The value object of techniques.
pub struct Technique;

impl Value for Technique {
    const NAME: &'static str = "Technique";
    const ABOUT: &'static str = "What is done to the skin, and with which instrument.";

    fn declare(d: &mut Members<'_>) {
        d.text("instrument", "Instrument used; null if not stated.");
        d.text("action", "What the instrument does; null if not stated.");
        d.choice::<InjuryKind>(
            "injury",
            "Kind of intended injury that triggers repair; null if none is intended or stated.",
        );
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The enumeration of kinds of injury.
pub struct InjuryKind;

impl Choice for InjuryKind {
    const NAME: &'static str = "InjuryKind";
    const ABOUT: &'static str = "Kind of injury that a technique causes on purpose. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("CONTROLLED_MICRO_INJURY", "Many tiny injuries of controlled depth.")];
    const LABELS: &'static [(&'static str, &'static str)] = &[("CONTROLLED_MICRO_INJURY", "Controlled micro-injury")];
}

/// The value object of general effectiveness.
pub struct GeneralEffectiveness;

impl Value for GeneralEffectiveness {
    const NAME: &'static str = "GeneralEffectiveness";
    const ABOUT: &'static str =
        "Statement of the benefit of a procedure across all conditions. See `Procedure.outcomes` for each condition.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<EffectivenessGrade>("grade", "Strength of the claimed benefit.").required();
        d.text("text", "The statement in one sentence; null if the grade is enough.");
        d.values::<Caveat>("caveats", "Reservations about the statement. Empty if there are none.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The value object of caveats.
pub struct Caveat;

impl Value for Caveat {
    const NAME: &'static str = "Caveat";
    const ABOUT: &'static str = "A reservation stated by a source.";

    fn declare(d: &mut Members<'_>) {
        d.text("text", "The reservation in one sentence.").required();
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}
