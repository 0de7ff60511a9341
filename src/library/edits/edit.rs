//! Edits: the changes of one publication, from any source.

use std::{collections::HashMap, sync::Arc};

use sea_orm::ConnectionTrait;
use time::Date;

use super::{
    amend::{Amendment, AmendmentKind},
    deletion::Deletion,
    expectation::Expectation,
    idempotency::IdempotencyKey,
    record_name::{BY, NamedAction, NamedChange, RecordName, current_slugs},
};
use crate::{
    engine::catalog::{Catalog, ObjectType},
    library::{
        checks::check::{ReadDocuments, combined, read_documents},
        document::{
            dates::today,
            input::{self, InputDocument},
        },
        error::LibraryError,
        files::texts::DocumentFile,
        publication::revision::Signature,
        records::{content_table::ContentTable, record_map::RecordKey},
    },
    store::Clock,
};

/// Maximum number of records that an edit from GraphQL arguments loads: those that it changes, those that depend on them,
/// and those that are embedded in any of these. The edit also reads the records to which these refer. Their number is
/// counted separately and has the same maximum. A client can name many large documents in a short mutation.
const MAX_RECORDS: usize = 100_000;

/// The documents to save and the records to delete in one publication.
///
/// A saved document replaces the stored document of the same type and slug, and the records that
/// are embedded in that document. Without such a document, the saved one becomes a new record.
/// Records that an edit does not name stay, except for those that were embedded in a replaced
/// document.
pub struct Edit<'f> {
    /// The documents to save, and the problems within each.
    pub(in crate::library) saves: ReadDocuments<'static, 'f>,
    /// The fields with embedded records that saved documents leave out. These embedded records stay.
    pub(in crate::library) omitted_embedded: Vec<(RecordKey, &'static str)>,
    /// The changes of records whose current slugs are known.
    changes: RecordChanges,
    /// The changes of records that arguments name by ids or by slugs, which may be former slugs.
    named: Vec<NamedChange>,
    pub(in crate::library) signature: Signature,
    /// The key by which a repetition of the edit is found; `None` if it has none.
    pub(in crate::library) key: Option<IdempotencyKey>,
    /// True if a dry run returns what it would write.
    pub(in crate::library) previews: bool,
    /// Maximum number of records that are loaded for the edit; `None` for no maximum.
    pub(in crate::library) max_records: Option<usize>,
    /// The day on which the documents are checked. Later dates are in the future.
    pub(in crate::library) today: Date,
}

/// The changes of stored records in an edit.
#[derive(Clone, Debug, Default)]
pub(in crate::library) struct RecordChanges {
    pub amendments: Vec<Amendment>,
    pub deletes: Vec<Deletion>,
    pub expectations: Vec<Expectation>,
}

impl RecordChanges {
    /// Adds the deletion of a record. `path` is the path of the arguments, with a dot at the end. If `expected` is a
    /// revision, the record must not have changed after it.
    fn delete(&mut self, object: &ObjectType, slug: Arc<str>, path: &str, expected: Option<i64>) {
        self.expectations.extend(Expectation::new((object.ix, Arc::clone(&slug)), path, BY, expected));
        let path = Some(format!("{path}{BY}").into());
        self.deletes.push(Deletion { type_name: object.name.to_owned(), slug, path });
    }
}

impl<'f> Edit<'f> {
    /// Creates an edit that saves the documents of files. Their problems are reported when the edit is published.
    /// Dates after the day of the clock are problems.
    #[must_use]
    pub fn of_files(catalog: &'static Catalog, clock: Clock, files: &'f [DocumentFile]) -> Self {
        let today = today(clock);
        Self::of(read_documents(catalog, files, today), today)
    }

    /// Creates an edit that saves documents of arguments. If a document leaves out a field with embedded records, these
    /// records stay; an empty list removes them.
    #[must_use]
    pub fn of_inputs<'v>(
        catalog: &'static Catalog,
        clock: Clock,
        inputs: impl IntoIterator<Item = InputDocument<'v>>,
    ) -> Self {
        let today = today(clock);
        let (mut all, mut omitted_embedded, mut expectations) = (Vec::new(), Vec::new(), Vec::new());
        for input in inputs {
            let read = input::read(catalog, today, &input);
            // A document follows the documents that are embedded in it.
            if let Some(draft) = read.drafts.last().filter(|draft| draft.owner.is_none()) {
                let key = (draft.ix, Arc::clone(&draft.slug));
                omitted_embedded.extend(input.omitted_embedded(catalog).map(|field| (key.clone(), field)));
                expectations.extend(Expectation::new(key, &input.path, "document.slug", input.expected));
            }
            all.push(read);
        }
        let changes = RecordChanges { expectations, ..RecordChanges::default() };
        Self { omitted_embedded, changes, max_records: Some(MAX_RECORDS), ..Self::of(combined(catalog, all), today) }
    }

    fn of(saves: ReadDocuments<'static, 'f>, today: Date) -> Self {
        Self {
            saves,
            omitted_embedded: Vec::new(),
            changes: RecordChanges::default(),
            named: Vec::new(),
            signature: Signature::default(),
            key: None,
            previews: false,
            max_records: None,
            today,
        }
    }

    /// Adds the deletion of a record, with the records embedded in its document.
    ///
    /// It is a problem if there is no such record, if the edit also saves the record, if the record is embedded in the
    /// document of another one, or if another record still refers to it.
    #[must_use]
    pub fn delete(mut self, type_name: &str, slug: &str) -> Self {
        self.changes.deletes.push(Deletion { type_name: type_name.to_owned(), slug: slug.into(), path: None });
        self
    }

    /// Adds a change of a record that an argument names.
    #[must_use]
    pub fn change_named(mut self, change: NamedChange) -> Self {
        self.named.push(change);
        self
    }

    /// Returns the changes of stored records, with the current slugs of the records that arguments name.
    ///
    /// # Errors
    /// If no record ever had one of the ids, or the database cannot be read.
    pub(in crate::library) async fn resolved_changes(
        &self,
        catalog: &Catalog,
        tables: &[ContentTable<'_>],
        db: &impl ConnectionTrait,
    ) -> Result<RecordChanges, LibraryError> {
        let mut changes = self.changes.clone();
        if self.named.is_empty() {
            return Ok(changes);
        }
        let slugs = current_slugs(catalog, tables, db, &self.named).await?;
        // For each slug that an earlier change gives to a record: the slug that the record has in the database.
        let mut renamed: HashMap<RecordKey, Arc<str>> = HashMap::new();
        for (NamedChange { object, name, path, expected, action }, slug) in self.named.iter().zip(slugs) {
            let current = match name {
                RecordName::Slug(name) => renamed.get(&(object.ix, Arc::clone(name))).cloned(),
                RecordName::Id(_) => None,
            };
            let slug = current.unwrap_or(slug);
            match action.clone() {
                NamedAction::Amend(change) => {
                    if let AmendmentKind::Rename(to) = &change {
                        renamed.insert((object.ix, Arc::clone(to)), Arc::clone(&slug));
                    }
                    let (path, expected) = (path.clone(), *expected);
                    changes.amendments.push(Amendment { object, slug, path, expected, change });
                }
                NamedAction::Delete => changes.delete(object, slug, path, *expected),
            }
        }
        Ok(changes)
    }

    /// Sets the author of the edit, and the reason if the author states one.
    #[must_use]
    pub fn by(self, author: &str, message: Option<&str>) -> Self {
        let signature = Signature { author: Some(author.to_owned()), message: message.map(str::to_owned) };
        Self { signature, ..self }
    }

    /// Sets the reason for the edit, if there is one.
    #[must_use]
    pub fn because(mut self, message: Option<String>) -> Self {
        self.signature.message = message;
        self
    }

    /// Sets the key of the edit. An edit with the key of an earlier one is not published; the report of the earlier one
    /// is returned instead.
    #[must_use]
    pub fn once(self, key: IdempotencyKey) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Makes a dry run return what it would write ([`PublicationReport::preview`]), so that it can be read.
    ///
    /// [`PublicationReport::preview`]: crate::library::PublicationReport::preview
    #[must_use]
    pub fn previewed(self) -> Self {
        Self { previews: true, ..self }
    }
}
