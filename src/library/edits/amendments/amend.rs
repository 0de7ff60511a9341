//! Changes that start from the stored document of a record: patching it, renaming it, and restoring it as of a revision.
//!
//! The new document is created from the stored one when the edit is prepared. It is read like any other document, so
//! the same checks apply and the messages are the same.

use std::{borrow::Cow, sync::Arc};

use sea_orm::ConnectionTrait;

use super::{
    past::{PastDocument, SlugHolder},
    patch::Operation,
};
use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{Catalog, ObjectType},
        declare::FORMERLY,
    },
    graphql::value::Value as GraphqlValue,
    library::{
        checks::dangling::ChangeError,
        document::{
            node::{Entry, Node, Value, quote},
            shape::SLUG,
        },
        edits::{current_slugs::resolve_former_slugs, record_name::BY},
        error::LibraryError,
        files::{emit::Yaml, export::explicit_document},
        problem::{Position, ProblemCode, ProblemLocation, Warning, WarningCode},
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

    fn argument_location(&self, argument: &str) -> ProblemLocation {
        ProblemLocation::of_argument(format!("{}{argument}", self.path).into())
    }

    /// Returns the path of the argument with the change. Problems of the document have this path in `Problem::file`.
    pub(super) fn argument_path(&self) -> String {
        format!("{}{}", self.path, self.change.argument())
    }

    /// Returns an error at the argument with the change.
    pub(super) fn error(&self, code: ProblemCode, sentence: String) -> ChangeError {
        ChangeError::Problem(self.argument_location(self.change.argument()).problem(code, sentence))
    }

    /// Returns the error that the record does not exist.
    pub(super) fn absent_error(&self) -> ChangeError {
        ChangeError::Absent(self.key(), self.argument_location(BY))
    }

    /// Returns the error of a change that cannot be combined with another change of the record in the edit.
    pub(super) fn second_change_error(&self) -> ChangeError {
        let sentence = format!(
            "The {} {} is changed twice. In one mutation, only patches and renames of a record can follow one another.",
            self.object.name,
            quote(&self.slug)
        );
        ChangeError::Problem(self.argument_location(BY).problem(ProblemCode::Invalid, sentence))
    }

    /// Returns the new slug; `None` if the change is not a rename.
    pub(super) fn new_slug(&self) -> Option<&Arc<str>> {
        if let AmendmentKind::Rename(to) = &self.change { Some(to) } else { None }
    }

    /// Returns the operations that change the document. A restore has none.
    pub(super) fn operations(&self) -> Vec<Operation<'_>> {
        let argument = self.argument_path();
        match &self.change {
            AmendmentKind::Rename(to) => vec![Operation::rename(to, argument)],
            AmendmentKind::Patch(operations) => Operation::of_patch(operations, &argument),
            AmendmentKind::Restore(_) => Vec::new(),
        }
    }

    /// Returns the document that the record had in a revision, with its present slug and former slugs. `stored` is its
    /// present document; `None` if the record is deleted.
    pub(super) async fn restored<C: ConnectionTrait>(
        &self,
        loader: &Loader<'_, '_, C>,
        library: &mut LoadedLibrary<'_>,
        stored: Option<CanonicalObject>,
        revision: i64,
        latest: i64,
        warnings: &mut Vec<Warning>,
    ) -> Result<Result<PastDocument, ChangeError>, LibraryError> {
        let (PastDocument { fields, ids }, formerly) = match self.past(loader, library, revision, latest).await? {
            Ok(past) => past,
            Err(error) => return Ok(Err(error)),
        };
        let former = match stored {
            Some(stored) => stored.value(FORMERLY),
            None => self.free_slugs(loader, library, &formerly, warnings).await?,
        };
        let slug = CanonicalValue::Text(Arc::clone(&self.slug));
        Ok(Ok(PastDocument { fields: fields.with(SLUG, &slug).with(FORMERLY, &former), ids }))
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
            return Ok(Err(self.absent_error()));
        }
        if let Some(later) = loader.first_without_documents(revision).await? {
            return missing(format!(
                "Revision {later} was published by an older version of the service, which stored no documents."
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

/// Converts a document to the tree that the parser returns for a file with that document. The tree is empty if the type
/// has no documents of its own.
pub(in crate::library::edits) fn tree(catalog: &Catalog, object: &ObjectType, fields: &CanonicalObject) -> Node<'static> {
    node(explicit_document(catalog, object, fields).unwrap_or(Yaml::Map(Vec::new())), &mut 0)
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
