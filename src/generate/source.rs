//! Generated sources.

use super::{random::Random, size::LibrarySize, text::phrase};

/// Kinds of works with the Oxford CEBM step of their design, in about the proportions of the starter library.
const KINDS: &[(&str, &str)] = &[
    ("META_ANALYSIS", "1"),
    ("SYSTEMATIC_REVIEW", "1"),
    ("SYSTEMATIC_REVIEW", "2"),
    ("RANDOMISED_TRIAL", "2"),
    ("RANDOMISED_TRIAL", "2"),
    ("CONTROLLED_STUDY", "3"),
    ("UNCONTROLLED_STUDY", "4"),
    ("UNCONTROLLED_STUDY", "4"),
    ("REVIEW", "5"),
    ("REFERENCE_TEXT", "5"),
    ("WEB_PAGE", "null"),
];

pub(super) fn slug(number: u32) -> String {
    format!("source-{number:06}")
}

/// Returns the YAML entry of a source.
pub(super) fn entry(size: &LibrarySize, number: u32) -> String {
    let slug = slug(number);
    let mut random = Random::of(size.seed, &slug);
    let (kind, level) = random.pick(KINDS);
    let title = phrase(&mut random, 20, 80);
    let year = random.between(1985, 2025);
    let extent = random.pick(&["FULL", "ABSTRACT", "ABSTRACT", "PART"]);
    // 10.5555 is the DOI prefix that Crossref reserves for tests, example.org a domain of RFC 2606: neither leads to a real
    // work.
    format!(
        "  - slug: {slug}\n    kind: {kind}\n    title: Generated source {number:06}, {title}\n    authors: Generated\n    \
         publisher: Generated journal {:02}\n    year: {year}\n    url: https://example.org/{slug}\n    doi: 10.5555/{slug}\n    \
         level: {level}\n    extentRead: {extent}\n",
        random.between(1, 40)
    )
}

/// Returns the slugs of `count` different sources, or of all sources if there are fewer. One in eight is from the first
/// percent of the sources, so these are cited most.
pub(super) fn some(size: &LibrarySize, random: &mut Random, count: u32) -> Vec<String> {
    let mut numbers = Vec::new();
    while numbers.len() < count.min(size.sources) as usize {
        let among = if random.chance(1, 8) { (size.sources / 100).max(count) } else { size.sources };
        let number = 1 + random.below(among.min(size.sources));
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers.into_iter().map(slug).collect()
}
