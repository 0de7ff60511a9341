//! What an answer costs: before it is read, at most; afterwards, in truth.
//!
//! Each object that can stand in the answer costs [`OBJECT`], each list of content that is looked up for a parent
//! [`CONNECTION`], and more when it is counted or searched. Lists count with the entries that their arguments allow at most.
//! Scalars are free. The idea is that of the cost directives specification
//! (<https://ibm.github.io/graphql-specs/cost-spec.html>); the weights stand here, once, for the whole schema.

use serde_json::json;

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

/// The cost of an operation: places, each with what stands there at most.
pub struct CostPlan {
    places: Vec<Place>,
    /// How often what is planned now can stand in the answer.
    pub times: u64,
    /// Some filter is not answered by an index.
    pub searches: bool,
}

struct Place {
    /// Response keys down to it, joined by dots.
    path: String,
    weight: u64,
    times: u64,
}

impl Default for CostPlan {
    fn default() -> Self {
        Self { places: Vec::new(), times: 1, searches: false }
    }
}

impl CostPlan {
    /// A place in the answer where something of this weight stands.
    pub fn place(&mut self, path: &[String], weight: u64) -> usize {
        self.places.push(Place { path: path.join("."), weight, times: self.times });
        self.places.len() - 1
    }

    /// Makes a place weigh more.
    pub fn add(&mut self, place: usize, weight: u64) {
        self.places[place].weight += weight;
    }

    /// What follows stands in a list of at most so many entries. Gives what counted before, to be put back after it.
    pub fn repeat(&mut self, times: u64) -> u64 {
        let outer = self.times;
        self.times = outer.saturating_mul(times);
        outer
    }

    /// How many places there are.
    #[must_use]
    pub fn places(&self) -> usize {
        self.places.len()
    }

    /// What the answer costs at most.
    #[must_use]
    pub fn at_most(&self) -> u64 {
        self.places.iter().fold(0, |sum, place| sum.saturating_add(place.weight.saturating_mul(place.times)))
    }

    /// What it has cost when so much was written at each place.
    #[must_use]
    pub fn actual(&self, written: &[u64]) -> u64 {
        self.places.iter().zip(written).map(|(place, written)| place.weight * written).sum()
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
