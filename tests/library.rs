//! The library: documents in and out.

#[path = "library/checking.rs"]
mod checking;
