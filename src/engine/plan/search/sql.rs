//! The SQL of a search: the statement that reads blocks of the index, and the table of the found records.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Search, Terms};
use crate::{
    engine::sql::{template::Binding, writer::Sql},
    store::reading::statement::{Dialect, Param, Read, Statement},
};

/// Alias of the found records in statements.
const FOUND: &str = "s";

/// Bits of the score in the number of a found record. The id is above them. A score has at most twelve words with 1,000 points,
/// and those of a whole name.
pub const SCORE_BITS: u32 = 20;

/// The statements that read the blocks with the terms of ranges: of each range the blocks that begin in it, and the one before.
/// They bind the ranges as JSON: type, first term, and the term after the last one. SQLite keeps the order of a cross join;
/// `OFFSET 0` has the same effect on PostgreSQL.
const BLOCKS_SQLITE: &str = "WITH r AS MATERIALIZED (
        SELECT k.value ->> 0 AS type, k.value ->> 1 AS low, k.value ->> 2 AS high FROM json_each(?1) AS k
    ) SELECT b.type, b.term, b.record_id, b.postings FROM (
        SELECT (SELECT p.id FROM search_block AS p WHERE p.type = r.type AND p.term < r.low
            ORDER BY p.term DESC, p.record_id DESC LIMIT 1) AS id FROM r
        UNION SELECT n.id FROM r CROSS JOIN search_block AS n ON n.type = r.type AND n.term >= r.low AND n.term < r.high
    ) AS i CROSS JOIN search_block AS b ON b.id = i.id";
const BLOCKS_POSTGRES: &str = "WITH r AS MATERIALIZED (
        SELECT k.value ->> 0 AS type, k.value ->> 1 AS low, k.value ->> 2 AS high
        FROM jsonb_array_elements($1::jsonb) AS k(value)
    ) SELECT b.type, b.term, b.record_id, b.postings FROM (
        SELECT p.id FROM r CROSS JOIN LATERAL (SELECT p.id FROM search_block AS p
            WHERE p.type = r.type AND p.term < r.low ORDER BY p.term DESC, p.record_id DESC LIMIT 1) AS p
        UNION SELECT n.id FROM r CROSS JOIN LATERAL (SELECT n.id FROM search_block AS n
            WHERE n.type = r.type AND n.term >= r.low AND n.term < r.high OFFSET 0) AS n
    ) AS i CROSS JOIN LATERAL (SELECT * FROM search_block AS b WHERE b.id = i.id OFFSET 0) AS b";

/// Ranges of terms of types: the name of the type, the first term, and the text after the last one.
#[derive(Default)]
pub struct Ranges(BTreeSet<(&'static str, String, String)>);

impl Ranges {
    /// Adds terms of a type.
    pub fn add(&mut self, type_name: &'static str, terms: &Terms) {
        match terms {
            Terms::Is(term) => self.add_term(type_name, term),
            Terms::Among(terms) => terms.iter().for_each(|term| self.add_term(type_name, term)),
            // No term contains the last code point.
            Terms::Begin(start) => _ = self.0.insert((type_name, start.clone(), format!("{start}\u{10ffff}"))),
        }
    }

    fn add_term(&mut self, type_name: &'static str, term: &str) {
        // No term contains this character.
        self.0.insert((type_name, term.to_owned(), format!("{term}\u{1}")));
    }

    /// Returns the statement that reads the blocks: type, first term, first record, postings. `None` without ranges.
    #[must_use]
    pub fn statement(&self, dialect: Dialect) -> Option<Statement> {
        let sql = if dialect == Dialect::Sqlite { BLOCKS_SQLITE } else { BLOCKS_POSTGRES };
        let reads = [Read::Text, Read::Text, Read::Int, Read::Bytes];
        (!self.0.is_empty()).then(|| Statement::new(sql, vec![Param::Text(json!(self.0).to_string())], reads))
    }
}

impl Search {
    /// Writes the found records as a table `s(id, score)`. They are bound when the statement runs.
    ///
    /// Returns the name of the table.
    pub fn write_found(sql: &mut Sql) -> String {
        let found = sql.once(|sql| {
            sql.push(&format!("SELECT v.value >> {SCORE_BITS} AS id, v.value & {} AS score FROM ", (1 << SCORE_BITS) - 1));
            sql.by_dialect("rarray(", "unnest(").slot(Binding::Found).by_dialect(") AS v", "::bigint[]) AS v(value)");
        });
        sql.table(&found, FOUND);
        found
    }

    /// Writes the score of a found record.
    pub fn write_score(sql: &mut Sql) {
        sql.column(FOUND, "score");
    }

    /// Writes the condition that joins the found records to rows with the alias `t`.
    pub fn write_join(sql: &mut Sql) {
        sql.push(" ON ").column("t", "id").push(" = ").column(FOUND, "id");
    }
}
