//! Publishes the changes of a mutation, and writes its payload.

use serde_json::{Value as Json, json};

use super::plan::{Action, Change, MutationPlan, PayloadField};
use crate::{
    access::Author,
    content,
    engine::{problem::EngineError, run::json::JsonWriter},
    graphql::Position,
    library::{
        self, ConflictValues, Edit, IdempotencyKey, InputDocument, LibraryError, NamedAction, NamedChange, Problem,
        ProblemDetails, PublishOptions, Published, Silent,
    },
    store::{Preview, Snapshot, StoreError, Writer},
};

/// What a mutation has published, or why it has published nothing.
pub struct MutationResult {
    /// The values of the fields of the payload, except for `content`.
    report: Json,
    /// True if the record can be read: the published record, or in a dry run the record that would be published.
    has_content: bool,
    /// What a dry run would write; `None` if the record can be read in the database.
    preview: Option<Preview>,
}

impl MutationResult {
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
    /// If the database cannot be read or written. Then nothing is published.
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
        if self.has_content() {
            edit = edit.previewed();
        }
        let options = PublishOptions { dry_run: self.settings.dry_run, ..PublishOptions::default() };
        match library::publish(catalog, writer, &edit, options, &Silent).await {
            Ok(mut published) => {
                let preview = published.preview.take();
                Ok(MutationResult { report: published.to_json(), has_content: true, preview })
            }
            Err(failure) => refused(failure),
        }
    }

    /// Writes the payload. The changes are already published. So if the record cannot be read, `content` is null, and
    /// the failure is added to `failures` with the response key and the position of the field.
    ///
    /// # Errors
    /// If the response becomes too long.
    pub async fn write(
        &self,
        publication: &MutationResult,
        snapshot: &mut Snapshot,
        writer: &mut JsonWriter,
        failures: &mut Vec<(EngineError, String, Position)>,
    ) -> Result<(), EngineError> {
        writer.written[self.cost_item] += 1;
        writer.out.push('{');
        for (at, (key, field)) in self.fields.iter().enumerate() {
            writer.out.push_str(if at == 0 { "" } else { "," });
            writer.out.push_str(key);
            match field {
                PayloadField::Content(plan, key, position) if publication.has_content => {
                    let before = writer.out.len();
                    if let Err(failure) = plan.run(snapshot, writer).await {
                        writer.out.truncate(before);
                        writer.raw("null")?;
                        failures.push((failure, key.clone(), *position));
                    }
                }
                PayloadField::Content(..) => writer.raw("null")?,
                PayloadField::Report(member) => member.write(&publication.report, writer)?,
            }
        }
        writer.out.push('}');
        Ok(())
    }
}

/// Returns the result of changes that were refused, with their problems in `errors`.
///
/// # Errors
/// If the database cannot be read or written.
fn refused(failure: LibraryError) -> Result<MutationResult, EngineError> {
    match failure {
        LibraryError::Problems(problems) => {
            let errors: Vec<Json> = problems.iter().map(error).collect();
            let mut report = Published::default().to_json();
            report["errors"] = errors.into();
            Ok(MutationResult { report, has_content: false, preview: None })
        }
        LibraryError::Database(failure) => Err(EngineError::Store(StoreError::Writer(failure))),
        failure => Err(EngineError::Corrupt(failure.to_string())),
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
