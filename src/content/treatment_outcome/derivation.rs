//! Derived fields of treatment outcomes: the grade, and the evidence levels.

use std::sync::Arc;

use crate::{
    content::{condition::Condition, source::Source},
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::LibraryView,
        declare::{Choice, Content as _, Members, Value},
    },
};

/// The value object of evidence levels for single conditions.
pub struct ConditionEvidenceLevel;

impl Value for ConditionEvidenceLevel {
    const NAME: &'static str = "ConditionEvidenceLevel";
    const ABOUT: &'static str = "The evidence level of an outcome for exactly one condition.";

    fn declare(d: &mut Members<'_>) {
        d.one::<Condition>("condition", "The condition.").required();
        d.choice::<ConditionRole>("role", "Why the outcome is listed under the condition.").required();
        d.int(
            "level",
            "Best Oxford CEBM 2011 step among the sources with direct evidence about exactly this condition; null if no such \
             source has a step.",
        );
    }
}

/// The enumeration of reasons why an outcome is listed under a condition.
pub struct ConditionRole;

impl Choice for ConditionRole {
    const NAME: &'static str = "ConditionRole";
    const ABOUT: &'static str = "Why an outcome is listed under a condition. This list is closed.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("TREATED", "The claim is about the condition: `TreatmentOutcome.condition`."),
        ("ALSO_COVERED", "The claim names the condition, which is narrower: `TreatmentOutcome.alsoCovers`."),
        ("STUDIED", "The claim does not name the condition, but an evidence item of the outcome studied it."),
    ];
}

/// Derives `grade` from `effectiveness`.
pub fn grade(_: &dyn LibraryView, _: &str, document: &CanonicalObject) -> CanonicalValue {
    document.get("effectiveness").and_then(|effectiveness| effectiveness.get("grade")).cloned().unwrap_or_default()
}

/// Returns the condition that an evidence item studied, if the item names one and is direct.
pub fn studied_condition(item: &CanonicalValue) -> Option<&Arc<str>> {
    item.get("condition").and_then(CanonicalValue::as_text).filter(|_| !is_indirect(item))
}

/// Reports whether an evidence item is about a related procedure or condition.
pub fn is_indirect(item: &CanonicalValue) -> bool {
    item.get("indirect").and_then(CanonicalValue::as_bool).unwrap_or_default()
}

/// Derives the evidence level: the best level among `evidenceLevels`, which is the lowest number.
pub fn evidence_level(library: &dyn LibraryView, _: &str, document: &CanonicalObject) -> CanonicalValue {
    levels(library, document).into_iter().filter_map(|(_, _, level)| level).min().into()
}

/// Derives the evidence levels: for each condition of the outcome the lowest Oxford CEBM step among the sources of direct
/// evidence about exactly that condition.
///
/// Evidence that names no condition is about the condition of the outcome. A source on which the grade is based counts for
/// that condition too, unless an evidence item cites the source. The level of a condition is null if none of its sources has
/// a step.
pub fn evidence_levels(library: &dyn LibraryView, _: &str, document: &CanonicalObject) -> CanonicalValue {
    let entry = |(condition, role, level): (&Arc<str>, &str, Option<i64>)| {
        let fields =
            [("condition", CanonicalValue::Text(Arc::clone(condition))), ("role", role.into()), ("level", level.into())];
        CanonicalValue::Object(fields.into_iter().collect())
    };
    levels(library, document).into_iter().map(entry).collect()
}

/// Returns each condition of an outcome once, with its role and its level.
fn levels<'d>(library: &dyn LibraryView, document: &'d CanonicalObject) -> Vec<(&'d Arc<str>, &'static str, Option<i64>)> {
    let Some(own) = document.get("condition").and_then(CanonicalValue::as_text) else { return Vec::new() };
    let evidence = document.list("evidence");
    let covered = document.list("alsoCovers").iter().filter_map(CanonicalValue::as_text);
    let studied = evidence.iter().filter_map(studied_condition);
    let mut levels: Vec<(&Arc<str>, &'static str, Option<i64>)> = vec![(own, "TREATED", None)];
    let named = covered.map(|condition| (condition, "ALSO_COVERED")).chain(studied.map(|condition| (condition, "STUDIED")));
    for (condition, role) in named {
        if levels.iter().all(|(known, ..)| *known != condition) {
            levels.push((condition, role, None));
        }
    }
    for (source, condition) in counted_sources(document) {
        let level = library.document(Source::NAME, source).and_then(|source| source.get("level")?.as_i64());
        let condition = condition.unwrap_or(own);
        for (_, _, best) in levels.iter_mut().filter(|(known, ..)| *known == condition) {
            *best = [*best, level].into_iter().flatten().min();
        }
    }
    levels
}

/// Returns the sources that count for the evidence levels: those with direct evidence on an outcome, and those on which
/// its grade is based unless an evidence item cites them. Each has the condition that it studied; `None` stands for the
/// condition of the outcome.
fn counted_sources(document: &CanonicalObject) -> Vec<(&str, Option<&Arc<str>>)> {
    let evidence = document.list("evidence");
    let cited: Vec<&str> = evidence.iter().filter_map(|item| item.get("source")?.as_str()).collect();
    let basis = document.get("effectiveness").and_then(|effectiveness| effectiveness.get("basis"));
    let basis = basis.map_or(&[][..], CanonicalValue::list).iter().filter_map(CanonicalValue::as_str);
    let direct = evidence.iter().filter(|item| !is_indirect(item));
    direct
        .filter_map(|item| Some((item.get("source")?.as_str()?, studied_condition(item))))
        .chain(basis.filter(|source| !cited.contains(source)).map(|source| (source, None)))
        .collect()
}
