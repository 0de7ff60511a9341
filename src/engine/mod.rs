//! The engine: declarations become GraphQL types, selections become plans, plans become SQL, rows become JSON.
//!
//! It is generic: it names no content type. [`declare`] is how a content type says what it is; [`catalog`] is that as data;
//! [`register`] makes GraphQL types of it. [`planner`] turns the selection of a root field into a [`plan`], [`run`] reads it
//! level by level with the SQL of [`statement`], and [`mod@write`] writes the answer. [`root`] is where an operation comes
//! in.

pub mod catalog;
pub(crate) mod cost;
pub mod count;
mod cut;
pub mod datum;
pub mod declare;
pub(crate) mod filter;
pub(crate) mod id;
pub(crate) mod input;
pub(crate) mod order;
pub(crate) mod page;
pub(crate) mod path;
pub(crate) mod plan;
pub(crate) mod planner;
pub(crate) mod predicate;
pub(crate) mod problem;
pub(crate) mod register;
pub(crate) mod root;
mod run;
pub(crate) mod selection;
mod sql;
#[cfg(feature = "stages")]
mod stages;
mod statement;
pub mod statistics;
pub(crate) mod used;
pub(crate) mod write;
