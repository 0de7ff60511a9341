//! What of an outcome follows from its document and the library.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use crate::{
    content::{condition::ancestor_slugs, source::Source},
    engine::{
        catalog::{DerivedLink, LibraryView},
        declare::Content as _,
    },
};

/// The grade of `effectiveness`.
pub fn grade(_: &dyn LibraryView, _: &str, document: &Map<String, Json>) -> Json {
    document.get("effectiveness").and_then(|effectiveness| effectiveness.get("grade")).cloned().unwrap_or_default()
}

/// The lowest, which is the best, Oxford CEBM step among the sources of direct evidence and of the grade's basis. A source
/// of the basis that is cited as indirect evidence only does not count.
pub fn evidence_level(library: &dyn LibraryView, _: &str, document: &Map<String, Json>) -> Json {
    let mut direct = BTreeSet::new();
    let mut indirect = BTreeSet::new();
    for finding in list(document.get("evidence")) {
        if let Some(source) = finding.get("source").and_then(Json::as_str) {
            let near = finding.get("indirect").and_then(Json::as_bool).unwrap_or_default();
            if near { &mut indirect } else { &mut direct }.insert(source);
        }
    }
    let basis = document.get("effectiveness").and_then(|effectiveness| effectiveness.get("basis"));
    for source in list(basis).iter().filter_map(Json::as_str) {
        if !indirect.contains(source) {
            direct.insert(source);
        }
    }
    let level = |source| library.document(Source::NAME, source)?.get("level")?.as_i64();
    direct.into_iter().filter_map(level).min().into()
}

/// The conditions under which an outcome can be found: its own, those that it also covers, and the ancestors of them all.
///
/// `direct` is its own condition; `covering` are its own and those that it also covers; `below` are its own and the
/// ancestors of its own, below which it stands.
pub fn conditions(library: &dyn LibraryView, _: &str, document: &Map<String, Json>) -> Vec<DerivedLink> {
    let own = document.get("condition").and_then(Json::as_str);
    let covered: Vec<&str> = list(document.get("alsoCovers")).iter().filter_map(Json::as_str).collect();
    let mut links = Links::default();
    if let Some(own) = own {
        links.add(own, &["direct", "covering", "below"]);
    }
    for condition in &covered {
        links.add(condition, &["covering"]);
    }
    for ancestor in own.map(|own| ancestor_slugs(library, own)).unwrap_or_default() {
        links.add(&ancestor, &["below"]);
    }
    for ancestor in covered.iter().flat_map(|condition| ancestor_slugs(library, condition)) {
        links.add(&ancestor, &[]);
    }
    links.0
}

/// The flag that a link must have by the two switches of either end: whether the hierarchy is followed, and whether
/// conditions that are covered as well count.
pub fn kept_links(switches: &[bool]) -> Option<&'static str> {
    match switches {
        [false, false] => Some("direct"),
        [false, true] => Some("covering"),
        [true, false] => Some("below"),
        _ => None,
    }
}

/// Links in order of first mention, one a target.
#[derive(Default)]
struct Links(Vec<DerivedLink>);

impl Links {
    fn add(&mut self, target: &str, flags: &[&str]) {
        let at = self.0.iter().position(|link| link.target == target).unwrap_or_else(|| {
            let flags = vec![("direct", false), ("covering", false), ("below", false)];
            self.0.push(DerivedLink { target: target.to_owned(), flags });
            self.0.len() - 1
        });
        for (flag, set) in &mut self.0[at].flags {
            *set |= flags.contains(flag);
        }
    }
}

fn list(value: Option<&Json>) -> &[Json] {
    value.and_then(Json::as_array).map_or(&[], Vec::as_slice)
}
