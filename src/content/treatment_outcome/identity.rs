//! Former slugs of treatment outcomes.

use crate::{
    content::{condition::Condition, procedure::Procedure},
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{LibraryView, SLUG_JOINT},
        declare::{Content as _, FORMERLY},
    },
};

/// Derives the former slugs: those that are composed of the slugs of the procedure and the condition, with at least one that
/// is a former one.
pub fn former_slugs(library: &dyn LibraryView, slug: &str, document: &CanonicalObject) -> CanonicalValue {
    let slugs = |type_name: &str, key: &str| -> Vec<String> {
        let Some(current) = document.get(key).and_then(CanonicalValue::as_str) else { return Vec::new() };
        let former = library.document(type_name, current).map(|found| found.list(FORMERLY)).unwrap_or_default();
        std::iter::once(current).chain(former.iter().filter_map(CanonicalValue::as_str)).map(str::to_owned).collect()
    };
    let (procedures, conditions) = (slugs(Procedure::NAME, "procedure"), slugs(Condition::NAME, "condition"));
    let composed = procedures
        .iter()
        .flat_map(|procedure| conditions.iter().map(move |condition| format!("{procedure}{SLUG_JOINT}{condition}")));
    composed.filter(|composed| composed != slug).map(|composed| CanonicalValue::from(composed.as_str())).collect()
}
