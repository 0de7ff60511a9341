//! Statements and their rows, independent of the driver.

use std::sync::Arc;

/// The SQL dialect of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite 3.
    Sqlite,
    /// PostgreSQL 13 or newer.
    Postgres,
}

/// A value that is bound to a placeholder. Values of clients are bound. Only the size and the offset of a page are part of
/// the SQL text, as numbers.
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
    /// Many integers as one value, shared with the search that found them. On SQLite it is a pointer to an array, which SQL
    /// reads as the column `value` of the table `rarray(?)`. On PostgreSQL it is `bigint[]`.
    SharedInts(Arc<[i64]>),
    /// Many texts as one value: a JSON array on SQLite, `text[]` on PostgreSQL.
    Texts(Vec<String>),
    /// Integers that are bound one after the other: the statement runs once for each. Only for SQLite, where a loop over a
    /// prepared statement costs less than a join with the values, because a page then needs neither a temporary table nor a
    /// sort. Statements for PostgreSQL use `LATERAL` instead.
    RunForEach(Vec<i64>),
}

impl Param {
    /// Returns the size of the memory that it allocates, in bytes.
    #[must_use]
    pub fn allocated_bytes(&self) -> usize {
        match self {
            Self::Int(_) | Self::Float(_) | Self::Boolean(_) => 0,
            Self::Text(text) => text.len(),
            Self::Ints(values) | Self::RunForEach(values) => size_of_val(values.as_slice()),
            Self::SharedInts(values) => size_of_val(&**values),
            Self::Texts(values) => values.iter().map(|text| size_of::<String>() + text.len()).sum(),
        }
    }
}

/// The type as which a column is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// An integer of any width.
    Int,
    /// A floating point number.
    Float,
    /// True or false; SQLite stores 1 and 0.
    Boolean,
    /// Text. JSON is read as its text.
    Text,
    /// Bytes.
    Bytes,
}

/// An SQL statement that reads.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The text, in the dialect of the store.
    pub sql: Arc<str>,
    /// The values of its placeholders, in order.
    pub params: Vec<Param>,
    /// The type of each column.
    pub reads: Arc<[Read]>,
    /// True if it may return more than about a hundred rows.
    pub long: bool,
    /// True if it reads all rows of a list, for example to count them, and not only a page.
    pub reads_whole_list: bool,
}

impl Statement {
    /// Creates a statement that returns few rows.
    #[must_use]
    pub fn new(sql: impl Into<Arc<str>>, params: Vec<Param>, reads: impl Into<Arc<[Read]>>) -> Self {
        Self { sql: sql.into(), params, reads: reads.into(), long: false, reads_whole_list: false }
    }
}

/// One value of a row. Its text is in the buffer of its [`Rows`].
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
    /// Text: its start and end in the buffer.
    Text(u32, u32),
    /// Bytes: their start and end in the buffer of bytes.
    Bytes(u32, u32),
}

/// The rows that a statement returns. All values are in one vector, row by row.
#[derive(Debug, Default)]
pub struct Rows {
    width: usize,
    cells: Vec<Cell>,
    text: String,
    bytes: Vec<u8>,
}

impl Rows {
    /// Creates an empty result with this number of columns.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    /// Appends a value to the current row.
    pub fn push(&mut self, cell: Cell) {
        self.cells.push(cell);
    }

    /// Appends a text to the current row. The callers limit the texts of a result to less than 4 GiB in total.
    pub fn push_text(&mut self, text: &str) {
        let start = offset(self.text.len());
        self.text.push_str(text);
        self.cells.push(Cell::Text(start, offset(self.text.len())));
    }

    /// Appends bytes to the current row. The callers limit the bytes of a result to less than 4 GiB in total.
    pub fn push_bytes(&mut self, bytes: &[u8]) {
        let start = offset(self.bytes.len());
        self.bytes.extend(bytes);
        self.cells.push(Cell::Bytes(start, offset(self.bytes.len())));
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len().checked_div(self.width).unwrap_or(0)
    }

    /// Returns the length of all texts, in bytes.
    #[must_use]
    pub fn text_length(&self) -> usize {
        self.text.len()
    }

    /// Returns the length of all texts and bytes, in bytes.
    #[must_use]
    pub fn length(&self) -> usize {
        self.text.len() + self.bytes.len()
    }

    /// Removes all rows.
    pub fn clear(&mut self) {
        self.cells.clear();
        self.text.clear();
        self.bytes.clear();
    }

    /// Reports whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Returns a value.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> Cell {
        self.cells[row * self.width + column]
    }

    /// Returns an integer; `None` if the value is null or of another type.
    #[must_use]
    pub fn int(&self, row: usize, column: usize) -> Option<i64> {
        match self.cell(row, column) {
            Cell::Int(value) => Some(value),
            _ => None,
        }
    }

    /// Returns a text; `None` if the value is null or of another type.
    #[must_use]
    pub fn text(&self, row: usize, column: usize) -> Option<&str> {
        match self.cell(row, column) {
            Cell::Text(start, end) => Some(self.slice(start, end)),
            _ => None,
        }
    }

    /// Returns bytes; empty if the value is null or of another type.
    #[must_use]
    pub fn bytes(&self, row: usize, column: usize) -> &[u8] {
        match self.cell(row, column) {
            Cell::Bytes(start, end) => &self.bytes[start as usize..end as usize],
            _ => &[],
        }
    }

    /// Returns the text of a [`Cell::Text`].
    #[must_use]
    pub fn slice(&self, start: u32, end: u32) -> &str {
        &self.text[start as usize..end as usize]
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
