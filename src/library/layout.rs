//! Layout: which documents a file holds.

use std::{path::Path as FilePath, sync::Arc};

use super::{
    files::DocumentFile,
    node::{Entry, Node, Value},
    problem::{Path, Problem},
    read::{Around, Draft, Reader},
    shape::{self, NOTICE},
    suggest::did_you_mean,
    yaml,
};
use crate::engine::{
    canonical::CanonicalValue,
    catalog::{Catalog, ContentRole, Layout, ObjectType},
};

/// What reading a file gave.
pub(super) struct ReadFile {
    pub drafts: Vec<Draft>,
    pub problems: Vec<Problem>,
    /// It is not YAML, so nobody knows what it holds.
    pub broken: bool,
}

/// Reads the documents of a file.
pub(super) fn read(catalog: &Catalog, file: &DocumentFile) -> ReadFile {
    read_with(catalog, file, false)
}

/// Reads the documents of a file again, for the places of what they refer to.
pub(super) fn read_references(catalog: &Catalog, file: &DocumentFile) -> Vec<Draft> {
    read_with(catalog, file, true).drafts
}

fn read_with(catalog: &Catalog, file: &DocumentFile, keeps_references: bool) -> ReadFile {
    let name: Arc<str> = file.name.as_str().into();
    let mut reader = Reader { keeps_references, ..Reader::new(catalog, &name) };
    let root = yaml::parse(&file.text, &mut reader.problems);
    if let Some(root) = &root {
        let collections = collections(catalog, root);
        if collections.is_empty() {
            document(&mut reader, root, &file.name);
        } else {
            collection_file(&mut reader, root, &collections);
        }
    }
    ReadFile { drafts: reader.drafts, problems: reader.problems.into_found(), broken: root.is_none() }
}

/// The types of which a file holds collections; none when it holds a document, some keys of which (`sources`, `devices`) are
/// names of collections as well.
fn collections<'c>(catalog: &'c Catalog, root: &Node) -> Vec<(&'c ObjectType, &'c ContentRole)> {
    let keys = root.entries().unwrap_or_default();
    if is_document(catalog, keys) {
        return Vec::new();
    }
    collection_types(catalog).filter(|(_, role)| keys.iter().any(|entry| entry.key == role.plural)).collect()
}

/// Whether a key can only be one of a document.
fn is_document(catalog: &Catalog, keys: &[Entry]) -> bool {
    let of_document = |key: &str| {
        catalog.contents().any(|(object, role)| {
            matches!(role.layout, Layout::File(_)) && shape::fields(object).any(|(known, _)| known == key)
        })
    };
    let of_collection = |key: &str| collection_types(catalog).any(|(_, role)| role.plural == key);
    keys.iter().any(|entry| entry.key != NOTICE && of_document(&entry.key) && !of_collection(&entry.key))
}

fn collection_types(catalog: &Catalog) -> impl Iterator<Item = (&ObjectType, &ContentRole)> {
    catalog.contents().filter(|(_, role)| matches!(role.layout, Layout::Collection(_)))
}

fn collection_file(reader: &mut Reader<'_>, root: &Node, collections: &[(&ObjectType, &ContentRole)]) {
    let notice = root.entry(NOTICE).and_then(|entry| reader.text(&entry.value, &Path::Root.key(NOTICE)));
    let notice = notice.map(|notice| CanonicalValue::from(notice.as_str()));
    for entry in root.entries().unwrap_or_default() {
        let path = Path::Root.key(&entry.key);
        let Some((object, _)) = collections.iter().find(|(_, role)| role.plural == entry.key) else {
            if entry.key != NOTICE {
                let known = collection_types(reader.catalog).map(|(_, role)| role.plural);
                let sentence = format!("\"{}\" is not the name of a collection.", entry.key);
                reader.problems.add(entry.at, &path, sentence + &did_you_mean(&entry.key, known));
            }
            continue;
        };
        match &entry.value.value {
            Value::Null => {}
            Value::List(nodes) => {
                for (index, node) in nodes.iter().enumerate() {
                    let around = Around { notice: notice.as_ref(), ..Around::default() };
                    reader.content(object.ix, node, &path.index(index), around);
                }
            }
            _ => reader.expected("a list of documents", &entry.value, &path),
        }
    }
}

/// A file with one document. Of several types the folder decides; of one it is that.
fn document(reader: &mut Reader<'_>, root: &Node, name: &str) {
    let types: Vec<(&ObjectType, &str)> = reader
        .catalog
        .contents()
        .filter_map(|(object, role)| match role.layout {
            Layout::File(folder) => Some((object, folder)),
            Layout::Collection(_) | Layout::Embedded => None,
        })
        .collect();
    let folder = FilePath::new(name).parent().and_then(FilePath::file_name).and_then(|name| name.to_str());
    let found = match types.as_slice() {
        [(object, _)] => Some(*object),
        several => several.iter().find(|(_, name)| folder == Some(name)).map(|(object, _)| *object),
    };
    let path = Path::Root;
    // A single wrong word should not turn a collection into a document of which nothing is right.
    let known: Vec<&str> = collection_types(reader.catalog).map(|(_, role)| role.plural).collect();
    let keys = root.entries().unwrap_or_default();
    let misspelt = keys.iter().filter(|_| !is_document(reader.catalog, keys)).find_map(|entry| {
        let suggestion = did_you_mean(&entry.key, known.iter().copied());
        (!suggestion.is_empty()).then_some((entry, suggestion))
    });
    match (misspelt, found) {
        (Some((entry, suggestion)), _) => {
            let sentence = format!("\"{}\" is not the name of a collection.{suggestion}", entry.key);
            reader.problems.add(entry.at, &path.key(&entry.key), sentence);
        }
        (None, Some(object)) => {
            reader.content(object.ix, root, &path, Around::default());
        }
        (None, None) => {
            let folders: Vec<&str> = types.iter().map(|(_, folder)| *folder).collect();
            let sentence = format!(
                "The file holds no collection, and its folder does not say which type its document is of; folders are {}.",
                folders.join(", ")
            );
            reader.problems.add(root.at, &path, sentence);
        }
    }
}
