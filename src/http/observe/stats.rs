//! What was seen of a request while it was answered, for the log and the metrics. Never variables, texts or credentials.

use std::sync::Arc;

use crate::schema::{Answer, OperationKind, Ready};

/// Longest name of an operation that fits into a line, in characters.
const MAX_NAME: usize = 64;

/// What was seen of a request. The GraphQL handlers leave it in the extensions of their response.
#[derive(Clone, Debug, Default)]
pub struct RequestStats {
    /// The operations that were run, in order.
    pub operations: Vec<Operation>,
    /// The codes of what was refused, in order.
    pub refused: Vec<String>,
}

/// An operation that was run.
#[derive(Clone, Debug)]
pub struct Operation {
    /// What kind of operation.
    pub kind: OperationKind,
    /// Its name.
    pub name: Option<Arc<str>>,
    /// SHA-256 of its document.
    pub hash: Arc<str>,
    /// What it has cost.
    pub cost: u64,
    /// How many SQL statements it took.
    pub statements: usize,
    /// The codes of the errors in its answer.
    pub errors: Vec<&'static str>,
}

impl Operation {
    /// An operation that is about to be run.
    pub fn of(ready: &Ready) -> Self {
        let (name, hash) = ready.labels();
        Self { kind: ready.kind(), name, hash, cost: ready.cost(), statements: 0, errors: Vec::new() }
    }

    /// The operation after this answer.
    pub fn answered(self, answer: &Answer) -> Self {
        let Answer { response, statements, .. } = answer;
        Self { cost: response.cost, statements: *statements, errors: response.codes.clone(), ..self }
    }

    /// Its name as far as it fits into a line.
    pub fn short_name(&self) -> Option<&str> {
        let name = self.name.as_deref()?;
        Some(name.char_indices().nth(MAX_NAME).map_or(name, |(end, _)| &name[..end]))
    }
}

impl RequestStats {
    /// Adds what was seen of another entry of the same request.
    pub fn add(&mut self, other: Self) {
        self.operations.extend(other.operations);
        self.refused.extend(other.refused);
    }

    /// What all operations have cost together.
    pub fn cost(&self) -> u64 {
        self.operations.iter().map(|operation| operation.cost).sum()
    }

    /// How many SQL statements all operations took together.
    pub fn statements(&self) -> usize {
        self.operations.iter().map(|operation| operation.statements).sum()
    }
}
