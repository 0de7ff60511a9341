//! Plans: what an operation reads and how its response is written, known before any statement runs.
//!
//! The [`planner`] creates a plan from the [`selection`] of a root field. A plan is a tree of [`Fetch`]es. Each fetch
//! reads one level: one SQL statement reads the selected columns for all rows of the level above. An output
//! ([`ObjectPlan`], [`ConnectionPlan`]) says how the rows become JSON.

pub(crate) mod arguments;
pub(crate) mod attribution;
pub(crate) mod cost;
mod fetch;
pub(crate) mod grouping;
mod output;
pub(crate) mod planner;
pub(crate) mod root;
pub(crate) mod rows;
pub(crate) mod search;
mod searched_texts;
pub(crate) mod selection;
pub mod statistics;

use crate::graphql::{Position, path::PathSegment};

use super::problem::Problem;

pub use fetch::{By, Child, Fetch, KeySource};
pub use output::{
    AggregateFieldPlan, AggregatePlan, ConnectionFieldPlan, ConnectionPlan, EdgeFieldPlan, ExpansionFieldPlan,
    ExpansionPlan, FacetFieldPlan, FacetLabel, FacetPlan, FacetsFieldPlan, FieldPlan, FoundField, GroupFieldPlan, GroupPlan,
    HighlightFieldPlan, HighlightPlan, JsonFieldPlan, JsonPlan, MatchFieldPlan, MatchPlan, NodePlan, ObjectPlan,
    PageInfoFieldPlan, ResponseKey, SearchDetailPlan, SpanFieldPlan, SpanPlan, response_key,
};
pub use rows::between::Tie;
pub use searched_texts::{SearchedTexts, TextsIn};

/// An error of the client in a field.
#[derive(Debug)]
pub struct FieldError {
    /// What is wrong.
    pub problem: Problem,
    /// Path of the field in the response. The error is found before anything is read, so the length of a list is not known.
    /// Each list on the path has the index of the first entry that would have the field.
    pub path: Vec<PathSegment>,
    /// Line and column of the field in the document.
    pub position: Position,
}
