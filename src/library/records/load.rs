//! Loading the library from the database, as a whole or the part on which a publication works.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use sea_orm::ConnectionTrait;

use super::{
    content_table::{ContentTable, ID},
    documents::{LoadedLibrary, each_reference},
    ids::Ids,
    record_map::{RecordKey, RecordMap},
    row_reader::{IdsByType, RowFilter, RowReader},
    stored_documents::documents,
    stored_record::StoredRecord,
};
use crate::{
    engine::catalog::{Catalog, EmbeddedReads, Layout, ObjectIx},
    library::{
        document::shape,
        edits::former_slugs::in_document,
        error::LibraryError,
        problem::Path,
        publication::{batch_writer::MAX_ROWS, checksum::LibraryChecksum},
    },
};

pub(in crate::library) struct Loader<'a, 'c, C> {
    pub rows: RowReader<'a, 'c, C>,
    /// Maximum number of records that are loaded; `None` for no maximum.
    max_records: Option<usize>,
    /// Missing documents that were already searched for.
    searched: HashSet<RecordKey>,
    /// Dangling references for which suggestions were already loaded.
    dangling: HashSet<RecordKey>,
}

/// Loads all records.
pub(in crate::library) async fn load<'c>(
    catalog: &'c Catalog,
    tables: &[ContentTable<'c>],
    db: &impl ConnectionTrait,
) -> Result<LoadedLibrary<'c>, LibraryError> {
    let rows = RowReader { catalog, tables, db };
    let mut library = LoadedLibrary::new(catalog);
    for table in tables {
        rows.load_ids(&mut library.ids, table.object.ix, &RowFilter::All).await?;
    }
    for table in tables {
        let records = rows.records(&mut library.ids, table, &RowFilter::All).await?;
        add(&mut library.stored, table, records);
    }
    library.documents = documents(tables, &library.stored);
    Ok(library)
}

fn add(loaded: &mut RecordMap<StoredRecord>, table: &ContentTable<'_>, records: Vec<(i64, StoredRecord)>) {
    for (_, record) in records {
        if let Some(slug) = table.slug_of(&record.columns) {
            let key = (table.object.ix, Arc::clone(slug));
            loaded.insert(key, record);
        }
    }
}

/// If a record is loaded without its embedded records, stores the values of the derived fields that read them, and returns
/// true.
fn store_derived(library: &mut LoadedLibrary<'_>, table: &ContentTable<'_>, record: &StoredRecord) -> bool {
    let derived = table.slug_of(&record.columns).and_then(|slug| library.without_embedded.get_mut(table.object.ix, slug));
    let Some(derived) = derived else { return false };
    let columns = table.columns.iter().zip(&record.columns);
    let columns = columns.filter(|(column, _)| column.field.embedded_reads != EmbeddedReads::None);
    *derived = columns.map(|(column, value)| (column.key, value.clone())).collect();
    true
}

impl<'a, 'c, C: ConnectionTrait> Loader<'a, 'c, C> {
    pub fn new(catalog: &'c Catalog, tables: &'a [ContentTable<'c>], db: &'a C, max_records: Option<usize>) -> Self {
        let rows = RowReader { catalog, tables, db };
        Self { rows, max_records, searched: HashSet::new(), dangling: HashSet::new() }
    }

    /// Checks a number of records in memory.
    ///
    /// # Errors
    /// If these are more than may be loaded.
    pub fn check_number(&self, records: usize) -> Result<(), LibraryError> {
        match self.max_records {
            Some(max) if records > max => Err(LibraryError::TooManyRecords(max)),
            _ => Ok(()),
        }
    }

    /// Loads the stored records with these keys. Keys without a record are ignored, and records that are loaded already
    /// are not loaded again.
    pub async fn records_by_key(
        &self,
        library: &mut LoadedLibrary<'c>,
        keys: impl IntoIterator<Item = RecordKey>,
    ) -> Result<(), LibraryError> {
        let is_embedded = |(ix, _): &RecordKey| {
            self.rows.catalog.object(*ix).content().is_some_and(|role| role.layout == Layout::Embedded)
        };
        let (embedded, owners): (Vec<RecordKey>, Vec<RecordKey>) = keys.into_iter().partition(is_embedded);
        // Most embedded records are loaded with their owners.
        for mut keys in [owners, embedded] {
            keys.retain(|(ix, slug)| !library.stored.contains(*ix, slug));
            self.rows.load_ids_of(&mut library.ids, keys.iter().cloned()).await?;
            let mut ids = IdsByType::new();
            for (ix, slug) in &keys {
                ids.entry(*ix).or_default().extend(library.ids.id(*ix, slug));
            }
            self.records(library, ids).await?;
        }
        Ok(())
    }

    /// Loads what the checks of references and former slugs need: the ids of all records to which
    /// the documents of an edit refer, the ids of records whose slug is a former slug of these
    /// documents, and the documents that `former_slugs` finds.
    pub async fn references(&self, library: &mut LoadedLibrary<'c>) -> Result<(), LibraryError> {
        let mut keys = BTreeSet::new();
        for (ix, _, document) in library.documents.iter().filter(|(.., document)| document.location.is_some()) {
            keys.extend(in_document(&document.fields).into_iter().map(|former| (ix, former)));
            each_reference(&library.references, ix, &document.fields, false, &Path::Root, &mut |target, slug, _| {
                if !library.documents.contains(target, slug) {
                    keys.insert((target, Arc::clone(slug)));
                }
            });
        }
        self.rows.load_ids_of(&mut library.ids, keys).await?;
        self.former_slugs(library).await
    }

    /// Loads the stored documents that have one of these slugs as a former slug: the current and the
    /// former slugs of all documents of the edit.
    async fn former_slugs(&self, library: &mut LoadedLibrary<'c>) -> Result<(), LibraryError> {
        let mut slugs: BTreeMap<ObjectIx, BTreeSet<Arc<str>>> = BTreeMap::new();
        for (ix, slug, document) in library.documents.iter().filter(|(.., document)| document.location.is_some()) {
            let former = in_document(&document.fields).into_iter();
            slugs.entry(ix).or_default().extend(former.chain([Arc::clone(slug)]));
        }
        for (ix, slugs) in slugs {
            self.documents_with_former_slugs(library, ix, &slugs).await?;
        }
        Ok(())
    }

    async fn documents_with_former_slugs(
        &self,
        library: &mut LoadedLibrary<'c>,
        ix: ObjectIx,
        slugs: &BTreeSet<Arc<str>>,
    ) -> Result<(), LibraryError> {
        let slugs = RowFilter::texts(shape::SLUG, slugs.iter().map(|slug| &**slug));
        let mut ids = self.rows.former_slugs(&slugs).await?;
        ids.retain(|id| !library.has_loaded(ix, *id));
        if ids.is_empty() { Ok(()) } else { self.context(library, ix, ids).await }
    }

    /// Loads records into `stored` and `documents`, with all records that are embedded in them. The records of
    /// [`LoadedLibrary::without_embedded`] are loaded without embedded records. Records that are loaded already stay as
    /// they are.
    pub async fn records(&self, library: &mut LoadedLibrary<'c>, ids: IdsByType) -> Result<(), LibraryError> {
        let mut loaded = RecordMap::default();
        let mut next: Vec<(ObjectIx, RowFilter)> = ids.into_iter().map(|(ix, ids)| (ix, RowFilter::ids(ID, ids))).collect();
        while let Some((ix, selection)) = next.pop() {
            if matches!(&selection, RowFilter::With(_, values) if values.is_empty()) {
                continue;
            }
            let table = self.rows.table(ix);
            if self.max_records.is_some() {
                self.check_number(self.rows.count(table, &selection).await?)?;
            }
            let records = self.rows.records(&mut library.ids, table, &selection).await?;
            let whole: Vec<i64> =
                records.iter().filter(|record| !store_derived(library, table, &record.1)).map(|(id, _)| *id).collect();
            let owned = |column| RowFilter::ids(column, whole.iter().copied());
            next.extend(table.embedded.iter().map(|(_, target, column)| (*target, owned(*column))));
            add(&mut loaded, table, records);
            // A record can be selected twice, by its id and as an embedded record. `loaded` has it once.
            self.check_number(loaded.len())?;
        }
        let mut new = documents(self.rows.tables, &loaded);
        new.retain(|ix, slug| !library.stored.contains(ix, slug));
        loaded.retain(|ix, slug| !library.stored.contains(ix, slug));
        library.stored.append(loaded);
        library.documents.append(new);
        self.check_number(library.stored.len())
    }

    pub async fn checksum(&self, ids: &IdsByType) -> Result<LibraryChecksum, LibraryError> {
        let mut sum = LibraryChecksum::default();
        for (ix, ids) in ids {
            let (table, mut slugs) = (self.rows.table(*ix), Ids::default());
            let ids: Vec<i64> = ids.iter().copied().collect();
            // In parts, because many records can refer to a renamed one.
            for ids in ids.chunks(MAX_ROWS) {
                let selection = RowFilter::ids(ID, ids.iter().copied());
                let records = self.rows.records(&mut slugs, table, &selection).await?;
                sum = records.iter().fold(sum, |sum, (_, record)| sum.and(LibraryChecksum::of_stored(table, record)));
            }
        }
        Ok(sum)
    }

    /// Loads the documents that checks and derivations did not find. Returns false if all of them were already searched
    /// for.
    pub async fn missing(&mut self, library: &mut LoadedLibrary<'c>) -> Result<bool, LibraryError> {
        let missing = std::mem::take(&mut *library.missing());
        let documents: BTreeSet<RecordKey> =
            missing.documents.into_iter().filter(|key| self.searched.insert(key.clone())).collect();
        self.rows.load_ids_of(&mut library.ids, documents.iter().cloned()).await?;
        let mut ids = IdsByType::new();
        for (ix, slug) in &documents {
            ids.entry(*ix).or_default().extend(library.ids.id(*ix, slug));
        }
        for (ix, ids) in ids.into_iter().filter(|(_, ids)| !ids.is_empty()) {
            self.context(library, ix, ids).await?;
        }
        let dangling = self.suggestions(library, missing.dangling).await?;
        Ok(dangling || !documents.is_empty())
    }

    /// Loads documents that are only read: their columns and parts, without links and embedded records.
    async fn context(&self, library: &mut LoadedLibrary<'c>, ix: ObjectIx, ids: BTreeSet<i64>) -> Result<(), LibraryError> {
        self.check_number(library.context.len() + ids.len())?;
        let table = self.rows.table(ix);
        let records = self.rows.records_without_links(&mut library.ids, table, &RowFilter::ids(ID, ids)).await?;
        let mut loaded = RecordMap::default();
        add(&mut loaded, table, records);
        library.context.append(documents(self.rows.tables, &loaded));
        Ok(())
    }

    /// Adds the slugs that a message about a dangling reference can suggest: all slugs of the type, and the record of
    /// another type with the same slug.
    async fn suggestions(
        &mut self,
        library: &mut LoadedLibrary<'c>,
        dangling: BTreeSet<RecordKey>,
    ) -> Result<bool, LibraryError> {
        let new: Vec<RecordKey> = dangling.into_iter().filter(|key| !self.dangling.contains(key)).collect();
        let types = || self.rows.tables.iter().map(|table| table.object.ix);
        let elsewhere = new.iter().flat_map(|(_, slug)| types().map(move |ix| (ix, Arc::clone(slug))));
        let elsewhere: Vec<RecordKey> = elsewhere.collect();
        self.rows.load_ids_of(&mut library.ids, elsewhere).await?;
        let mut of_types: BTreeMap<ObjectIx, BTreeSet<Arc<str>>> = BTreeMap::new();
        for (target, slug) in &new {
            of_types.entry(*target).or_default().insert(Arc::clone(slug));
        }
        for (target, slugs) in of_types {
            self.documents_with_former_slugs(library, target, &slugs).await?;
            if !self.dangling.iter().any(|(ix, _)| *ix == target) {
                self.rows.load_ids(&mut library.ids, target, &RowFilter::All).await?;
            }
        }
        let any = !new.is_empty();
        self.dangling.extend(new);
        Ok(any)
    }
}
