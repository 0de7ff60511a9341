//! Changes that start from the stored document of a record: patching it, renaming it, and restoring it as of a revision.
//!
//! The new document is created from the stored one when the edit is prepared. It is read like any other document, so
//! the same checks apply and the messages are the same.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use sea_orm::ConnectionTrait;
use time::Date;

use super::{
    current_slugs::{renamed_targets, resolve_former_slugs, with_current_slugs},
    expectation::Expectation,
    former_slugs::in_document,
    past::{PastDocument, SlugHolder},
    patch, rebase,
    record_name::BY,
};
use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{Catalog, ObjectType, with_article},
        declare::FORMERLY,
    },
    graphql::value::Value as GraphqlValue,
    library::{
        checks::dangling::ChangeError,
        document::{
            node::{Entry, Node, Value, quote},
            read::{Context, Reader},
            shape::SLUG,
        },
        error::LibraryError,
        files::{emit::Yaml, export::explicit_document, id_list::IdList, read_file::ReadFile},
        problem::{Path, Position, Problem, ProblemCode, ProblemLocation, Warning, WarningCode},
        records::{documents::LoadedLibrary, load::Loader, record_map::RecordKey},
    },
};

/// A change of a stored document.
#[derive(Clone, Debug)]
pub struct Amendment {
    /// The type of the record.
    pub object: &'static ObjectType,
    /// The slug of the record.
    pub slug: Arc<str>,
    /// The path of the arguments, followed by a dot, as in `changes[0].NAME.`, where `NAME` is the
    /// mutation. Empty if they are the arguments of the root field itself.
    pub path: String,
    /// The revision in which the client read the record; `None` if the client accepts every revision.
    pub expected: Option<i64>,
    /// What changes.
    pub change: AmendmentKind,
}

pub(in crate::library) struct Amended {
    /// The new document, with the ids of its records.
    pub read: ReadFile,
    /// The expectation that is still to be checked. `None` if the client has none, or if the change
    /// was merged with later changes, because then it needs no check.
    pub expectation: Option<Expectation>,
    pub warnings: Vec<Warning>,
}

/// What changes in a stored document.
#[derive(Clone, Debug)]
pub enum AmendmentKind {
    /// The record gets this slug. Its old slug becomes a former slug.
    Rename(Arc<str>),
    /// Fields of the document change. The value is the list of operations.
    Patch(GraphqlValue),
    /// The document becomes the one of this revision, except for its slug and its former slugs.
    Restore(i64),
}

impl AmendmentKind {
    /// Returns the name of the argument with the change. Problems of the document are reported at its path.
    fn argument(&self) -> &'static str {
        match self {
            Self::Rename(_) => "to",
            Self::Patch(_) => "operations",
            Self::Restore(_) => "revision",
        }
    }
}

impl Amendment {
    pub(in crate::library) fn key(&self) -> RecordKey {
        (self.object.ix, Arc::clone(&self.slug))
    }

    /// Reports whether the change can follow an earlier change of the same record in one edit. A restored document
    /// replaces the document of the record.
    pub(in crate::library) fn can_follow(&self, earlier: &Self) -> bool {
        let restores = |amendment: &Self| matches!(amendment.change, AmendmentKind::Restore(_));
        !restores(self) && !restores(earlier)
    }

    fn argument_location(&self, argument: &str) -> ProblemLocation {
        ProblemLocation::of_argument(format!("{}{argument}", self.path).into())
    }

    fn error(&self, code: ProblemCode, sentence: String) -> ChangeError {
        ChangeError::Problem(self.argument_location(self.change.argument()).problem(code, sentence))
    }

    /// Returns the error of a second change of a record in the edit, if one of the two cannot follow the other
    /// ([`Self::can_follow`]).
    pub(in crate::library) fn second_change_error(&self) -> ChangeError {
        let sentence = format!(
            "The {} {} is changed twice. In one mutation, only patches and renames of a record can follow one another.",
            self.object.name,
            quote(&self.slug)
        );
        ChangeError::Problem(self.argument_location(BY).problem(ProblemCode::Invalid, sentence))
    }

    /// Returns the key of the record and its new slug, if the change renames it.
    pub(in crate::library) fn renamed_key(&self) -> Option<(RecordKey, Arc<str>)> {
        if let AmendmentKind::Rename(to) = &self.change { Some((self.key(), Arc::clone(to))) } else { None }
    }

    /// Returns the new document with the ids of its records, or the errors of the change. `former` is the document that
    /// an earlier change of the edit has made of the record; `None` if this is the first change of the record. A patch
    /// that is based on an earlier revision is merged with later changes, if it is the first change. `renames` has the
    /// records that the edit renames, with their new slugs. `latest` is the latest revision, and `library` has the
    /// stored record.
    pub(in crate::library) async fn read<'c, C: ConnectionTrait>(
        &self,
        loader: &Loader<'_, 'c, C>,
        library: &mut LoadedLibrary<'c>,
        former: Option<CanonicalObject>,
        renames: &HashMap<RecordKey, Arc<str>>,
        latest: i64,
        today: Date,
    ) -> Result<Result<Amended, Vec<ChangeError>>, LibraryError> {
        let is_first = former.is_none();
        let stored = library.documents.get(self.object.ix, &self.slug).filter(|document| document.owner.is_none());
        let stored = former.or_else(|| stored.map(|document| document.fields.clone()));
        let is_deleted = stored.is_none();
        let absent = || ChangeError::Absent(self.key(), self.argument_location(BY));
        let mut warnings = Vec::new();
        let (fields, ids) = match &self.change {
            AmendmentKind::Rename(to) => {
                let Some(fields) = stored else { return Ok(Err(vec![absent()])) };
                loader.rows.load_ids_of(&mut library.ids, [(self.object.ix, Arc::clone(to))]).await?;
                if **to != *self.slug && library.ids.id(self.object.ix, to).is_some() {
                    let sentence = format!("There is already {} {}.", with_article(self.object.name), quote(to));
                    return Ok(Err(vec![self.error(ProblemCode::Invalid, sentence)]));
                }
                (with_slug(&fields, to), Vec::new())
            }
            AmendmentKind::Patch(_) => {
                let Some(fields) = stored else { return Ok(Err(vec![absent()])) };
                (fields, Vec::new())
            }
            AmendmentKind::Restore(revision) => match self.past(loader, library, *revision, latest).await? {
                Err(error) => return Ok(Err(vec![error])),
                Ok((PastDocument { fields, ids }, formerly)) => {
                    let former = match stored {
                        Some(stored) => stored.value(FORMERLY),
                        None => self.free_slugs(loader, library, &formerly, &mut warnings).await?,
                    };
                    let slug = CanonicalValue::Text(Arc::clone(&self.slug));
                    (fields.with(SLUG, &slug).with(FORMERLY, &former), ids)
                }
            },
        };
        let mut targets = renamed_targets(loader, library, self.object.ix, &fields).await?;
        targets.extend(renames.iter().map(|(key, slug)| (key.clone(), Arc::clone(slug))));
        let fields = with_current_slugs(&library.references, self.object.ix, &fields, &targets);
        let base = match (&self.change, self.expected) {
            (AmendmentKind::Patch(_), Some(revision)) if is_first => {
                loader.base(library, &self.key(), revision, latest).await?
            }
            _ => None,
        };
        let changed = self.changed(library.catalog, today, base.as_ref().unwrap_or(&fields));
        // A deleted record has no revision to compare. The expectation then only requires that the record still does
        // not exist.
        let expectation = Expectation::new(self.key(), &self.path, BY, self.expected).filter(|_| base.is_none());
        let expectation = expectation.map(|expectation| match expectation.revision {
            read if is_deleted && (1..=latest).contains(&read) => Expectation { revision: 0, ..expectation },
            _ => expectation,
        });
        let read = match (changed, &base) {
            (Ok(read), Some(base)) => rebase::merge(library.catalog, self.object, [base, &fields], read, latest, today),
            (changed, _) => changed,
        };
        Ok(match read {
            Ok(read) => Ok(Amended { read: with_ids(read, ids), expectation, warnings }),
            Err(problems) => Err(problems.into_iter().map(ChangeError::Problem).collect()),
        })
    }

    /// Changes a document, and reads the result.
    fn changed(&self, catalog: &Catalog, today: Date, fields: &CanonicalObject) -> Result<ReadFile, Vec<Problem>> {
        let argument = self.argument_path();
        let mut tree = tree(catalog, self.object, fields);
        if let AmendmentKind::Patch(operations) = &self.change {
            let wrong = patch::apply(catalog, self.object, &mut tree, operations, &argument);
            if !wrong.is_empty() {
                return Err(wrong);
            }
        }
        Ok(read_tree(catalog, today, self.object, &tree, &argument.into()))
    }

    /// Returns the path of the argument with the change. Problems of the document have this path in [`Problem::file`].
    pub(in crate::library) fn argument_path(&self) -> String {
        format!("{}{}", self.path, self.change.argument())
    }

    /// Moves the problems of the document to the arguments: to the operation that has changed the value, or else to the
    /// argument with the change. In the second case, the sentence states the path in the document. `earlier` are the
    /// changes before this one. One of them may have changed the value.
    pub(in crate::library) fn locate(&self, earlier: &[Self], problems: &mut [Problem]) {
        let argument = self.argument_path();
        for problem in problems.iter_mut().filter(|problem| problem.file.as_deref() == Some(&*argument)) {
            let path = std::mem::take(&mut problem.path);
            let mut earlier = earlier.iter().rev().filter(|earlier| earlier.key() == self.key());
            let origin = self.origin(&path, problem.position);
            match origin.or_else(|| earlier.find_map(|earlier| earlier.origin(&path, None))) {
                Some(origin) => problem.file = Some(origin.into()),
                None if path.is_empty() || path == SLUG => {}
                None => problem.sentence = format!("{path}: {}", problem.sentence),
            }
        }
    }

    /// Returns the path of the operation that has changed the value at a path of the document; `None` if none has.
    fn origin(&self, path: &str, position: Option<Position>) -> Option<String> {
        let AmendmentKind::Patch(operations) = &self.change else { return None };
        patch::origin(operations, &self.argument_path(), path, position)
    }

    /// Returns the former slugs of a deleted record that lead to no other record. Adds a warning
    /// for each slug that leads to another record.
    async fn free_slugs<C: ConnectionTrait>(
        &self,
        loader: &Loader<'_, '_, C>,
        library: &mut LoadedLibrary<'_>,
        former: &CanonicalValue,
        warnings: &mut Vec<Warning>,
    ) -> Result<CanonicalValue, LibraryError> {
        let keys = former.list().iter().filter_map(CanonicalValue::as_text).map(|slug| (self.object.ix, Arc::clone(slug)));
        let keys: Vec<RecordKey> = keys.collect();
        let renamed = resolve_former_slugs(loader, library, keys.clone()).await?;
        let is_taken = |key: &RecordKey| renamed.contains_key(key) || library.ids.id(key.0, &key.1).is_some();
        let (taken, free): (Vec<RecordKey>, Vec<RecordKey>) = keys.into_iter().partition(is_taken);
        warnings.extend(taken.into_iter().map(|(_, slug)| Warning {
            file: self.argument_path().into(),
            position: None,
            code: WarningCode::FormerSlugTaken,
            sentence: format!(
                "{} leads to another {} now, so it does not become a former slug again.",
                quote(&slug),
                self.object.name
            ),
        }));
        Ok(free.into_iter().map(|(_, slug)| CanonicalValue::Text(slug)).collect())
    }

    /// Returns the document of the record as of a revision, and the former slugs that it had when it was deleted.
    async fn past<C: ConnectionTrait>(
        &self,
        loader: &Loader<'_, '_, C>,
        library: &LoadedLibrary<'_>,
        revision: i64,
        latest: i64,
    ) -> Result<Result<(PastDocument, CanonicalValue), ChangeError>, LibraryError> {
        let missing = |sentence| Ok(Err(self.error(ProblemCode::NotFound, sentence)));
        if !(1..=latest).contains(&revision) {
            return missing(format!("There is no revision {revision} of this library; the latest is {latest}."));
        }
        let key = self.key();
        let slug_holders = loader.slug_holders(library, &key).await?;
        if slug_holders.is_empty() {
            return Ok(Err(ChangeError::Absent(key, self.argument_location(BY))));
        }
        if !loader.history_covers(revision, latest).await? {
            return missing(format!(
                "Revision {} was published by an older version of the service, which stored no documents.",
                revision + 1
            ));
        }
        for SlugHolder { id, deleted } in &slug_holders {
            let Some(past) = loader.past_document(library, &key, *id, revision).await? else { continue };
            let last = match deleted {
                Some(deleted) => loader.past_document(library, &key, *id, deleted - 1).await?,
                None => None,
            };
            let formerly = last.as_ref().unwrap_or(&past).fields.value(FORMERLY);
            return Ok(Ok((past, formerly)));
        }
        let (name, slug) = (self.object.name, quote(&self.slug));
        missing(match slug_holders.first() {
            Some(SlugHolder { deleted: None, .. }) => {
                format!("The current {name} {slug} did not exist in revision {revision}.")
            }
            _ => format!("There was no {name} {slug} in revision {revision}."),
        })
    }
}

/// Returns a document with another slug. Its old slug becomes a former slug.
fn with_slug(fields: &CanonicalObject, to: &Arc<str>) -> CanonicalObject {
    let own = fields.value(SLUG);
    // If a record gets an earlier slug again, that slug is no longer a former one.
    let former = own.as_text().cloned().into_iter().chain(in_document(fields)).filter(|former| former != to);
    fields.with(SLUG, &CanonicalValue::Text(Arc::clone(to))).with(FORMERLY, &former.map(CanonicalValue::Text).collect())
}

/// Returns the documents of a file with the ids that the records had. `ids` has the id of each record in the order of
/// documents, or is empty.
fn with_ids(read: ReadFile, ids: Vec<i64>) -> ReadFile {
    let mut list = IdList::default();
    for (draft, id) in read.drafts.iter().zip(ids) {
        list.ids.insert((draft.ix, Arc::clone(&draft.slug)), id);
    }
    ReadFile { ids: list, ..read }
}

/// Converts a document to the tree that the parser returns for a file with that document. The tree is empty if the type
/// has no documents of its own.
pub(super) fn tree(catalog: &Catalog, object: &ObjectType, fields: &CanonicalObject) -> Node<'static> {
    node(explicit_document(catalog, object, fields).unwrap_or(Yaml::Map(Vec::new())), &mut 0)
}

/// Reads the tree of a document. `file` is the path of the argument with the change.
pub(super) fn read_tree(catalog: &Catalog, today: Date, object: &ObjectType, tree: &Node<'_>, file: &Arc<str>) -> ReadFile {
    let mut reader = Reader { stores_references: true, is_input: true, ..Reader::new(catalog, file, today) };
    reader.content(object.ix, tree, &Path::Root, Context::default());
    let problems = reader.problems.into_found();
    ReadFile { drafts: reader.drafts, problems, ids: IdList::default(), unreadable: false }
}

/// Converts a document to nodes. These nodes have no positions in a text. Their line is 0, and
/// their column is a sequence number, by which problems are sorted.
fn node(document: Yaml, number: &mut usize) -> Node<'static> {
    *number += 1;
    let at = Position { line: 0, column: *number };
    let value = match document {
        Yaml::Scalar(CanonicalValue::Boolean(value)) => Value::Boolean(value),
        Yaml::Scalar(CanonicalValue::Int(number)) => Value::Int(number),
        Yaml::Scalar(CanonicalValue::Float(number)) => Value::Float(number),
        Yaml::Scalar(CanonicalValue::Text(text)) => Value::Text(Cow::Owned(text.to_string())),
        Yaml::Scalar(_) => Value::Null,
        Yaml::List(items) => Value::List(items.into_iter().map(|item| node(item, number)).collect()),
        Yaml::Map(entries) => {
            let entry = |(key, value)| Entry { at, key: Cow::Owned(key), value: node(value, number) };
            Value::Map(entries.into_iter().map(entry).collect())
        }
    };
    Node { at, value }
}
