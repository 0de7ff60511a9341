//! The statements of a plan, without running it: for benchmarks.

use super::{
    plan::{By, Fetch, RootPlan},
    statement::{Entry, Keys},
};
use crate::store::statement::{Dialect, Statement};

impl RootPlan {
    /// The statements that reading takes when each level has these parents.
    #[must_use]
    pub fn statements(&self, dialect: Dialect, parents: &[i64]) -> Vec<Statement> {
        let mut statements = Vec::new();
        match self {
            Self::Null => {}
            Self::One(fetch, _) | Self::Connection(fetch, _) => {
                fetch.add_statements(dialect, &Keys::Root, parents, &mut statements);
            }
            Self::Nodes { fetches, .. } => {
                for (fetch, _) in fetches {
                    fetch.add_statements(dialect, &Keys::Of(parents.to_vec()), parents, &mut statements);
                }
            }
        }
        statements
    }
}

impl Fetch {
    fn add_statements(&self, dialect: Dialect, keys: &Keys, parents: &[i64], statements: &mut Vec<Statement>) {
        if self.count {
            statements.push(self.count_statement(dialect, keys));
        }
        if self.rows {
            statements.push(self.rows_statement(dialect, keys));
        }
        for child in &self.children {
            let keys = match child.fetch.by {
                By::Lists => {
                    Keys::Lists((0..).zip(parents).map(|(list, id)| Entry { list, position: 1, id: *id }).collect())
                }
                _ => Keys::Of(parents.to_vec()),
            };
            child.fetch.add_statements(dialect, &keys, parents, statements);
        }
    }
}
