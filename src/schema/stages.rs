//! The stages of an operation, one by one, for benchmarks.
//!
//! A [`Service`](super::Service) runs all stages and caches documents, plans and responses. Here each stage is a function of
//! its own and nothing is cached, so each can be timed.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

pub use super::documents::{measure, measure_text, parse};

use super::{
    documents::{self, Prepared, hash_of},
    operation::{OperationPlan, chosen},
    request::{Refusal, RefusalKind},
};
use crate::{
    engine::{plan::statistics::Statistics, problem::EngineError, run::root::ContentRows},
    error,
    graphql::{Position, tree, variables},
    store::{
        Store,
        statement::{Dialect, Statement},
    },
};

/// Validates a document against the schema.
///
/// # Errors
/// If it is not valid.
pub fn validate(tree: &tree::Document<'_>) -> Result<(), Refusal> {
    documents::validate(tree).map(drop)
}

/// A valid document.
pub struct Document(Arc<Prepared>);

impl Document {
    /// Prepares a document.
    ///
    /// # Errors
    /// If it is too large, has a syntax error, or is not valid for the schema.
    pub fn prepare(text: &str) -> Result<Self, Refusal> {
        Prepared::new(text, hash_of(text), |_| Ok(())).map(|prepared| Self(Arc::new(prepared)))
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
        Ok(Plan(OperationPlan::new(&self.0, operation, variables, &Statistics::default())))
    }
}

/// The plan of an operation. The methods ignore its root fields `library`, `__schema`, `__type` and `__typename`.
pub struct Plan(OperationPlan);

/// The rows that were read for a plan.
pub struct Reading(Vec<ContentRows>);

impl Plan {
    /// Returns the statements that read the plan if each level has these parents.
    #[must_use]
    pub fn statements(&self, dialect: Dialect, parents: &[i64]) -> Vec<Statement> {
        self.0.content_plans().flat_map(|plan| plan.statements(dialect, parents)).collect()
    }

    /// Reads from one snapshot, level by level.
    ///
    /// # Errors
    /// If the database fails or takes too long.
    pub async fn read(&self, store: &Store) -> Result<Reading, Refusal> {
        let mut snapshot = store.snapshot().await.map_err(|failure| failed(&failure.into()))?;
        let mut found = Vec::new();
        for plan in self.0.content_plans() {
            found.push(plan.read(&mut snapshot, store.dialect()).await.map_err(|failure| failed(&failure))?);
        }
        Ok(Reading(found))
    }

    /// Writes the rows of this plan as JSON, one root field after the other.
    ///
    /// # Errors
    /// If the text becomes too long.
    pub fn write(&self, reading: &Reading) -> Result<String, Refusal> {
        let mut writer = self.0.writer();
        for (plan, found) in self.0.content_plans().zip(&reading.0) {
            plan.write(found, &mut writer).map_err(|failure| failed(&failure))?;
        }
        Ok(writer.out)
    }
}

fn failed(failure: &EngineError) -> Refusal {
    Refusal { kind: RefusalKind::Failed, errors: vec![error::of_failure(failure, Position::default(), Vec::new())] }
}
