//! Mechanisms: how procedures work, in general and for one condition.

use super::provenance::STATEMENT_SOURCES;
use crate::{
    content::{biological_target::BiologicalTarget, source::Source},
    engine::{
        catalog::Searched,
        declare::{Choice, Members, Value},
    },
};

/// The value object of mechanisms.
pub struct Mechanism;

impl Value for Mechanism {
    const NAME: &'static str = "Mechanism";
    const ABOUT: &'static str = "How a procedure works, as text and as a sequence of actions.";

    fn declare(d: &mut Members<'_>) {
        d.text("summary", "The mechanism in one or two sentences.").required().searched(Searched::Text);
        d.values::<MechanismAction>(
            "actions",
            "Actions on biological targets, in order of `position`. Empty if the sources do not say.",
        );
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The value object of actions.
pub struct MechanismAction;

impl Value for MechanismAction {
    const NAME: &'static str = "MechanismAction";
    const ABOUT: &'static str = "One action of a mechanism on one target, such as \"increases the production of collagen\".";

    fn declare(d: &mut Members<'_>) {
        d.int("position", "Position in the sequence, starting at 1.").required();
        d.choice::<ActionKind>("action", "Effect on the target.").required();
        d.one::<BiologicalTarget>("target", "Target of the action.").required();
        d.choice::<TargetAspect>("aspect", "Aspect of the target that changes; null if the target itself changes.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The enumeration of actions.
pub struct ActionKind;

impl Choice for ActionKind {
    const NAME: &'static str = "ActionKind";
    const ABOUT: &'static str = "Effect of a mechanism on its target. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("STIMULATES", "Starts the target or makes it more active."),
        ("INCREASES", "Increases the amount of the target."),
        ("TIGHTENS", "Makes the target firmer."),
        ("BREAKS_DOWN", "Loosens the target or breaks it down."),
        ("REMOVES", "Removes the target."),
        ("DESTROYS", "Destroys the target where it is."),
        ("HEATS", "Heats the target until it changes."),
        ("CLOSES", "Closes the target, for example a blood vessel."),
        ("BLOCKS", "Stops the target from working."),
        ("ADDS", "Adds more of the target from outside."),
    ];
}

/// The enumeration of aspects of a target.
pub struct TargetAspect;

impl Choice for TargetAspect {
    const NAME: &'static str = "TargetAspect";
    const ABOUT: &'static str = "Aspect of a target that a mechanism changes. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("PRODUCTION", "How much of the target the body produces."), ("GROWTH", "How the target grows.")];
}
