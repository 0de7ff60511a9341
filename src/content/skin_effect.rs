//! Effects that a procedure has besides the wanted one: those of normal healing and those that are adverse.

use crate::engine::declare::Choice;

/// What happens to the skin or the person.
pub struct EffectKind;

impl Choice for EffectKind {
    const NAME: &'static str = "EffectKind";
    const ABOUT: &'static str =
        "What a procedure brings along besides the wanted effect, in healing or as an adverse effect. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("REDNESS", "Reddened skin."),
        ("SWELLING", "Swollen skin."),
        ("BRUISING", "Bruises where the skin was treated."),
        ("BLEEDING", "Bleeding or oozing."),
        ("BLISTERING", "Blisters, crusts or scabs."),
        ("PEELING", "Skin that comes off."),
        ("DRYNESS", "Dry or flaky skin."),
        ("TIGHTNESS", "A tight feeling."),
        ("STINGING", "A stinging or burning feeling."),
        ("HEAT", "Skin that feels hot."),
        ("PAIN", "Pain, soreness or tenderness."),
        ("IRRITATION", "Irritated skin."),
        ("RASH", "A rash on the skin."),
        ("MILIA", "Small white bumps."),
        ("LUMPS", "Lumps under the skin."),
        ("COLOUR_CHANGE", "A passing change of the colour of the skin."),
        ("BRONZING", "A tanned or bronzed look."),
        ("PIGMENT_CHANGE", "Skin that becomes darker or lighter."),
        ("SUN_SENSITIVITY", "Skin that is more sensitive to sunlight."),
        ("INFECTION", "An infection."),
        ("SCARRING", "Scars that stay."),
        ("BURN", "A burn of the skin."),
        ("FAT_LOSS", "Loss of fat under the skin."),
        ("NERVE_DAMAGE", "Damage to a nerve."),
        ("PTOSIS", "A drooping eyelid."),
        ("TOXIN_SPREAD", "Effects of botulinum toxin away from where it was injected."),
        ("VESSEL_OCCLUSION", "A blocked blood vessel and what follows from it."),
        ("OTHER", "Something else; its name says what."),
    ];
}

/// How often an effect occurs.
pub struct Frequency;

impl Choice for Frequency {
    const NAME: &'static str = "Frequency";
    const ABOUT: &'static str = "How often an effect occurs, as loosely as the sources put it. The values run from least to most. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("UNKNOWN", "Reported; how often is not known or was not read."),
        ("POSSIBLE", "Named as possible, without a rate."),
        ("VERY_RARE", "Very rare."),
        ("UNCOMMON", "Called uncommon by a source."),
        ("SOME", "In some people."),
        ("COMMON", "Called common by a source."),
        ("MOST", "In most people."),
        ("EXPECTED", "A normal part of treatment and healing."),
    ];
}
