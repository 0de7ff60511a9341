//! How procedures work: in general, and for one condition.

use super::{biological_target::BiologicalTarget, provenance::STATEMENT_SOURCES, source::Source};
use crate::engine::declare::{Choice, Members, Value};

/// How a procedure works.
pub struct Mechanism;

impl Value for Mechanism {
    const NAME: &'static str = "Mechanism";
    const ABOUT: &'static str = "How a procedure works, in words and as a chain of actions.";

    fn declare(d: &mut Members<'_>) {
        d.text("summary", "The mechanism in a sentence or two.").required();
        d.values::<MechanismAction>(
            "actions",
            "What acts on what, in order of `position`. Empty when the sources leave it unclear.",
        );
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// A link in the chain of a mechanism.
pub struct MechanismAction;

impl Value for MechanismAction {
    const NAME: &'static str = "MechanismAction";
    const ABOUT: &'static str =
        "One action of a mechanism on one target, for example: increases the production of collagen.";

    fn declare(d: &mut Members<'_>) {
        d.int("position", "Place in the chain, from 1.").required();
        d.choice::<ActionKind>("action", "What is done to the target.").required();
        d.one::<BiologicalTarget>("target", "What it is done to.").required();
        d.choice::<ChangeKind>("change", "What of the target changes; null when it is the target itself.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// What a mechanism does to a target.
pub struct ActionKind;

impl Choice for ActionKind {
    const NAME: &'static str = "ActionKind";
    const ABOUT: &'static str = "What a mechanism does to its target. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("STIMULATES", "Sets it off or makes it more active."),
        ("INCREASES", "Makes more of it."),
        ("TIGHTENS", "Makes it firmer."),
        ("BREAKS_DOWN", "Loosens it or takes it apart."),
        ("REMOVES", "Takes it away."),
        ("DESTROYS", "Kills it in place."),
        ("HEATS", "Warms it until it changes."),
        ("CLOSES", "Closes it, a vessel for example."),
        ("BLOCKS", "Keeps it from working."),
        ("ADDS", "Puts more of it in."),
    ];
}

/// What of a target changes.
pub struct ChangeKind;

impl Choice for ChangeKind {
    const NAME: &'static str = "ChangeKind";
    const ABOUT: &'static str = "What of a target a mechanism changes. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("PRODUCTION", "How much of it the body makes."), ("GROWTH", "How it grows.")];
}
