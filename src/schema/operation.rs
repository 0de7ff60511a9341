//! Operations: planned as a whole, then run on one snapshot.

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::json;

use super::{
    documents::Prepared,
    introspection,
    library::{self, LibraryPlan},
    response::Response,
};
use crate::{
    access::SharedBytes,
    content,
    engine::{
        cost::CostPlan,
        plan::{Key, RootPlan, key},
        planner::{Failed, Planner},
        problem::EngineError,
        root::RootField,
        selection::{Scope, Selected},
        statistics::Statistics,
        used::UsedRecords,
        write::JsonWriter,
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
    store::{ReadIn, Snapshot, Store, Until},
};

/// How many plans there were.
static PLANS: AtomicU64 = AtomicU64::new(0);

/// An operation, planned with the values of its variables.
pub struct OperationPlan {
    /// Tells plans of one process apart.
    pub number: u64,
    /// RootOutput kind of operation it is.
    pub kind: OperationKind,
    /// RootOutput it costs at most.
    pub at_most: u64,
    /// Name of the root type.
    root: &'static str,
    /// The fields at the root; `None` when even these are not known, because of a mistake.
    roots: Option<Vec<RootFieldPlan>>,
    /// The caller's mistakes in fields.
    mistakes: Vec<GraphqlError>,
    cost: CostPlan,
    /// The part of `at_most` that asks for the schema itself.
    introspection: u64,
    /// RootOutput asking for the schema needs: the document, and the values of its variables.
    schema: Option<(Arc<Prepared>, Variables)>,
    /// Counted once for all subscriptions that run it.
    pub held: SharedBytes,
}

struct RootFieldPlan {
    key: ResponseKey,
    name: String,
    position: Position,
    /// It must not be null.
    required: bool,
    what: RootOutput,
}

#[expect(clippy::large_enum_variant, reason = "an operation has few of them, and nearly all are the large one")]
enum RootOutput {
    /// Answered by the engine. It is null when it fails.
    Engine(RootPlan),
    /// Must not be null.
    Library(LibraryPlan),
    /// About the schema itself.
    Schema,
    TypeName,
    /// The mistake is told.
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
                let what = plan(&mut planner, selected, &mut introspection).unwrap_or(RootOutput::Null);
                RootFieldPlan {
                    key: response_key(selected.key),
                    name: selected.key.to_owned(),
                    position: selected.field.position,
                    required: selected.field.definition.ty.is_non_null(),
                    what,
                }
            });
            fields.collect()
        });
        let mistakes = planner.errors.into_iter().map(error::of_field).collect();
        let cost = planner.cost;
        Self {
            number: PLANS.fetch_add(1, Ordering::Relaxed),
            kind: operation.kind,
            at_most: cost.at_most().saturating_add(introspection),
            root,
            roots,
            mistakes,
            cost,
            introspection,
            schema: (introspection > 0).then(|| (Arc::clone(prepared), variables)),
            held: SharedBytes::default(),
        }
    }

    /// The part of the cost that asks for the schema itself; 0 when nothing does.
    #[must_use]
    pub fn introspection(&self) -> u64 {
        self.introspection
    }

    /// True when it may take so long that it should not keep others waiting.
    #[must_use]
    pub fn is_expensive(&self) -> bool {
        /// About five milliseconds of reading and writing, on a machine of today.
        const HEAVY: u64 = 5_000;
        /// Points of introspection that take as long: the introspection of graphql-js is a good deal above.
        const HEAVY_SCHEMA: u64 = 100;
        /// Bytes that take as long to write.
        const HEAVY_BYTES: u64 = 1024 * 1024;
        /// Points of reading that are as many milliseconds.
        const HEAVY_READING: u64 = 4;
        self.at_most > HEAVY
            || self.introspection > HEAVY_SCHEMA
            || self.cost.searches
            || self.cost.bytes() > HEAVY_BYTES
            || self.cost.reading() > HEAVY_READING
    }

    /// Bytes that its answer usually has at most.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.cost.bytes()
    }

    /// True when all that it reads is of a revision and the caller made no mistake, so that it answers the same until the next.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        self.kind != OperationKind::Mutation && self.mistakes.is_empty() && self.reads()
    }

    /// True when it reads content.
    #[must_use]
    pub fn reads(&self) -> bool {
        self.roots.iter().flatten().any(|root| matches!(root.what, RootOutput::Engine(_) | RootOutput::Library(_)))
    }

    /// The plans of the fields at the root that the engine answers.
    #[cfg(feature = "stages")]
    pub fn root_plans(&self) -> impl Iterator<Item = &RootPlan> {
        self.roots.iter().flatten().filter_map(|root| match &root.what {
            RootOutput::Engine(plan) => Some(plan),
            RootOutput::Library(_) | RootOutput::Schema | RootOutput::TypeName | RootOutput::Null => None,
        })
    }

    /// An empty answer to it.
    #[must_use]
    pub fn writer(&self) -> JsonWriter {
        JsonWriter::new(self.cost.items())
    }

    /// Bytes that it takes. A test compares it with what is allocated.
    #[must_use]
    pub fn weight(&self) -> u64 {
        /// RootOutput every plan takes, with its place among those that are kept.
        const ITSELF: usize = 400;
        /// An error with its path and place.
        const MISTAKE: usize = 250;
        let roots = self.roots.as_ref().map_or(0, Vec::len) * size_of::<RootFieldPlan>();
        let schema = self.schema.as_ref().map_or(0, |(prepared, _)| prepared.weight());
        (ITSELF + roots + self.mistakes.len() * MISTAKE + self.cost.weight()) as u64 + schema
    }

    /// Writes a field about the schema itself. All of it was gone through when its points were counted, so that it does not fail.
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

    /// Runs it; `None` when it failed where all may not be of one revision.
    pub async fn run(&self, options: &RunOptions<'_>) -> Option<RunResult> {
        let mut errors = self.mistakes.clone();
        let mut writer = self.writer();
        writer.used = options.tags.then(UsedRecords::default);
        let mut snapshot: Option<Snapshot> = None;
        let mut is_null = self.roots.is_none();
        writer.out.push_str("{\"data\":{");
        for (at, root) in self.roots.iter().flatten().enumerate() {
            writer.out.push_str(if at == 0 { "" } else { "," });
            writer.out.push_str(&root.key);
            let before = writer.out.len();
            let failure = match &root.what {
                RootOutput::TypeName => {
                    let _ = write!(writer.out, "\"{}\"", self.root);
                    None
                }
                RootOutput::Schema => self.introspect(options.operation, root, &mut writer.out).err(),
                RootOutput::Null | RootOutput::Engine(RootPlan::Null) => {
                    is_null |= root.required;
                    writer.out.push_str("null");
                    None
                }
                what @ (RootOutput::Engine(_) | RootOutput::Library(_)) => {
                    let answer = async {
                        let (snapshot, dialect) = (begin(&mut snapshot, options).await?, options.store.dialect());
                        match what {
                            RootOutput::Engine(plan) => plan.run(snapshot, dialect, &mut writer).await,
                            RootOutput::Library(plan) => plan.run(snapshot, dialect, &mut writer).await,
                            RootOutput::Schema | RootOutput::TypeName | RootOutput::Null => Ok(()),
                        }
                    };
                    answer.await.err()
                }
            };
            if let Some(failure) = failure {
                if !options.snapshot {
                    return None;
                }
                writer.out.truncate(before);
                writer.out.push_str("null");
                is_null |= root.required;
                errors.push(error::of_failure(&failure, root.position, vec![PathSegment::Key(root.name.clone())]));
            }
        }
        writer.out.push('}');
        let read = snapshot.map(|snapshot| (snapshot.statements(), snapshot.worked(), snapshot.read_in()));
        let (statements, worked, read_in) = read.unwrap_or_default();
        if is_null {
            // Null goes up to the first field that may be null, and there is none above a root field.
            "{\"data\":null".clone_into(&mut writer.out);
        }
        error::finish(&mut errors);
        if !errors.is_empty() {
            writer.out.push_str(",\"errors\":");
            writer.out.push_str(&serde_json::to_string(&errors).unwrap_or_else(|_| "[]".to_owned()));
        }
        let cost = self.cost.actual(&writer.written, writer.out.len()).saturating_add(self.introspection);
        if let Some(limit) = options.tells_cost {
            let fields = self.cost.breakdown(&writer.written);
            let told = json!({"requested": self.at_most, "actual": cost, "limit": limit, "fields": fields});
            let _ = write!(writer.out, ",\"extensions\":{{\"cost\":{told}}}");
        }
        writer.out.push('}');
        let tags = writer.used.map(UsedRecords::tags).unwrap_or_default();
        let response = Response::new(writer.out, errors.len(), cost).failed(&errors).tagged(tags);
        Some(RunResult { response, statements, worked, read_in })
    }
}

/// Plans a field at the root.
fn plan<'q>(planner: &mut Planner<'q>, selected: &Selected<'q>, introspection: &mut u64) -> Result<RootOutput, Failed> {
    Ok(if let Some(field) = RootField::named(planner.catalog, selected.name) {
        RootOutput::Engine(field.plan(planner, selected))
    } else if selected.name == library::FIELD {
        RootOutput::Library(LibraryPlan::new(planner, selected)?)
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

/// RootOutput came of running an operation.
pub struct RunResult {
    /// The response.
    pub response: Response,
    /// How many statements it took.
    pub statements: usize,
    /// How long the database worked for it, where that is another process.
    pub worked: Duration,
    /// Of which revision it is, where it was read without a snapshot.
    pub read_in: ReadIn,
}

impl RunResult {
    /// A response that tells nothing.
    #[must_use]
    pub fn nothing() -> Self {
        let (statements, worked, read_in) = Default::default();
        Self { response: Response::nothing(), statements, worked, read_in }
    }
}

/// RootOutput an operation is run with.
pub struct RunOptions<'a> {
    /// Where content is read from.
    pub store: &'a Store,
    /// Which operation of its document.
    pub operation: Option<&'a str>,
    /// A snapshot is needed for all to be of one revision; otherwise whoever asks sees to that.
    pub snapshot: bool,
    /// How long it may take.
    pub until: Until,
    /// The limit of cost, when the answer is to tell what it cost.
    pub tells_cost: Option<u64>,
    /// The response tells what content it used.
    pub tags: bool,
}

/// The one snapshot that everything in an operation is read from.
async fn begin<'s>(snapshot: &'s mut Option<Snapshot>, options: &RunOptions<'_>) -> Result<&'s mut Snapshot, EngineError> {
    Ok(match snapshot {
        Some(snapshot) => snapshot,
        none if options.snapshot => none.insert(options.store.snapshot_until(options.until.clone()).await?),
        none => none.insert(options.store.optimistic_snapshot(options.until.clone()).await?),
    })
}

/// The operation of a document that a request names, or its only one.
///
/// # Errors
/// When there is no such operation, or several and no name.
pub fn chosen<'d>(document: &'d Document, name: Option<&str>) -> Result<&'d Operation, GraphqlError> {
    match (name, document.operations.as_slice()) {
        (None, [only]) => Ok(only),
        (None, _) => Err(error::of_operation("The document has several operations; say which one with operationName.")),
        (Some(name), operations) => {
            let found = operations.iter().find(|operation| operation.name.as_deref() == Some(name));
            found.ok_or_else(|| error::of_operation("The document has no operation of the name that is asked for."))
        }
    }
}
