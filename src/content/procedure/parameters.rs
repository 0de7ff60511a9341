//! Settings of a treatment.

use crate::{
    content::{body_area::BodyArea, condition::Condition, provenance::STATEMENT_SOURCES, source::Source},
    engine::declare::{Choice, Members, Value},
};

/// A setting of a treatment.
pub struct Parameter;

impl Value for Parameter {
    const NAME: &'static str = "Parameter";
    const ABOUT: &'static str = "A setting of a treatment and the values that sources name for it.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<ParameterKind>("parameter", "What is set.").required();
        d.text("name", "Name shown to readers.").required();
        d.boolean("adjustable", "Whether it is set for each treatment; false for a fixed property.").required();
        d.choices::<ParameterDependency>("dependsOn", "What it is set by. Empty when not stated.");
        d.text("unit", "Unit of its values, a UCUM code where there is one; null when it has none.");
        d.text("description", "What to know of it; null when there is nothing to add.");
        d.values::<ParameterRange>("ranges", "Values that sources name. Empty when they name none.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// Values of a setting.
pub struct ParameterRange;

impl Value for ParameterRange {
    const NAME: &'static str = "ParameterRange";
    const ABOUT: &'static str = "Values of a setting that a source names, for a goal or a body area where it says so. Both \
        bounds are equal for an exact value.";

    fn declare(d: &mut Members<'_>) {
        d.float("min", "Lowest value, in `unit`; null when there is no lower bound.");
        d.float("max", "Highest value, in `unit`; null when there is no upper bound.");
        d.text("unit", "Unit of the bounds, a UCUM code where there is one.").required();
        d.one::<Condition>("goal", "The condition that the values are for; null when not stated.");
        d.one::<BodyArea>("bodyArea", "The body area that the values are for; null when not stated.");
        d.text("note", "Remark on the values; null when there is none.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// What is set.
pub struct ParameterKind;

impl Choice for ParameterKind {
    const NAME: &'static str = "ParameterKind";
    const ABOUT: &'static str = "What a setting of a treatment is. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("NEEDLE_DEPTH", "How deep needles go."),
        ("PEEL_DEPTH", "How deep a peel acts."),
        ("DOSE", "How much of a substance is given."),
        ("WAVELENGTH", "Wavelength of light."),
        ("PULSE_DURATION", "How long a pulse of light lasts."),
        ("TEMPERATURE", "A temperature."),
        ("CENTRIFUGE_FORCE", "Force of a centrifuge, in multiples of gravity."),
        ("PLATELET_CONCENTRATION", "How many platelets there are in a volume."),
    ];
}

/// What a setting depends on.
pub struct ParameterDependency;

impl Choice for ParameterDependency {
    const NAME: &'static str = "ParameterDependency";
    const ABOUT: &'static str = "What a setting of a treatment is set by. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("TREATMENT_GOAL", "What the treatment is for."),
        ("TREATED_AREA", "Which part of the body is treated."),
        ("SKIN_TYPE", "The type of the skin."),
    ];
}
