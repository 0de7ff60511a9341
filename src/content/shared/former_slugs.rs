//! Computes the former slugs of records with composed slugs. Such a slug has two parts, which are slugs of two other
//! records. Each current or former slug of the first record is combined with each current or former slug of the second
//! one. All combinations are former slugs, except that of the two current slugs.

use crate::{
    content::{condition::Condition, procedure::Procedure, source::Source, treatment_outcome::TreatmentOutcome},
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{LibraryView, SLUG_SEPARATOR},
        declare::{Content, FORMERLY},
    },
};

/// Derives `TreatmentOutcome.formerly`.
pub fn of_outcome(library: &dyn LibraryView, _: &str, document: &CanonicalObject) -> CanonicalValue {
    former(&outcome_slugs(library, document))
}

/// Derives `EvidenceItem.formerly`.
pub fn of_evidence(library: &dyn LibraryView, _: &str, document: &CanonicalObject) -> CanonicalValue {
    let owner = document.get("outcome").and_then(CanonicalValue::as_str);
    let owner = owner.and_then(|slug| library.document(TreatmentOutcome::NAME, slug));
    let outcomes = owner.map(|owner| outcome_slugs(library, owner)).unwrap_or_default();
    former(&composed(&outcomes, &referenced_slugs::<Source>(library, document, "source")))
}

/// Returns the current slug of an outcome, followed by its former slugs.
fn outcome_slugs(library: &dyn LibraryView, document: &CanonicalObject) -> Vec<String> {
    let procedures = referenced_slugs::<Procedure>(library, document, "procedure");
    composed(&procedures, &referenced_slugs::<Condition>(library, document, "condition"))
}

/// Returns the current slug of the record that a field refers to, followed by its former slugs.
fn referenced_slugs<C: Content>(library: &dyn LibraryView, document: &CanonicalObject, field: &str) -> Vec<String> {
    let Some(current) = document.get(field).and_then(CanonicalValue::as_str) else { return Vec::new() };
    let former = library.document(C::NAME, current).map(|found| found.list(FORMERLY)).unwrap_or_default();
    std::iter::once(current).chain(former.iter().filter_map(CanonicalValue::as_str)).map(str::to_owned).collect()
}

/// Composes each slug of one record with each slug of the other. The composition of the two current slugs is the first.
fn composed(first: &[String], second: &[String]) -> Vec<String> {
    first.iter().flat_map(|first| second.iter().map(move |second| format!("{first}{SLUG_SEPARATOR}{second}"))).collect()
}

/// Returns all slugs except the first, which is the current one.
fn former(slugs: &[String]) -> CanonicalValue {
    slugs.iter().skip(1).map(|slug| CanonicalValue::from(slug.as_str())).collect()
}
