//! Runs planned operations: queries and the responses of subscriptions on one snapshot, mutations one field after another.

use std::{fmt::Write as _, sync::Arc};

use serde_json::{Map, Value as Json, json};

use super::{
    introspection,
    operation::{OperationPlan, RootFieldPlan, RootOutput, chosen},
    response::Response,
};
use crate::{
    access::Author,
    engine::{
        plan::selection::Scope,
        problem::EngineError,
        run::{json::JsonWriter, used_records::UsedRecords},
    },
    error::{self, GraphqlError},
    graphql::path::PathSegment,
    schema::root::{MutationPlan, MutationResult, RootAction},
    store::{MemoryLimit, ReadOptions, Snapshot, Store, StoreError, TracedStatement},
};

/// Maximum number of attempts to read what a dry run would write. An attempt fails if another process publishes a revision
/// meanwhile.
const PREVIEWS: usize = 3;

/// How an operation is run.
pub struct RunOptions<'a> {
    /// Name of the operation in its document; `None` for the only one.
    pub operation: Option<&'a str>,
    /// The limit of the cost, if the response reports its cost; else `None`.
    pub reports_cost: Option<u64>,
    /// True if the response reports the SQL statements that read it.
    pub reports_plan: bool,
    /// True if the response has cache tags.
    pub tags: bool,
}

impl OperationPlan {
    /// Runs a query, or a subscription once. A root field that fails is null, with an error.
    pub async fn run(&self, snapshot: &mut Snapshot, options: &RunOptions<'_>) -> Response {
        let mut run = Run::begin(self, options);
        for root in self.roots.iter().flatten() {
            run.field(root, None, snapshot).await;
        }
        run.finish()
    }

    /// Runs a mutation: one field after another, each with its selection
    /// (<https://spec.graphql.org/draft/#sec-Mutation>). `published` is called after each new revision. A field that fails
    /// is null, with an error; the next ones run nevertheless. `memory` is the limit of the memory that searches and
    /// facets in payloads use.
    pub async fn mutate(
        &self,
        store: &Store,
        author: &Author,
        options: &RunOptions<'_>,
        memory: Option<&Arc<dyn MemoryLimit>>,
        published: impl Fn(),
    ) -> Response {
        let mut run = Run::begin(self, options);
        for root in self.roots.iter().flatten() {
            let new_snapshot = || {
                let is_expensive = self.is_expensive_to_read();
                store.lazy_snapshot(ReadOptions { is_expensive, memory: memory.cloned(), ..ReadOptions::default() })
            };
            let changed = match &root.output {
                // The response is already too long to report the changes, so they are not made.
                RootOutput::Action(action) if action.changes() > 0 && run.writer.is_too_long() => Err(EngineError::TooLong),
                RootOutput::Action(RootAction::Publish(plan)) => {
                    publish(plan, store, author, memory, &published, new_snapshot).await
                }
                RootOutput::Action(RootAction::ChangeKey(plan)) => {
                    plan.run(store, author).await.map(|result| (result, new_snapshot()))
                }
                RootOutput::Action(RootAction::Read(_))
                | RootOutput::Introspection
                | RootOutput::TypeName
                | RootOutput::Null => {
                    run.field(root, None, &mut new_snapshot()).await;
                    continue;
                }
            };
            match changed {
                // `snapshot` is dropped before `result`. So the transaction of a preview ends before `result` returns the
                // permit to publish.
                Ok((result, mut snapshot)) => run.field(root, Some(&result), &mut snapshot).await,
                Err(failure) => run.fail(root, &failure),
            }
        }
        run.finish()
    }

    /// Writes a field of introspection. Planning has traversed the same selection to count its points, so errors of the
    /// client are in the plan, and a root field that fails is not written here.
    fn introspect(&self, operation: Option<&str>, root: &RootFieldPlan, out: &mut String) -> Result<(), EngineError> {
        let written = self.introspected.as_ref().and_then(|(prepared, variables)| {
            let operation = chosen(&prepared.document, operation).ok()?;
            let scope = Scope { document: &prepared.document, variables };
            let selected = scope.collect(&[&operation.selections], self.root).ok()?;
            let selected = selected.iter().find(|selected| selected.key == root.response_key)?;
            introspection::write(scope, selected, out).ok()
        });
        written.ok_or_else(|| EngineError::Unplanned(format!("{} cannot be introspected", root.response_key)))
    }

    /// Returns the extensions that the client has requested: the cost of the response, and the statements of its root
    /// fields. The costs of `fields` and `other` add up to the cost of the response.
    fn extensions(&self, options: &RunOptions<'_>, cost: u64, written: &[u64], traces: Vec<Json>) -> Map<String, Json> {
        let mut extensions = Map::new();
        if let Some(limit) = options.reports_cost {
            let fields = self.cost.breakdown(written);
            let parts = self.cost.other_parts(written, cost.saturating_sub(self.introspection));
            let parts = parts.into_iter().chain([("introspection", self.introspection, self.introspection)]);
            let other: Json = parts
                .filter(|&(_, requested, actual)| requested.max(actual) > 0)
                .map(|(part, requested, actual)| json!({"part": part, "requested": requested, "actual": actual}))
                .collect();
            let report =
                json!({"requested": self.at_most, "actual": cost, "limit": limit, "fields": fields, "other": other});
            extensions.insert("cost".to_owned(), report);
        }
        if options.reports_plan {
            extensions.insert("plan".to_owned(), traces.into());
        }
        extensions
    }
}

/// Publishes the changes of a field, and returns a snapshot of the changed content. `published` is called after a new
/// revision. `new_snapshot` creates a snapshot that begins with its first statement.
async fn publish(
    plan: &MutationPlan,
    store: &Store,
    author: &Author,
    memory: Option<&Arc<dyn MemoryLimit>>,
    published: impl Fn(),
    new_snapshot: impl Fn() -> Snapshot,
) -> Result<(MutationResult, Snapshot), EngineError> {
    for _ in 0..PREVIEWS {
        let publication = plan.publish(store.writer(), author).await?;
        if publication.is_new() {
            published();
        }
        let snapshot = match publication.preview() {
            // The changes are published. If there is no connection to read the records, only the records fail.
            None => Some(new_snapshot()),
            Some(preview) => store.preview(preview, memory.cloned()).await?,
        };
        if let Some(snapshot) = snapshot {
            return Ok((publication, snapshot));
        }
    }
    Err(StoreError::locked().into())
}

/// An operation that is being run, and its response so far.
struct Run<'p> {
    plan: &'p OperationPlan,
    options: &'p RunOptions<'p>,
    writer: JsonWriter,
    errors: Vec<GraphqlError>,
    /// True if a field that must not be null is null.
    is_null: bool,
    /// The statements of each root field.
    traces: Vec<Json>,
    is_first: bool,
}

impl<'p> Run<'p> {
    fn begin(plan: &'p OperationPlan, options: &'p RunOptions<'p>) -> Self {
        let mut writer = plan.writer();
        writer.used = options.tags.then(UsedRecords::default);
        writer.out.push_str("{\"data\":{");
        let (errors, is_null) = (plan.errors.clone(), plan.roots.is_none());
        Self { plan, options, writer, errors, is_null, traces: Vec::new(), is_first: true }
    }

    /// Writes a root field. `result` is the result of a mutation; `None` for other fields.
    async fn field(&mut self, root: &RootFieldPlan, result: Option<&MutationResult>, snapshot: &mut Snapshot) {
        if self.options.reports_plan {
            snapshot.trace();
        }
        self.key(root);
        let before = self.writer.out.len();
        let written = match (&root.output, result) {
            (RootOutput::TypeName, _) => {
                let _ = write!(self.writer.out, "\"{}\"", self.plan.root);
                Ok(())
            }
            (RootOutput::Introspection, _) => self.plan.introspect(self.options.operation, root, &mut self.writer.out),
            (RootOutput::Null, _) => {
                self.is_null |= root.required;
                self.writer.raw("null")
            }
            (RootOutput::Action(RootAction::Read(plan)), _) => plan.run(snapshot, &mut self.writer).await,
            (RootOutput::Action(RootAction::Publish(plan)), Some(result)) => {
                let mut failures = Vec::new();
                let written = plan.write(result, snapshot, &mut self.writer, &mut failures).await;
                for (failure, below, position) in failures {
                    let path = [vec![PathSegment::Key(root.response_key.clone())], below].concat();
                    self.errors.push(error::of_unread_record(&failure, position, path));
                }
                written
            }
            (RootOutput::Action(RootAction::ChangeKey(plan)), Some(result)) => plan.write(result, &mut self.writer),
            (RootOutput::Action(RootAction::Publish(_) | RootAction::ChangeKey(_)), None) => {
                Err(EngineError::Unplanned(format!("{} was not run", root.response_key)))
            }
        };
        if self.options.reports_plan
            && matches!(root.output, RootOutput::Action(RootAction::Read(_) | RootAction::Publish(_)))
        {
            let statements = snapshot.trace().iter().map(report).collect::<Json>();
            self.traces.push(json!({"field": root.response_key, "statements": statements}));
        }
        if let Err(failure) = written {
            self.writer.out.truncate(before);
            self.null(root, &failure);
        }
    }

    /// Writes null for a root field that failed before it could be read.
    fn fail(&mut self, root: &RootFieldPlan, failure: &EngineError) {
        self.key(root);
        self.null(root, failure);
    }

    fn key(&mut self, root: &RootFieldPlan) {
        self.writer.out.push_str(if std::mem::take(&mut self.is_first) { "" } else { "," });
        self.writer.out.push_str(&root.written_key);
    }

    fn null(&mut self, root: &RootFieldPlan, failure: &EngineError) {
        self.writer.out.push_str("null");
        self.is_null |= root.required;
        self.errors.push(error::of_failure(failure, root.position, vec![PathSegment::Key(root.response_key.clone())]));
    }

    fn finish(self) -> Response {
        let Self { plan, options, mut writer, mut errors, is_null, traces, .. } = self;
        writer.out.push('}');
        if is_null {
            // Null propagates to the first parent that may be null, which for a root field is the whole `data`.
            "{\"data\":null".clone_into(&mut writer.out);
        }
        error::dedup_and_truncate(&mut errors);
        if !errors.is_empty() {
            writer.out.push_str(",\"errors\":");
            writer.out.push_str(&serde_json::to_string(&errors).unwrap_or_else(|_| "[]".to_owned()));
        }
        let cost = plan.cost.actual(&writer.written, writer.out.len()).saturating_add(plan.introspection);
        let extensions = plan.extensions(options, cost, &writer.written, traces);
        if !extensions.is_empty() {
            let _ = write!(writer.out, ",\"extensions\":{}", Json::Object(extensions));
        }
        writer.out.push('}');
        let tags = writer.used.map(UsedRecords::tags).unwrap_or_default();
        Response::new(writer.out, errors.len(), cost).with_codes(&errors).tagged(tags)
    }
}

/// Returns a statement in the form of `extensions.plan`.
fn report(traced: &TracedStatement) -> Json {
    json!({"sql": &*traced.sql, "rows": traced.rows, "microseconds": traced.time.as_micros()})
}
