//! Groups of the rows of a list: their keys and their measures.
//!
//! A [`Fetch`] with a [`Grouping`] reads groups instead of rows: its columns are the keys of a group and its measures.
//! Apart from that it is a list like others, with an order, pages and cursors. An aggregate is a grouping without keys,
//! so all rows of the list are one group. A facet is a list of groups with one key.

mod by;
mod conditions;
mod key;
mod measure;
mod own_filter;
mod ranges;

use super::{
    arguments::order::OrderKey,
    fetch::Fetch,
    rows::{expression::Expression, predicate::Filter},
};
use crate::store::reading::statement::Read;

pub use by::keys_of;
pub use conditions::{measured_order, measured_where};
pub use key::{GroupKey, KeyValues};
pub use measure::{Measure, MeasureFormat};
pub use own_filter::SplitFilter;
pub use ranges::{FLOAT_RANGE, INT_RANGE, MAX_BOUNDS, Ranges};

/// Maximum number of dimensions of groups. Each multiplies the number of groups.
pub const MAX_DIMENSIONS: usize = 4;

/// Default number of values of a facet: a user interface rarely shows more choices.
pub const DEFAULT_VALUES: usize = 10;

/// Defines the names of the columns of groups.
macro_rules! columns {
    ($($number:literal)*) => { &[$(concat!("c", $number)),*] };
}

/// Names of the columns of groups: their keys, then their measures. A list of groups has at most as many columns.
pub const COLUMNS: &[&str] = columns!(
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43
    44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63
);

/// How rows are grouped.
#[derive(Clone, Debug, Default)]
pub struct Grouping {
    /// The keys of a group; empty for an aggregate.
    pub keys: Vec<GroupKey>,
    /// The measures of the rows of a group.
    pub measures: Vec<Measure>,
    /// Expressions that use the columns of a group. They are computed only for the groups of the page.
    pub details: Vec<Expression>,
    /// The predicate for the field `selected` of a facet. It is true if the filter of the list matches the key of the
    /// group. `None` if the client does not select that field.
    pub selected: Option<Filter>,
    /// The predicate of the groups that precede all others, whatever the order; `None` if the order alone decides.
    pub first: Option<Filter>,
    /// The predicate on the columns of a group that each group must match; `None` for all groups.
    pub having: Option<Filter>,
}

impl Fetch {
    /// Returns a fetch of the groups of its rows, without measures and without pages.
    #[must_use]
    pub fn grouped(&self, keys: Vec<GroupKey>) -> Self {
        let columns = keys.iter().zip(COLUMNS).map(|(key, name)| (*name, key.read())).collect();
        let grouping = Grouping { keys, ..Grouping::default() };
        let (filter, search) = (self.filter.clone(), self.search.clone());
        Self { filter, search, columns, grouping: Some(grouping), ..Self::of(self.target, self.table, self.by) }
    }

    /// Adds a measure, unless the groups have it already, and returns the index of its column; `None` if there are too many.
    pub fn measure(&mut self, measure: Measure) -> Option<usize> {
        let grouping = self.grouping.as_mut()?;
        let known = grouping.measures.iter().position(|other| *other == measure);
        let at = grouping.keys.len() + known.unwrap_or(grouping.measures.len());
        if known.is_none() {
            self.columns.push((COLUMNS.get(at)?, measure.read()));
            grouping.measures.push(measure);
        }
        Some(at)
    }

    /// Adds an expression that uses the columns of a group, and returns the index of its column. No measure may be added
    /// afterwards.
    pub fn detail(&mut self, expression: Expression, read: Read) -> usize {
        self.columns.push(("", read));
        if let Some(grouping) = &mut self.grouping {
            grouping.details.push(expression);
        }
        self.columns.len() - 1
    }

    /// Adds a column that is true if the filter `selected` matches the key of a group, and returns the index of the
    /// column. No detail may be added afterwards.
    pub fn selected(&mut self, selected: Filter) -> usize {
        self.columns.push(("", Read::Boolean));
        if let Some(grouping) = &mut self.grouping {
            grouping.selected = Some(selected);
        }
        self.columns.len() - 1
    }
}

impl Grouping {
    /// Returns the keys, each with the index of the first key that reads its values from the same joined rows. That is the
    /// index of the key itself, unless it shares these rows with an earlier key.
    pub fn joined_keys(&self) -> impl Iterator<Item = (usize, &GroupKey)> {
        let keys = self.keys.iter().enumerate();
        keys.map(move |(at, key)| (self.keys[..at].iter().position(|first| first.shares_join(key)).unwrap_or(at), key))
    }

    /// Like [`Self::joined_keys`], but of several keys that share joined rows, it returns only the first.
    pub fn joins(&self) -> impl Iterator<Item = (usize, &GroupKey)> {
        self.joined_keys().enumerate().filter(|(at, (first, _))| at == first).map(|(_, joined)| joined)
    }

    /// Returns the sort keys that sort groups by their keys.
    #[must_use]
    pub fn order(&self) -> Vec<OrderKey> {
        self.keys.iter().zip(COLUMNS).map(|(key, column)| key.order(column)).collect()
    }

    /// Returns the values to which the measures apply their functions, each once.
    #[must_use]
    pub fn values(&self) -> Vec<&Expression> {
        let mut values = Vec::new();
        for value in self.measures.iter().filter_map(Measure::value) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }

    /// Returns a foreign key column if all keys are values of the related record to which this column refers, and if
    /// the groups have no measure except the number of rows; otherwise `None`. The statement then first counts the rows
    /// of each value of this column, in the order of the index of the column. Then it joins the related records to
    /// these counts instead of to each row, and adds up the counts of each group.
    #[must_use]
    pub fn counted_by(&self) -> Option<&'static str> {
        let column = self.keys.first()?.foreign_key()?;
        let is_through = |key: &GroupKey| key.foreign_key() == Some(column);
        let counts = self.measures.iter().all(|measure| *measure == Measure::Count);
        (counts && self.keys.iter().all(is_through)).then_some(column)
    }

    /// Reports whether it reads values of the rows, and not only their number.
    #[must_use]
    pub fn reads_rows(&self) -> bool {
        !self.keys.is_empty() || self.measures.iter().any(|measure| measure.value().is_some())
    }

    /// Estimates its size in memory, in bytes.
    #[must_use]
    pub fn allocated_bytes(&self) -> usize {
        let filters =
            self.selected.iter().chain(&self.first).chain(&self.having).map(Filter::allocated_bytes).sum::<usize>();
        filters
            + size_of_val(self.keys.as_slice())
            + self.keys.iter().map(GroupKey::allocated_bytes).sum::<usize>()
            + size_of_val(self.measures.as_slice())
            + size_of_val(self.details.as_slice())
    }
}
