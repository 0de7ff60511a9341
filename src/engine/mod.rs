//! The engine: declarations become GraphQL types, selections become plans, plans become SQL, rows become JSON.
//!
//! It is generic: it names no content type. [`declare`] is how a content type says what it is; [`catalog`] is that as data;
//! [`register`] makes GraphQL types of it. [`planner`] turns the selection of a root field into a [`plan`], [`run`] reads it
//! level by level with the SQL of [`statement`], and [`write`] writes the answer. [`root`] is where an operation comes in.

pub mod catalog;
pub mod count;
pub mod declare;
pub mod filter;
pub mod id;
mod input;
pub mod order;
pub mod page;
pub mod path;
pub mod plan;
pub mod planner;
pub mod predicate;
pub mod problem;
pub mod register;
pub mod root;
mod run;
pub mod selection;
mod sql;
mod statement;
mod write;
