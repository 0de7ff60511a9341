//! The derived fields, links and rules of treatment outcomes.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Value as Json, json};

use super::{
    derivation::{evidence_level, evidence_levels, grade},
    listing::{conditions, required_flag},
    rules::{certainty_has_a_source, diagnosis_comes_first, effective_needs_benefit},
};
use crate::{
    content::condition::ancestor_slugs,
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::LibraryView,
    },
};

/// A library of a few content documents.
#[derive(Default)]
struct TestLibrary(HashMap<(&'static str, &'static str), CanonicalObject>);

impl TestLibrary {
    fn with(mut self, type_name: &'static str, slug: &'static str, document: &Json) -> Self {
        self.0.insert((type_name, slug), map(document));
        self
    }
}

impl LibraryView for TestLibrary {
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

/// A review of trials, a trial, an expert text, and a source that is not a study.
fn library_of_sources() -> TestLibrary {
    TestLibrary::default()
        .with("Source", "review", &json!({"level": 1}))
        .with("Source", "trial", &json!({"level": 2}))
        .with("Source", "text", &json!({"level": 5}))
        .with("Source", "brief", &json!({"level": null}))
}

fn level(basis: &[&str], evidence: &Json) -> CanonicalValue {
    let document = json!({"condition": "acne", "effectiveness": {"basis": basis}, "evidence": evidence});
    evidence_level(&library_of_sources(), "outcome", &map(&document))
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

/// Two hierarchies: melasma and freckles below hyperpigmentation below pigment disorders, and wrinkles below ageing.
fn library_of_conditions() -> TestLibrary {
    TestLibrary::default()
        .with("Condition", "pigment-disorders", &json!({"parent": null}))
        .with("Condition", "hyperpigmentation", &json!({"parent": "pigment-disorders"}))
        .with("Condition", "melasma", &json!({"parent": "hyperpigmentation"}))
        .with("Condition", "freckles", &json!({"parent": "hyperpigmentation"}))
        .with("Condition", "ageing", &json!({"parent": null}))
        .with("Condition", "wrinkles", &json!({"parent": "ageing"}))
}

/// Returns the conditions under which an outcome is listed with the switches `[includeAncestors, includeAlsoCovered, includeStudied]`.
fn found(document: &Json, switches: [bool; 3]) -> Vec<Arc<str>> {
    let flag = required_flag(&switches);
    conditions(&library_of_conditions(), "outcome", &map(document))
        .into_iter()
        .filter(|link| flag.is_none_or(|flag| link.flags.contains(&(flag, true))))
        .map(|link| link.target)
        .collect()
}

#[test]
fn the_switches_choose_the_conditions_under_which_an_outcome_is_listed() {
    let evidence = json!([
        {"source": "trial", "indirect": false, "condition": "freckles"},
        {"source": "review", "indirect": true, "condition": "ageing"},
        {"source": "text", "indirect": false},
    ]);
    let outcome = json!({"condition": "hyperpigmentation", "alsoCovers": ["melasma", "wrinkles"], "evidence": evidence});
    let (own, covered, above) = ("hyperpigmentation", ["melasma", "wrinkles"], "pigment-disorders");
    assert_eq!(found(&outcome, [false, false, false]), [own].map(Arc::from));
    assert_eq!(found(&outcome, [false, true, false]), [own, covered[0], covered[1]].map(Arc::from));
    assert_eq!(found(&outcome, [false, false, true]), [own, "freckles"].map(Arc::from));
    assert_eq!(found(&outcome, [false, true, true]), [own, covered[0], covered[1], "freckles"].map(Arc::from));
    assert_eq!(found(&outcome, [true, false, false]), [own, above].map(Arc::from));
    assert_eq!(found(&outcome, [true, true, false]), [own, covered[0], covered[1], above, "ageing"].map(Arc::from));
    assert_eq!(found(&outcome, [true, false, true]), [own, "freckles", above].map(Arc::from));
    let all = [own, covered[0], covered[1], "freckles", above, "ageing"];
    assert_eq!(found(&outcome, [true, true, true]), all.map(Arc::from));
}

#[test]
fn ancestors_in_a_cycle_are_each_listed_once() {
    let circle = TestLibrary::default()
        .with("Condition", "a", &json!({"parent": "b"}))
        .with("Condition", "b", &json!({"parent": "c"}))
        .with("Condition", "c", &json!({"parent": "b"}));
    assert_eq!(ancestor_slugs(&circle, "a"), ["b", "c"].map(Arc::from));
    assert_eq!(ancestor_slugs(&circle, "b"), ["c"].map(Arc::from));
}

#[test]
fn the_grade_is_that_of_effectiveness() {
    let document = json!({"effectiveness": {"grade": "HELPS", "basis": []}});
    assert_eq!(grade(&TestLibrary::default(), "outcome", &map(&document)), CanonicalValue::from("HELPS"));
}

#[test]
fn each_condition_has_the_level_of_the_evidence_about_it() {
    let evidence = json!([
        {"source": "trial", "indirect": false, "condition": "melasma"},
        {"source": "review", "indirect": true, "condition": "sunspots"},
        {"source": "text", "indirect": false},
        {"source": "trial", "indirect": false, "condition": "freckles"},
    ]);
    let outcome = map(&json!({
        "condition": "hyperpigmentation",
        "alsoCovers": ["sunspots", "melasma"],
        "effectiveness": {"basis": ["trial", "brief"]},
        "evidence": evidence,
    }));
    let library = library_of_sources();
    let levels = json!([
        {"condition": "hyperpigmentation", "role": "TREATED", "level": 5},
        {"condition": "sunspots", "role": "ALSO_COVERED", "level": null},
        {"condition": "melasma", "role": "ALSO_COVERED", "level": 2},
        {"condition": "freckles", "role": "STUDIED", "level": 2},
    ]);
    assert_eq!(serde_json::to_value(evidence_levels(&library, "outcome", &outcome)).unwrap(), levels);
    assert_eq!(evidence_level(&library, "outcome", &outcome), CanonicalValue::Int(2));
}

#[test]
fn an_effective_outcome_needs_a_direct_finding_of_benefit() {
    let broken = |grade: &str, evidence: Json| {
        let document = json!({"effectiveness": {"grade": grade, "basis": []}, "evidence": evidence});
        effective_needs_benefit(&TestLibrary::default(), "outcome", &map(&document)).len()
    };
    let item = |direction: &str, indirect: bool| json!({"direction": direction, "indirect": indirect});
    assert_eq!(broken("EFFECTIVE", json!([item("NO_DIFFERENCE", false), item("HARM", false)])), 1);
    assert_eq!(broken("EFFECTIVE", json!([item("WORSE", false), item("BENEFIT", true)])), 1);
    assert_eq!(broken("EFFECTIVE", json!([item("NO_DIFFERENCE", false), item("NOT_COMPARED", false)])), 1);
    assert_eq!(broken("EFFECTIVE", json!([item("MIXED", false)])), 1);
    assert_eq!(broken("EFFECTIVE", json!([])), 1);
    assert_eq!(broken("EFFECTIVE", json!([item("WORSE", false), item("BENEFIT", false)])), 0);
    assert_eq!(broken("HELPS", json!([item("NO_DIFFERENCE", false)])), 0);
}

#[test]
fn an_outcome_for_a_condition_that_must_be_diagnosed_first_needs_a_contraindication() {
    let broken = |outcome: Json, reasons: Json| {
        let library = library_of_conditions()
            .with("Condition", "sunspots", &json!({"parent": "hyperpigmentation", "diagnoseFirst": true}))
            .with("Procedure", "peel", &json!({"contraindications": reasons}));
        let violations = diagnosis_comes_first(&library, "peel--spots", &map(&outcome));
        violations.into_iter().map(|violation| violation.path.into_owned()).collect::<Vec<_>>()
    };
    let spots = || json!({"procedure": "peel", "condition": "sunspots"});
    let covering = || json!({"procedure": "peel", "condition": "hyperpigmentation", "alsoCovers": ["melasma", "sunspots"]});
    let reason = |topic: &str, condition: Json| json!([{"topic": topic, "condition": condition}]);
    assert_eq!(broken(spots(), json!([])), ["condition"]);
    assert_eq!(broken(covering(), json!([])), ["alsoCovers[1]"]);
    assert_eq!(broken(spots(), reason("PREGNANCY", json!(null))), ["condition"]);
    assert_eq!(broken(spots(), reason("DIAGNOSIS", json!("wrinkles"))), ["condition"]);
    assert!(broken(spots(), reason("DIAGNOSIS", json!(null))).is_empty());
    assert!(broken(covering(), reason("DIAGNOSIS", json!("sunspots"))).is_empty());
    assert!(broken(spots(), reason("DIAGNOSIS", json!("hyperpigmentation"))).is_empty());
    assert!(broken(json!({"procedure": "peel", "condition": "melasma"}), json!([])).is_empty());
}

#[test]
fn a_certainty_needs_the_source_that_states_it() {
    let broken = |certainty: &str, field: &str, sources: Json| {
        let document = json!({"certainty": certainty, "fieldSources": [{"field": field, "sources": sources}]});
        certainty_has_a_source(&TestLibrary::default(), "outcome", &map(&document)).len()
    };
    assert_eq!(broken("LOW", "caveat", json!(["review"])), 1);
    assert_eq!(broken("LOW", "certainty", json!([])), 1);
    assert_eq!(broken("LOW", "certainty", json!(["review"])), 0);
    assert_eq!(broken("NOT_ASSESSED", "caveat", json!(["review"])), 0);
}
