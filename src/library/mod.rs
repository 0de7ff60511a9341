//! The library: publishing, importing and exporting content documents.
//!
//! Content is written as YAML documents or as values of GraphQL arguments. This module checks documents against the
//! catalog, publishes them as one revision, and exports the database as documents. It names no content type. In this
//! module, *document* means content document.
//!
//! A publication has these steps:
//!
//! 1. `files` reads texts. `yaml` parses them to trees in which every node has its position. `read_file` finds the
//!    documents in a tree.
//! 2. `read` (with `rules`, `scalar`, `slug`, `format`, `dates`, `provenance`) checks each document against its
//!    declared type, and returns a canonical document: every declared key in order, slugs for references, resolved
//!    provenance. The result is an `edit`.
//! 3. `publish` calls `prepare`, which loads the records of the edit (`load`, `row_reader`, `stored_documents`) and
//!    replaces their `documents`. Before that, `rename` renames records. `integrity` (with `dangling` and
//!    `violations`) checks the result.
//!    `entry_keys` gives keys to the entries of lists, and `reviews` removes reviews that are older than a change.
//! 4. `stored_record` adds derived fields. `differences` compares the records with the rows of the database; each
//!    record that differs is a `changed_record`. `dependents` loads further records: those that a check or a derivation
//!    reads, and those whose derived fields follow a change.
//! 5. `assign_ids` assigns ids to new records. `write_rows` writes the differences and the search terms
//!    (`search_index`, `terms`) with the statements of `insert`. `history` writes what the revision changes, and the
//!    documents that it replaces. `revision` writes the revision with its `checksum`.
//!
//! `import` publishes the documents of files; a large import into an empty database is a bulk load. An edit can also
//! save documents from GraphQL arguments (`input`), merge with what others have changed (`rebase`, `merge`) or require
//! that its records have not changed (`expectation`). It can have a key by which a repetition is recognised
//! (`idempotency`). With `amend`, an edit changes stored documents: it changes fields (`patch`) and entries of lists
//! (`patch_entries`), renames a record, or restores the document of an earlier revision (`past`).
//!
//! An export calls `load`. Then `export` leaves out what an import adds, `emit` writes YAML, and `folder` replaces the
//! target folder. `check` checks documents without a database, and `verify` checks a database.

mod amend;
mod assign_ids;
mod changed_record;
mod check;
mod checksum;
mod content_table;
mod current_slugs;
mod dangling;
mod dates;
mod deletion;
mod dependents;
mod differences;
mod documents;
mod earlier_export;
mod edit;
mod emit;
mod english;
mod entry_keys;
mod error;
mod expectation;
mod export;
mod files;
mod folder;
mod format;
mod former_slugs;
mod history;
mod id_list;
mod idempotency;
mod ids;
mod import;
mod input;
mod insert;
mod integrity;
mod load;
mod merge;
mod node;
mod other_files;
mod past;
mod patch;
mod patch_entries;
mod placeholder;
mod prepare;
mod problem;
mod provenance;
mod publish;
mod read;
mod read_file;
mod readability;
mod rebase;
mod record_map;
mod rename;
mod replacement;
mod report;
mod reviews;
mod revision;
mod row_reader;
mod row_stream;
mod rules;
mod scalar;
mod search_index;
mod shape;
mod sink;
mod slug;
mod starter;
mod stored_documents;
mod stored_record;
mod suggest;
mod terms;
mod verify;
mod violations;
mod write_rows;
mod yaml;

pub use crate::store::{Progress, Silent};
pub use amend::{Amend, Amendment};
pub use check::{CheckReport, PlacedDocument, check, check_alone, check_on, documents};
pub use checksum::LibraryChecksum;
pub use edit::Edit;
pub use error::LibraryError;
pub use export::export;
pub use files::{DocumentFile, MAX_FILE_SIZE, read_files};
pub use folder::{Leftovers, write_files};
pub use idempotency::IdempotencyKey;
pub use import::{import, import_edit, read_edit, seed};
pub use input::InputDocument;
pub use problem::{ConflictValues, Position, Problem, ProblemCode, Warning, WarningCode};
pub use publish::{PublishOptions, publish};
pub use report::{Change, FieldChange, Published};
pub use revision::MAX_MESSAGE;
pub use scalar::short_text;
pub use search_index::reindex;
pub use starter::starter;
pub use verify::{VerifyReport, verify};
