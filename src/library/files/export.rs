//! Exporting the database as documents that import to the same content.
//!
//! A document contains only the necessary fields. Null, defaults, empty lists, inherited sources and notices, composed slugs,
//! positions and computed keys are left out, because the import adds them.

use std::sync::Arc;

use super::{
    emit::{Yaml, emit, size},
    id_list,
    texts::{DocumentFile, EXTENSION, MAX_FILE_SIZE},
    yaml::MAX_NODES,
};
use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{Catalog, ContentRole, Field, Kind, Layout, ObjectType, Scalar, SlugRule},
    },
    library::{
        checks::entry_keys::default_keys,
        document::shape::{self, KEY, NOTICE, POSITION, Provenance, SLUG},
        error::LibraryError,
        publication::revision::Revision,
        records::{
            content_table::ContentTable,
            documents::{Document, LoadedLibrary},
            load::load,
        },
    },
    store::{
        Writer,
        connect::transaction::{begin_reading, end_reading},
    },
};

/// Size of a collection file, in bytes, from which the next file begins: half of the maximum, because escaped texts are
/// longer.
const MAX_COLLECTION_BYTES: u64 = MAX_FILE_SIZE / 2;

/// Returns all content as documents: one file for each record of a type with files of its own, and
/// one or several files for each collection and for the ids of all records. File names are relative
/// to the folder of the export.
///
/// # Errors
/// If the database cannot be read, or contains something that the declared types do not allow.
pub async fn export(catalog: &Catalog, writer: &Writer) -> Result<Vec<DocumentFile>, LibraryError> {
    let tables = ContentTable::all(catalog);
    let transaction = begin_reading(writer).await?;
    let read = async {
        let latest = Revision::latest(&transaction).await?;
        Ok::<_, LibraryError>((latest.last_id, load(catalog, &tables, &transaction).await?))
    };
    let read = read.await;
    let (last_id, library) = end_reading(transaction, read).await?;
    let mut files = files(catalog, &library)?;
    files.extend(id_files(catalog, &library, last_id)?);
    Ok(files)
}

/// Returns the files with the ids of all records, in the order of types and ids.
fn id_files(catalog: &Catalog, library: &LoadedLibrary<'_>, last: i64) -> Result<Vec<DocumentFile>, LibraryError> {
    let of_type = |object: &'static str, ix| {
        let slugs = library.documents.of(ix).map(|(slug, _)| slug);
        let mut ids: Vec<_> = slugs.filter_map(|slug| Some((object, slug, library.ids.id(ix, slug)?))).collect();
        ids.sort_unstable_by_key(|(_, _, id)| *id);
        ids
    };
    let ids: Vec<_> = catalog.contents().flat_map(|(object, _)| of_type(object.name, object.ix)).collect();
    id_list::files(last, &ids)
}

fn files(catalog: &Catalog, library: &LoadedLibrary<'_>) -> Result<Vec<DocumentFile>, LibraryError> {
    let mut files = Vec::new();
    let mut collections: Vec<(&str, Vec<Collection<'_>>)> = Vec::new();
    for (object, role) in catalog.contents() {
        let mut documents: Vec<(&Arc<str>, &Document)> = library.documents.of(object.ix).collect();
        documents.sort_by_key(|(slug, _)| library.ids.id(object.ix, slug));
        match role.layout {
            Layout::File(folder) => {
                for (slug, document) in documents {
                    let name = format!("{folder}/{slug}.{EXTENSION}");
                    let root =
                        Exporter { catalog, is_explicit: false }.content(object, role, &document.fields, &NOTHING_INHERITED);
                    files.push(DocumentFile { name, text: emit(&root)? });
                }
            }
            Layout::Collection(name) if !documents.is_empty() => {
                let collection = Collection { object, role, documents: documents.into_iter().map(|(_, d)| d).collect() };
                match collections.iter_mut().find(|(other, _)| *other == name) {
                    Some((_, collections)) => collections.push(collection),
                    None => collections.push((name, vec![collection])),
                }
            }
            Layout::Collection(_) | Layout::Embedded => {}
        }
    }
    for (name, collections) in &collections {
        files.extend(collection_files(catalog, name, collections)?);
    }
    Ok(files)
}

struct Collection<'s> {
    object: &'s ObjectType,
    role: &'s ContentRole,
    documents: Vec<&'s Document>,
}

/// Returns the files of a collection: several if a single one would be larger than an import accepts. If all entries have
/// the same notice, it is written once at the top of each file.
fn collection_files(
    catalog: &Catalog,
    name: &str,
    collections: &[Collection<'_>],
) -> Result<Vec<DocumentFile>, LibraryError> {
    let mut notices = collections.iter().flat_map(|c| &c.documents).map(|document| document.fields.get(NOTICE));
    let first = notices.next().flatten();
    let shared = notices.all(|notice| notice == first).then_some(first).flatten();
    let head = || shared.map(|notice| (NOTICE.to_owned(), Yaml::Scalar(notice.clone()))).into_iter().collect::<Vec<_>>();
    let stem = name.strip_suffix(&format!(".{EXTENSION}")).unwrap_or(name);
    let (mut files, mut root, mut size_so_far) = (Vec::new(), head(), (0, 0));
    let finish = |files: &mut Vec<DocumentFile>, root| {
        let number = if files.is_empty() { String::new() } else { format!("-{}", files.len() + 1) };
        files.push(DocumentFile { name: format!("{stem}{number}.{EXTENSION}"), text: emit(&Yaml::Map(root))? });
        Ok::<_, LibraryError>(())
    };
    for Collection { object, role, documents } in collections {
        let inherited = Inherited { notice: shared, ..NOTHING_INHERITED };
        let mut entries = Vec::new();
        for document in documents {
            let entry = Exporter { catalog, is_explicit: false }.content(object, role, &document.fields, &inherited);
            let (nodes, bytes) = size(&entry);
            if size_so_far != (0, 0)
                && (size_so_far.0 + nodes > MAX_NODES / 2 || (size_so_far.1 + bytes) as u64 > MAX_COLLECTION_BYTES)
            {
                root.push((role.plural.to_owned(), Yaml::List(std::mem::take(&mut entries))));
                finish(&mut files, std::mem::replace(&mut root, head()))?;
                size_so_far = (0, 0);
            }
            size_so_far = (size_so_far.0 + nodes, size_so_far.1 + bytes);
            entries.push(entry);
        }
        root.push((role.plural.to_owned(), Yaml::List(entries)));
    }
    finish(&mut files, root)?;
    Ok(files)
}

/// Returns a document in the shape of files, including values that an import would compute or inherit. `None` if
/// records of the type have no documents of their own.
pub(in crate::library) fn explicit_document(
    catalog: &Catalog,
    object: &ObjectType,
    fields: &CanonicalObject,
) -> Option<Yaml> {
    let role = object.with_own_documents()?;
    Some(Exporter { catalog, is_explicit: true }.content(object, role, fields, &NOTHING_INHERITED))
}

/// The values that an object inherits from the object that contains it.
struct Inherited<'a> {
    notice: Option<&'a CanonicalValue>,
    sources: &'a CanonicalValue,
    /// The column with the id of the owner, for embedded records.
    owner: Option<&'static str>,
}

/// A document that is not embedded inherits nothing.
const NOTHING_INHERITED: Inherited<'static> = Inherited { notice: None, sources: &CanonicalValue::Null, owner: None };

struct Exporter<'c> {
    catalog: &'c Catalog,
    /// True if the document includes values that an import would compute or inherit: the keys of all entries, sources
    /// and notices. Then changing one value of the document changes no other value.
    is_explicit: bool,
}

impl Exporter<'_> {
    fn content(&self, object: &ObjectType, role: &ContentRole, fields: &CanonicalObject, inherited: &Inherited<'_>) -> Yaml {
        let composed = matches!(role.slug, SlugRule::Composed(_));
        let implied = |key: &str, field: &Field| {
            (key == SLUG && composed)
                || (key == NOTICE && !self.is_explicit && fields.get(NOTICE) == inherited.notice)
                || (key == POSITION && inherited.owner.is_some())
                || (inherited.owner.is_some() && field.column == inherited.owner)
        };
        self.object(object, fields, inherited.sources, implied)
    }

    fn object(
        &self,
        object: &ObjectType,
        fields: &CanonicalObject,
        inherited: &CanonicalValue,
        implied: impl Fn(&str, &Field) -> bool,
    ) -> Yaml {
        let provenance = Provenance::of_object(object, fields, inherited);
        let mut entries = Vec::new();
        for (key, field) in shape::fields(object) {
            let Some(value) = fields.get(key).filter(|_| !implied(key, field)) else { continue };
            let is_inherited = provenance.own.list() == inherited.list() && !self.is_explicit;
            if shape::is_sources(field) && (is_inherited || provenance.own.list().is_empty()) {
                continue;
            }
            if is_implied(field, value) {
                continue;
            }
            let yaml = if shape::field_sources(self.catalog, field).is_some() {
                let list = |sources: &CanonicalValue| Yaml::List(sources.list().iter().cloned().map(Yaml::Scalar).collect());
                Yaml::Map(provenance.by_field.iter().map(|(field, sources)| (field.clone(), list(sources))).collect())
            } else {
                self.field(field, value, provenance.of_field(key), fields.get(NOTICE), None)
            };
            entries.push((key.to_owned(), yaml));
        }
        Yaml::Map(entries)
    }

    fn field(
        &self,
        field: &Field,
        value: &CanonicalValue,
        sources: &CanonicalValue,
        notice: Option<&CanonicalValue>,
        computed_key: Option<&str>,
    ) -> Yaml {
        if let CanonicalValue::List(values) = value {
            let mut keys = (field.identity() == Some(KEY) && !self.is_explicit).then(|| default_keys(values));
            let entry = |value| {
                let key = keys.as_mut().and_then(Iterator::next);
                self.field(field, value, sources, notice, key.as_deref())
            };
            return Yaml::List(values.iter().map(entry).collect());
        }
        let Some((object, fields)) = field.nested().map(|ix| self.catalog.object(ix)).zip(value.as_object()) else {
            return Yaml::Scalar(written(field, value));
        };
        match (object.content(), field.embedded()) {
            (Some(role), Some((_, column))) => {
                self.content(object, role, fields, &Inherited { notice, sources, owner: Some(column) })
            }
            _ => self.object(object, fields, sources, |key, _| match key {
                POSITION => !matches!(field.kind, Kind::Value(_)),
                KEY => computed_key.is_some() && fields.get(KEY).and_then(CanonicalValue::as_str) == computed_key,
                _ => false,
            }),
        }
    }
}

/// Reports whether a field with this value can be left out.
fn is_implied(field: &Field, value: &CanonicalValue) -> bool {
    match &field.default {
        Some(default) => value == default,
        None => value.is_null() || (field.is_list() && value.list().is_empty()),
    }
}

/// Returns a float as an integer if it is whole, so that it is written without a fraction.
fn written(field: &Field, value: &CanonicalValue) -> CanonicalValue {
    let float = matches!(field.kind, Kind::Scalar(Scalar::Float) | Kind::Scalars(Scalar::Float));
    match value.as_f64() {
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
        Some(number) if float && number.fract() == 0.0 && number.abs() < 1e15 => CanonicalValue::Int(number as i64),
        _ => value.clone(),
    }
}
