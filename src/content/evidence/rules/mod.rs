//! Rules that evidence items follow: the numbers of a finding are possible, and do not contradict its direction.

use crate::engine::{
    canonical::{CanonicalObject, CanonicalValue},
    catalog::{LibraryView, Violation},
};

/// What the numbers of a measure mean.
struct Scale {
    measure: &'static str,
    /// The number that means no difference; `None` if the measure compares nothing.
    no_difference: Option<f64>,
    /// The range of possible numbers, both ends included.
    range: (f64, f64),
}

/// The scales of all measures of effects.
const SCALES: [Scale; 8] = [
    ratio("RISK_RATIO"),
    ratio("ODDS_RATIO"),
    ratio("HAZARD_RATIO"),
    difference("RISK_DIFFERENCE", (-1.0, 1.0)),
    difference("MEAN_DIFFERENCE", (f64::NEG_INFINITY, f64::INFINITY)),
    difference("STANDARDISED_MEAN_DIFFERENCE", (f64::NEG_INFINITY, f64::INFINITY)),
    Scale { measure: "PERCENT_RESPONDING", no_difference: None, range: (0.0, 100.0) },
    Scale { measure: "PERCENT_CHANGE", no_difference: None, range: (-100.0, f64::INFINITY) },
];

const fn ratio(measure: &'static str) -> Scale {
    Scale { measure, no_difference: Some(1.0), range: (f64::MIN_POSITIVE, f64::INFINITY) }
}

const fn difference(measure: &'static str, range: (f64, f64)) -> Scale {
    Scale { measure, no_difference: Some(0.0), range }
}

/// Reports numbers of an estimate that its measure cannot have, and an incomplete confidence interval.
pub fn estimate_is_possible(_: &dyn LibraryView, slug: &str, document: &CanonicalObject) -> Vec<Violation> {
    let Some(estimate) = document.get("estimate").and_then(CanonicalValue::as_object) else { return Vec::new() };
    let Some(scale) = scale_of(estimate) else { return Vec::new() };
    let mut found = Vec::new();
    for key in ["value", "low", "high"] {
        let (least, greatest) = scale.range;
        if let Some(number) = number(estimate, key).filter(|number| *number < least || *number > greatest) {
            let sentence = format!("A {} cannot be {number} in {slug}.", scale.measure);
            found.push(violation(format!("estimate.{key}"), sentence));
        }
    }
    let has = |key| number(estimate, key).is_some();
    if has("low") != has("high") {
        found.push(violation("estimate".to_owned(), format!("The interval in {slug} needs both \"low\" and \"high\".")));
    } else if has("confidence") != has("low") {
        let sentence = format!("The estimate in {slug} needs both an interval and its \"confidence\", or neither.");
        found.push(violation("estimate".to_owned(), sentence));
    }
    found
}

/// Reports a direction that the numbers of the finding contradict. Whether a larger number is better depends on what was
/// measured, so the rule only checks whether the numbers show a difference.
pub fn direction_agrees_with_numbers(_: &dyn LibraryView, slug: &str, document: &CanonicalObject) -> Vec<Violation> {
    let direction = document.get("direction").and_then(CanonicalValue::as_str).unwrap_or_default();
    let differs = match direction {
        "BENEFIT" | "WORSE" | "HARM" => true,
        "NO_DIFFERENCE" => false,
        _ => return Vec::new(),
    };
    let part = |key| document.get(key).and_then(CanonicalValue::as_object);
    let estimate = part("estimate").and_then(|estimate| contradiction(estimate, differs));
    let people = part("per100").filter(|_| differs).and_then(|people| {
        let (treated, control) = (number(people, "treated")?, number(people, "control")?);
        (treated - control == 0.0)
            .then(|| ("per100", format!("{treated} people in 100 have the result both with and without the procedure")))
    });
    let found = estimate.map(|why| ("estimate", why)).into_iter().chain(people);
    found
        .map(|(key, why)| violation(key.to_owned(), format!("The direction of {slug} is {direction}, but {why}.")))
        .collect()
}

/// Returns why the numbers of an estimate contradict a direction; `None` if they do not. `differs` is true if the
/// direction means that the treatments differ, and false if it means that they do not.
fn contradiction(estimate: &CanonicalObject, differs: bool) -> Option<String> {
    let equal = scale_of(estimate)?.no_difference?;
    let (low, high) = match (number(estimate, "low"), number(estimate, "high")) {
        (Some(low), Some(high)) => (low, high),
        // The estimate has no interval, only a value. If the direction means no difference, no value contradicts it. If it
        // means a difference, only the value that means no difference contradicts it.
        _ if !differs => return None,
        _ => number(estimate, "value").map(|value| (value, value))?,
    };
    let includes = (low..=high).contains(&equal);
    let word = if includes { "includes" } else { "excludes" };
    (includes == differs).then(|| format!("the range from {low} to {high} {word} {equal}, which means no difference"))
}

fn scale_of(estimate: &CanonicalObject) -> Option<&'static Scale> {
    let measure = estimate.get("measure")?.as_str()?;
    SCALES.iter().find(|scale| scale.measure == measure)
}

fn number(object: &CanonicalObject, key: &str) -> Option<f64> {
    object.get(key).and_then(CanonicalValue::as_f64)
}

fn violation(path: String, sentence: String) -> Violation {
    Violation { path: path.into(), sentence }
}

#[cfg(test)]
mod tests;
