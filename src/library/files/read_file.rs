//! Reading a file: finding the documents in it.

use std::{path::Path as FilePath, sync::Arc};

use time::Date;

use super::{
    id_list::{self, IdList},
    texts::DocumentFile,
    yaml,
};
use crate::{
    engine::{
        canonical::CanonicalValue,
        catalog::{Catalog, ContentRole, Layout, ObjectType},
    },
    library::{
        document::{
            node::{Entry, Node, Value},
            read::{Context, Draft, Reader},
            shape::{self, NOTICE},
            suggest::did_you_mean,
        },
        problem::{Path, Problem},
    },
};

/// The documents and problems of a file or of an argument.
pub(in crate::library) struct ReadFile {
    pub drafts: Vec<Draft>,
    pub problems: Vec<Problem>,
    /// The ids of a list of ids, or those that restored records had; otherwise empty.
    pub ids: IdList,
    /// True if the file is empty or cannot be parsed, so that its documents are unknown.
    pub unreadable: bool,
}

/// Reads the documents of a file. Dates after `today` are problems.
pub(in crate::library) fn read(catalog: &Catalog, file: &DocumentFile, today: Date) -> ReadFile {
    read_with(catalog, file, today, false)
}

/// Reads the documents of a file again, with the positions of their references.
pub(in crate::library) fn read_references(catalog: &Catalog, file: &DocumentFile) -> Vec<Draft> {
    read_with(catalog, file, Date::MAX, true).drafts
}

fn read_with(catalog: &Catalog, file: &DocumentFile, today: Date, stores_references: bool) -> ReadFile {
    let name: Arc<str> = file.name.as_str().into();
    let mut reader = Reader { stores_references, ..Reader::new(catalog, &name, today) };
    let root = yaml::parse(&file.text, &mut reader.problems);
    let mut ids = IdList::default();
    if let Some(root) = root.as_ref().filter(|root| id_list::is_id_list(root)) {
        ids = id_list::read(catalog, root, &mut reader.problems);
    } else if let Some(root) = &root {
        let collections = collections(catalog, root);
        if collections.is_empty() {
            document(&mut reader, root, &file.name);
        } else {
            collection_file(&mut reader, root, &collections);
        }
    }
    ReadFile { drafts: reader.drafts, problems: reader.problems.into_found(), ids, unreadable: root.is_none() }
}

/// Returns the types of the collections in a file; an empty list if the file is a document. Some keys of documents
/// (`sources`, `devices`) are names of collections too.
fn collections<'c>(catalog: &'c Catalog, root: &Node) -> Vec<(&'c ObjectType, &'c ContentRole)> {
    let keys = root.entries().unwrap_or_default();
    if is_document(catalog, keys) {
        return Vec::new();
    }
    collection_types(catalog).filter(|(_, role)| keys.iter().any(|entry| entry.key == role.plural)).collect()
}

/// Reports whether a file has a key that only documents have.
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
                    let context = Context { notice: notice.as_ref(), ..Context::default() };
                    reader.content(object.ix, node, &path.index(index), context);
                }
            }
            _ => reader.report_unexpected("a list of documents", &entry.value, &path),
        }
    }
}

/// Reads a file with one document. If several types have files of their own, the folder determines the type.
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
    // A collection file with a misspelt key must not be read as a document, because that would report many problems.
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
            reader.content(object.ix, root, &path, Context::default());
        }
        (None, None) => {
            let folders: Vec<&str> = types.iter().map(|(_, folder)| *folder).collect();
            let sentence = format!(
                "The file contains no collection, and the name of its folder is not that of a type. The folders are {}.",
                folders.join(", ")
            );
            reader.problems.add(root.at, &path, sentence);
        }
    }
}
