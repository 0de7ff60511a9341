//! The plan of a whole operation, with all of its root fields.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use super::introspection;
use crate::{
    access::{Account, MemoryLimitReached, Reservation, Role, SharedReservation},
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
        run::json::JsonWriter,
    },
    error::{self, GraphqlError},
    graphql::{
        Position,
        document::{Document, Operation},
        schema::TYPE_NAME,
        tree::OperationKind,
        value::Variables,
    },
    schema::{
        documents::prepared::Prepared,
        root::{ROOTS, RootAction},
    },
    store::reading::statement::Dialect,
};

/// Number of plans that this process has created.
static PLANS: AtomicU64 = AtomicU64::new(0);

/// The plan of an operation with the values of its variables.
pub struct OperationPlan {
    /// Identifies the plan in this process.
    pub number: u64,
    /// The kind of operation.
    pub kind: OperationKind,
    /// Its maximum cost.
    pub at_most: u64,
    /// True if it reads a field that requires the role `editor`.
    restricted: bool,
    /// Name of the root type.
    pub(super) root: &'static str,
    /// The root fields; `None` if they could not be collected, because of an error in a directive.
    pub(super) roots: Option<Vec<RootFieldPlan>>,
    /// Errors of the client in fields.
    pub(super) errors: Vec<GraphqlError>,
    pub(super) cost: CostPlan,
    /// The part of `at_most` for introspection.
    pub(super) introspection: u64,
    /// The document and the values of its variables, for introspection; `None` without introspection.
    pub(super) introspected: Option<(Arc<Prepared>, Variables)>,
    /// The memory of the plan. It is reserved once for each client, even if several subscriptions of the client run the
    /// plan.
    reservation: SharedReservation,
}

/// The plan of a root field.
pub(super) struct RootFieldPlan {
    pub written_key: ResponseKey,
    pub response_key: String,
    pub position: Position,
    /// True if the field must not be null.
    pub required: bool,
    pub output: RootOutput,
}

/// How a root field gets its value.
pub(super) enum RootOutput {
    /// An action: it reads from the database, publishes changes and then reads, or changes an API key.
    Action(RootAction),
    /// Introspection.
    Introspection,
    TypeName,
    /// Null, because planning found an error, which the response reports.
    Null,
}

impl OperationPlan {
    /// Plans an operation of a document, with statements of a dialect.
    #[must_use]
    pub fn new(
        prepared: &Arc<Prepared>,
        operation: &Operation,
        variables: Variables,
        dialect: Dialect,
        statistics: &Statistics,
    ) -> Self {
        let root = operation.root.name.as_str();
        let scope = Scope { document: &prepared.document, variables: &variables };
        let (path, errors, cost) = (Vec::new(), Vec::new(), CostPlan::default());
        let catalog = content::catalog();
        let mut planner = Planner { catalog, scope, path, errors, cost, dialect, statistics, restricted: false };
        let mut introspection = 0_u64;
        let selected = planner.collect(&[&operation.selections], root).ok();
        let roots = selected.map(|selected| {
            let fields = selected.iter().map(|selected| {
                planner.cost.output(selected.key, root.len() as u64);
                let output = plan(&mut planner, selected, &mut introspection).unwrap_or(RootOutput::Null);
                RootFieldPlan {
                    written_key: response_key(selected.key),
                    response_key: selected.key.to_owned(),
                    position: selected.field.position,
                    required: selected.field.definition.ty.is_non_null(),
                    output,
                }
            });
            fields.collect()
        });
        let restricted = planner.restricted;
        let errors = planner.errors.into_iter().map(error::of_field).collect();
        let cost = planner.cost;
        Self {
            number: PLANS.fetch_add(1, Ordering::Relaxed),
            kind: operation.kind,
            at_most: cost.maximum().saturating_add(introspection),
            root,
            restricted,
            roots,
            errors,
            cost,
            introspection,
            introspected: (introspection > 0).then(|| (Arc::clone(prepared), variables)),
            reservation: SharedReservation::default(),
        }
    }

    /// Returns the part of the maximum cost for introspection; 0 without introspection.
    #[must_use]
    pub fn introspection(&self) -> u64 {
        self.introspection
    }

    /// Reports whether it is a mutation, or may take more than about five milliseconds. Then it requires a permit, and runs
    /// in the pool and not on a serving thread.
    #[must_use]
    pub fn is_expensive(&self) -> bool {
        self.kind == OperationKind::Mutation || self.is_expensive_to_read()
    }

    /// Reports whether reading its response may take more than about five milliseconds.
    #[must_use]
    pub fn is_expensive_to_read(&self) -> bool {
        /// Points of an operation that takes about five milliseconds. Most of them are for objects, which take about
        /// a microsecond each.
        const EXPENSIVE: u64 = 5_000;
        /// Points of introspection that takes as long. The introspection query of graphql-js costs much more.
        const EXPENSIVE_INTROSPECTION: u64 = 100;
        /// Bytes of a response that takes as long to write.
        const EXPENSIVE_BYTES: u64 = 1024 * 1024;
        self.at_most > EXPENSIVE
            || self.introspection > EXPENSIVE_INTROSPECTION
            || self.cost.bytes() > EXPENSIVE_BYTES
            || self.reads_many_rows()
    }

    /// Reports whether it searches, or may read many rows.
    #[must_use]
    pub fn reads_many_rows(&self) -> bool {
        /// More points of reading than this may take five milliseconds, because a point is at most a millisecond.
        const FEW: u64 = 4;
        self.cost.has_search_or_scan || self.cost.reading() > FEW
    }

    /// Returns the estimated maximum bytes of its response.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.cost.bytes()
    }

    /// Returns what its root fields do, except for introspection, the name of the root type and fields with an error.
    fn actions(&self) -> impl Iterator<Item = &RootAction> {
        self.roots.iter().flatten().filter_map(|root| match &root.output {
            RootOutput::Action(action) => Some(action),
            RootOutput::Introspection | RootOutput::TypeName | RootOutput::Null => None,
        })
    }

    /// Returns the number of changes of its mutations.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.actions().map(RootAction::changes).sum()
    }

    /// Returns the role that it requires; `None` if the role for reading is sufficient.
    #[must_use]
    pub fn required_role(&self) -> Option<Role> {
        let of_operation = (self.restricted || self.kind == OperationKind::Mutation).then_some(Role::Editor);
        let of_actions = self.actions().filter_map(RootAction::required_role).max();
        of_actions.max(of_operation)
    }

    /// Reports whether it publishes changes or makes a dry run, so that it uses the connections for publications.
    #[must_use]
    pub fn publishes(&self) -> bool {
        self.actions().any(RootAction::is_publication)
    }

    /// Reports whether its response can be cached: it reads only content and has no errors, so its response is the same until
    /// the next publication.
    #[must_use]
    pub fn is_cacheable(&self) -> bool {
        let reads_other = |action: &RootAction| matches!(action, RootAction::Read(plan) if !plan.reads_content());
        self.kind != OperationKind::Mutation && self.errors.is_empty() && self.reads() && !self.actions().any(reads_other)
    }

    /// Reports whether it reads from the database.
    #[must_use]
    pub fn reads(&self) -> bool {
        self.actions().any(|action| matches!(action, RootAction::Read(_)))
    }

    /// Reserves its memory for a client, or returns the existing reservation of that client. Returns `None` for a short plan.
    ///
    /// # Errors
    /// If a limit would be exceeded.
    pub fn reserve(&self, account: &Account) -> Result<Option<Arc<Reservation>>, MemoryLimitReached> {
        self.reservation.reserve(account, self.allocated_bytes())
    }

    /// Reports whether it is larger than a plan may be, so that it is incomplete.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.cost.is_too_large()
    }

    /// Creates the writer for its response.
    #[must_use]
    pub fn writer(&self) -> JsonWriter {
        JsonWriter::new(self.cost.items())
    }

    /// Estimates its size in memory, in bytes. A test compares the estimate with the allocated memory.
    #[must_use]
    pub fn allocated_bytes(&self) -> u64 {
        /// Bytes of every plan, with its entry in the cache.
        const ITSELF: usize = 300;
        /// Bytes of an error with its path and position.
        const ERROR: usize = 250;
        let fields = self.roots.iter().flatten().count() * size_of::<RootFieldPlan>();
        let plans: usize = self.actions().map(RootAction::plan_bytes).sum();
        let introspected = self.introspected.as_ref();
        let of_introspection =
            introspected.map_or(0, |(prepared, variables)| prepared.allocated_bytes() + variables.allocated_bytes() as u64);
        (ITSELF + fields + plans + self.errors.len() * ERROR + self.cost.allocated_bytes()) as u64 + of_introspection
    }
}

/// Plans a root field.
fn plan<'q>(planner: &mut Planner<'q>, selected: &Selected<'q>, introspection: &mut u64) -> Result<RootOutput, Failed> {
    let action = planner.within(selected.key, |planner| ROOTS.iter().find_map(|root| root.plan(planner, selected)));
    Ok(if let Some(action) = action {
        RootOutput::Action(action?)
    } else if introspection::is_introspection(selected.name) {
        let points = planner.within(selected.key, |planner| introspection::points(planner, selected))?;
        *introspection = introspection.saturating_add(points);
        RootOutput::Introspection
    } else if selected.name == TYPE_NAME {
        RootOutput::TypeName
    } else {
        return Err(planner.unknown(selected));
    })
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
