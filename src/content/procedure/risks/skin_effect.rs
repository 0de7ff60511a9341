//! Effects of a procedure other than the intended one: effects of normal healing and adverse effects.

use crate::engine::declare::Choice;

/// The enumeration of kinds of effects.
pub struct EffectKind;

impl Choice for EffectKind {
    const NAME: &'static str = "EffectKind";
    const ABOUT: &'static str =
        "Kind of effect other than the intended one, during healing or as an adverse effect. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("REDNESS", "Reddened skin."),
        ("SWELLING", "Swollen skin."),
        ("BRUISING", "Bruises where the skin was treated."),
        ("BLEEDING", "Bleeding or oozing."),
        ("BLISTERING", "Blisters, crusts or scabs."),
        ("PEELING", "Skin that peels off."),
        ("DRYNESS", "Dry or flaky skin."),
        ("TIGHTNESS", "A tight feeling."),
        ("STINGING", "A stinging or burning feeling."),
        ("HEAT", "Skin that feels hot."),
        ("PAIN", "Pain, soreness or tenderness."),
        ("IRRITATION", "Irritated skin."),
        ("RASH", "A rash on the skin."),
        ("MILIA", "Small white bumps."),
        ("LUMPS", "Lumps under the skin."),
        ("COLOUR_CHANGE", "A temporary change of skin colour."),
        ("BRONZING", "A tanned or bronzed look."),
        ("PIGMENT_CHANGE", "Skin that becomes darker or lighter."),
        ("SUN_SENSITIVITY", "Skin that is more sensitive to sunlight."),
        ("INFECTION", "An infection."),
        ("SCARRING", "Permanent scars."),
        ("BURN", "A burn of the skin."),
        ("FAT_LOSS", "Loss of fat under the skin."),
        ("NERVE_DAMAGE", "Damage to a nerve."),
        ("PTOSIS", "A drooping eyelid."),
        ("TOXIN_SPREAD", "Effects of botulinum toxin away from the injection site."),
        ("VESSEL_OCCLUSION", "A blocked blood vessel and its consequences."),
        ("NUMBNESS", "Skin that feels less."),
        ("HAIR_CHANGE", "Less or more hair than before."),
        ("SKIN_THINNING", "Thinned skin."),
        ("TISSUE_DEATH", "Death of skin or of tissue below it, which can leave an open sore."),
        ("ALLERGY", "An allergic reaction, in the area or of the whole body."),
        ("EYE_INJURY", "An injury of the eye, or loss of sight."),
        ("OTHER", "Another effect, described by its name."),
    ];
}

/// The enumeration of frequencies.
pub struct Frequency;

impl Choice for Frequency {
    const NAME: &'static str = "Frequency";
    const ABOUT: &'static str = "How often an effect occurs, no more precise than the sources. The values are in order, \
        from least to most. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("UNKNOWN", "Reported, but the rate is not known or was not read."),
        ("POSSIBLE", "A source names the effect as possible, without a rate."),
        ("VERY_RARE", "A source calls the effect very rare."),
        ("RARE", "A source calls the effect rare."),
        ("UNCOMMON", "A source calls the effect uncommon."),
        ("SOME", "In some people."),
        ("COMMON", "A source calls the effect common."),
        ("MOST", "In most people."),
        ("EXPECTED", "A normal part of treatment and healing."),
    ];
}
