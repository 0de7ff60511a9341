//! Outputs: how the rows of a plan are written as JSON.
//!
//! `cost_item` is an index into the items of the [`CostPlan`](super::cost::CostPlan), which count the objects written.

use super::{
    attribution::RecordAttribution,
    grouping::{MeasureFormat, Ranges},
};
use crate::engine::catalog::{ChoiceType, Conversion};

/// How an object is written.
pub struct ObjectPlan {
    /// Its item in the cost.
    pub cost_item: usize,
    /// Its fields.
    pub fields: Vec<(ResponseKey, FieldPlan)>,
}

/// A response key as it is written: in quotation marks, with its colon.
pub type ResponseKey = Box<str>;

/// Returns a response key as it is written. GraphQL names need no escapes in JSON.
pub fn response_key(name: &str) -> ResponseKey {
    format!("\"{name}\":").into()
}

/// How a field of a row is written.
pub enum FieldPlan {
    /// This text.
    Constant(String),
    /// A typed id: the column of its key, and the name of its type.
    Id(usize, &'static str),
    /// A typed id: the column of its key, and the column with the name of its type.
    IdOf(usize, usize),
    /// A scalar from a column.
    Scalar(usize),
    /// A range of numbers.
    Range(Box<RangePlan>),
    /// The JSON of a column with a list, without spaces between its tokens; an empty list if the column is null.
    Stored(usize),
    /// Selected parts of the JSON of a column.
    Json(usize, JsonFieldPlan),
    /// The credit of the record.
    Attribution(RecordAttribution),
    /// A record of a level below.
    One {
        /// Index of the level.
        child: usize,
        /// Column of the key.
        column: usize,
        /// How the record is written.
        plan: ObjectPlan,
        /// True if the field is never null.
        required: bool,
    },
    /// A plain list from a level below.
    Parts {
        /// Index of the level.
        child: usize,
        /// Column of the key.
        column: usize,
        /// How the list is written.
        plan: PartsPlan,
    },
    /// A connection from a level below.
    Connection {
        /// Index of the level.
        child: usize,
        /// Column of the key.
        column: usize,
        /// How the connection is written.
        plan: ConnectionPlan,
    },
}

/// How a member of a JSON object is written.
pub enum JsonFieldPlan {
    /// This text.
    Constant(String),
    /// Unchanged; `null` if it is missing.
    Stored,
    /// A number that is computed from other members of the same object; `null` if one of them is missing.
    Converted(&'static Conversion),
    /// Selected members of an object; `null` if it is missing.
    Object(JsonPlan),
    /// A list of objects; empty if it is missing.
    List(JsonPlan),
    /// A record, found by the id in the JSON.
    One {
        /// Index of the level.
        child: usize,
        /// How the record is written.
        plan: ObjectPlan,
        /// True if the field is never null.
        required: bool,
    },
    /// A connection of the records in a list of ids.
    Connection {
        /// Index of the level.
        child: usize,
        /// How the connection is written.
        plan: ConnectionPlan,
    },
}

/// How a JSON object is written.
pub struct JsonPlan {
    /// Its item in the cost.
    pub cost_item: usize,
    /// Its fields: response key, name of the member, how it is written.
    pub members: Vec<(ResponseKey, &'static str, JsonFieldPlan)>,
}

/// How a list of parts is written.
pub struct PartsPlan {
    /// Index of the cost item of its filter; `None` without one.
    pub cost_item: Option<usize>,
    /// Maximum number of entries; `None` for all.
    pub first: Option<usize>,
    /// How each entry is written.
    pub entry: ObjectPlan,
}

/// How a connection is written.
pub struct ConnectionPlan {
    /// Its item in the cost.
    pub cost_item: usize,
    /// Its fields.
    pub fields: Vec<(ResponseKey, ConnectionFieldPlan)>,
}

/// How a field of a connection is written.
pub enum ConnectionFieldPlan {
    /// This text.
    Constant(String),
    /// The entries.
    Nodes(NodePlan),
    /// The entries with their cursors.
    Edges(Vec<(ResponseKey, EdgeFieldPlan)>),
    /// The position of the page in the list.
    PageInfo(Vec<(ResponseKey, PageInfoFieldPlan)>),
    /// The number of entries on all pages.
    TotalCount,
    /// The text of the search with similar words in place of those that match nothing.
    DidYouMean,
    /// The synonyms that the search used.
    Expansions(ExpansionPlan),
    /// The aggregate of all entries: the index of its fetch in [`Fetch::groups`](super::Fetch::groups), and how it is
    /// written.
    Aggregate(usize, AggregatePlan),
    /// The most frequent values of fields.
    Facets(Vec<(ResponseKey, FacetsFieldPlan)>),
    /// Groups of the entries: the index of their fetch in [`Fetch::groups`](super::Fetch::groups), and how they are
    /// written.
    Groups(usize, ConnectionPlan),
}

/// How an aggregate is written.
pub struct AggregatePlan {
    /// Its item in the cost.
    pub cost_item: usize,
    /// Its fields.
    pub fields: Vec<(ResponseKey, AggregateFieldPlan)>,
}

/// How a field of an aggregate is written.
pub enum AggregateFieldPlan {
    /// This text.
    Constant(String),
    /// A number from a column; 0 if there are no rows.
    Count(usize),
    /// A value from a column; null if there are no rows.
    Value(usize, MeasureFormat),
    /// An object with these fields.
    Object(Vec<(ResponseKey, AggregateFieldPlan)>),
}

/// How a field of the facets is written.
pub enum FacetsFieldPlan {
    /// This text.
    Constant(String),
    /// A facet.
    Facet(FacetPlan),
}

/// How a facet is written: a list of values.
pub struct FacetPlan {
    /// Index of its fetch in [`Fetch::groups`](super::Fetch::groups).
    pub groups: usize,
    /// Its item in the cost.
    pub cost_item: usize,
    /// The fields of a value.
    pub fields: Vec<(ResponseKey, FacetFieldPlan)>,
}

/// How a field of a value of a facet is written.
pub enum FacetFieldPlan {
    /// This text.
    Constant(String),
    /// The value in a column.
    Value(usize),
    /// The label for users.
    Label(FacetLabel),
}

/// The label of a value of a facet, for users.
#[derive(Clone, Copy)]
pub enum FacetLabel {
    /// The label of a value of an enumeration.
    Choice(&'static ChoiceType),
    /// The number itself.
    Number,
    /// Yes or no.
    Boolean,
    /// The text in a column.
    Column(usize),
}

/// How a group is written.
pub struct GroupPlan {
    /// Its item in the cost.
    pub cost_item: usize,
    /// Its fields.
    pub fields: Vec<(ResponseKey, GroupFieldPlan)>,
}

/// How a field of a group is written.
pub enum GroupFieldPlan {
    /// This text.
    Constant(String),
    /// Its keys.
    Key(ObjectPlan),
    /// The aggregate of its rows.
    Aggregate(AggregatePlan),
}

/// How a range in the key of a group is written; null if the records have no number.
pub struct RangePlan {
    /// Its item in the cost.
    pub cost_item: usize,
    /// The column with its index.
    pub column: usize,
    /// The ranges.
    pub ranges: Ranges,
    /// Its fields.
    pub fields: Vec<(ResponseKey, RangeFieldPlan)>,
}

/// How a field of a range is written.
pub enum RangeFieldPlan {
    /// This text.
    Constant(String),
    /// The first number of the range; null if there is none.
    From,
    /// The first number above the range; null if there is none.
    To,
}

/// How a field of an edge is written.
pub enum EdgeFieldPlan {
    /// This text.
    Constant(String),
    /// The cursor of the entry.
    Cursor,
    /// The entry.
    Node(NodePlan),
    /// The score of the entry in the search; null without a search.
    Score,
    /// What matched in the entry.
    Matches(MatchPlan),
    /// The texts of the entry with the words that matched.
    Highlight(HighlightPlan),
    /// The aggregate of the records between, in the columns after the score.
    BetweenAggregate(AggregatePlan),
}

/// How an entry of a connection is written.
pub enum NodePlan {
    /// As this object.
    Row(ObjectPlan),
    /// As a record of one of several types: for each type, the index of the level that reads its records, and how a
    /// record is written.
    AnyOf(Vec<(usize, ObjectPlan)>),
    /// As this group.
    Group(GroupPlan),
}

/// How a field of `PageInfo` is written.
pub enum PageInfoFieldPlan {
    /// This text.
    Constant(String),
    /// Whether entries follow the page.
    HasNextPage,
    /// Whether entries precede the page.
    HasPreviousPage,
    /// Cursor of the first entry.
    StartCursor,
    /// Cursor of the last entry.
    EndCursor,
}

/// How an object with details of a search is written: a match, a highlight, a span or an expansion.
pub struct SearchDetailPlan<F> {
    /// Its item in the cost.
    pub cost_item: usize,
    /// Its fields.
    pub fields: Vec<(ResponseKey, SearchDetailField<F>)>,
}

/// How a field of such an object is written.
pub enum SearchDetailField<F> {
    /// This text.
    Constant(String),
    /// A value of the object.
    Value(F),
}

/// How a match of a search is written.
pub type MatchPlan = SearchDetailPlan<MatchFieldPlan>;

/// How a field of a match is written.
pub enum MatchFieldPlan {
    /// The field of the record.
    Field,
    /// The word of the record.
    Term,
    /// The kind of match: the role of the text, or `FUZZY`.
    How,
}

/// How a text with marked words is written.
pub type HighlightPlan = SearchDetailPlan<HighlightFieldPlan>;

/// How a field of a text with marked words is written.
pub enum HighlightFieldPlan {
    /// The field of the record.
    Field,
    /// The text.
    Text,
    /// The spans of the matching words.
    Spans(SpanPlan),
}

/// How a span is written.
pub type SpanPlan = SearchDetailPlan<SpanFieldPlan>;

/// How a field of a span is written.
pub enum SpanFieldPlan {
    /// Its first code unit.
    Start,
    /// Its number of code units.
    Length,
}

/// How a synonym that a search used is written.
pub type ExpansionPlan = SearchDetailPlan<ExpansionFieldPlan>;

/// How a field of a synonym is written.
pub enum ExpansionFieldPlan {
    /// The words that the client gave.
    Words,
    /// The words that are searched as well.
    Meaning,
}
