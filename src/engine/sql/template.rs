//! Statements that are written when an operation is planned. The keys of the parents, lists of ids, and the records that a
//! search has found are bound when the statements run.

use std::sync::Arc;

use crate::store::reading::statement::{Param, Read, Statement};

/// The parents that rows are read for.
#[derive(Clone, Debug)]
pub enum Parents {
    /// None: the fetch is at the root.
    Root,
    /// The rows with these keys, without duplicates.
    Keys(Vec<i64>),
    /// Lists of ids.
    Lists(Vec<ListEntry>),
}

/// An entry of a list of ids.
#[derive(Clone, Copy, Debug)]
pub struct ListEntry {
    /// Number of its list.
    pub list: i64,
    /// Its position in the list, from 1. Cursors contain it, so it must not depend on other lists.
    pub position: i64,
    pub id: i64,
}

impl Parents {
    /// Reports whether nothing needs to be read, because a level below the root has no parents or no ids.
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Returns the number of parents, or of entries of lists; 1 for the root.
    pub fn count(&self) -> usize {
        match self {
            Self::Root => 1,
            Self::Keys(keys) => keys.len(),
            Self::Lists(entries) => entries.len(),
        }
    }

    /// Returns their keys; empty for lists and for the root.
    fn keys(&self) -> Vec<i64> {
        if let Self::Keys(keys) = self { keys.clone() } else { Vec::new() }
    }

    /// Returns one number of each entry of the lists, such as its position.
    fn of_entries(&self, number: fn(&ListEntry) -> i64) -> Vec<i64> {
        if let Self::Lists(entries) = self { entries.iter().map(number).collect() } else { Vec::new() }
    }
}

/// A statement without the values that are bound when it runs.
#[derive(Clone, Debug)]
pub struct StatementTemplate {
    sql: Arc<str>,
    slots: Vec<Binding>,
    reads: Arc<[Read]>,
}

/// What is bound to a placeholder.
#[derive(Clone, Debug)]
pub enum Binding {
    /// A value of the plan.
    Value(Param),
    /// The keys of the parents, as one value.
    Keys,
    /// The key of a parent: SQLite runs the statement once for each ([`Param::RunForEach`]).
    EachKey,
    /// The records that a search has found, each as a number: the id, and the score in the lower bits.
    Found,
    /// The entries of the lists as JSON: `[[list, id, position], …]`.
    EntriesAsJson,
    /// The numbers of the lists, for each entry.
    ListNumbers,
    /// The ids, for each entry.
    ListIds,
    /// The positions, for each entry.
    ListPositions,
}

impl StatementTemplate {
    pub(super) fn new(sql: String, slots: Vec<Binding>, reads: Vec<Read>) -> Self {
        Self { sql: sql.into(), slots, reads: reads.into() }
    }

    /// Returns the statement for these parents, and for the records that a search has found.
    pub fn bind(&self, parents: &Parents, found: &Arc<[i64]>) -> Statement {
        let param = |slot: &Binding| match slot {
            Binding::Value(value) => value.clone(),
            Binding::Keys => Param::Ints(parents.keys()),
            Binding::EachKey => Param::RunForEach(parents.keys()),
            Binding::Found => Param::SharedInts(Arc::clone(found)),
            Binding::EntriesAsJson => {
                let entries = if let Parents::Lists(entries) = parents { entries.as_slice() } else { &[] };
                let text: Vec<String> =
                    entries.iter().map(|entry| format!("[{},{},{}]", entry.list, entry.id, entry.position)).collect();
                Param::Text(format!("[{}]", text.join(",")))
            }
            Binding::ListNumbers => Param::Ints(parents.of_entries(|entry| entry.list)),
            Binding::ListIds => Param::Ints(parents.of_entries(|entry| entry.id)),
            Binding::ListPositions => Param::Ints(parents.of_entries(|entry| entry.position)),
        };
        Statement::new(Arc::clone(&self.sql), self.slots.iter().map(param).collect(), Arc::clone(&self.reads))
    }

    /// Returns the statement of a template that needs neither the keys of parents nor the records of a search.
    pub fn statement(&self) -> Statement {
        self.bind(&Parents::Root, &Arc::default())
    }

    /// Returns the size of the memory that it allocates, in bytes.
    pub fn allocated_bytes(&self) -> usize {
        let values =
            self.slots.iter().map(|slot| if let Binding::Value(value) = slot { value.allocated_bytes() } else { 0 });
        self.sql.len() + size_of_val(self.slots.as_slice()) + self.reads.len() + values.sum::<usize>()
    }
}

/// The statements of a fetch, written once for its plan. `None` for those that it does not need.
#[derive(Debug, Default)]
pub struct Templates {
    /// Reads the rows.
    pub rows: Option<StatementTemplate>,
    /// Counts the rows of each parent on all pages.
    pub count: Option<StatementTemplate>,
    /// Reads the facets that share their rows.
    pub shared_facets: Option<StatementTemplate>,
}

impl Templates {
    /// Returns the size of the memory that they allocate, in bytes.
    pub fn allocated_bytes(&self) -> usize {
        let all = [&self.rows, &self.count, &self.shared_facets];
        all.into_iter().flatten().map(StatementTemplate::allocated_bytes).sum()
    }
}
