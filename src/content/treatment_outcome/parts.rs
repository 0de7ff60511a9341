//! What an outcome consists of: changes, and what else is used.

use crate::{
    content::{adjunct::Adjunct, provenance::STATEMENT_SOURCES, requirement::Requirement, source::Source},
    engine::declare::{Choice, Declaration, Part},
    entity::{adjunct_use, outcome_effect},
};

/// Something that changes.
pub struct OutcomeEffect;

impl Part for OutcomeEffect {
    type Entity = outcome_effect::Entity;
    const NAME: &'static str = "OutcomeEffect";
    const ABOUT: &'static str = "Something that changes in an outcome, and how: redness reduces.";

    fn declare(d: &mut Declaration<'_, outcome_effect::Entity>) {
        use outcome_effect::Column;
        d.choice::<OutcomeAttribute>("attribute", Column::Attribute, "What changes.").required().indexed();
        d.choice::<Direction>("direction", Column::Direction, "How it changes.").required().indexed();
        d.text("note", Column::Note, "Remark on the change; null when there is none.");
    }
}

/// An adjunct used for an outcome.
pub struct AdjunctUse;

impl Part for AdjunctUse {
    type Entity = adjunct_use::Entity;
    const NAME: &'static str = "AdjunctUse";
    const ABOUT: &'static str = "An adjunct that is used together with the procedure for an outcome.";

    fn declare(d: &mut Declaration<'_, adjunct_use::Entity>) {
        use adjunct_use::Column;
        d.one::<Adjunct>("adjunct", Column::AdjunctId, "What is used.").required();
        d.choice::<Requirement>("requirement", Column::Requirement, "Whether the outcome needs it.").required().indexed();
        d.text("note", Column::Note, "Remark on its use; null when there is none.");
        d.refs::<Source>("sources", Column::Sources, STATEMENT_SOURCES);
    }
}

/// What can change.
pub struct OutcomeAttribute;

impl Choice for OutcomeAttribute {
    const NAME: &'static str = "OutcomeAttribute";
    const ABOUT: &'static str = "What an outcome changes. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("APPEARANCE", "How it looks as a whole."),
        ("VISIBILITY", "How much it shows."),
        ("TEXTURE", "How smooth the skin is."),
        ("TONE", "How even the colour of the skin is."),
        ("RADIANCE", "How radiant the skin looks."),
        ("PIGMENTATION", "How dark it is."),
        ("REDNESS", "How red it is."),
        ("INFLAMMATION", "How inflamed it is."),
        ("HAIR_GROWTH", "How much hair grows."),
        ("LESION_COUNT", "How many lesions there are."),
        ("SWEATING", "How much sweat there is."),
    ];
}

/// How it changes.
pub struct Direction;

impl Choice for Direction {
    const NAME: &'static str = "Direction";
    const ABOUT: &'static str = "How something changes. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("IMPROVES", "It gets better."),
        ("REDUCES", "It gets less."),
        ("INCREASES", "It gets more."),
        ("EVENS_OUT", "It gets more even."),
    ];
}
