//! How the skin recovers after a procedure, or after one of its variants.

use super::skin_effect::{EffectKind, Frequency};
use crate::{
    content::{
        shared::{duration::Duration, provenance::STATEMENT_SOURCES},
        source::Source,
    },
    engine::declare::{Choice, Members, Value},
};

/// The value object of recovery.
pub struct Recovery;

impl Value for Recovery {
    const NAME: &'static str = "Recovery";
    const ABOUT: &'static str = "How the skin recovers: what to expect after the visit, and for how long.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<RecoverySpeed>("speed", "Speed of recovery, in editorial bands; null if the sources do not say.")
            .indexed();
        d.text("summary", "Recovery in one sentence; null if the sources do not say.");
        d.values::<RecoveryEffect>(
            "effects",
            "What patients see or feel while the skin heals. Empty if no source names any.",
        )
        .indexed();
        d.values::<Duration>(
            "downtime",
            "Time away from usual activities, with one entry per statement. Empty if no source gives any.",
        )
        .indexed();
        d.value::<Duration>("backToNormal", "Time until the skin is back to normal; null if no source gives it.").indexed();
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The value object of effects of healing.
pub struct RecoveryEffect;

impl Value for RecoveryEffect {
    const NAME: &'static str = "RecoveryEffect";
    const ABOUT: &'static str = "An effect that patients see or feel while the skin heals, and how long it lasts.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<EffectKind>("effect", "Kind of effect.").required().indexed();
        d.text("name", "Display name.").required();
        d.choice::<Frequency>("frequency", "How often the effect occurs.").required().indexed();
        d.choice::<EffectSeverity>("severity", "Severity of the effect; null if the sources do not say.").indexed();
        d.choice::<Resemblance>(
            "resembles",
            "Well-known effect that this one resembles; null if the sources make no comparison.",
        );
        d.value::<Duration>("duration", "How long the effect lasts; null if the sources do not say.").indexed();
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// The enumeration of recovery speeds.
pub struct RecoverySpeed;

impl Choice for RecoverySpeed {
    const NAME: &'static str = "RecoverySpeed";
    const ABOUT: &'static str = "Speed of recovery. The bands are editorial, not taken from a source. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("QUICK", "About a week or less."),
        ("MODERATE", "Up to a few weeks."),
        ("LONG", "Longer than a few weeks."),
        ("VARIES", "Depends on the variant of the procedure; see `Variant.recovery`."),
    ];
}

/// The enumeration of severities.
pub struct EffectSeverity;

impl Choice for EffectSeverity {
    const NAME: &'static str = "EffectSeverity";
    const ABOUT: &'static str = "Severity of an effect of healing. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("MILD", "The source calls the effect mild."),
        ("MODERATE", "The source calls the effect moderate."),
        ("SEVERE", "The source calls the effect severe."),
    ];
}

/// The enumeration of well-known effects to compare with.
pub struct Resemblance;

impl Choice for Resemblance {
    const NAME: &'static str = "Resemblance";
    const ABOUT: &'static str = "Well-known effect that an effect of healing resembles. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[("SUNBURN", "Looks or feels like a sunburn.")];
}
