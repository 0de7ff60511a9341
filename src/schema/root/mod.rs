//! The root fields. An implementation of [`Root`] declares and plans one of them, or several that are planned in the same
//! way. [`RootAction`] says how a planned field is run.

mod content;
mod enumerations;
mod history;
mod keys;
mod library;
mod members;
mod mutation;

use std::pin::Pin;

use crate::{
    access::Role,
    engine::{
        catalog::Catalog,
        plan::{
            planner::{Failed, Planner},
            selection::Selected,
        },
        problem::EngineError,
        run::json::JsonWriter,
    },
    graphql::{
        schema::{Field, Schema},
        tree::OperationKind,
    },
    store::Snapshot,
};

pub use keys::KeyMutation;
pub use mutation::{MAX_CHANGES, MutationPlan, MutationResult};

/// All root fields, in the order in which the root types have them.
pub const ROOTS: &[&dyn Root] = &[
    &library::Library,
    &content::Content,
    &history::History,
    &enumerations::Enumerations,
    &mutation::Mutations,
    &keys::Keys,
];

/// One root field, or several that are planned in the same way.
pub trait Root: Sync {
    /// Declares the types of the fields.
    fn declare(&self, schema: &mut Schema, catalog: &'static Catalog);

    /// Returns the fields of the root type for a kind of operation. If a field of a non-null type fails, `data` is null.
    fn fields(&self, catalog: &'static Catalog, kind: OperationKind) -> Vec<Field>;

    /// Plans a field; `None` if the field belongs to another implementation.
    ///
    /// # Errors
    /// If the request is invalid. The error is added to the errors of the planner.
    fn plan<'q>(&self, planner: &mut Planner<'q>, selected: &Selected<'q>) -> Option<Result<RootAction, Failed>>;
}

/// The plan of a root field, by what it does.
pub enum RootAction {
    /// It reads from the database.
    Read(Box<dyn RootPlan>),
    /// It publishes changes or makes a dry run, and then reads.
    Publish(Box<MutationPlan>),
    /// It creates or revokes an API key.
    ChangeKey(Box<KeyMutation>),
}

impl RootAction {
    /// Returns the role that it requires; `None` if the role for reading is sufficient.
    #[must_use]
    pub fn required_role(&self) -> Option<Role> {
        match self {
            Self::Read(plan) => plan.required_role(),
            Self::Publish(plan) if plan.is_dry_run() => Some(Role::Editor),
            Self::Publish(_) => Some(Role::Publisher),
            Self::ChangeKey(_) => Some(Role::Admin),
        }
    }

    /// Returns the number of its changes.
    #[must_use]
    pub fn changes(&self) -> usize {
        match self {
            Self::Read(_) => 0,
            Self::Publish(plan) => plan.changes(),
            Self::ChangeKey(_) => 1,
        }
    }

    /// Reports whether it publishes changes or makes a dry run. Both use the connections for publications.
    #[must_use]
    pub fn is_publication(&self) -> bool {
        matches!(self, Self::Publish(_))
    }

    /// Returns the size of its plan in memory, in bytes. What the plan allocates is not included.
    #[must_use]
    pub fn plan_bytes(&self) -> usize {
        match self {
            Self::Read(plan) => size_of_val(plan.as_ref()),
            Self::Publish(plan) => size_of_val(plan.as_ref()),
            Self::ChangeKey(plan) => size_of_val(plan.as_ref()),
        }
    }
}

/// A plan that is being run.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<(), EngineError>> + Send + 'a>>;

/// The plan of a root field that reads.
pub trait RootPlan: Send + Sync {
    /// Returns the role that it requires; `None` if the role for reading is sufficient.
    fn required_role(&self) -> Option<Role> {
        None
    }

    /// Reports whether it reads only content, so that its value is the same until the next publication.
    fn reads_content(&self) -> bool {
        true
    }

    /// Reads what the field selects from a snapshot, and writes its value as JSON.
    ///
    /// # Errors
    /// If the response becomes too long, the database fails or takes too long, or stored content does not have its declared
    /// shape.
    fn run<'a>(&'a self, snapshot: &'a mut Snapshot, writer: &'a mut JsonWriter) -> Running<'a>;
}
