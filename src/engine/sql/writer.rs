//! Writes SQL text with placeholders. Identifiers come from declarations. The values that a client sends are
//! parameters, except for the size and the offset of a page, which are numbers.

use std::fmt::Write as _;

use super::template::{Binding, StatementTemplate};
use crate::store::reading::statement::{Dialect, Param, Read};

/// The column of an entry of a list in JSON.
pub const ENTRY: &str = "value";

/// A statement that is being written.
pub struct Sql {
    dialect: Dialect,
    /// The `WITH` clause: tables that the database computes once per statement.
    with: String,
    text: String,
    slots: Vec<Binding>,
    placeholders: usize,
    aliases: usize,
    /// True if the statement skips rows by `OFFSET`.
    skips: bool,
}

impl Sql {
    pub fn new(dialect: Dialect) -> Self {
        let text = String::with_capacity(512);
        Self { dialect, with: String::new(), text, slots: Vec::new(), placeholders: 0, aliases: 0, skips: false }
    }

    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Adds text that is part of the program.
    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Removes the comma after the last of several columns.
    pub fn drop_comma(&mut self) -> &mut Self {
        self.text.truncate(self.text.trim_end_matches(", ").len());
        self
    }

    /// Adds one of two texts by dialect.
    pub fn by_dialect(&mut self, sqlite: &str, postgres: &str) -> &mut Self {
        self.push(if self.dialect == Dialect::Sqlite { sqlite } else { postgres })
    }

    /// Adds a quoted identifier.
    pub fn name(&mut self, name: &str) -> &mut Self {
        debug_assert!(!name.contains('"'), "identifiers come from declarations");
        self.text.push('"');
        self.text.push_str(name);
        self.text.push('"');
        self
    }

    /// Adds a column of a table alias: `"t"."name"`.
    pub fn column(&mut self, alias: &str, column: &str) -> &mut Self {
        self.name(alias).push(".").name(column)
    }

    /// Adds a table under an alias: `"procedure" AS "t"`.
    pub fn table(&mut self, table: &str, alias: &str) -> &mut Self {
        self.name(table).push(" AS ").name(alias)
    }

    /// Makes SQLite run the statement once for each parent. Returns the placeholder of its key.
    pub fn each_key(&mut self) -> String {
        self.slots.push(Binding::EachKey);
        self.placeholders += 1;
        format!("?{}", self.placeholders)
    }

    /// Adds a parameter.
    pub fn bind(&mut self, param: Param) -> &mut Self {
        self.slot(Binding::Value(param))
    }

    /// Adds a parameter whose value may be known only when the statement runs.
    pub fn slot(&mut self, slot: Binding) -> &mut Self {
        self.slots.push(slot);
        self.placeholders += 1;
        let sign = if self.dialect == Dialect::Sqlite { '?' } else { '$' };
        let _ = write!(self.text, "{sign}{}", self.placeholders);
        self
    }

    /// Adds the condition that the preceding expression is one of many integers, which are bound as one value.
    pub fn in_ints(&mut self, values: Vec<i64>) -> &mut Self {
        self.in_many(Binding::Value(Param::Ints(values)), "bigint[]")
    }

    /// Adds the condition that the preceding expression is the key of one of the parents.
    pub fn in_keys(&mut self) -> &mut Self {
        self.in_many(Binding::Keys, "bigint[]")
    }

    /// Adds the condition that the preceding expression is one of many texts, which are bound as one value.
    pub fn in_texts(&mut self, values: Vec<String>) -> &mut Self {
        self.in_many(Binding::Value(Param::Texts(values)), "text[]")
    }

    fn in_many(&mut self, values: Binding, array: &str) -> &mut Self {
        match self.dialect {
            Dialect::Sqlite => self.push(" IN (SELECT value FROM json_each(").slot(values).push("))"),
            Dialect::Postgres => self.push(" = ANY(").slot(values).push("::").push(array).push(")"),
        }
    }

    /// Declares that the statement skips rows by `OFFSET`.
    pub fn skip_rows(&mut self) {
        self.skips = true;
    }

    /// Begins a subquery that is true if it has a row; the caller adds the table, the condition and the parenthesis.
    pub fn exists(&mut self) -> &mut Self {
        // SQLite 3.51 turns `EXISTS` into a join, and `OFFSET` counts the rows of that join. So a row of the list would
        // count once for each of its matches. The plus sign prevents the join.
        if self.skips {
            self.by_dialect("+", "");
        }
        self.push("EXISTS (SELECT 1 FROM ")
    }

    /// Writes the condition that an entry of a list in JSON matches. `list` writes the list, and `matches` the
    /// condition for an entry, which is in the column [`ENTRY`] of a table alias. `entries` is the function of
    /// PostgreSQL that returns the entries.
    pub fn any_entry(&mut self, entries: &str, list: impl FnOnce(&mut Self), matches: impl FnOnce(&mut Self, &str)) {
        let alias = self.alias();
        self.exists().by_dialect("json_each", entries).push("(");
        list(self);
        self.push(") AS ").name(&alias).by_dialect("", &format!("(\"{ENTRY}\")")).push(" WHERE ");
        matches(self, &alias);
        self.push(")");
    }

    /// Returns a table alias that this statement does not use yet.
    pub fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("x{}", self.aliases)
    }

    /// Writes a query as a common table expression, whose result the database computes once for the whole statement.
    /// Returns its name as a table.
    pub fn once(&mut self, write: impl FnOnce(&mut Self)) -> String {
        let outer = std::mem::take(&mut self.text);
        write(self);
        let query = std::mem::replace(&mut self.text, outer);
        let name = self.alias();
        // The queries that this query contains are already in `with`, so each query refers only to earlier ones. Without
        // `MATERIALIZED`, the databases could compute it again for each row.
        self.with.push_str(if self.with.is_empty() { "WITH " } else { ", " });
        let _ = write!(self.with, "\"{name}\" AS MATERIALIZED ({query})");
        name
    }

    /// Returns the finished statement, whose columns are read as `reads`.
    pub fn finish(self, reads: Vec<Read>) -> StatementTemplate {
        let Self { with, text, .. } = self;
        StatementTemplate::new(if with.is_empty() { text } else { format!("{with} {text}") }, self.slots, reads)
    }
}
