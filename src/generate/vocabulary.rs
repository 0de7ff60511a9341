//! Generated vocabulary: the small lists of records that procedures and outcomes refer to.

use super::{random::Random, size::LibrarySize, source, text::sentence};

/// A content type of the vocabulary.
#[derive(Clone, Copy)]
pub(super) struct List {
    name: &'static str,
    plural: &'static str,
    /// Number of records.
    pub count: u32,
}

pub(super) const BODY_AREAS: List = List { name: "body-area", plural: "bodyAreas", count: 12 };
pub(super) const DEVICES: List = List { name: "device", plural: "devices", count: 40 };
pub(super) const MEASURES: List = List { name: "outcome-measure", plural: "outcomeMeasures", count: 20 };
pub(super) const TARGETS: List = List { name: "biological-target", plural: "biologicalTargets", count: 20 };

pub(super) fn slug(list: List, number: u32) -> String {
    format!("{}-{number:02}", list.name)
}

/// Returns the slug of a random record of a list.
pub(super) fn any(list: List, random: &mut Random) -> String {
    slug(list, random.between(1, list.count))
}

/// Returns the YAML of all lists.
pub(super) fn collections(size: &LibrarySize) -> String {
    [BODY_AREAS, DEVICES, MEASURES, TARGETS].into_iter().map(|list| collection(size, list)).collect()
}

fn collection(size: &LibrarySize, list: List) -> String {
    let entry = |number| {
        let slug = slug(list, number);
        let mut random = Random::of(size.seed, &slug);
        let name = list.name.replace('-', " ");
        let text = sentence(&mut random, 30, 110);
        let sources = source::some(size, &mut random, 1).join(", ");
        let fields = match list.plural {
            "devices" => format!("    description: {text}\n    sources: [{sources}]\n"),
            "outcomeMeasures" => {
                format!("    kind: MEASURED\n    description: {text}\n    conditions: []\n    sources: [{sources}]\n")
            }
            "biologicalTargets" => format!("    kind: TISSUE\n    role: {text}\n    sources: [{sources}]\n"),
            _ => String::new(),
        };
        format!("  - slug: {slug}\n    name: Generated {name} {number:02}\n{fields}")
    };
    let entries: String = (1..=list.count).map(entry).collect();
    format!("{}:\n{entries}", list.plural)
}
