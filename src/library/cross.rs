//! What one document alone cannot show: references to nothing, circles, texts that must stand elsewhere.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value as Json;

use super::{
    node::quote,
    problem::{Path, Position, Problem},
    read::Reference,
    set::{Document, Key, Library, each_reference},
    shape,
    suggest::did_you_mean,
};
use crate::engine::catalog::{Catalog, Field, Kind, ObjectIx, ObjectType};

/// The problems of a library in which every document is right by itself.
pub(super) fn check(library: &Library<'_>, problems: &mut Vec<Problem>) {
    references(library, problems);
    circles(library, problems);
    lookups(library, problems);
}

fn references(library: &Library<'_>, problems: &mut Vec<Problem>) {
    for (key, document) in &library.documents {
        let mut missing = |target: ObjectIx, slug: &str, at: Option<Position>, path: &Path| {
            if library.get(target, slug).is_none() {
                problems.push(problem(library, key, document, at, path, dangling(library, target, slug)));
            }
        };
        if let Some(place) = &document.place {
            for reference in &place.references {
                missing(reference.target, &reference.slug, Some(reference.at), &reference.path);
            }
        } else {
            let object = library.catalog.object(key.0);
            each_reference(library.catalog, object, &document.fields, false, &Path::default(), &mut |target, slug, path| {
                missing(target, slug, None, path);
            });
        }
    }
}

fn dangling(library: &Library<'_>, target: ObjectIx, slug: &str) -> String {
    let name = library.catalog.object(target).name;
    let other = library.catalog.contents().find(|(object, _)| library.get(object.ix, slug).is_some());
    if let Some((object, _)) = other {
        return format!("{} is a {}, and this refers to a {name}.", quote(slug), object.name);
    }
    let slugs = library.documents.keys().filter(|(ix, _)| *ix == target).map(|(_, slug)| slug.as_str());
    format!("There is no {name} {}.{}", quote(slug), did_you_mean(slug, slugs))
}

/// A problem of a document, at its place when it has one, else with its name.
fn problem(
    library: &Library<'_>,
    (ix, slug): &Key,
    document: &Document,
    at: Option<Position>,
    path: &Path,
    sentence: String,
) -> Problem {
    if let Some(place) = &document.place {
        let file = Some(std::sync::Arc::clone(&place.file));
        return Problem { file, position: at.or(Some(place.at)), path: path.as_str().to_owned(), sentence };
    }
    let name = library.catalog.object(*ix).name;
    let path = format!("{name} {slug} in the database: {}", path.as_str());
    Problem { file: None, position: None, path, sentence }
}

/// Content must not be above itself: follows every to-one field of a type to the type itself.
fn circles(library: &Library<'_>, problems: &mut Vec<Problem>) {
    for (object, _) in library.catalog.contents() {
        for (key, field) in shape::fields(object) {
            if matches!(field.kind, Kind::One(target) if target == object.ix) {
                circles_of(library, object, key, problems);
            }
        }
    }
}

fn circles_of(library: &Library<'_>, object: &ObjectType, field: &'static str, problems: &mut Vec<Problem>) {
    let of_type = library.documents.iter().filter(|((ix, _), _)| *ix == object.ix);
    let above: BTreeMap<&str, &str> =
        of_type.filter_map(|((_, slug), document)| Some((slug.as_str(), document.fields.get(field)?.as_str()?))).collect();
    let mut done: HashSet<&str> = HashSet::new();
    for start in above.keys() {
        let mut way: Vec<&str> = Vec::new();
        let mut next = Some(*start);
        while let Some(slug) = next.filter(|slug| !done.contains(slug)) {
            done.insert(slug);
            way.push(slug);
            next = above.get(slug).copied();
        }
        // A way that ends in what an earlier one has seen is no new circle.
        let Some(circle) = next.and_then(|slug| way.iter().position(|other| *other == slug)) else { continue };
        let mut circle = way[circle..].to_vec();
        circle.push(circle[0]);
        let key = (object.ix, circle[0].to_owned());
        let Some(document) = library.documents.get(&key) else { continue };
        let reference = document.place.as_ref().and_then(|place| {
            let leads = |r: &&Reference| r.target == object.ix && r.slug == circle[1] && r.path.as_str().ends_with(field);
            place.references.iter().find(leads)
        });
        let path = reference.map_or_else(|| Path::default().key(field), |reference| reference.path.clone());
        let at = reference.map(|reference| reference.at);
        let sentence = format!("This goes in a circle: {}.", circle.join(" → "));
        problems.push(problem(library, &key, document, at, &path, sentence));
    }
}

fn lookups(library: &Library<'_>, problems: &mut Vec<Problem>) {
    for (key, document) in &library.documents {
        for lookup in document.place.iter().flat_map(|place| &place.lookups) {
            let object = library.catalog.object(key.0);
            let mut texts = Vec::new();
            texts_at(library, object, &Json::Object(document.fields.clone()), lookup.among, &mut texts);
            if !texts.contains(&lookup.text) {
                let sentence = format!("{} is none of {}.", quote(&lookup.text), lookup.among.join("."));
                let sentence = sentence + &did_you_mean(&lookup.text, texts.iter().map(String::as_str));
                problems.push(problem(library, key, document, Some(lookup.at), &lookup.path, sentence));
            }
        }
    }
}

/// The texts at a path of field names that starts at an object.
fn texts_at(library: &Library<'_>, object: &ObjectType, value: &Json, among: &[&str], texts: &mut Vec<String>) {
    let Some((name, rest)) = among.split_first() else {
        texts.extend(value.as_str().map(str::to_owned));
        return;
    };
    let Some((key, field)) = shape::fields(object).find(|(key, field)| key == name || field.name == *name) else { return };
    let values = match value.get(key) {
        Some(Json::Array(values)) => values.as_slice(),
        Some(value) => std::slice::from_ref(value),
        None => &[],
    };
    for value in values {
        follow(library, object, field, value, rest, texts);
    }
}

fn follow(library: &Library<'_>, object: &ObjectType, field: &Field, value: &Json, rest: &[&str], texts: &mut Vec<String>) {
    let catalog: &Catalog = library.catalog;
    if let Some(target) = shape::target(field).filter(|_| !rest.is_empty()) {
        if let Some(document) = value.as_str().and_then(|slug| library.get(target, slug)) {
            texts_at(library, catalog.object(target), &Json::Object(document.fields.clone()), rest, texts);
        }
    } else {
        let inside = shape::nested(field).map_or(object, |nested| catalog.object(nested));
        texts_at(library, inside, value, rest, texts);
    }
}
