//! The differences between the library after a publication and the rows of the database: the changes that the
//! publication writes.

use std::{collections::HashSet, sync::Arc};

use rayon::prelude::*;

use crate::library::{
    publication::checksum::LibraryChecksum,
    records::{
        content_table::ContentTable,
        documents::{Document, LoadedLibrary},
        record_map::{RecordKey, RecordMap},
        stored_record::StoredRecord,
    },
};

use super::{
    changed_record::ChangedRecord,
    report::{Change, FieldChange, PublicationReport},
};

/// The changes that a publication writes. Lists of lists have one entry for each content table.
#[derive(Default)]
pub(in crate::library) struct Changes {
    pub added: Vec<Vec<Arc<str>>>,
    pub changed: Vec<Vec<ChangedRecord>>,
    pub removed: Vec<RecordKey>,
    /// The number to add to the checksum of the library, modulo 2^128.
    pub checksum: LibraryChecksum,
}

impl Changes {
    /// Returns the stored records that are changed or removed.
    pub fn replaced(&self, tables: &[ContentTable<'_>], mut stored: RecordMap<StoredRecord>) -> RecordMap<StoredRecord> {
        let of_table = |(table, records): (&ContentTable<'_>, &Vec<ChangedRecord>)| {
            let ix = table.object.ix;
            records.iter().map(move |record| (ix, Arc::clone(&record.slug))).collect::<Vec<_>>()
        };
        let changed = tables.iter().zip(&self.changed).flat_map(of_table);
        let replaced: HashSet<RecordKey> = changed.chain(self.removed.iter().cloned()).collect();
        stored.retain(|ix, slug| replaced.contains(&(ix, Arc::clone(slug))));
        stored
    }
}

/// Compares the documents of a library with its stored records.
pub(in crate::library) fn differences(
    library: &LoadedLibrary<'_>,
    tables: &[ContentTable<'_>],
) -> (PublicationReport, Changes) {
    let (mut report, mut changes) = (PublicationReport::default(), Changes::default());
    let all: Vec<_> = tables.par_iter().map(|table| Differences::of(library, table)).collect();
    for (table, Differences { added, changed, removed, unchanged, checksum }) in tables.iter().zip(all) {
        let change = |slug: &Arc<str>, fields| {
            let (type_name, id) = (table.object.name, library.ids.id(table.object.ix, slug));
            Change { type_name, id, slug: Arc::clone(slug), fields }
        };
        report.added.extend(added.iter().map(|slug| change(slug, Vec::new())));
        report.removed.extend(removed.iter().map(|slug| change(slug, Vec::new())));
        report.unchanged += unchanged;
        changes.checksum = changes.checksum.and(checksum);
        changes.added.push(added);
        changes.removed.extend(removed.into_iter().map(|slug| (table.object.ix, slug)));
        let (records, fields): (Vec<_>, Vec<_>) = changed.into_iter().unzip();
        report.changed.extend(records.iter().zip(fields).map(|(record, fields)| change(&record.slug, fields)));
        changes.changed.push(records);
    }
    (report, changes)
}

#[derive(Default)]
struct Differences {
    added: Vec<Arc<str>>,
    changed: Vec<(ChangedRecord, Vec<FieldChange>)>,
    removed: Vec<Arc<str>>,
    unchanged: usize,
    checksum: LibraryChecksum,
}

impl Differences {
    fn of(library: &LoadedLibrary<'_>, table: &ContentTable<'_>) -> Self {
        let ix = table.object.ix;
        let mut differences = Self::default();
        let of_document = |document: &Document| LibraryChecksum::of_document(table, document);
        let of_row = |row: &StoredRecord| LibraryChecksum::of_stored(table, row);
        for (slug, document) in library.documents.of(ix) {
            let Some(before) = library.stored.get(ix, slug) else {
                differences.added.push(Arc::clone(slug));
                differences.checksum = differences.checksum.and(of_document(document));
                continue;
            };
            let row = StoredRecord::of(library, table, slug, document);
            if *before == row {
                differences.unchanged += 1;
            } else {
                differences.checksum = differences.checksum.without(of_row(before)).and(of_document(document));
                differences.changed.push(ChangedRecord::of(table, slug, before, &row));
            }
        }
        for (slug, row) in library.stored.of(ix).filter(|(slug, _)| !library.documents.contains(ix, slug)) {
            differences.checksum = differences.checksum.without(of_row(row));
            differences.removed.push(Arc::clone(slug));
        }
        differences
    }
}
