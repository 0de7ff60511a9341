//! The library: publishing, importing and exporting content documents.
//!
//! Content is written as YAML documents or as values of GraphQL arguments. This module checks documents against the
//! catalog, publishes them as one revision, and exports the database as documents. It names no content type. In this
//! module, *document* means content document.
//!
//! A publication has these steps:
//!
//! 1. `files::texts` reads texts. `files::yaml` parses them to trees in which every node has its position.
//!    `files::read_file` finds the documents in a tree.
//! 2. `document::read` (with `rules`, `scalar`, `slug`, `format`, `dates`, `provenance`) checks each document against its
//!    declared type, and returns a canonical document: every declared key in order, slugs for references, resolved
//!    provenance. The result is an `Edit`.
//! 3. `publication::publish` calls `prepare`. If documents rename records, `edits::names::rename` renames these first.
//!    `prepare` loads the records of the edit (`records::load`, `row_reader`, `stored_documents`). In the new documents,
//!    `entry_keys` assigns keys to the entries of lists, and `reviews` removes reviews that are older than a change. Then
//!    the new documents replace the stored ones (`records::documents`). `checks::integrity` (with `dangling` and
//!    `violations`) checks the result.
//! 4. `records::stored_record` adds derived fields. `publication::changes::differences` compares the records with the rows
//!    of the database; each record that differs is a `changed_record`. `records::load` loads the further records that a
//!    check or a derivation reads, and `records::dependents` those whose derived fields follow a change. The checks and this
//!    step then run again.
//! 5. `publication::rows::assign_ids` assigns ids to new records. `write_rows` writes the differences with the statements
//!    of `batch_writer`, and `search` writes the search terms. `history` writes the changes of the revision and the
//!    replaced documents. `revision` writes the revision with its `checksum`.
//!
//! `publication::import` publishes the documents of files; a large import into an empty database is a bulk load. An
//! edit can also save documents from GraphQL arguments (`document::input`). An edit with an expected revision is merged
//! with later changes (`rebase`, `merge`), or is refused if its records have changed (`expectation`). An edit can have
//! an idempotency key (`idempotency`). With `amend`, an edit changes stored documents: it changes fields (`patch`) and
//! entries of lists (`patch_entries`), renames a record, or restores the document of an earlier revision (`past`).
//! `record_amendments` makes the document after all changes of a record.
//!
//! An export calls `records::load`. Then `files::export` leaves out what an import adds, `emit` writes YAML, and `folder`
//! replaces the target folder. `checks::check` checks documents without a database, and `checks::verify` checks a database.

mod checks;
mod document;
mod edits;
mod error;
mod files;
mod problem;
mod publication;
mod records;
mod search;

pub use crate::store::{Progress, Silent};
pub use checks::check::{CheckReport, DocumentInFile, check, check_each_document, documents};
pub use checks::verify::{VerifyReport, verify};
pub use document::input::InputDocument;
pub use document::scalar::short_text;
pub use edits::amend::AmendmentKind;
pub use edits::edit::Edit;
pub use edits::idempotency::IdempotencyKey;
pub use edits::record_name::{NamedAction, NamedChange, RecordName};
pub use error::LibraryError;
pub use files::export::export;
pub use files::folder::{Leftovers, write_files};
pub use files::starter::starter;
pub use files::texts::{DocumentFile, MAX_FILE_SIZE, read_files};
pub use problem::{ConflictValues, Position, Problem, ProblemCode, ProblemDetails, Warning, WarningCode};
pub use publication::checksum::LibraryChecksum;
pub use publication::import::{import, import_edit, read_edit, seed};
pub use publication::publish::{PublishOptions, publish};
pub use publication::report::{Change, FieldChange, PublicationReport};
pub use publication::revision::MAX_MESSAGE;
pub use search::search_index::{is_index_of_another_version, reindex, update_index};
