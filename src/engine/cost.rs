//! What an operation costs: before it runs, at most; afterwards, in truth.
//!
//! A point stands for a millisecond of processor time and ten kilobytes of answer at the most. Each object that can stand in the answer costs
//! [`OBJECT`], each list of content that is looked up for a parent [`CONNECTION`], and more when it is counted or searched. Lists
//! count with the entries that their arguments allow at most. Scalars are free as long as the answer stays below
//! [`BYTES_A_POINT`] for each point. What filters and orders may have to read costs a point for each [`ROWS_A_POINT`].
//! The idea is that of the cost directives specification (<https://ibm.github.io/graphql-specs/cost-spec.html>); the weights stand
//! here, once, for the whole schema.

use serde_json::json;

use super::plan::{Key, What};
use crate::{
    graphql::path::{PathSegment, dotted},
    store::TIME_LIMIT,
};

/// An object of the answer.
pub const OBJECT: u64 = 1;

/// A connection: a page looked up for one parent.
pub const CONNECTION: u64 = 1;

/// `totalCount`: what is on all pages is counted for one parent.
pub const TOTAL_COUNT: u64 = 5;

/// A filter or an order that no index answers: words within texts, `not`, what is true of related rows, and how many they are.
pub const SEARCH: u64 = 20;

/// Entries that a plain list is taken to have. Those of the library have seldom more.
pub const PLAIN_LIST: u64 = 10;

/// Bytes of answer that one point pays for.
pub const BYTES_A_POINT: u64 = 10_000;

/// Rows that one point pays for, when a filter or an order has to look at them: both databases look at a thousand in about a
/// millisecond, with a text of each folded.
pub const ROWS_A_POINT: u64 = 1_000;

/// Rows that one point pays for, when only entries of an index are looked at.
pub const SCANNED_ROWS_A_POINT: u64 = 20_000;

/// Most points for reading: reading is stopped after [`TIME_LIMIT`], whatever was estimated.
const MAX_READING: u64 = TIME_LIMIT.as_secs() * 1_000;

/// Bytes that a planned field takes beside its key.
const OUTPUT_WEIGHT: usize = size_of::<(Key, What)>() + 16;

/// The cost of an operation: places, each with what stands there at most.
pub struct CostPlan {
    places: Vec<Place>,
    /// How often what is planned now can stand in the answer, and how often it usually does at most.
    times: Times,
    /// Some filter is not answered by an index.
    pub searches: bool,
    /// Bytes that the answer usually has at most.
    bytes: u64,
    /// Thousandths of points for the rows that filters, orders and counts look at.
    reading: u64,
    /// Bytes that the plan takes.
    weight: usize,
}

/// How often something stands in the answer: at most, and usually.
#[derive(Clone, Copy)]
pub struct Times {
    most: u64,
    usual: u64,
}

struct Place {
    /// Response keys down to it, joined by dots.
    path: String,
    weight: u64,
    times: u64,
}

impl Default for CostPlan {
    fn default() -> Self {
        Self { places: Vec::new(), times: Times { most: 1, usual: 1 }, searches: false, bytes: 0, reading: 0, weight: 0 }
    }
}

impl CostPlan {
    /// A place in the answer where something of this weight stands.
    pub fn place(&mut self, path: &[PathSegment], weight: u64) -> usize {
        /// Brackets and commas.
        const SIGNS: u64 = 3;
        self.add_bytes(SIGNS);
        let path = dotted(path);
        self.weigh(size_of::<Place>() + path.len());
        self.places.push(Place { path, weight, times: self.times.most });
        self.places.len() - 1
    }

    /// Makes a place weigh more.
    pub fn add(&mut self, place: usize, weight: u64) {
        self.places[place].weight += weight;
    }

    /// Notes a field: its response key, and the bytes that its value usually has. Objects, lists and what stands in them are noted by
    /// themselves.
    pub fn output(&mut self, key: &str, bytes: u64) {
        /// Quotation marks, colon and comma.
        const SIGNS: u64 = 4;
        self.weigh(OUTPUT_WEIGHT + key.len());
        self.add_bytes(key.len() as u64 + SIGNS + bytes);
    }

    fn add_bytes(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes.saturating_mul(self.times.usual));
    }

    /// Notes rows that may have to be looked at, of which one point pays for `rows_a_point`, wherever the current place stands.
    pub fn read(&mut self, rows: u64, rows_a_point: u64) {
        let thousandths = rows.saturating_mul(1_000) / rows_a_point;
        self.reading = self.reading.saturating_add(thousandths.saturating_mul(self.times.most));
    }

    /// What follows stands in a list of at most `most` entries, and usually no more than `usual`. Gives what counted before, for
    /// [`Self::end_repeat`].
    pub fn repeat(&mut self, most: u64, usual: u64) -> Times {
        let Times { most: outer_most, usual: outer_usual } = self.times;
        let times = Times { most: outer_most.saturating_mul(most), usual: outer_usual.saturating_mul(usual) };
        std::mem::replace(&mut self.times, times)
    }

    /// What follows stands after the list.
    pub fn end_repeat(&mut self, outer: Times) {
        self.times = outer;
    }

    /// How many places there are.
    #[must_use]
    pub fn places(&self) -> usize {
        self.places.len()
    }

    /// Notes bytes that a part of the plan takes.
    pub fn weigh(&mut self, bytes: usize) {
        self.weight += bytes;
    }

    /// Bytes that the plan takes.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// Bytes that the answer usually has at most.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Points for the rows that may have to be looked at.
    #[must_use]
    pub fn reading(&self) -> u64 {
        (self.reading / 1_000).min(MAX_READING)
    }

    /// What the answer costs at most.
    #[must_use]
    pub fn at_most(&self) -> u64 {
        let objects =
            self.places.iter().fold(0, |sum: u64, place| sum.saturating_add(place.weight.saturating_mul(place.times)));
        objects.max(self.bytes / BYTES_A_POINT).saturating_add(self.reading())
    }

    /// What it has cost when so much was written at each place, and so many bytes in all.
    #[must_use]
    pub fn actual(&self, written: &[u64], bytes: usize) -> u64 {
        let objects: u64 = self.places.iter().zip(written).map(|(place, written)| place.weight * written).sum();
        objects.max(bytes as u64 / BYTES_A_POINT)
    }

    /// Both for each place, in the order of the answer.
    #[must_use]
    pub fn breakdown(&self, written: &[u64]) -> serde_json::Value {
        let places = self.places.iter().zip(written).map(|(place, written)| {
            json!({
                "path": place.path,
                "requested": place.weight.saturating_mul(place.times),
                "actual": place.weight * written,
            })
        });
        places.collect()
    }
}
