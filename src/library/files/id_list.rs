//! The list of ids in an export, next to the documents. With it, an import into an empty database assigns to every
//! record the id that it had.

use std::{collections::HashSet, path::Path as FilePath, sync::Arc};

use super::{
    emit::{Yaml, emit},
    texts::{DocumentFile, EXTENSION},
};
use crate::{
    engine::{canonical::CanonicalValue, catalog::Catalog},
    library::{
        document::{
            node::{Entry, Node, Value, quote},
            suggest::did_you_mean,
        },
        error::LibraryError,
        problem::{Path, Problems},
        records::record_map::RecordMap,
    },
};

/// The name of the file, without its extension.
const NAME: &str = "ids";
/// The key with the highest id that was ever assigned.
const LAST: &str = "lastId";
/// The key with the ids: a mapping from types to mappings from slugs to ids.
const IDS: &str = "ids";

/// Maximum number of ids in a file. A slug has at most 128 characters, so the file has less than 8 MiB.
const MAX_IDS: usize = 50_000;

/// The name of a type, the slug of a record, and its id.
pub(super) type RecordId<'a> = (&'static str, &'a Arc<str>, i64);

/// Ids that new records get: those of a list of ids, or those that restored records had.
#[derive(Debug, Default)]
pub(in crate::library) struct IdList {
    /// The highest id that the database ever assigned; 0 without a list.
    pub last: i64,
    pub ids: RecordMap<i64>,
}

impl IdList {
    /// Adds the ids of another file.
    pub fn append(&mut self, other: Self) {
        self.last = self.last.max(other.last);
        self.ids.append(other.ids);
    }
}

/// Returns the files with these ids of types and slugs: several if there are many. `last` is the highest id that was
/// ever assigned.
pub(super) fn files(last: i64, ids: &[RecordId<'_>]) -> Result<Vec<DocumentFile>, LibraryError> {
    let file = |(number, ids): (usize, &[RecordId<'_>])| {
        let types = ids.chunk_by(|one, other| one.0 == other.0).map(|of_type| {
            let entry = |(_, slug, id): &(_, &Arc<str>, i64)| (slug.to_string(), Yaml::Scalar(CanonicalValue::Int(*id)));
            (of_type[0].0.to_owned(), Yaml::Map(of_type.iter().map(entry).collect()))
        });
        let last = (LAST.to_owned(), Yaml::Scalar(CanonicalValue::Int(last)));
        let root = Yaml::Map(vec![last, (IDS.to_owned(), Yaml::Map(types.collect()))]);
        let number = if number == 0 { String::new() } else { format!("-{}", number + 1) };
        Ok::<_, LibraryError>(DocumentFile { name: format!("{NAME}{number}.{EXTENSION}"), text: emit(&root)? })
    };
    ids.chunks(MAX_IDS).enumerate().map(file).collect()
}

/// Reports whether a file has the name of a list of ids in an export: `ids.yaml`, or a name such as
/// `ids-2.yaml`, with any text after the hyphen.
pub(super) fn is_id_file(name: &FilePath) -> bool {
    let stem = name.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let number = stem.strip_prefix(NAME).filter(|rest| rest.is_empty() || rest.starts_with('-'));
    number.is_some() && name.extension().is_some_and(|extension| extension == EXTENSION)
}

/// Reports whether a file is a list of ids instead of documents.
pub(super) fn is_id_list(root: &Node<'_>) -> bool {
    root.entry(IDS).is_some()
}

pub(in crate::library) fn read(catalog: &Catalog, root: &Node<'_>, problems: &mut Problems) -> IdList {
    let mut result = IdList::default();
    let mut given = HashSet::new();
    for Entry { at, key, value } in root.entries().unwrap_or_default() {
        let path = Path::Root.key(key);
        match (&**key, &value.value) {
            (LAST, Value::Int(last)) if *last > 0 => result.last = *last,
            (LAST, _) => problems.add(value.at, &path, format!("Expected an id, found {}.", value.found())),
            (IDS, Value::Map(types)) => {
                for of_type in types {
                    read_type(catalog, of_type, &path, problems, &mut result.ids, &mut given);
                }
            }
            (IDS, _) => problems.add(value.at, &path, format!("Expected a mapping, found {}.", value.found())),
            (other, _) => {
                let sentence = format!("{} is not a key of a list of ids.", quote(other));
                problems.add(*at, &path, sentence + &did_you_mean(other, [LAST, IDS]));
            }
        }
    }
    result.last = result.last.max(given.into_iter().max().unwrap_or_default());
    result
}

fn read_type(
    catalog: &Catalog,
    Entry { at, key, value }: &Entry<'_>,
    path: &Path<'_>,
    problems: &mut Problems,
    ids: &mut RecordMap<i64>,
    given: &mut HashSet<i64>,
) {
    let path = path.key(key);
    let Some(object) = catalog.object_named(key).filter(|object| object.content().is_some()) else {
        let names = catalog.contents().map(|(object, _)| object.name);
        problems.add(*at, &path, format!("{} is not a content type.{}", quote(key), did_you_mean(key, names)));
        return;
    };
    let Some(entries) = value.entries() else {
        problems.add(value.at, &path, format!("Expected a mapping from slugs to ids, found {}.", value.found()));
        return;
    };
    for Entry { key: slug, value, .. } in entries {
        let path = path.key(slug);
        match value.value {
            Value::Int(id) if id > 0 && given.insert(id) => ids.insert((object.ix, Arc::from(&**slug)), id),
            Value::Int(id) if id > 0 => problems.add(value.at, &path, format!("The id {id} occurs twice.")),
            _ => problems.add(value.at, &path, format!("Expected an id, found {}.", value.found())),
        }
    }
}
