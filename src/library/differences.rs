//! The differences between the library after an import and the rows of the database: the changes that the import writes.

use std::sync::Arc;

use rayon::prelude::*;

use super::{
    checksum::LibraryChecksum,
    content_table::ContentTable,
    documents::{Document, Library},
    record_map::{RecordKey, RecordMap},
    report::{Change, ImportReport},
    stored_record::StoredRecord,
};

/// The changes that an import writes. Lists of lists have one entry for each content table.
#[derive(Default)]
pub(super) struct Changes {
    /// Slugs of new records.
    pub added: Vec<Vec<Arc<str>>>,
    /// Slugs of records that differ.
    pub changed: Vec<Vec<Arc<str>>>,
    /// Records that are removed.
    pub removed: Vec<RecordKey>,
    /// The number to add to the checksum of the library, modulo 2^128.
    pub checksum: LibraryChecksum,
}

/// Compares a library with the rows of the database.
pub(super) fn differences(
    result: &Library<'_>,
    tables: &[ContentTable<'_>],
    stored: &RecordMap<StoredRecord>,
) -> (ImportReport, Changes) {
    let (mut report, mut changes) = (ImportReport::default(), Changes::default());
    let all: Vec<_> = tables.par_iter().map(|table| Differences::of(result, table, stored)).collect();
    for (table, Differences { added, changed, removed, unchanged, checksum }) in tables.iter().zip(all) {
        let change = |slug: &Arc<str>, fields| Change { type_name: table.object.name, slug: Arc::clone(slug), fields };
        report.added.extend(added.iter().map(|slug| change(slug, Vec::new())));
        report.changed.extend(changed.iter().map(|(slug, fields)| change(slug, fields.clone())));
        report.removed.extend(removed.iter().map(|slug| change(slug, Vec::new())));
        report.unchanged += unchanged;
        changes.checksum = changes.checksum.and(checksum);
        changes.added.push(added);
        changes.changed.push(changed.into_iter().map(|(slug, _)| slug).collect());
        changes.removed.extend(removed.into_iter().map(|slug| (table.object.ix, slug)));
    }
    (report, changes)
}

/// The changes in one content table.
#[derive(Default)]
struct Differences {
    added: Vec<Arc<str>>,
    /// Slugs, with the fields that differ.
    changed: Vec<(Arc<str>, Vec<&'static str>)>,
    removed: Vec<Arc<str>>,
    unchanged: usize,
    /// The number to add to the checksum of the library.
    checksum: LibraryChecksum,
}

impl Differences {
    fn of(result: &Library<'_>, table: &ContentTable<'_>, stored: &RecordMap<StoredRecord>) -> Self {
        let ix = table.object.ix;
        let mut differences = Self::default();
        let of_document = |document: &Document| LibraryChecksum::of_document(table, document);
        let of_row = |row: &StoredRecord| LibraryChecksum::of_stored(table, row);
        for (slug, document) in result.documents.of(ix) {
            let Some(before) = stored.get(ix, slug) else {
                differences.added.push(Arc::clone(slug));
                differences.checksum = differences.checksum.and(of_document(document));
                continue;
            };
            let row = StoredRecord::of(result, table, slug, document);
            if *before == row {
                differences.unchanged += 1;
            } else {
                differences.checksum = differences.checksum.without(of_row(before)).and(of_document(document));
                differences.changed.push((Arc::clone(slug), before.changed_fields(&row, table)));
            }
        }
        for (slug, row) in stored.of(ix).filter(|(slug, _)| !result.documents.contains(ix, slug)) {
            differences.checksum = differences.checksum.without(of_row(row));
            differences.removed.push(Arc::clone(slug));
        }
        differences
    }
}
