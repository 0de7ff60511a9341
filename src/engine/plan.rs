//! Plans: what an operation reads and how its answer is written, known before any statement runs.
//!
//! A plan is a tree of [`Fetch`]es. Each is one SQL statement that reads the columns asked for, for all rows of the level above
//! at once; the outputs beside it say how its rows become JSON.

use super::{catalog::ObjectType, order::OrderKey, page::Page, path::Path, predicate::Filter, problem::Problem};
use crate::{
    graphql::{Position, path::PathSegment},
    store::statement::Read,
};

/// A root field, planned.
pub enum RootPlan {
    /// One content, or null.
    One(Fetch, ObjectPlan),
    /// A connection.
    Connection(Fetch, ConnectionPlan),
    /// Content by id, in the order asked for, null where there is none.
    Nodes {
        /// One fetch a type.
        fetches: Vec<(Fetch, ObjectPlan)>,
        /// For each id asked for, the fetch and the key; `None` when it is malformed, or a mistake below makes it null.
        wanted: Vec<Option<(usize, i64)>>,
        /// A list, or the one alone.
        list: bool,
    },
    /// Null: nothing to look for, or the mistake is reported.
    Null,
}

/// A mistake of the caller in a field.
#[derive(Debug)]
pub struct FieldError {
    /// What is wrong.
    pub problem: Problem,
    /// Where the field stands in the response. A mistake is known before anything is read, so that lists stand there with their first
    /// entry that would reach the field, whether there is one or not.
    pub path: Vec<PathSegment>,
    /// Line and column of the field.
    pub position: Position,
}

/// One statement: the rows of a level.
#[expect(clippy::struct_excessive_bools, reason = "each is set by another field of the selection, in any combination")]
pub struct Fetch {
    /// Type of the rows.
    pub target: &'static ObjectType,
    /// How they are found.
    pub by: By,
    /// Which of them.
    pub filter: Option<Filter>,
    /// Their order; ends in the slug or the id for everything that is paged.
    pub keys: Vec<OrderKey>,
    /// The page of each parent's list; `None` takes all.
    pub page: Option<Page>,
    /// Tells cursors of this list from those of others.
    pub fingerprint: u32,
    /// Columns read, in order.
    pub columns: Vec<(&'static str, Read)>,
    /// Which columns hold JSON that must be parsed.
    pub json: Vec<usize>,
    /// Reads rows at all; false when only the count is asked for.
    pub rows: bool,
    /// Reads the sort keys, for cursors.
    pub cursors: bool,
    /// Reads one row more, to know whether there is one.
    pub more: bool,
    /// Counts.
    pub count: bool,
    /// Names of the content types that its filter and its order look into.
    pub depends: Vec<&'static str>,
    /// The levels below.
    pub children: Vec<Child>,
}

/// How the rows of a level are found.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// Anywhere in the table.
    Root,
    /// By primary key.
    Key,
    /// By a column that names the owner; ordered by `position` and never paged.
    Owner(&'static str),
    /// At the end of a path from each parent.
    Path(Path),
    /// By lists of ids.
    Lists,
}

/// A level below, and where its keys come from.
pub struct Child {
    /// Where the keys are in the rows above.
    pub source: KeySource,
    /// The level.
    pub fetch: Fetch,
}

/// Where the keys of a level are in the rows above.
#[derive(Debug)]
pub enum KeySource {
    /// A column.
    Column(usize),
    /// Inside the JSON of a column: member names down to the id or the list of ids. Arrays on the way are walked through.
    Json(usize, Vec<&'static str>),
}

/// How one object is written.
pub struct ObjectPlan {
    /// Where it counts in the cost.
    pub place: usize,
    /// Its fields.
    pub fields: Vec<(Key, What)>,
}

/// A response key as it is written: quoted, with its colon.
pub type Key = Box<str>;

/// A response key as it is written. Names of GraphQL need no escapes.
pub fn key(name: &str) -> Key {
    format!("\"{name}\":").into()
}

/// How one field of a row is written.
pub enum What {
    /// As it stands here.
    Constant(String),
    /// A typed id from a column.
    Id(usize, &'static str),
    /// A scalar from a column.
    Scalar(usize),
    /// JSON from a column, as stored; an empty list when null.
    Stored(usize),
    /// JSON from a column, projected.
    Json(usize, JsonWhat),
    /// One content of a level below.
    One {
        /// Which child.
        child: usize,
        /// Column of the key.
        column: usize,
        /// How it is written.
        plan: ObjectPlan,
        /// Never null.
        required: bool,
    },
    /// A plain list from a level below.
    Parts {
        /// Which child.
        child: usize,
        /// Column of the key.
        column: usize,
        /// How each is written.
        plan: ObjectPlan,
    },
    /// A connection from a level below.
    Connection {
        /// Which child.
        child: usize,
        /// Column of the key.
        column: usize,
        /// How it is written.
        plan: ConnectionPlan,
    },
}

/// How a JSON value is written.
pub enum JsonWhat {
    /// As it stands here.
    Constant(String),
    /// As stored; `null` when absent.
    Stored,
    /// An object's members, or null.
    Object(JsonPlan),
    /// A list of objects; empty when absent.
    List(JsonPlan),
    /// One content by its id.
    One {
        /// Which child.
        child: usize,
        /// How it is written.
        plan: ObjectPlan,
        /// Never null.
        required: bool,
    },
    /// A list of ids as a connection.
    Connection {
        /// Which child.
        child: usize,
        /// How it is written.
        plan: ConnectionPlan,
    },
}

/// How the members of a JSON object are written: response key, member, how.
pub struct JsonPlan {
    /// Where it counts in the cost.
    pub place: usize,
    /// Its members.
    pub members: Vec<(Key, &'static str, JsonWhat)>,
}

/// How a connection is written.
pub struct ConnectionPlan {
    /// Where it counts in the cost.
    pub place: usize,
    /// Its fields.
    pub fields: Vec<(Key, ConnectionWhat)>,
}

/// How a field of a connection is written.
pub enum ConnectionWhat {
    /// As it stands here.
    Constant(String),
    /// The entries themselves.
    Nodes(ObjectPlan),
    /// The entries with their cursors.
    Edges(Vec<(Key, EdgeWhat)>),
    /// What is around the page.
    PageInfo(Vec<(Key, PageInfoWhat)>),
    /// How many there are on all pages.
    TotalCount,
}

/// How a field of an edge is written.
pub enum EdgeWhat {
    /// As it stands here.
    Constant(String),
    /// The cursor of the entry.
    Cursor,
    /// The entry.
    Node(ObjectPlan),
}

/// How a field of `PageInfo` is written.
pub enum PageInfoWhat {
    /// As it stands here.
    Constant(String),
    /// Whether more comes after the page.
    HasNextPage,
    /// Whether something comes before the page.
    HasPreviousPage,
    /// Cursor of the first entry.
    StartCursor,
    /// Cursor of the last entry.
    EndCursor,
}

impl Fetch {
    /// All rows of a type found so, with nothing read yet.
    pub fn new(target: &'static ObjectType, by: By) -> Self {
        Self {
            target,
            by,
            filter: None,
            keys: Vec::new(),
            page: None,
            fingerprint: 0,
            columns: Vec::new(),
            json: Vec::new(),
            rows: true,
            cursors: false,
            more: false,
            count: false,
            depends: Vec::new(),
            children: Vec::new(),
        }
    }

    /// The place of a column among those read; it is read once however often it is asked for.
    pub fn column(&mut self, name: &'static str, read: Read) -> usize {
        self.columns.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            self.columns.push((name, read));
            self.columns.len() - 1
        })
    }

    /// The place of a column whose JSON is parsed.
    pub fn json_column(&mut self, name: &'static str) -> usize {
        let column = self.column(name, Read::Text);
        if !self.json.contains(&column) {
            self.json.push(column);
        }
        column
    }

    /// Adds a level below.
    pub fn child(&mut self, source: KeySource, fetch: Fetch) -> usize {
        self.children.push(Child { source, fetch });
        self.children.len() - 1
    }
}
