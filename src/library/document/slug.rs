//! Slugs of documents: the value of the key `slug`, or composed of the slugs to which the document refers.

use std::sync::Arc;

use super::{
    format::slug_flaw,
    node::{Node, quote},
    read::{IS_REQUIRED, Reader},
    shape::{ID, SLUG},
};
use crate::{
    engine::{
        catalog::{ObjectIx, ObjectType, SLUG_SEPARATOR, SlugRule},
        field_rules::MAX_SLUG,
    },
    library::problem::{Path, Position},
};

/// Returns the slug of a document, and its position. An invalid slug is reported and returned. `None` if the document has no
/// slug, or lacks a part of a composed slug.
pub(super) fn of_document(
    reader: &mut Reader<'_>,
    object: &ObjectType,
    node: &Node,
    path: &Path<'_>,
    owner: Option<(&'static str, ObjectIx, &Arc<str>)>,
) -> (Option<String>, Position) {
    // A slug under the key `id` is reported as an unknown key. It is used nevertheless, so that references to it are
    // not reported as dangling.
    let entry = node.entry(SLUG).or_else(|| node.entry(ID));
    let at = entry.map_or(node.at, |entry| entry.value.at);
    let given = entry.and_then(|entry| reader.text(&entry.value, &path.key(SLUG)));
    let Some(role) = object.content() else { return (None, at) };
    let slug = match role.slug {
        SlugRule::Given => {
            if entry.is_none() {
                reader.problems.add(node.at, &path.key(SLUG), IS_REQUIRED);
            }
            if let Some(flaw) = given.as_deref().and_then(slug_flaw) {
                reader.problems.add(at, &path.key(SLUG), flaw);
            }
            given
        }
        SlugRule::Composed(names) => {
            let composed = composed(object, &names, node, owner.map(|(column, _, slug)| (column, &**slug)));
            match (&composed, &given) {
                (Some(composed), Some(given)) if composed != given => {
                    let sentence =
                        format!("This slug is composed of {} and must be {}.", names.join(" and "), quote(composed));
                    reader.problems.add(at, &path.key(SLUG), sentence);
                }
                (Some(composed), _) if composed.chars().count() > MAX_SLUG => {
                    let sentence = format!("The slug {} has more than {MAX_SLUG} characters.", quote(composed));
                    reader.problems.add(at, &path.key(SLUG), sentence);
                }
                _ => {}
            }
            composed
        }
    };
    (slug, at)
}

/// Returns the composed slug of an embedded document, given the column and the slug of its owner.
pub(in crate::library) fn composed_in(object: &ObjectType, node: &Node, owner: (&'static str, &str)) -> Option<String> {
    let SlugRule::Composed(names) = object.content()?.slug else { return None };
    composed(object, &names, node, Some(owner))
}

fn composed(object: &ObjectType, names: &[&str], node: &Node, owner: Option<(&'static str, &str)>) -> Option<String> {
    let part = |name: &&str| {
        let column = object.field(name)?.column;
        match owner {
            Some((owner_column, slug)) if column == Some(owner_column) => Some(slug),
            _ => node.text(name),
        }
    };
    let parts: Option<Vec<&str>> = names.iter().map(part).collect();
    parts.filter(|parts| parts.iter().all(|part| !part.is_empty())).map(|parts| parts.join(SLUG_SEPARATOR))
}
