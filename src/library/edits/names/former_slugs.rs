//! Former slugs: which ones a record has, and checking that each leads to one record.

use std::{collections::HashMap, sync::Arc};

use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::ObjectIx,
        declare::FORMERLY,
    },
    library::{
        checks::integrity::problem,
        document::node::quote,
        problem::{Path, Problem, ProblemCode},
        records::documents::{Document, LoadedLibrary},
    },
};

/// Maximum number of former slugs of a record. A slug that is composed of three others then has at most 728 former
/// slugs.
const MAX_FORMER_SLUGS: usize = 8;

/// Returns the former slugs in a document, latest first. A document with a composed slug has none:
/// the former slugs of its record are derived.
pub(in crate::library) fn in_document(fields: &CanonicalObject) -> Vec<Arc<str>> {
    fields.list(FORMERLY).iter().filter_map(CanonicalValue::as_text).cloned().collect()
}

/// Reports whether a loaded record has former slugs. Only then can other records have former slugs that are derived.
pub(in crate::library) fn any(library: &LoadedLibrary<'_>) -> bool {
    let mut loaded = library.documents.iter().chain(library.context.iter());
    loaded.any(|(_, _, document)| !in_document(&document.fields).is_empty())
}

/// Reports former slugs that do not lead to exactly one record.
pub(in crate::library) fn check(library: &LoadedLibrary<'_>, problems: &mut Vec<Problem>) {
    for (object, _) in library.catalog.contents() {
        // The slug of the record that lists each former slug.
        let mut listed_by: HashMap<Arc<str>, &str> = HashMap::new();
        for (slug, document) in documents(library, object.ix) {
            let former = in_document(&document.fields);
            if former.len() > MAX_FORMER_SLUGS {
                let sentence = format!("There are {} former slugs; the maximum is {MAX_FORMER_SLUGS}.", former.len());
                problems.push(problem(library, (object.ix, slug), document, None, &FORMERLY, sentence));
            }
            for (index, former) in former.into_iter().enumerate() {
                let taken = library.documents.get(object.ix, &former).filter(|_| document.location.is_none());
                if let Some(saved) = taken.filter(|saved| saved.location.is_some()) {
                    let sentence = format!("{} is a former slug of the {} {}.", quote(&former), object.name, quote(slug));
                    problems.push(saved.slug_location().problem(ProblemCode::Invalid, sentence));
                } else if let Some(sentence) = flaw(library, object.ix, slug, &former, listed_by.get(&former).copied()) {
                    let path = Path::Root.key(FORMERLY);
                    problems.push(problem(library, (object.ix, slug), document, None, &path.index(index), sentence));
                }
                listed_by.insert(former, slug);
            }
        }
    }
}

/// Returns the documents of a type that are loaded. The documents of the edit are last, so that problems are reported
/// for them.
fn documents<'l>(library: &'l LoadedLibrary<'_>, ix: ObjectIx) -> impl Iterator<Item = (&'l Arc<str>, &'l Document)> {
    let read = library.context.of(ix).filter(move |(slug, _)| !library.documents.contains(ix, slug));
    let of_edit = |saved| library.documents.of(ix).filter(move |(_, document)| document.location.is_some() == saved);
    read.chain(of_edit(false)).chain(of_edit(true))
}

/// Returns the error of a former slug that is also the slug of a record, or a former slug of the record `other`; `None` if
/// it is valid.
fn flaw(library: &LoadedLibrary<'_>, ix: ObjectIx, slug: &str, former: &str, other: Option<&str>) -> Option<String> {
    let name = library.catalog.object(ix).name;
    if former == slug {
        return Some(format!(
            "{} is the current slug of this record, but \"{FORMERLY}\" lists earlier slugs.",
            quote(former)
        ));
    }
    if library.exists(ix, former) {
        return Some(format!(
            "{} is the slug of another {name}, so it cannot be a former one of this record.",
            quote(former)
        ));
    }
    other.filter(|other| *other != slug).map(|other| format!("{} is a former slug of {} too.", quote(former), quote(other)))
}

/// Returns the current slug of the record of a type that has a former slug.
pub(in crate::library) fn current_slug<'l>(
    library: &'l LoadedLibrary<'_>,
    ix: ObjectIx,
    former: &str,
) -> Option<&'l Arc<str>> {
    let has = |document: &Document| document.fields.list(FORMERLY).iter().any(|slug| slug.as_str() == Some(former));
    documents(library, ix).find(|(_, document)| has(document)).map(|(slug, _)| slug)
}
