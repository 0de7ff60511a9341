//! What a procedure is combined with.

use crate::{
    content::{
        adjunct::Adjunct,
        procedure::Procedure,
        shared::{provenance::STATEMENT_SOURCES, requirement::Requirement},
        source::Source,
    },
    engine::declare::{Choice, Members, Value},
};

/// The value object of combinations.
pub struct Combinations;

impl Value for Combinations {
    const NAME: &'static str = "Combinations";
    const ABOUT: &'static str = "Whether a procedure is combined with other treatments, and with which.";

    fn declare(d: &mut Members<'_>) {
        d.boolean("canStandAlone", "Whether the procedure is done on its own; null if not stated.");
        d.boolean("canCombine", "Whether the procedure can be combined with other treatments; null if not stated.");
        d.values::<Combination>("items", "Combinations. Empty if none is named.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The value object of one combination.
pub struct Combination;

impl Value for Combination {
    const NAME: &'static str = "Combination";
    const ABOUT: &'static str = "One treatment that a procedure is combined with, and its purpose.";

    fn declare(d: &mut Members<'_>) {
        d.value::<CombinationPartner>("partner", "The other treatment.").required();
        d.choice::<Requirement>("requirement", "Whether the combination is required for the benefit.").required();
        d.choice::<CombinationPurpose>("purpose", "Purpose of the combination.").required();
        d.text("note", "Remark on the combination; null if none.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The value object of the other treatment.
pub struct CombinationPartner;

impl Value for CombinationPartner {
    const NAME: &'static str = "CombinationPartner";
    const ABOUT: &'static str = "The treatment that a procedure is combined with: either an adjunct or another procedure.";

    fn declare(d: &mut Members<'_>) {
        d.one::<Adjunct>("adjunct", "The adjunct; null if the partner is a procedure.");
        d.one::<Procedure>("procedure", "The procedure; null if the partner is an adjunct.");
    }
}

/// The enumeration of purposes of combinations.
pub struct CombinationPurpose;

impl Choice for CombinationPurpose {
    const NAME: &'static str = "CombinationPurpose";
    const ABOUT: &'static str = "Purpose of a combination. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] =
        &[("ENHANCE_RESULTS", "To improve the results of the procedure.")];
}
