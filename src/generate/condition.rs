//! Generated conditions, in groups of ten: one at the top, three below it, and six below those.

use super::{
    random::Random,
    size::LibrarySize,
    source,
    text::{phrase, sentence},
    vocabulary::{self, BODY_AREAS},
};

const KINDS: &[&str] = &[
    "SCAR",
    "AGEING_CHANGE",
    "PIGMENT_DISORDER",
    "HAIR_DISORDER",
    "INFLAMMATORY_DISEASE",
    "VASCULAR_LESION",
    "PRECANCEROUS_LESION",
    "SWEAT_GLAND_DISORDER",
    "COSMETIC_CONCERN",
];

pub(super) fn slug(number: u32) -> String {
    format!("condition-{number:06}")
}

/// Returns the YAML entry of a condition.
pub(super) fn entry(size: &LibrarySize, number: u32) -> String {
    let slug = slug(number);
    let mut random = Random::of(size.seed, &slug);
    let parent = parent(number).map(|parent| format!("    parent: {}\n", self::slug(parent))).unwrap_or_default();
    let area = vocabulary::slug(BODY_AREAS, random.between(1, BODY_AREAS.count));
    format!(
        "  - slug: {slug}\n    name: Generated condition {number:06}\n    aliases: [{}]\n    kind: {}\n{parent}    \
         description: {}\n    signs: [{}]\n    bodyAreas: [{area}]\n    sources: [{}]\n",
        phrase(&mut random, 8, 20),
        random.pick(KINDS),
        sentence(&mut random, 20, 150),
        phrase(&mut random, 8, 30),
        source::some(size, &mut random, 1).join(", "),
    )
}

fn parent(number: u32) -> Option<u32> {
    let (top, position) = ((number - 1) / 10 * 10 + 1, (number - 1) % 10);
    match position {
        0 => None,
        1..=3 => Some(top),
        _ => Some(top + 1 + position % 3),
    }
}
