//! Operations are planned as a whole, then run on one snapshot.

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::{Map, Value as Json, json};

use super::{
    documents::Prepared,
    introspection,
    response::Response,
    root::{ROOTS, RootPlan},
};
use crate::{
    access::SharedReservation,
    content,
    engine::{
        plan::{
            ResponseKey,
            cost::CostPlan,
            planner::{Failed, Planner},
            response_key,
            selection::{Scope, Selected},
            statistics::Statistics,
        },
        problem::EngineError,
        run::{json::JsonWriter, used_records::UsedRecords},
    },
    error::{self, GraphqlError},
    graphql::{
        Position,
        document::{Document, Operation},
        path::PathSegment,
        schema::TYPE_NAME,
        tree::OperationKind,
        value::Variables,
    },
    store::{Snapshot, TracedStatement},
};

/// Number of plans made by this process.
static PLANS: AtomicU64 = AtomicU64::new(0);

/// The plan of an operation with the values of its variables.
pub struct OperationPlan {
    /// Identifies the plan in this process.
    pub number: u64,
    /// The kind of operation.
    pub kind: OperationKind,
    /// Its maximum cost.
    pub at_most: u64,
    /// Name of the root type.
    root: &'static str,
    /// The root fields; `None` if they could not be collected, because of an error in a directive.
    roots: Option<Vec<RootFieldPlan>>,
    /// Errors of the client in fields.
    errors: Vec<GraphqlError>,
    cost: CostPlan,
    /// The part of `at_most` for introspection.
    introspection: u64,
    /// The document and the values of its variables, for introspection; `None` without introspection.
    schema: Option<(Arc<Prepared>, Variables)>,
    /// The memory of the plan, reserved once for each client, however many of its subscriptions run the plan.
    pub held: SharedReservation,
}

struct RootFieldPlan {
    key: ResponseKey,
    name: String,
    position: Position,
    /// It must not be null.
    required: bool,
    output: RootOutput,
}

enum RootOutput {
    /// Read from the database.
    Read(Box<dyn RootPlan>),
    /// Introspection.
    Schema,
    TypeName,
    /// Null, because planning found an error, which the response reports.
    Null,
}

impl OperationPlan {
    /// Plans an operation of a document.
    #[must_use]
    pub fn new(prepared: &Arc<Prepared>, operation: &Operation, variables: Variables, statistics: &Statistics) -> Self {
        let root = operation.root.name.as_str();
        let scope = Scope { document: &prepared.document, variables: &variables };
        let (path, errors, cost) = (Vec::new(), Vec::new(), CostPlan::default());
        let mut planner = Planner { catalog: content::catalog(), scope, path, errors, cost, statistics };
        let mut introspection = 0_u64;
        let selected = planner.collect(&[&operation.selections], root).ok();
        let roots = selected.map(|selected| {
            let fields = selected.iter().map(|selected| {
                planner.cost.output(selected.key, root.len() as u64);
                let output = plan(&mut planner, selected, &mut introspection).unwrap_or(RootOutput::Null);
                RootFieldPlan {
                    key: response_key(selected.key),
                    name: selected.key.to_owned(),
                    position: selected.field.position,
                    required: selected.field.definition.ty.is_non_null(),
                    output,
                }
            });
            fields.collect()
        });
        let errors = planner.errors.into_iter().map(error::of_field).collect();
        let cost = planner.cost;
        Self {
            number: PLANS.fetch_add(1, Ordering::Relaxed),
            kind: operation.kind,
            at_most: cost.at_most().saturating_add(introspection),
            root,
            roots,
            errors,
            cost,
            introspection,
            schema: (introspection > 0).then(|| (Arc::clone(prepared), variables)),
            held: SharedReservation::default(),
        }
    }

    /// Returns the part of the maximum cost for introspection; 0 without introspection.
    #[must_use]
    pub fn introspection(&self) -> u64 {
        self.introspection
    }

    /// Reports whether it may take more than about five milliseconds. Then it must not run on a serving thread.
    #[must_use]
    pub fn is_expensive(&self) -> bool {
        /// Points of an operation that takes about five milliseconds.
        const EXPENSIVE: u64 = 5_000;
        /// Points of introspection that takes as long. The introspection query of graphql-js costs much more.
        const EXPENSIVE_INTROSPECTION: u64 = 100;
        /// Bytes of a response that takes as long to write.
        const EXPENSIVE_BYTES: u64 = 1024 * 1024;
        /// Points of reading that takes nearly as long: a point is at most a millisecond.
        const EXPENSIVE_READING: u64 = 4;
        self.at_most > EXPENSIVE
            || self.introspection > EXPENSIVE_INTROSPECTION
            || self.cost.searches
            || self.cost.bytes() > EXPENSIVE_BYTES
            || self.cost.reading() > EXPENSIVE_READING
    }

    /// Returns the estimated maximum bytes of its response.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.cost.bytes()
    }

    /// Reports whether its response can be cached: it reads content and has no errors, so its response is the same until the
    /// next publication.
    #[must_use]
    pub fn is_cacheable(&self) -> bool {
        self.kind != OperationKind::Mutation && self.errors.is_empty() && self.reads()
    }

    /// Reports whether it reads from the database.
    #[must_use]
    pub fn reads(&self) -> bool {
        self.roots.iter().flatten().any(|root| matches!(root.output, RootOutput::Read(_)))
    }

    /// Creates the writer for its response.
    #[must_use]
    pub fn writer(&self) -> JsonWriter {
        JsonWriter::new(self.cost.items())
    }

    /// Estimates its size in memory, in bytes. A test compares the estimate with the allocated memory.
    #[must_use]
    pub fn weight(&self) -> u64 {
        /// Bytes of every plan, with its entry in the cache.
        const ITSELF: usize = 300;
        /// Bytes of an error with its path and position.
        const ERROR: usize = 250;
        let of_output = |output: &RootOutput| match output {
            RootOutput::Read(plan) => size_of_val(plan.as_ref()),
            RootOutput::Schema | RootOutput::TypeName | RootOutput::Null => 0,
        };
        let roots = self.roots.iter().flatten().map(|root| size_of::<RootFieldPlan>() + of_output(&root.output));
        let schema = self.schema.as_ref();
        let schema = schema.map_or(0, |(prepared, variables)| prepared.weight() + variables.weight() as u64);
        (ITSELF + roots.sum::<usize>() + self.errors.len() * ERROR + self.cost.weight()) as u64 + schema
    }

    /// Writes a field of introspection. Planning has traversed the same selection to count its points, so errors of the
    /// client cannot occur here.
    fn introspect(&self, operation: Option<&str>, root: &RootFieldPlan, out: &mut String) -> Result<(), EngineError> {
        let written = self.schema.as_ref().and_then(|(prepared, variables)| {
            let operation = chosen(&prepared.document, operation).ok()?;
            let scope = Scope { document: &prepared.document, variables };
            let selected = scope.collect(&[&operation.selections], self.root).ok()?;
            let selected = selected.iter().find(|selected| selected.key == root.name)?;
            introspection::write(scope, selected, out).ok()
        });
        written.ok_or_else(|| EngineError::Unplanned(format!("{} cannot be introspected", root.name)))
    }

    /// Returns the extensions that the client has requested: the cost of the response, and the statements of its root
    /// fields.
    fn extensions(&self, options: &RunOptions<'_>, cost: u64, written: &[u64], traces: Vec<Json>) -> Map<String, Json> {
        let mut extensions = Map::new();
        if let Some(limit) = options.tells_cost {
            let fields = self.cost.breakdown(written);
            let report = json!({"requested": self.at_most, "actual": cost, "limit": limit, "fields": fields});
            extensions.insert("cost".to_owned(), report);
        }
        if options.tells_plan {
            extensions.insert("plan".to_owned(), traces.into());
        }
        extensions
    }

    /// Runs the operation. A root field that fails is null, with an error.
    pub async fn run(&self, snapshot: &mut Snapshot, options: &RunOptions<'_>) -> Response {
        let mut errors = self.errors.clone();
        let mut writer = self.writer();
        writer.used = options.tags.then(UsedRecords::default);
        let (dialect, mut is_null) = (snapshot.dialect(), self.roots.is_none());
        let mut traces = Vec::new();
        if options.tells_plan {
            snapshot.trace();
        }
        writer.out.push_str("{\"data\":{");
        for (at, root) in self.roots.iter().flatten().enumerate() {
            writer.out.push_str(if at == 0 { "" } else { "," });
            writer.out.push_str(&root.key);
            let before = writer.out.len();
            let failure = match &root.output {
                RootOutput::TypeName => {
                    let _ = write!(writer.out, "\"{}\"", self.root);
                    None
                }
                RootOutput::Schema => self.introspect(options.operation, root, &mut writer.out).err(),
                RootOutput::Null => {
                    is_null |= root.required;
                    writer.out.push_str("null");
                    None
                }
                RootOutput::Read(plan) => {
                    let ran = plan.run(snapshot, dialect, &mut writer).await;
                    if options.tells_plan {
                        let statements = snapshot.trace().iter().map(report).collect::<Json>();
                        traces.push(json!({"field": root.name, "statements": statements}));
                    }
                    ran.err()
                }
            };
            if let Some(failure) = failure {
                writer.out.truncate(before);
                writer.out.push_str("null");
                is_null |= root.required;
                errors.push(error::of_failure(&failure, root.position, vec![PathSegment::Key(root.name.clone())]));
            }
        }
        writer.out.push('}');
        if is_null {
            // Null propagates to the first parent that may be null, which for a root field is the whole `data`.
            "{\"data\":null".clone_into(&mut writer.out);
        }
        error::finish(&mut errors);
        if !errors.is_empty() {
            writer.out.push_str(",\"errors\":");
            writer.out.push_str(&serde_json::to_string(&errors).unwrap_or_else(|_| "[]".to_owned()));
        }
        let cost = self.cost.actual(&writer.written, writer.out.len()).saturating_add(self.introspection);
        let extensions = self.extensions(options, cost, &writer.written, traces);
        if !extensions.is_empty() {
            let _ = write!(writer.out, ",\"extensions\":{}", Json::Object(extensions));
        }
        writer.out.push('}');
        let tags = writer.used.map(UsedRecords::tags).unwrap_or_default();
        Response::new(writer.out, errors.len(), cost).failed(&errors).tagged(tags)
    }
}

/// Plans a root field.
fn plan<'q>(planner: &mut Planner<'q>, selected: &Selected<'q>, introspection: &mut u64) -> Result<RootOutput, Failed> {
    let read = planner.within(selected.key, |planner| ROOTS.iter().find_map(|root| root.plan(planner, selected)));
    Ok(if let Some(plan) = read {
        RootOutput::Read(plan?)
    } else if introspection::is_introspection(selected.name) {
        let points = planner.within(selected.key, |planner| introspection::points(planner, selected))?;
        *introspection = introspection.saturating_add(points);
        RootOutput::Schema
    } else if selected.name == TYPE_NAME {
        RootOutput::TypeName
    } else {
        return Err(planner.unknown(selected));
    })
}

/// How an operation is run.
pub struct RunOptions<'a> {
    /// Name of the operation in its document; `None` for the only one.
    pub operation: Option<&'a str>,
    /// The limit of the cost, if the response reports its cost; else `None`.
    pub tells_cost: Option<u64>,
    /// True if the response reports the statements that read it.
    pub tells_plan: bool,
    /// True if the response has cache tags.
    pub tags: bool,
}

/// Returns a statement in the form of `extensions.plan`.
fn report(traced: &TracedStatement) -> Json {
    json!({"sql": traced.sql, "rows": traced.rows, "microseconds": traced.time.as_micros()})
}

/// Returns the operation that a request selects: by name, or without a name the only operation of the document.
///
/// # Errors
/// If there is no operation of this name, or there are several and the request has no name.
pub fn chosen<'d>(document: &'d Document, name: Option<&str>) -> Result<&'d Operation, GraphqlError> {
    match (name, document.operations.as_slice()) {
        (None, [only]) => Ok(only),
        (None, _) => Err(error::of_operation("The document has several operations; operationName is required.")),
        (Some(name), operations) => {
            let found = operations.iter().find(|operation| operation.name.as_deref() == Some(name));
            found.ok_or_else(|| error::of_operation("The document has no operation with this operationName."))
        }
    }
}
