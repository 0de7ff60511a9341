//! The cost of an operation: its maximum before it runs, and its actual cost afterwards.
//!
//! A point is at most one millisecond of processor time and ten kilobytes of the response. Each object that the
//! response may contain costs [`OBJECT_POINTS`]. Each connection of each parent costs [`CONNECTION`], and more if it is
//! counted or searched. A list is assumed to have the maximum number of entries that its arguments allow. A plain list
//! is assumed to have [`PLAIN_LIST`] entries, whatever its arguments. Scalars are free, but a response costs at least
//! one point for each [`BYTES_PER_POINT`] bytes. The rows that filters, orders, counts, searches and groups may read
//! add to the maximum cost only, for example one point for each [`ROWS_PER_POINT`] rows of a filter.
//!
//! This follows the cost directives specification (<https://ibm.github.io/graphql-specs/cost-spec.html>), but the weights
//! are the constants below and not directives in the schema.

use serde_json::json;

use super::{FieldPlan, ResponseKey};
use crate::{
    graphql::path::{PathSegment, dotted},
    store::TIME_LIMIT,
};

/// Points for an object of the response.
pub const OBJECT_POINTS: u64 = 1;

/// Points for a connection: one page of one parent.
pub const CONNECTION: u64 = 1;

/// Points for `totalCount`: the rows of one parent are counted.
pub const TOTAL_COUNT: u64 = 5;

/// Points for a list with the argument `search`, or with a filter or an order that no index supports. No index supports
/// `not` and operators such as `contains` and `ne`. No index has members of value objects, fields of related rows, or
/// measures of these rows.
pub const SEARCH_OR_SCAN_POINTS: u64 = 20;

/// Assumed number of entries of a plain list. Few plain lists of the library are longer.
pub const PLAIN_LIST: u64 = 10;

/// Bytes of the response for one point.
pub const BYTES_PER_POINT: u64 = 10_000;

/// Rows that a filter or an order reads for one point: in about a millisecond, both databases read a thousand rows and fold
/// the case of one text in each row.
pub const ROWS_PER_POINT: u64 = 1_000;

/// Cost of parsing a value inside the JSON of a row, as a number of rows: the slower database can read this many rows in
/// the same time.
pub const MEMBER_ROWS: u64 = 5;

/// Assumed number of entries of a list inside JSON. It is lower than the usual number, because most of the time is spent
/// on parsing the JSON, and little on reading the entries.
pub const ASSUMED_JSON_ENTRIES: u64 = 2;

/// Index entries that are read for one point.
pub const SCANNED_ROWS_PER_POINT: u64 = 20_000;

/// Rows that are grouped for one point. They are fewer than [`SCANNED_ROWS_PER_POINT`], because the values are read from
/// the rows and not from an index.
pub const GROUPED_ROWS_PER_POINT: u64 = 5_000;

/// Maximum points for reading. They correspond to [`TIME_LIMIT`], after which reading is stopped.
const MAX_READING: u64 = TIME_LIMIT.as_secs() * 1_000;

/// Maximum size of a plan in memory, in bytes. Each field that uses a filter has a copy of the values of the filter.
pub const MAX_PLAN: usize = 4 * 1024 * 1024;

/// Bytes of a planned field in memory, without its key.
const OUTPUT_BYTES: usize = size_of::<(ResponseKey, FieldPlan)>() + 16;

/// The cost of an operation: an item for each object and connection that is selected.
pub struct CostPlan {
    items: Vec<CostItem>,
    /// How often the selection that is planned now occurs in the response.
    times: Times,
    /// True if the points of a connection include [`SEARCH_OR_SCAN_POINTS`].
    pub has_search_or_scan: bool,
    bytes: u64,
    /// [`Self::reading()`] in thousandths of a point.
    reading: u64,
    allocated: usize,
}

/// How often a selection occurs in the response: the maximum, and an estimate for the length of the response.
#[derive(Clone, Copy)]
pub struct Times {
    most: u64,
    usual: u64,
}

struct CostItem {
    /// Its path of response keys, joined by dots.
    path: String,
    points: u64,
    times: u64,
}

impl Default for CostPlan {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            times: Times { most: 1, usual: 1 },
            has_search_or_scan: false,
            bytes: 0,
            reading: 0,
            allocated: 0,
        }
    }
}

impl CostPlan {
    /// Adds an object or a connection that costs this many points, and returns its index.
    pub fn item(&mut self, path: &[PathSegment], points: u64) -> usize {
        /// Brackets and commas.
        const SIGNS: u64 = 3;
        self.add_bytes(SIGNS);
        let path = dotted(path);
        self.add_allocated(size_of::<CostItem>() + path.len());
        self.items.push(CostItem { path, points, times: self.times.most });
        self.items.len() - 1
    }

    /// Adds points to an item.
    pub fn add(&mut self, item: usize, points: u64) {
        self.items[item].points += points;
    }

    /// Adds a field: its response key, and the mean bytes of its value. Objects and lists have 0 bytes here; their fields
    /// are added separately.
    pub fn output(&mut self, key: &str, bytes: u64) {
        /// Quotation marks, colon and comma.
        const SIGNS: u64 = 4;
        self.add_allocated(OUTPUT_BYTES + key.len());
        self.add_bytes(key.len() as u64 + SIGNS + bytes);
    }

    fn add_bytes(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes.saturating_mul(self.times.usual));
    }

    /// Adds the rows that may be read for all occurrences of the current selection together. They cost one point for each
    /// `rows_per_point` rows.
    pub fn read(&mut self, rows: u64, rows_per_point: u64) {
        self.reading = self.reading.saturating_add(rows.saturating_mul(1_000) / rows_per_point);
    }

    /// Returns the maximum number of occurrences of the current selection.
    #[must_use]
    pub fn occurrences(&self) -> u64 {
        self.times.most
    }

    /// Begins a list that has at most `most` entries, and usually at most `usual`. Returns the state to pass to
    /// [`Self::end_repeat`].
    pub fn repeat(&mut self, most: u64, usual: u64) -> Times {
        let Times { most: outer_most, usual: outer_usual } = self.times;
        let times = Times { most: outer_most.saturating_mul(most), usual: outer_usual.saturating_mul(usual) };
        std::mem::replace(&mut self.times, times)
    }

    /// Ends a list.
    pub fn end_repeat(&mut self, outer: Times) {
        self.times = outer;
    }

    /// Returns the number of items.
    #[must_use]
    pub fn items(&self) -> usize {
        self.items.len()
    }

    /// Adds the size of a part of the plan in memory, in bytes.
    pub fn add_allocated(&mut self, bytes: usize) {
        self.allocated = self.allocated.saturating_add(bytes);
    }

    /// Returns the size of the plan in memory, in bytes.
    #[must_use]
    pub fn allocated_bytes(&self) -> usize {
        self.allocated
    }

    /// Reports whether the plan is larger than [`MAX_PLAN`]. Then nothing more is planned, and the operation is refused.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.allocated > MAX_PLAN
    }

    /// Returns the estimated maximum bytes of the response.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the points for the rows that filters, orders, counts, searches and groups may read.
    #[must_use]
    pub fn reading(&self) -> u64 {
        (self.reading / 1_000).min(MAX_READING)
    }

    /// Returns the maximum cost of the operation.
    #[must_use]
    pub fn maximum(&self) -> u64 {
        self.items_maximum().max(self.bytes / BYTES_PER_POINT).saturating_add(self.reading())
    }

    /// Returns the sum of the maximum costs of the items.
    fn items_maximum(&self) -> u64 {
        self.items.iter().fold(0, |sum: u64, item| sum.saturating_add(item.points.saturating_mul(item.times)))
    }

    /// Returns the sum of the actual costs of the items.
    fn items_actual(&self, written: &[u64]) -> u64 {
        self.items.iter().zip(written).map(|(item, written)| item.points * written).sum()
    }

    /// Returns the actual cost, without the rows that were read. `written` is the number of times that each item was
    /// written, and `bytes` the length of the response.
    #[must_use]
    pub fn actual(&self, written: &[u64], bytes: usize) -> u64 {
        self.items_actual(written).max(bytes as u64 / BYTES_PER_POINT)
    }

    /// Returns the maximum and the actual cost of each item, in the order of the response.
    #[must_use]
    pub fn breakdown(&self, written: &[u64]) -> serde_json::Value {
        let items = self.items.iter().zip(written).map(|(item, written)| {
            json!({
                "path": item.path,
                "requested": item.points.saturating_mul(item.times),
                "actual": item.points * written,
            })
        });
        items.collect()
    }

    /// Returns the parts of the cost that no item has, each with its name, its maximum and its actual cost: `reading`, the
    /// rows that may be read, and `length`, the points by which a long response costs more than its items. `actual` is the
    /// result of [`Self::actual`].
    #[must_use]
    pub fn other_parts(&self, written: &[u64], actual: u64) -> [(&'static str, u64, u64); 2] {
        let maximum_length = (self.bytes / BYTES_PER_POINT).saturating_sub(self.items_maximum());
        let length = actual.saturating_sub(self.items_actual(written));
        [("reading", self.reading(), 0), ("length", maximum_length, length)]
    }
}
