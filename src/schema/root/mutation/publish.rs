//! Publishes the changes of a mutation, and writes its payload.

use serde_json::{Value as Json, json};

use super::plan::{Action, Change, MutationPlan, PayloadField, PublishedRecords};
use crate::{
    access::Author,
    content,
    engine::{
        problem::EngineError,
        run::{MAX_RESPONSE, json::JsonWriter},
    },
    graphql::{Position, path::PathSegment},
    library::{
        self, ConflictValues, Edit, IdempotencyKey, InputDocument, LibraryError, NamedAction, NamedChange, Problem,
        ProblemDetails, PublicationReport, PublishOptions, Silent,
    },
    store::{Preview, Snapshot, StoreError, Writer},
};

/// A record that cannot be read: why, the path below the field of the mutation, and the position of the field.
pub type RecordFailure = (EngineError, Vec<PathSegment>, Position);

/// What a mutation has changed, or why it has changed nothing.
pub struct MutationResult {
    /// The values of the fields of the payload, except for the published records.
    report: Json,
    /// True if the records can be read: the published ones, or in a dry run those that would be published.
    has_records: bool,
    /// What a dry run would write; `None` if the record can be read in the database.
    preview: Option<Preview>,
}

impl MutationResult {
    /// Creates the result of a mutation whose payload has no records.
    pub fn of_report(report: Json) -> Self {
        Self { report, has_records: false, preview: None }
    }

    /// Returns the values of the fields of the payload, except for the published records.
    pub fn report(&self) -> &Json {
        &self.report
    }

    /// Reports whether there is a new revision.
    pub fn is_new(&self) -> bool {
        self.report["revision"].is_i64() && self.report["replayed"] == false
    }

    /// Returns what a dry run would write; `None` if the record can be read in the database.
    pub fn preview(&self) -> Option<&Preview> {
        self.preview.as_ref()
    }
}

impl MutationPlan {
    /// Publishes the changes in one revision, or nothing.
    ///
    /// # Errors
    /// If the database cannot be read or written. Then nothing is published, unless the connection broke during the commit
    /// ([`StoreError::CommitUnknown`]).
    pub async fn publish(&self, writer: &Writer, author: &Author) -> Result<MutationResult, EngineError> {
        let catalog = content::catalog();
        let saves = self.changes.iter().filter_map(|change| {
            let Action::Save(document) = &change.action else { return None };
            let (object, path, expected) = (change.object, change.path.clone(), change.expected);
            Some(InputDocument { object, document, path, expected })
        });
        let mut edit = Edit::of_inputs(catalog, writer.clock(), saves).by(&author.name, self.settings.message.as_deref());
        for Change { object, action, expected, path } in &self.changes {
            let (name, action) = match action {
                Action::Save(_) => continue,
                Action::Amend(name, change) => (name, NamedAction::Amend(change.clone())),
                Action::Delete(name) => (name, NamedAction::Delete),
            };
            let (name, path) = (name.clone(), path.clone());
            edit = edit.change_named(NamedChange { object, name, path, expected: *expected, action });
        }
        if let Some((key, request)) = &self.settings.key {
            let (author, key, request) = (author.id.clone(), key.clone(), request.clone());
            edit = edit.once(IdempotencyKey { author, key, request });
        }
        if self.has_records() {
            edit = edit.previewed();
        }
        let options = PublishOptions { dry_run: self.settings.dry_run, ..PublishOptions::default() };
        match library::publish(catalog, writer, &edit, options, &Silent).await {
            Ok(mut published) => {
                let preview = published.preview.take();
                let report = published.to_json(self.selects_values());
                Ok(MutationResult { report, has_records: true, preview })
            }
            Err(failure) => refused(failure),
        }
    }

    /// Writes the payload. The changes are already published. So if a record cannot be read, it is null, and the failure is
    /// added to `failures`.
    ///
    /// # Errors
    /// If the response becomes too long.
    pub async fn write(
        &self,
        publication: &MutationResult,
        snapshot: &mut Snapshot,
        writer: &mut JsonWriter,
        failures: &mut Vec<RecordFailure>,
    ) -> Result<(), EngineError> {
        writer.written[self.cost_item] += 1;
        writer.out.push('{');
        for (at, (key, field)) in self.fields.iter().enumerate() {
            writer.key(at, key)?;
            match field {
                PayloadField::Records(field) => field.write(publication, snapshot, writer, failures).await?,
                PayloadField::Report(member) => member.write(&publication.report, writer)?,
            }
        }
        writer.out.push('}');
        Ok(())
    }
}

impl PublishedRecords {
    /// Writes the published record, or the list of the published records.
    async fn write(
        &self,
        publication: &MutationResult,
        snapshot: &mut Snapshot,
        writer: &mut JsonWriter,
        failures: &mut Vec<RecordFailure>,
    ) -> Result<(), EngineError> {
        if !publication.has_records {
            return writer.raw(if self.is_list { "[]" } else { "null" });
        }
        writer.out.push_str(if self.is_list { "[" } else { "" });
        for (at, plan) in self.plans.iter().enumerate() {
            writer.out.push_str(if at == 0 { "" } else { "," });
            let before = writer.out.len();
            let written = match plan {
                Some(plan) => plan.run(snapshot, writer).await.and_then(|()| fits(writer)),
                None => writer.raw("null"),
            };
            if let Err(failure) = written {
                writer.out.truncate(before);
                writer.raw("null")?;
                let index = self.is_list.then_some(PathSegment::Index(at));
                let path = [PathSegment::Key(self.response_key.clone())].into_iter().chain(index).collect();
                failures.push((failure, path, self.position));
            }
        }
        writer.out.push_str(if self.is_list { "]" } else { "" });
        Ok(())
    }
}

/// Checks that a report fits after the records that are written.
fn fits(writer: &JsonWriter) -> Result<(), EngineError> {
    /// Bytes for reports. Usual ones are much shorter.
    const REPORTS: usize = 1024 * 1024;
    if writer.out.len() > MAX_RESPONSE - REPORTS { Err(EngineError::TooLong) } else { Ok(()) }
}

/// Returns the result of changes that were refused, with their problems in `errors`.
///
/// # Errors
/// If the database cannot be read or written.
fn refused(failure: LibraryError) -> Result<MutationResult, EngineError> {
    match failure {
        LibraryError::Problems(problems) => {
            let errors: Vec<Json> = problems.iter().map(error).collect();
            let mut report = PublicationReport::default().to_json(false);
            report["errors"] = errors.into();
            Ok(MutationResult::of_report(report))
        }
        LibraryError::TooManyRecords(max) => Err(EngineError::TooManyRecords(max)),
        LibraryError::Database(failure) => Err(StoreError::from(failure).into()),
        LibraryError::Damaged(reason) => Err(EngineError::Corrupt(reason)),
        failure => Err(EngineError::Failed(failure.to_string())),
    }
}

/// Returns a problem as an error of the payload. A problem in a record that the mutation does not name has no path.
fn error(problem: &Problem) -> Json {
    let Problem { file, path, sentence, code, details, .. } = problem;
    let value = |text: &str| serde_json::from_str::<Json>(text).unwrap_or_default();
    let (mut conflict, mut referrers) = (Json::Null, Json::Null);
    match details.as_deref() {
        Some(ProblemDetails::Conflict(ConflictValues { base, theirs, yours })) => {
            conflict = json!({"base": value(base), "theirs": value(theirs), "yours": value(yours)});
        }
        Some(ProblemDetails::Referrers(records)) => {
            referrers = records.iter().map(|(name, slug)| json!({"type": name, "slug": **slug})).collect();
        }
        None => {}
    }
    let code = code.name();
    let mut error = match file {
        None => json!({"code": code, "path": null, "message": problem.to_string()}),
        Some(argument) if path.is_empty() => json!({"code": code, "path": **argument, "message": sentence}),
        Some(argument) => json!({"code": code, "path": format!("{argument}.{path}"), "message": sentence}),
    };
    error["conflict"] = conflict;
    error["referrers"] = referrers;
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_damaged_database_is_reported_as_corrupt() {
        let reported = |failure| refused(failure).err().map(|failure| failure.to_string());
        let failed = reported(LibraryError::Failed("a task panicked.".to_owned()));
        assert_eq!(failed.as_deref(), Some("The program failed: a task panicked."));
        let damaged = reported(LibraryError::Damaged("no record has the id 7.".to_owned()));
        assert_eq!(damaged.as_deref(), Some("stored content is corrupt: no record has the id 7."));
    }
}
