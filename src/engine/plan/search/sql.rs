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

/// Number of bits of a score. A found record is bound as one number: its score in the lower bits, and its id above them. A
/// score is at most 1,000 points for each of twelve words, plus the points of a whole name.
pub const SCORE_BITS: u32 = 20;

/// The statements that read the blocks which may have terms of the ranges. For each range, these are the blocks whose first
/// term is in the range, and the last block before them. The ranges are bound as JSON: type, first term, end (exclusive).
/// SQLite reads the tables of a cross join in the written order. On PostgreSQL, `OFFSET 0` has the same effect.
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

/// Ranges of terms, each with the name of a type, the first term, and the end (exclusive).
#[derive(Default)]
pub struct Ranges(BTreeSet<(&'static str, String, String)>);

impl Ranges {
    /// Adds terms of a type.
    pub fn add(&mut self, type_name: &'static str, terms: &Terms) {
        match terms {
            Terms::Is(term) => self.add_term(type_name, term),
            Terms::Among(terms) => terms.iter().for_each(|term| self.add_term(type_name, term)),
            // No term contains the code point U+10FFFF.
            Terms::Begin(start) => _ = self.0.insert((type_name, start.clone(), format!("{start}\u{10ffff}"))),
        }
    }

    fn add_term(&mut self, type_name: &'static str, term: &str) {
        // No term contains U+0001, so no other term is in the range.
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
    /// Writes the found records as a table with the alias `s` and the columns `id` and `score`. The records are bound when
    /// the statement runs. Returns the name of the common table expression.
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
