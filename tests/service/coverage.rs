//! Every value of every starter document can be read through GraphQL, in the field where a client expects it.
//!
//! The documents are read as plain YAML here, without the reader of the project. The queries are built from the
//! catalog.

use std::fs;

use dermagraph::engine::catalog::{Catalog, InDocument, Kind, Layout, ObjectType, Origin, Target};
use serde_json::{Value as Json, json};

use crate::support::{TestApp, on_both_databases};

/// The values that were compared.
#[derive(Default)]
struct Found {
    leaves: usize,
    objects: usize,
    lost: Vec<String>,
}

/// Returns a selection of everything that a document can contain about an object.
fn selection(catalog: &Catalog, object: &ObjectType) -> String {
    let fields = object.fields.iter().filter(|field| matches!(field.origin, Origin::Document)).filter_map(|field| {
        let name = field.name;
        Some(match &field.kind {
            Kind::Id(_) | Kind::Attribution => return None,
            Kind::Scalar(_) | Kind::Scalars(_) => name.to_owned(),
            Kind::Value(ix) | Kind::Values(ix) | Kind::Parts { part: Target { ix, .. }, .. } => {
                format!("{name} {{ {} }}", selection(catalog, catalog.object(*ix)))
            }
            Kind::One(_) => format!("{name} {{ slug }}"),
            Kind::Refs(_) => format!("{name}(first: 100) {{ nodes {{ slug }} }}"),
            Kind::Many(many) => match many.document {
                InDocument::Embedded => {
                    format!("{name}(first: 100) {{ nodes {{ {} }} }}", selection(catalog, catalog.target(many.target)))
                }
                InDocument::Slugs => format!("{name}(first: 100) {{ nodes {{ slug }} }}"),
                InDocument::Absent | InDocument::Mentions(_) | InDocument::Derived(_) => return None,
            },
        })
    });
    fields.collect::<Vec<_>>().join(" ")
}

/// Returns the nodes of a connection, or the list itself.
fn list(response: &Json) -> Option<&Vec<Json>> {
    response.get("nodes").unwrap_or(response).as_array()
}

impl Found {
    fn lose(&mut self, path: &str, raw: &Json, response: &Json) {
        self.lost.push(format!("{path}: the document says {raw}, GraphQL says {response}"));
    }

    /// Compares a value of a document with that of the response. `sources` are those that it inherits.
    fn compare(&mut self, raw: &Json, response: &Json, path: &str, sources: &Json) {
        match raw {
            Json::Object(_) if path.ends_with(".fieldSources") => self.field_sources(raw, response, path),
            Json::Object(_) => self.object(raw, response, path, sources),
            Json::Array(items) => {
                self.leaves += usize::from(items.is_empty());
                let Some(found) = list(response).filter(|found| found.len() == items.len()) else {
                    return self.lose(path, raw, response);
                };
                for (at, (item, found)) in items.iter().zip(found).enumerate() {
                    self.compare(item, found, &format!("{path}[{at}]"), sources);
                }
            }
            leaf => {
                self.leaves += 1;
                let found = response.get("slug").unwrap_or(response);
                let same = match (leaf, found) {
                    (Json::Null, found) => found.is_null() || list(found).is_some_and(Vec::is_empty),
                    (Json::Number(stated), Json::Number(found)) => stated.as_f64() == found.as_f64(),
                    (stated, found) => stated == found,
                };
                if !same {
                    self.lose(path, raw, response);
                }
            }
        }
    }

    fn object(&mut self, raw: &Json, response: &Json, path: &str, inherited: &Json) {
        self.objects += 1;
        let own = raw.get("sources").filter(|sources| sources.as_array().is_some_and(|list| !list.is_empty()));
        let sources = own.unwrap_or(inherited);
        if let Some(found) = response.get("sources") {
            let found: Json = list(found).into_iter().flatten().map(|source| source["slug"].clone()).collect();
            if found != *sources {
                self.lose(&format!("{path}.sources"), sources, &found);
            }
        }
        for (key, value) in raw.as_object().unwrap() {
            let path = format!("{path}.{key}");
            let Some(found) = response.get(key) else {
                self.lose(&path, value, &json!("nothing"));
                continue;
            };
            let of_field = raw.get("fieldSources").and_then(|fields| fields.get(key)).unwrap_or(sources);
            self.compare(value, found, &path, of_field);
        }
    }

    fn field_sources(&mut self, raw: &Json, response: &Json, path: &str) {
        let stated = raw.as_object().unwrap();
        let stated: Json = stated.iter().map(|(field, sources)| json!({"field": field, "sources": sources})).collect();
        // The entries are compared as objects that name their own sources, be they none.
        let Some(found) = list(response).filter(|found| found.len() == stated.as_array().unwrap().len()) else {
            return self.lose(path, raw, response);
        };
        for (stated, found) in stated.as_array().unwrap().iter().zip(found) {
            let path = format!("{path}.{}", stated["field"]);
            if stated["field"] != found["field"] {
                self.lose(&path, &stated["field"], &found["field"]);
            }
            self.compare(&stated["sources"], &found["sources"], &path, &Json::Null);
        }
    }
}

/// Returns the number of leaf values of a document; an empty list counts as one.
fn leaves(raw: &Json) -> usize {
    match raw {
        Json::Object(fields) => fields.values().map(leaves).sum(),
        Json::Array(items) if !items.is_empty() => items.iter().map(leaves).sum(),
        _ => 1,
    }
}

/// Returns every starter document with its type and its name. A notice at the top of a file is added to each of its
/// documents.
fn documents(catalog: &Catalog) -> Vec<(&ObjectType, String, Json)> {
    let content = concat!(env!("CARGO_MANIFEST_DIR"), "/content");
    let read = |path: &std::path::Path| -> Json { serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap() };
    let yaml = |folder: &str| -> Vec<_> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect()
    };
    let mut found = Vec::new();
    for (object, role) in catalog.contents() {
        match role.layout {
            Layout::File(folder) => {
                for path in yaml(&format!("{content}/{folder}")) {
                    found.push((object, path.file_name().unwrap().to_string_lossy().into_owned(), read(&path)));
                }
            }
            Layout::Collection(_) => {
                for path in yaml(content) {
                    let file = read(&path);
                    for mut document in file[role.plural].as_array().cloned().unwrap_or_default() {
                        let notice = file["notice"].clone();
                        document.as_object_mut().unwrap().entry("notice").or_insert(notice);
                        found.push((object, path.file_name().unwrap().to_string_lossy().into_owned(), document));
                    }
                }
            }
            Layout::Embedded => {}
        }
    }
    found
}

on_both_databases! {
    async fn every_leaf_of_every_document_is_found_and_every_object_has_its_sources(app: &TestApp) {
        let catalog = dermagraph::content::catalog();
        let documents = documents(catalog);
        assert!(documents.len() > 200, "{}", documents.len());
        let (mut found, mut expected) = (Found::default(), 0);
        for (object, role) in catalog.contents() {
            let of_type: Vec<_> = documents.iter().filter(|(of, ..)| of.ix == object.ix).collect();
            if of_type.is_empty() {
                assert_eq!(role.layout, Layout::Embedded, "no document is a {}", object.name);
                continue;
            }
            let records = app.every(role.plural, &selection(catalog, object)).await;
            assert_eq!(records.len(), of_type.len(), "{}", object.name);
            for (_, file, document) in of_type {
                let path = format!("{file}: {}", document["slug"]);
                let response = records.iter().find(|response| response["slug"] == document["slug"]);
                let Some(response) = response else { panic!("{path} is not served") };
                expected += leaves(document);
                found.compare(document, response, &path, &json!([]));
            }
        }
        assert!(found.lost.is_empty(), "{} of {expected} facts are lost:\n{}", found.lost.len(), found.lost.join("\n"));
        assert_eq!(found.leaves, expected, "so many leaves were compared, of so many");
        assert!(expected > 4000, "{expected}");
        assert!(found.objects > 500, "{}", found.objects);
    }
}
