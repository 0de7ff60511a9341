//! The stages of an operation before it reads from the database, one by one, for benchmarks and tests.
//!
//! A [`Service`](super::Service) runs all stages and caches documents, plans and responses. Here each stage is a function of
//! its own and nothing is cached, so each can be timed.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

pub use super::documents::prepared::{measure, measure_text, parse};

use super::{
    documents::prepared::{self, Prepared, hash_of_text},
    operations::operation::{OperationPlan, chosen},
    request::Refusal,
};
use crate::{
    engine::plan::statistics::Statistics,
    error,
    graphql::{tree, variables},
    store::reading::statement::Dialect,
};

/// Validates a document against the schema.
///
/// # Errors
/// If it is not valid.
pub fn validate(tree: &tree::Document<'_>) -> Result<(), Refusal> {
    prepared::validate(tree).map(drop)
}

/// A valid document.
pub struct Document(Arc<Prepared>);

impl Document {
    /// Prepares a document.
    ///
    /// # Errors
    /// If it is too large, has a syntax error, or is not valid for the schema.
    pub fn prepare(text: &str) -> Result<Self, Refusal> {
        Prepared::new(text, hash_of_text(text), |_| Ok(())).map(|prepared| Self(Arc::new(prepared)))
    }

    /// Plans its only operation with values of its variables.
    ///
    /// # Errors
    /// If it has several operations, or a value has the wrong type.
    pub fn plan(&self, variables: &Map<String, Json>) -> Result<Plan, Refusal> {
        let refused = |error| Refusal::request(vec![error]);
        let operation = chosen(&self.0.document, None).map_err(refused)?;
        let variables = variables::coerce(&self.0.document, operation, variables);
        let variables = variables.map_err(|sentence| refused(error::of_variable(sentence)))?;
        Ok(Plan(OperationPlan::new(&self.0, operation, variables, Dialect::Sqlite, &Statistics::default())))
    }
}

/// The plan of an operation.
pub struct Plan(OperationPlan);

impl Plan {
    /// Returns its maximum cost.
    #[must_use]
    pub fn cost(&self) -> u64 {
        self.0.at_most
    }
}
