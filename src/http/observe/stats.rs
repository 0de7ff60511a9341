//! What the log and the metrics record about a request. It never contains variables, documents or credentials.

use std::sync::Arc;

use crate::schema::{OperationKind, OperationResponse, PreparedRequest};

/// What is recorded about a request. The GraphQL handlers put it into the extensions of their response.
#[derive(Clone, Debug, Default)]
pub struct RequestStats {
    /// The operations that were run, in order.
    pub operations: Vec<OperationStats>,
    /// The codes of the refusals, in order.
    pub refusals: Vec<String>,
}

/// What is recorded about an operation.
#[derive(Clone, Debug)]
pub struct OperationStats {
    /// Query, mutation or subscription.
    pub kind: OperationKind,
    /// The name of the operation; `None` if it has none.
    pub name: Option<Arc<str>>,
    /// SHA-256 of the document.
    pub hash: Arc<str>,
    /// The cost in points: the maximum before the operation runs, the used points afterwards.
    pub cost: u64,
    /// The number of SQL statements that it ran.
    pub statements: usize,
    /// The codes of the errors in the response.
    pub errors: Vec<&'static str>,
}

impl OperationStats {
    /// Returns the record of an operation that has not run yet.
    pub fn of(ready: &PreparedRequest) -> Self {
        let (name, hash) = ready.labels();
        Self { kind: ready.kind(), name, hash, cost: ready.cost(), statements: 0, errors: Vec::new() }
    }

    /// Adds the cost, statements and errors of the response.
    pub fn finished(self, result: &OperationResponse) -> Self {
        let OperationResponse { response, statements, .. } = result;
        Self { cost: response.cost, statements: *statements, errors: response.codes.clone(), ..self }
    }
}

impl RequestStats {
    /// Returns the record of a refused request; `code` is `None` if the refusal has none.
    pub fn refused(code: Option<&str>) -> Self {
        Self { operations: Vec::new(), refusals: code.into_iter().map(str::to_owned).collect() }
    }

    /// Adds the record of another request of the same batch.
    pub fn add(&mut self, other: Self) {
        self.operations.extend(other.operations);
        self.refusals.extend(other.refusals);
    }

    /// Returns the total cost of all operations, in points.
    pub fn cost(&self) -> u64 {
        self.operations.iter().map(|operation| operation.cost).sum()
    }

    /// Returns the number of SQL statements of all operations.
    pub fn statements(&self) -> usize {
        self.operations.iter().map(|operation| operation.statements).sum()
    }
}
