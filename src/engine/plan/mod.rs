//! Plans: what an operation reads and how its response is written, known before any statement runs.
//!
//! The [`planner`] creates a plan from the [`selection`] of a root field. A plan is a tree of [`Fetch`]es. Each fetch
//! reads the selected columns of one level with one SQL statement, for all rows of the level above. An output
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
    ExpansionPlan, FacetFieldPlan, FacetLabel, FacetPlan, FacetsFieldPlan, FieldPlan, GroupFieldPlan, GroupPlan,
    HighlightFieldPlan, HighlightPlan, JsonFieldPlan, JsonPlan, MatchFieldPlan, MatchPlan, NodePlan, ObjectPlan,
    PageInfoFieldPlan, PartsPlan, RangeFieldPlan, RangePlan, ResponseKey, SearchDetailField, SearchDetailPlan,
    SpanFieldPlan, SpanPlan, response_key,
};
pub use rows::between::BetweenMeasures;
pub use searched_texts::{SearchedTexts, TextsIn};

/// An error of the client in a field.
#[derive(Debug)]
pub struct FieldError {
    /// What is wrong.
    pub problem: Problem,
    /// Path of the field in the response. Planning reads no content, so an error in the selection on a list concerns all
    /// of its entries. The path has the index of the first of them.
    pub path: Vec<PathSegment>,
    /// Line and column of the field in the document.
    pub position: Position,
}
