//! The starter library fits the declarations, key by key.

use std::{fs, path::Path};

use serde_json::{Map, Value as Json};

use crate::{
    content::catalog,
    engine::catalog::{Field, InDocument, Kind, Layout, ObjectIx, ObjectType, Origin, Scalar},
};

#[test]
fn every_key_of_the_starter_library_is_declared() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
    let mut problems = Vec::new();
    for (object, role) in catalog().contents() {
        match role.layout {
            Layout::File(folder) => {
                let mut files = 0;
                for entry in fs::read_dir(root.join(folder)).unwrap() {
                    let document = read(&entry.unwrap().path());
                    walk(object, document.as_object().unwrap(), role.singular, &mut problems);
                    files += 1;
                }
                assert!(files > 0, "{folder} has documents");
            }
            Layout::Collection(file) => {
                let collection = read(&root.join(file).with_extension("yaml"));
                for document in collection[role.plural].as_array().unwrap() {
                    walk(object, document.as_object().unwrap(), role.plural, &mut problems);
                }
            }
            Layout::Embedded => {}
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

fn read(path: &Path) -> Json {
    serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Compares a document with the declaration of its type.
fn walk(object: &ObjectType, document: &Map<String, Json>, path: &str, problems: &mut Vec<String>) {
    for (key, value) in document {
        // The document's name for the slug.
        let name = if key == "id" && object.content().is_some() { "slug" } else { key };
        let path = format!("{path}.{key}");
        match object.field(name) {
            Some(field) if is_in_documents(field) => descend(field, value, &path, problems),
            _ => problems.push(format!("{path} is not declared")),
        }
    }
    for field in object.fields.iter().filter(|field| field.required && field.default.is_none() && is_in_documents(field)) {
        // What follows from where the document stands.
        let implied = matches!(field.name, "slug" | "notice" | "procedure" | "outcome");
        let empty = document.get(field.name).is_none_or(|value| value.is_null() || *value == Json::Array(Vec::new()));
        if empty && !implied {
            problems.push(format!("{path} lacks {}", field.name));
        }
    }
}

fn is_in_documents(field: &Field) -> bool {
    let listed = |document| matches!(document, InDocument::Embedded | InDocument::Slugs);
    let kept = if let Kind::Many(many) = &field.kind { listed(many.document) } else { true };
    matches!(field.origin, Origin::Document) && kept
}

fn descend(field: &Field, value: &Json, path: &str, problems: &mut Vec<String>) {
    if field.name == "fieldSources" {
        // Documents write it as a map from field to sources.
        return;
    }
    if value.is_null() {
        return;
    }
    let mut each = |ix: ObjectIx, value: &Json| match value.as_object() {
        Some(document) => walk(catalog().object(ix), document, path, problems),
        None => problems.push(format!("{path} is not a map")),
    };
    match &field.kind {
        Kind::Value(ix) => each(*ix, value),
        Kind::Values(part) | Kind::Parts { part, .. } => value.as_array().unwrap().iter().for_each(|item| each(*part, item)),
        Kind::Many(many) if matches!(many.document, InDocument::Embedded) => {
            value.as_array().unwrap().iter().for_each(|item| each(many.target, item));
        }
        Kind::Scalar(scalar) => scalar_fits(*scalar, value, path, problems),
        Kind::Scalars(scalar) => {
            value.as_array().unwrap().iter().for_each(|item| scalar_fits(*scalar, item, path, problems));
        }
        Kind::One(_) => scalar_fits(Scalar::Text, value, path, problems),
        Kind::Refs(_) | Kind::Many(_) => {
            value.as_array().unwrap().iter().for_each(|item| scalar_fits(Scalar::Text, item, path, problems));
        }
        Kind::Id => problems.push(format!("{path} is kept by the service")),
    }
}

fn scalar_fits(scalar: Scalar, value: &Json, path: &str, problems: &mut Vec<String>) {
    let fits = match scalar {
        Scalar::Text => value.is_string(),
        Scalar::Int => value.is_i64(),
        Scalar::Float => value.is_number(),
        Scalar::Boolean => value.is_boolean(),
        Scalar::Choice(ix) => {
            let values = catalog().choice(ix).values;
            value.as_str().is_some_and(|given| values.iter().any(|(value, _)| *value == given))
        }
    };
    if !fits {
        problems.push(format!("{path} is {value}"));
    }
}
