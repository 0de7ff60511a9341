//! The rules of evidence items, by the paths of their violations.

use super::*;
use crate::{
    content::{
        evidence::estimate::EstimateMeasure,
        tests::{Nothing, object},
    },
    engine::declare::Choice as _,
};

/// The numbers of an estimate: value, low, high and confidence.
type Numbers = [Option<f64>; 4];

const NONE: Option<f64> = None;

fn finding(direction: &str, measure: &str, numbers: Numbers) -> CanonicalObject {
    let float = |number: Option<f64>| number.map(CanonicalValue::Float).unwrap_or_default();
    let [value, low, high, confidence] = numbers.map(float);
    let estimate =
        object([("measure", measure.into()), ("value", value), ("low", low), ("high", high), ("confidence", confidence)]);
    [("direction", direction.into()), ("estimate", estimate)].into_iter().collect()
}

fn paths(violations: Vec<Violation>) -> Vec<String> {
    violations.into_iter().map(|violation| violation.path.into_owned()).collect()
}

fn impossible(measure: &str, numbers: Numbers) -> Vec<String> {
    paths(estimate_is_possible(&Nothing, "finding", &finding("MIXED", measure, numbers)))
}

fn contradicted(direction: &str, measure: &str, numbers: Numbers) -> bool {
    !direction_agrees_with_numbers(&Nothing, "finding", &finding(direction, measure, numbers)).is_empty()
}

#[test]
fn every_measure_has_a_scale() {
    let declared: Vec<_> = EstimateMeasure::VALUES.iter().map(|(name, _)| *name).collect();
    assert_eq!(SCALES.map(|scale| scale.measure).to_vec(), declared);
}

#[test]
fn a_number_that_its_measure_cannot_have_is_refused() {
    for (measure, value) in [
        ("RISK_RATIO", 0.0),
        ("ODDS_RATIO", -2.0),
        ("RISK_DIFFERENCE", 42.0),
        ("PERCENT_RESPONDING", 101.0),
        ("PERCENT_RESPONDING", -1.0),
        ("PERCENT_CHANGE", -101.0),
    ] {
        assert_eq!(impossible(measure, [Some(value), NONE, NONE, NONE]), ["estimate.value"], "{measure} {value}");
    }
    assert_eq!(impossible("ODDS_RATIO", [Some(1.0), Some(-0.5), Some(2.0), Some(95.0)]), ["estimate.low"]);
    for (measure, value) in [("RISK_RATIO", 0.01), ("MEAN_DIFFERENCE", -300.0), ("PERCENT_CHANGE", 250.0)] {
        assert_eq!(impossible(measure, [Some(value), NONE, NONE, NONE]), [""; 0], "{measure} {value}");
    }
}

#[test]
fn an_interval_has_both_ends_and_its_confidence() {
    let numbers = |low, high, confidence| impossible("RISK_RATIO", [Some(1.5), low, high, confidence]);
    assert_eq!(numbers(Some(1.1), NONE, Some(95.0)), ["estimate"]);
    assert_eq!(numbers(NONE, Some(2.0), NONE), ["estimate"]);
    assert_eq!(numbers(NONE, NONE, Some(95.0)), ["estimate"]);
    assert_eq!(numbers(Some(1.1), Some(2.0), NONE), ["estimate"]);
    assert_eq!(numbers(Some(1.1), Some(2.0), Some(95.0)), [""; 0]);
    assert_eq!(numbers(NONE, NONE, NONE), [""; 0]);
}

#[test]
fn a_direction_agrees_with_its_interval() {
    let over = [Some(1.2), Some(0.8), Some(1.9), Some(95.0)];
    let above = [Some(5.0), Some(4.0), Some(6.0), Some(95.0)];
    for direction in ["BENEFIT", "WORSE", "HARM"] {
        assert!(contradicted(direction, "ODDS_RATIO", over), "{direction}");
        assert!(!contradicted(direction, "ODDS_RATIO", above), "{direction}");
    }
    assert!(contradicted("NO_DIFFERENCE", "ODDS_RATIO", above));
    assert!(!contradicted("NO_DIFFERENCE", "ODDS_RATIO", over));
    assert!(contradicted("BENEFIT", "MEAN_DIFFERENCE", [Some(-1.0), Some(-3.0), Some(1.0), Some(95.0)]));
    assert!(contradicted("BENEFIT", "RISK_RATIO", [Some(1.0), NONE, NONE, NONE]));
    assert!(!contradicted("NO_DIFFERENCE", "RISK_RATIO", [Some(1.2), NONE, NONE, NONE]));
    for direction in ["MIXED", "NOT_COMPARED"] {
        assert!(
            !contradicted(direction, "ODDS_RATIO", over) && !contradicted(direction, "ODDS_RATIO", above),
            "{direction}"
        );
    }
    assert!(!contradicted("BENEFIT", "PERCENT_RESPONDING", [Some(0.0), NONE, NONE, NONE]));
}

#[test]
fn equal_numbers_of_people_with_and_without_the_procedure_contradict_a_benefit() {
    let of = |direction: &str, treated: f64, control: f64| {
        let people = object([("treated", CanonicalValue::Float(treated)), ("control", CanonicalValue::Float(control))]);
        let document = [("direction", direction.into()), ("per100", people)].into_iter().collect();
        paths(direction_agrees_with_numbers(&Nothing, "finding", &document))
    };
    assert_eq!(of("BENEFIT", 40.0, 40.0), ["per100"]);
    assert_eq!(of("BENEFIT", 60.0, 40.0), [""; 0]);
    assert_eq!(of("NO_DIFFERENCE", 40.0, 40.0), [""; 0]);
}
