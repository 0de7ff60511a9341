//! Checks the descriptions, the tables and the searched fields of the declarations. `tests/library/checking.rs` checks
//! that the starter library matches the declarations. This file has what the tests of several types use.

mod database;
mod descriptions;
mod search;

use crate::engine::{
    canonical::{CanonicalObject, CanonicalValue},
    catalog::LibraryView,
};

/// A library without content documents.
pub(super) struct Nothing;

impl LibraryView for Nothing {
    fn document(&self, _: &str, _: &str) -> Option<&CanonicalObject> {
        None
    }
}

pub(super) fn object<const N: usize>(fields: [(&'static str, CanonicalValue); N]) -> CanonicalValue {
    CanonicalValue::Object(fields.into_iter().collect())
}

pub(super) fn list<const N: usize>(values: [CanonicalValue; N]) -> CanonicalValue {
    values.into_iter().collect()
}
