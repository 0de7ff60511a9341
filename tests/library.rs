//! Tests of the library: checking, importing and exporting content documents.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed, and says where")]

#[path = "library/checking.rs"]
mod checking;
#[path = "library/exporting.rs"]
mod exporting;
#[path = "library/filling.rs"]
mod filling;
#[path = "library/importing.rs"]
mod importing;
#[path = "library/mutating.rs"]
mod mutating;
#[path = "library/patients.rs"]
mod patients;
#[path = "library/renaming.rs"]
mod renaming;
#[path = "library/support.rs"]
mod support;
