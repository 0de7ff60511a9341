//! Rules that treatment outcomes follow.

use std::borrow::Cow;

use super::derivation::is_indirect;
use crate::{
    content::{
        condition::{Condition, ancestor_slugs},
        procedure::Procedure,
    },
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{EmbeddedReads, Follows, LibraryView, Rule, Violation},
        declare::Content as _,
    },
};

/// The certainty without a rating.
const NOT_ASSESSED: &str = "NOT_ASSESSED";

/// Reports an outcome that is graded `EFFECTIVE` without a direct finding of benefit. A finding of no difference, a
/// finding without a comparison, or a finding about a related procedure or condition does not show that the procedure
/// works.
pub fn effective_needs_benefit(_: &dyn LibraryView, slug: &str, document: &CanonicalObject) -> Vec<Violation> {
    let grade = document.get("effectiveness").and_then(|effectiveness| effectiveness.get("grade")?.as_str());
    let direct = document.list("evidence").iter().filter(|item| !is_indirect(item));
    let found: Vec<&str> = direct.filter_map(|item| item.get("direction").and_then(CanonicalValue::as_str)).collect();
    if grade != Some("EFFECTIVE") || found.contains(&"BENEFIT") {
        return Vec::new();
    }
    let found = if found.is_empty() { "nothing".to_owned() } else { format!("only {}", found.join(", ")) };
    let sentence = format!("The grade of {slug} is EFFECTIVE, which needs a BENEFIT; the direct evidence found {found}.");
    vec![Violation { path: "effectiveness.grade".into(), sentence }]
}

/// The rule [`diagnosis_comes_first`]. It reads the conditions of the outcome, those of the contraindications, and the
/// broader conditions of both.
pub const DIAGNOSIS_COMES_FIRST: Rule = Rule {
    check: diagnosis_comes_first,
    follows: &[
        Follows { path: "procedure", fields: &["contraindications"] },
        Follows { path: "conditions", fields: &["diagnoseFirst", "parent"] },
        Follows { path: "procedure.contraindicatedConditions", fields: &["parent"] },
        Follows { path: "procedure.contraindicatedConditions.ancestors", fields: &["parent"] },
    ],
    embedded_reads: EmbeddedReads::None,
};

/// Reports each condition of an outcome that must be diagnosed first, if the procedure has no contraindication with the
/// topic `DIAGNOSIS` for it. Such a contraindication names the condition, a broader one, a narrower one, or no
/// condition.
pub fn diagnosis_comes_first(library: &dyn LibraryView, slug: &str, document: &CanonicalObject) -> Vec<Violation> {
    let procedure = document.get("procedure").and_then(CanonicalValue::as_str);
    let Some(procedure) = procedure.and_then(|procedure| library.document(Procedure::NAME, procedure)) else {
        return Vec::new();
    };
    let reasons = procedure.list("contraindications").iter();
    let reasons = reasons.filter(|reason| reason.get("topic").and_then(CanonicalValue::as_str) == Some("DIAGNOSIS"));
    let about: Vec<_> = reasons.map(|reason| reason.get("condition").and_then(CanonicalValue::as_str)).collect();
    let covers = |condition: &str| {
        let is_above = |upper: &str, lower: &str| ancestor_slugs(library, lower).iter().any(|above| **above == *upper);
        about.iter().any(|about| {
            about.is_none_or(|about| about == condition || is_above(about, condition) || is_above(condition, about))
        })
    };
    let first = |condition: &str| {
        let condition = library.document(Condition::NAME, condition)?;
        condition.get("diagnoseFirst").and_then(CanonicalValue::as_bool)
    };
    let own = document.get("condition").into_iter().map(|condition| (Cow::Borrowed("condition"), condition));
    let also = document.list("alsoCovers").iter().enumerate();
    let all = own.chain(also.map(|(at, condition)| (format!("alsoCovers[{at}]").into(), condition)));
    all.filter_map(|(path, condition)| Some((path, condition.as_str()?)))
        .filter(|(_, condition)| first(condition) == Some(true) && !covers(condition))
        .map(|(path, condition)| {
            let sentence = format!(
                "{condition} must be diagnosed first, but the procedure of {slug} has no contraindication with the topic \
                 DIAGNOSIS for it."
            );
            Violation { path, sentence }
        })
        .collect()
}

/// Reports a certainty for which `fieldSources` names no source. The `sources` of the outcome are not enough, because
/// they do not show which source states the rating.
pub fn certainty_has_a_source(_: &dyn LibraryView, slug: &str, document: &CanonicalObject) -> Vec<Violation> {
    let certainty = document.get("certainty").and_then(CanonicalValue::as_str).unwrap_or(NOT_ASSESSED);
    let states = |entry: &CanonicalValue| {
        let sources = entry.get("sources").map(CanonicalValue::list).unwrap_or_default();
        entry.get("field").and_then(CanonicalValue::as_str) == Some("certainty") && !sources.is_empty()
    };
    if certainty == NOT_ASSESSED || document.list("fieldSources").iter().any(states) {
        return Vec::new();
    }
    let sentence = format!(
        "The certainty of {slug} is {certainty}, but fieldSources.certainty names no source that states it. Without such a \
         source, it must be {NOT_ASSESSED}."
    );
    vec![Violation { path: "certainty".into(), sentence }]
}
