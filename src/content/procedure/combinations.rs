//! What a procedure is combined with.

use crate::{
    content::{
        adjunct::Adjunct, procedure::Procedure, provenance::STATEMENT_SOURCES, requirement::Requirement, source::Source,
    },
    engine::declare::{Choice, Members, Value},
};

/// What a procedure is combined with.
pub struct Combinations;

impl Value for Combinations {
    const NAME: &'static str = "Combinations";
    const ABOUT: &'static str = "Whether and with what a procedure is combined.";

    fn declare(d: &mut Members<'_>) {
        d.boolean("canStandAlone", "Whether it is done by itself; null when not stated.");
        d.boolean("canCombine", "Whether it is combined with other things; null when not stated.");
        d.values::<Combination>("items", "What it is combined with. Empty when nothing is named.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// A combination.
pub struct Combination;

impl Value for Combination {
    const NAME: &'static str = "Combination";
    const ABOUT: &'static str = "Something that a procedure is combined with, and what for.";

    fn declare(d: &mut Members<'_>) {
        d.value::<CombinationPartner>("with", "What it is combined with.").required();
        d.choice::<Requirement>("requirement", "Whether it is needed.").required();
        d.choice::<CombinationPurpose>("purpose", "What it is for.").required();
        d.text("note", "Remark on the combination; null when there is none.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The other thing.
pub struct CombinationPartner;

impl Value for CombinationPartner {
    const NAME: &'static str = "CombinationPartner";
    const ABOUT: &'static str = "What a procedure is combined with: an adjunct or another procedure, never both.";

    fn declare(d: &mut Members<'_>) {
        d.one::<Adjunct>("adjunct", "The adjunct; null when it is a procedure.");
        d.one::<Procedure>("procedure", "The procedure; null when it is an adjunct.");
    }
}

/// What combinations are for.
pub struct CombinationPurpose;

impl Choice for CombinationPurpose {
    const NAME: &'static str = "CombinationPurpose";
    const ABOUT: &'static str = "What a combination is for. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[("ENHANCE_RESULTS", "To get more out of the procedure.")];
}
