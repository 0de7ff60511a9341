//! The library: importing and exporting content documents.
//!
//! Content is written as YAML documents. This module checks documents against the catalog, publishes them as one revision,
//! and exports the database as documents. It names no content type.
//!
//! A publication has these steps:
//!
//! 1. `files` reads texts. `yaml` parses them to trees in which every node has its position. `read_file` finds the documents
//!    in a tree.
//! 2. `read` (with `rules`, `scalar`, `slug`, `format`, `dates`, `provenance`) checks each document against its declared type and
//!    returns a canonical document: every declared key in order, slugs for references, resolved provenance. The result is an
//!    `edit`.
//! 3. `publish` has `prepare` load the records of the edit (`load`, `row_reader`, `stored_documents`) and replace their
//!    `documents`. `integrity` (with `dangling` and `violations`) checks the result, and `rename` gives records their new slugs.
//! 4. `stored_record` adds derived fields, and `differences` compares the records with the rows of the database, each in a
//!    `changed_record`. `dependents` loads further records: those that a check or a derivation reads, and those whose derived
//!    fields follow a change.
//! 5. `write_rows` writes the differences with the statements of `insert`, and with them the terms of search
//!    (`search_index`, `terms`). `history` writes what the revision changes and the documents that it
//!    replaces, and `revision` the revision with its `checksum`.
//!
//! `import` publishes the documents of files, and fills an empty database. An edit can also have documents that are GraphQL
//! values (`input`), expect that its records have not changed (`expectation`), and be recognised when it is sent again
//! (`idempotency`). It can change stored documents (`amend`): parts of them (`patch`), or to what they
//! were in an earlier revision (`past`).
//!
//! An export calls `load`. Then `export` leaves out what an import adds, `emit` writes YAML, and `folder` replaces the
//! target folder.

mod amend;
mod assign_ids;
mod changed_record;
mod check;
mod checksum;
mod content_table;
mod dangling;
mod dates;
mod deletion;
mod dependents;
mod differences;
mod documents;
mod edit;
mod emit;
mod english;
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
mod node;
mod other_files;
mod past;
mod patch;
mod placeholder;
mod prepare;
mod problem;
mod provenance;
mod publish;
mod read;
mod read_file;
mod readability;
mod record_map;
mod rename;
mod replacement;
mod report;
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
pub use folder::write_files;
pub use idempotency::IdempotencyKey;
pub use import::{import, seed};
pub use input::InputDocument;
pub use problem::{Position, Problem, ProblemCode};
pub use publish::{PublishOptions, publish};
pub use report::{Change, FieldChange, Published};
pub use search_index::reindex;
pub use starter::starter;
pub use verify::{VerifyReport, verify};
