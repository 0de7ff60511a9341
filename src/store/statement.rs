//! A statement and the rows that answer it, free of any driver.

/// What SQL a database understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite 3.
    Sqlite,
    /// PostgreSQL 13 or newer.
    Postgres,
}

/// A bound value. Nothing that a client sends reaches SQL text; it all comes this way.
#[derive(Clone, Debug, PartialEq)]
pub enum Param {
    /// An integer.
    Int(i64),
    /// A floating point number.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// Text.
    Text(String),
    /// Many integers as one value: a JSON array on SQLite, `bigint[]` on PostgreSQL.
    Ints(Vec<i64>),
    /// Many texts as one value: a JSON array on SQLite, `text[]` on PostgreSQL.
    Texts(Vec<String>),
    /// Integers for which the statement is run in turn, so many at a time, on SQLite: a loop of a prepared statement costs less
    /// there than a join with its values, since pages need neither a temporary table nor a sort. PostgreSQL has `LATERAL` for
    /// that, and is never given one.
    Each {
        /// How many are bound at a time, each to a parameter of its own.
        width: usize,
        /// All of them, one after the other.
        values: Vec<i64>,
    },
}

impl Param {
    /// Bytes that it takes beside itself.
    #[must_use]
    pub fn weight(&self) -> usize {
        match self {
            Self::Int(_) | Self::Float(_) | Self::Boolean(_) => 0,
            Self::Text(text) => text.len(),
            Self::Ints(values) | Self::Each { values, .. } => size_of_val(values.as_slice()),
            Self::Texts(values) => values.iter().map(|text| size_of::<String>() + text.len()).sum(),
        }
    }
}

/// How a column of an answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// An integer of any width.
    Int,
    /// A floating point number.
    Float,
    /// True or false, which SQLite stores as 1 and 0.
    Boolean,
    /// Text, and JSON as its text.
    Text,
}

/// One SQL statement that reads.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The text, in the dialect of the store.
    pub sql: String,
    /// Values of its parameters, in order.
    pub params: Vec<Param>,
    /// How each column of the answer is read.
    pub reads: Vec<Read>,
    /// It may have more than about a hundred rows.
    pub long: bool,
}

impl Statement {
    /// A statement with few rows.
    #[must_use]
    pub fn new(sql: impl Into<String>, params: Vec<Param>, reads: Vec<Read>) -> Self {
        Self { sql: sql.into(), params, reads, long: false }
    }
}

/// One value of an answer. Texts stand in one buffer of their [`Rows`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// Null.
    Null,
    /// An integer.
    Int(i64),
    /// A floating point number.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// Text: where it starts and ends in the buffer.
    Text(u32, u32),
}

/// The rows that answer a statement, row by row in one vector.
#[derive(Debug, Default)]
pub struct Rows {
    width: usize,
    cells: Vec<Cell>,
    text: String,
}

impl Rows {
    /// No rows yet, of this many columns.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    /// Adds the next value of the row under way.
    pub fn push(&mut self, cell: Cell) {
        self.cells.push(cell);
    }

    /// Adds a text as the next value of the row under way. Answers above 4 GiB are refused by the callers' limits long before.
    pub fn push_text(&mut self, text: &str) {
        let start = offset(self.text.len());
        self.text.push_str(text);
        self.cells.push(Cell::Text(start, offset(self.text.len())));
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len().checked_div(self.width).unwrap_or(0)
    }

    /// True when there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// One value.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> Cell {
        self.cells[row * self.width + column]
    }

    /// One value as an integer; `None` when it is null or something else.
    #[must_use]
    pub fn int(&self, row: usize, column: usize) -> Option<i64> {
        match self.cell(row, column) {
            Cell::Int(value) => Some(value),
            _ => None,
        }
    }

    /// One value as text; `None` when it is null or something else.
    #[must_use]
    pub fn text(&self, row: usize, column: usize) -> Option<&str> {
        match self.cell(row, column) {
            Cell::Text(start, end) => Some(self.slice(start, end)),
            _ => None,
        }
    }

    /// The text of a [`Cell::Text`].
    #[must_use]
    pub fn slice(&self, start: u32, end: u32) -> &str {
        &self.text[start as usize..end as usize]
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
