//! Treatment settings and their values.

use crate::{
    content::{body_area::BodyArea, condition::Condition, shared::provenance::STATEMENT_SOURCES, source::Source},
    engine::declare::{Choice, Members, Value},
};

/// The value object of treatment settings.
pub struct Parameter;

impl Value for Parameter {
    const NAME: &'static str = "Parameter";
    const ABOUT: &'static str = "A treatment setting, and the values that sources give for it.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<ParameterKind>("kind", "Kind of setting.").required();
        d.text("name", "Display name.").required();
        d.boolean("adjustable", "Whether the value is chosen for each treatment; false for a fixed property.").required();
        d.choices::<ParameterDependency>("dependsOn", "Factors that the value depends on. Empty if not stated.");
        d.text("unit", "Unit of the values, as a UCUM code if one exists; null if the setting has no unit.");
        d.text("description", "Description of the setting; null if there is nothing to add.");
        d.values::<ParameterRange>("ranges", "Values that sources give. Empty if they give none.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The value object of ranges of values.
pub struct ParameterRange;

impl Value for ParameterRange {
    const NAME: &'static str = "ParameterRange";
    const ABOUT: &'static str = "Values of a setting that a source gives, possibly limited to a condition or a body area. \
        Both bounds are equal for an exact value.";

    fn declare(d: &mut Members<'_>) {
        d.float("min", "Lowest value, in `unit`; null if there is no lower bound.");
        d.float("max", "Highest value, in `unit`; null if there is no upper bound.");
        d.text("unit", "Unit of the bounds, as a UCUM code if one exists.").required();
        d.one::<Condition>("condition", "Condition to which the values apply; null if not stated.");
        d.one::<BodyArea>("bodyArea", "Body area to which the values apply; null if not stated.");
        d.text("note", "Remark on the values; null if none.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The enumeration of kinds of settings.
pub struct ParameterKind;

impl Choice for ParameterKind {
    const NAME: &'static str = "ParameterKind";
    const ABOUT: &'static str = "Kind of treatment setting. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("NEEDLE_DEPTH", "Depth that needles reach."),
        ("PEEL_DEPTH", "Depth that a peel reaches."),
        ("DOSE", "Amount of a substance."),
        ("WAVELENGTH", "Wavelength of the light."),
        ("PULSE_DURATION", "Duration of a pulse of light."),
        ("TEMPERATURE", "A temperature."),
        ("CENTRIFUGE_FORCE", "Force of a centrifuge, as a multiple of gravity."),
        ("PLATELET_CONCENTRATION", "Number of platelets per volume."),
    ];
}

/// The enumeration of factors that a setting depends on.
pub struct ParameterDependency;

impl Choice for ParameterDependency {
    const NAME: &'static str = "ParameterDependency";
    const ABOUT: &'static str = "Factor that the value of a treatment setting depends on. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("TREATMENT_GOAL", "The goal of the treatment."),
        ("TREATED_AREA", "The body area that is treated."),
        ("SKIN_TYPE", "The skin type."),
    ];
}
