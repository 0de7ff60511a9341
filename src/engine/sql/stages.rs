//! The statements of a plan without running it, for benchmarks.

use super::statement::{ListEntry, Parents};
use crate::{
    engine::plan::{By, Fetch, root::RootPlan},
    store::statement::{Dialect, Statement},
};

impl RootPlan {
    /// Returns the statements that read the plan if each level has these parents.
    #[must_use]
    pub fn statements(&self, dialect: Dialect, parents: &[i64]) -> Vec<Statement> {
        let mut statements = Vec::new();
        match self {
            Self::Null => {}
            Self::One(fetch, _) | Self::Connection(fetch, _) => {
                fetch.add_statements(dialect, &Parents::Root, parents, &mut statements);
            }
            Self::Nodes { fetches, .. } => {
                for (fetch, _) in fetches {
                    fetch.add_statements(dialect, &Parents::Keys(parents.to_vec()), parents, &mut statements);
                }
            }
        }
        statements
    }
}

impl Fetch {
    fn add_statements(&self, dialect: Dialect, of: &Parents, parents: &[i64], statements: &mut Vec<Statement>) {
        if self.count {
            statements.push(self.count_statement(dialect, of));
        }
        if let Some(behind) = &self.behind {
            statements.push(behind.rows_statement(dialect, of));
        }
        if self.rows {
            statements.push(self.rows_statement(dialect, of));
        }
        for child in &self.children {
            let of = match child.fetch.by {
                By::Lists => {
                    Parents::Lists((0..).zip(parents).map(|(list, id)| ListEntry { list, position: 1, id: *id }).collect())
                }
                _ => Parents::Keys(parents.to_vec()),
            };
            child.fetch.add_statements(dialect, &of, parents, statements);
        }
    }
}
