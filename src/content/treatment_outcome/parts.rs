//! Parts of treatment outcomes: effects and adjuncts used.

use crate::{
    content::{
        adjunct::Adjunct,
        shared::{provenance::STATEMENT_SOURCES, requirement::Requirement},
        source::Source,
    },
    engine::declare::{Choice, Declaration, Part},
    entity::{adjunct_use, outcome_effect},
};

/// The part type of effects.
pub struct OutcomeEffect;

impl Part for OutcomeEffect {
    type Entity = outcome_effect::Entity;
    const NAME: &'static str = "OutcomeEffect";
    const ABOUT: &'static str = "An attribute that changes, and how, for example: redness decreases.";

    fn declare(d: &mut Declaration<'_, outcome_effect::Entity>) {
        use outcome_effect::Column;
        d.choice::<OutcomeAttribute>("attribute", Column::Attribute, "Attribute that changes.").required().indexed();
        d.choice::<Direction>("direction", Column::Direction, "How the attribute changes.").required().indexed();
        d.text("note", Column::Note, "Remark on the change; null if none.");
    }
}

/// The part type of adjuncts used.
pub struct AdjunctUse;

impl Part for AdjunctUse {
    type Entity = adjunct_use::Entity;
    const NAME: &'static str = "AdjunctUse";
    const ABOUT: &'static str = "An adjunct used together with the procedure for an outcome.";

    fn declare(d: &mut Declaration<'_, adjunct_use::Entity>) {
        use adjunct_use::Column;
        d.one::<Adjunct>("adjunct", Column::AdjunctId, "Adjunct that is used.").required();
        d.choice::<Requirement>("requirement", Column::Requirement, "Whether the adjunct is required for the outcome.")
            .required()
            .indexed();
        d.text("note", Column::Note, "Remark on the use; null if none.");
        d.refs::<Source>("sources", Column::Sources, STATEMENT_SOURCES);
    }
}

/// The enumeration of attributes.
pub struct OutcomeAttribute;

impl Choice for OutcomeAttribute {
    const NAME: &'static str = "OutcomeAttribute";
    const ABOUT: &'static str = "Attribute that changes in an outcome. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("APPEARANCE", "Overall look."),
        ("VISIBILITY", "How visible the condition is."),
        ("TEXTURE", "Smoothness of the skin."),
        ("TONE", "Evenness of skin colour."),
        ("RADIANCE", "Radiance of the skin."),
        ("PIGMENTATION", "Darkness of the pigment."),
        ("REDNESS", "Redness of the skin."),
        ("INFLAMMATION", "Inflammation of the skin."),
        ("HAIR_GROWTH", "Amount of hair growth."),
        ("LESION_COUNT", "Number of lesions."),
        ("SWEATING", "Amount of sweat."),
    ];
}

/// The enumeration of directions of change.
pub struct Direction;

impl Choice for Direction {
    const NAME: &'static str = "Direction";
    const ABOUT: &'static str = "How an attribute changes. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("IMPROVES", "Gets better."),
        ("REDUCES", "Decreases."),
        ("INCREASES", "Increases."),
        ("EVENS_OUT", "Becomes more even."),
    ];
}
