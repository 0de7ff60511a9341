//! The stages of an operation, one by one, for benchmarks.
//!
//! A [`Service`](super::Service) runs all stages at once and caches what it can. Here each stage stands by itself and nothing is
//! cached, so that each can be timed.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

pub use super::documents::{measure, measure_text, parse};

use super::{
    documents::{self, Prepared, hash_of},
    operation::{OperationPlan, chosen},
    request::{Refusal, RefusalKind},
};
use crate::{
    engine::{plan::statistics::Statistics, problem::EngineError, run::root::RootRows},
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
/// When it does not fit.
pub fn validate(tree: &tree::Document<'_>) -> Result<(), Refusal> {
    documents::validate(tree).map(drop)
}

/// A document that may be run: parsed, measured and validated.
pub struct Document(Arc<Prepared>);

impl Document {
    /// Prepares a document.
    ///
    /// # Errors
    /// When it is too large, not GraphQL, or does not fit the schema.
    pub fn prepare(text: &str) -> Result<Self, Refusal> {
        Prepared::new(text, hash_of(text), |_| Ok(())).map(|prepared| Self(Arc::new(prepared)))
    }

    /// Plans its only operation with values of its variables.
    ///
    /// # Errors
    /// When there are several, or a value does not fit.
    pub fn plan(&self, variables: &Map<String, Json>) -> Result<Plan, Refusal> {
        let refused = |error| Refusal::request(vec![error]);
        let operation = chosen(&self.0.document, None).map_err(refused)?;
        let variables = variables::coerce(&self.0.document, operation, variables);
        let variables = variables.map_err(|sentence| refused(error::of_variable(sentence)))?;
        Ok(Plan(OperationPlan::new(&self.0, operation, variables, &Statistics::default())))
    }
}

/// A planned operation. The fields at its root that are about the schema or the library itself are left out of all that follows.
pub struct Plan(OperationPlan);

/// What was read for a plan.
pub struct Reading(Vec<RootRows>);

impl Plan {
    /// The statements that reading takes when each level has these parents.
    #[must_use]
    pub fn statements(&self, dialect: Dialect, parents: &[i64]) -> Vec<Statement> {
        self.0.root_plans().flat_map(|plan| plan.statements(dialect, parents)).collect()
    }

    /// Reads from one snapshot, level by level.
    ///
    /// # Errors
    /// When the database fails or takes too long.
    pub async fn read(&self, store: &Store) -> Result<Reading, Refusal> {
        let mut snapshot = store.snapshot().await.map_err(|failure| failed(&failure.into()))?;
        let mut found = Vec::new();
        for plan in self.0.root_plans() {
            found.push(plan.read(&mut snapshot, store.dialect()).await.map_err(|failure| failed(&failure))?);
        }
        Ok(Reading(found))
    }

    /// Writes what was read for this plan, one root after the other, as JSON.
    ///
    /// # Errors
    /// When that becomes too long.
    pub fn write(&self, reading: &Reading) -> Result<String, Refusal> {
        let mut writer = self.0.writer();
        for (plan, found) in self.0.root_plans().zip(&reading.0) {
            plan.write(found, &mut writer).map_err(|failure| failed(&failure))?;
        }
        Ok(writer.out)
    }
}

fn failed(failure: &EngineError) -> Refusal {
    Refusal { kind: RefusalKind::Failed, errors: vec![error::of_failure(failure, Position::default(), Vec::new())] }
}
