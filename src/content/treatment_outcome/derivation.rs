//! What of an outcome follows from its document and the library.

use std::sync::Arc;

use crate::{
    content::{condition::ancestor_slugs, source::Source},
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{DerivedLink, LibraryView},
        declare::Content as _,
    },
};

/// The grade of `effectiveness`.
pub fn grade(_: &dyn LibraryView, _: &str, document: &CanonicalObject) -> CanonicalValue {
    document.get("effectiveness").and_then(|effectiveness| effectiveness.get("grade")).cloned().unwrap_or_default()
}

/// The lowest, which is the best, Oxford CEBM step among the sources of direct evidence and of the grade's basis. A source
/// of the basis that is cited as indirect evidence only does not count.
pub fn evidence_level(library: &dyn LibraryView, _: &str, document: &CanonicalObject) -> CanonicalValue {
    let (mut direct, mut indirect) = (Vec::new(), Vec::new());
    for finding in document.list("evidence") {
        if let Some(source) = finding.get("source").and_then(CanonicalValue::as_str) {
            let near = finding.get("indirect").and_then(CanonicalValue::as_bool).unwrap_or_default();
            if near { &mut indirect } else { &mut direct }.push(source);
        }
    }
    let basis = document.get("effectiveness").and_then(|effectiveness| effectiveness.get("basis"));
    let basis = basis.map_or(&[][..], CanonicalValue::list).iter().filter_map(CanonicalValue::as_str);
    direct.extend(basis.filter(|source| !indirect.contains(source)));
    let level = |source: &str| library.document(Source::NAME, source)?.get("level")?.as_i64();
    direct.into_iter().filter_map(level).min().into()
}

/// The conditions under which an outcome can be found: its own, those that it also covers, and the ancestors of them all.
///
/// `direct` is its own condition; `covering` are its own and those that it also covers; `below` are its own and the
/// ancestors of its own, below which it stands.
pub fn conditions(library: &dyn LibraryView, _: &str, document: &CanonicalObject) -> Vec<DerivedLink> {
    let own = document.get("condition").and_then(CanonicalValue::as_text);
    let covered: Vec<&Arc<str>> = document.list("alsoCovers").iter().filter_map(CanonicalValue::as_text).collect();
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
    fn add(&mut self, target: &Arc<str>, flags: &[&str]) {
        let at = self.0.iter().position(|link| link.target == *target).unwrap_or_else(|| {
            let flags = vec![("direct", false), ("covering", false), ("below", false)];
            self.0.push(DerivedLink { target: Arc::clone(target), flags });
            self.0.len() - 1
        });
        for (flag, set) in &mut self.0[at].flags {
            *set |= flags.contains(flag);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::{Value as Json, json};

    use super::*;

    /// A library of single documents.
    #[derive(Default)]
    struct Shelf(HashMap<(&'static str, &'static str), CanonicalObject>);

    impl Shelf {
        fn with(mut self, type_name: &'static str, slug: &'static str, document: &Json) -> Self {
            self.0.insert((type_name, slug), map(document));
            self
        }
    }

    impl LibraryView for Shelf {
        fn document(&self, type_name: &str, slug: &str) -> Option<&CanonicalObject> {
            self.0.iter().find(|(key, _)| **key == (type_name, slug)).map(|(_, document)| document)
        }
    }

    fn map(document: &Json) -> CanonicalObject {
        datum(document).as_object().unwrap().clone()
    }

    fn datum(value: &Json) -> CanonicalValue {
        match value {
            Json::Object(fields) => {
                CanonicalValue::Object(fields.iter().map(|(key, value)| (&*key.clone().leak(), datum(value))).collect())
            }
            Json::Array(values) => values.iter().map(datum).collect(),
            Json::String(text) => text.as_str().into(),
            Json::Bool(value) => (*value).into(),
            value => value.as_i64().into(),
        }
    }

    /// A review of trials, a trial, an expert text and something that is no study.
    fn shelf_of_sources() -> Shelf {
        Shelf::default()
            .with("Source", "review", &json!({"level": 1}))
            .with("Source", "trial", &json!({"level": 2}))
            .with("Source", "text", &json!({"level": 5}))
            .with("Source", "brief", &json!({"level": null}))
    }

    fn level(basis: &[&str], evidence: &Json) -> CanonicalValue {
        let document = json!({"effectiveness": {"basis": basis}, "evidence": evidence});
        evidence_level(&shelf_of_sources(), "outcome", &map(&document))
    }

    #[test]
    fn the_evidence_level_is_the_best_step_of_basis_and_direct_evidence() {
        assert_eq!(level(&["text"], &json!([{"source": "trial", "indirect": false}])), CanonicalValue::Int(2));
        assert_eq!(level(&["trial"], &json!([{"source": "text", "indirect": false}])), CanonicalValue::Int(2));
    }

    #[test]
    fn indirect_evidence_does_not_count_even_in_the_basis() {
        assert_eq!(level(&["text", "review"], &json!([{"source": "review", "indirect": true}])), CanonicalValue::Int(5));
    }

    #[test]
    fn a_source_of_indirect_and_direct_evidence_counts() {
        let evidence = json!([{"source": "review", "indirect": true}, {"source": "review", "indirect": false}]);
        assert_eq!(level(&["text"], &evidence), CanonicalValue::Int(1));
    }

    #[test]
    fn without_a_study_there_is_no_evidence_level() {
        assert_eq!(level(&["brief"], &json!([])), CanonicalValue::Null);
    }

    /// Melasma and sunspots below hyperpigmentation, which is below pigment disorders; wrinkles below ageing.
    fn shelf_of_conditions() -> Shelf {
        Shelf::default()
            .with("Condition", "pigment-disorders", &json!({"parent": null}))
            .with("Condition", "hyperpigmentation", &json!({"parent": "pigment-disorders"}))
            .with("Condition", "melasma", &json!({"parent": "hyperpigmentation"}))
            .with("Condition", "ageing", &json!({"parent": null}))
            .with("Condition", "wrinkles", &json!({"parent": "ageing"}))
    }

    /// The conditions of an outcome that the switches `[hierarchy, also covered]` leave.
    fn found(document: &Json, switches: [bool; 2]) -> Vec<Arc<str>> {
        let kept = kept_links(&switches);
        conditions(&shelf_of_conditions(), "outcome", &map(document))
            .into_iter()
            .filter(|link| kept.is_none_or(|flag| link.flags.contains(&(flag, true))))
            .map(|link| link.target)
            .collect()
    }

    #[test]
    fn an_outcome_is_found_by_what_the_switches_allow() {
        let outcome = json!({"condition": "hyperpigmentation", "alsoCovers": ["melasma", "wrinkles"]});
        assert_eq!(found(&outcome, [false, false]), ["hyperpigmentation"].map(Arc::from));
        assert_eq!(found(&outcome, [false, true]), ["hyperpigmentation", "melasma", "wrinkles"].map(Arc::from));
        assert_eq!(found(&outcome, [true, false]), ["hyperpigmentation", "pigment-disorders"].map(Arc::from));
        let all = ["hyperpigmentation", "melasma", "wrinkles", "pigment-disorders", "ageing"];
        assert_eq!(found(&outcome, [true, true]), all.map(Arc::from));
    }

    #[test]
    fn parents_in_a_circle_end() {
        let circle = Shelf::default()
            .with("Condition", "a", &json!({"parent": "b"}))
            .with("Condition", "b", &json!({"parent": "c"}))
            .with("Condition", "c", &json!({"parent": "b"}));
        assert_eq!(ancestor_slugs(&circle, "a"), ["b", "c"].map(Arc::from));
        assert_eq!(ancestor_slugs(&circle, "b"), ["c"].map(Arc::from));
    }

    #[test]
    fn the_grade_is_that_of_effectiveness() {
        let document = json!({"effectiveness": {"grade": "HELPS", "basis": []}});
        assert_eq!(grade(&Shelf::default(), "outcome", &map(&document)), CanonicalValue::from("HELPS"));
    }
}
