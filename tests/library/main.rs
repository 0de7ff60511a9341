//! Tests of the library: checking, importing and exporting content documents.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed, and says where")]

mod checking;
mod exporting;
mod filling;
mod importing;
mod mutating;
mod patients;
mod renaming;
mod support;
