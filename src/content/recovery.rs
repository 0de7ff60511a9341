//! How the skin recovers after a procedure, or after one of its variants.

use super::{
    duration::Duration,
    provenance::STATEMENT_SOURCES,
    skin_effect::{EffectKind, Frequency},
    source::Source,
};
use crate::engine::declare::{Choice, Members, Value};

/// How the skin recovers.
pub struct Recovery;

impl Value for Recovery {
    const NAME: &'static str = "Recovery";
    const ABOUT: &'static str = "How the skin recovers: what to expect after the visit, and for how long.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<RecoverySpeed>("speed", "Editorial band of how quick recovery is; null when the sources do not say.");
        d.text("summary", "Recovery in a sentence; null when the sources do not say.");
        d.values::<RecoveryEffect>("effects", "What is seen or felt while healing. Empty when no source names any.");
        d.values::<Duration>(
            "downtime",
            "Time away from usual activities, one entry a statement. Empty when no source gives any.",
        );
        d.value::<Duration>("backToNormal", "Time until the skin is back to normal; null when no source gives it.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// Something that is seen or felt while healing.
pub struct RecoveryEffect;

impl Value for RecoveryEffect {
    const NAME: &'static str = "RecoveryEffect";
    const ABOUT: &'static str = "Something that is seen or felt while the skin heals, and how long it lasts.";

    fn declare(d: &mut Members<'_>) {
        d.choice::<EffectKind>("effect", "What it is.").required();
        d.text("name", "Name shown to readers.").required();
        d.choice::<Frequency>("frequency", "How often it occurs.").required();
        d.choice::<EffectSeverity>("severity", "How strong it is; null when the sources do not say.");
        d.choice::<Resemblance>("resembles", "What it is like; null when the sources make no comparison.");
        d.value::<Duration>("duration", "How long it lasts; null when the sources do not say.");
        d.refs::<Source>("sources", STATEMENT_SOURCES);
    }
}

/// How quick recovery is.
pub struct RecoverySpeed;

impl Choice for RecoverySpeed {
    const NAME: &'static str = "RecoverySpeed";
    const ABOUT: &'static str =
        "How quick recovery is. The bands are editorial, not taken from a source. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("QUICK", "About a week or less."),
        ("MODERATE", "Up to a few weeks."),
        ("LONG", "Longer than a few weeks."),
        ("VARIES", "Depends on the variant of the procedure; its variants say more."),
    ];
}

/// How strong an effect is.
pub struct EffectSeverity;

impl Choice for EffectSeverity {
    const NAME: &'static str = "EffectSeverity";
    const ABOUT: &'static str = "How strong an effect of healing is. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("MILD", "The source calls it mild."),
        ("MODERATE", "The source calls it moderate."),
        ("SEVERE", "The source calls it severe."),
    ];
}

/// What an effect is like.
pub struct Resemblance;

impl Choice for Resemblance {
    const NAME: &'static str = "Resemblance";
    const ABOUT: &'static str = "Something well known that an effect of healing is like. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[("SUNBURN", "It looks or feels like a sunburn.")];
}
