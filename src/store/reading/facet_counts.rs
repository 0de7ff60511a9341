//! `facet_counts`, an SQL function on SQLite that counts the values of several columns in one pass over the rows.
//!
//! `facet_counts(failed, value, ignored, value, ignored, ..)` is an aggregate function. `failed` is the set of conditions
//! that a row does not match. Each pair of arguments is a facet: its value in the row, and the set of conditions that
//! the facet ignores. Sets are integers, with a bit for each condition. A row counts for the facets that ignore all
//! conditions in `failed`. Null is not counted. The values are integers and texts.
//!
//! The result is JSON: the number of rows that match all conditions, then the values of each facet with their counts, in
//! any order: `[3, [["HELPS", 2], ["MODEST", 1]], ..]`.
//!
//! Each value needs memory, which is reserved in the [`CountsMemory`] of the connection. If it has no memory left, the
//! statement fails with `SQLITE_TOOBIG`.

use std::{
    collections::HashMap,
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

use foldhash::fast::RandomState;
use rusqlite::{
    Connection, Error, Result, ffi,
    functions::{Aggregate, Context, FunctionFlags},
    types::ValueRef,
};
use serde_json::Value as Json;

use super::memory::ReadReservation;

/// Bytes that are reserved for a value and its count. An integer needs up to 340 bytes, and a text without its letters up
/// to 400: 60 or 115 in the hash table while it grows, 50 in the JSON while it grows, 80 in the five copies of the JSON
/// that the statement makes, and 150 in the sort and the window function of the statement.
const VALUE_BYTES: usize = 400;

/// Bytes that are reserved for each byte of a text: for itself, and for its copies in JSON and in the sort.
const TEXT_BYTES: usize = 10;

/// The reservation for the counts of the statement that a connection runs.
#[derive(Clone, Default)]
pub struct CountsMemory(Arc<Mutex<ReadReservation>>);

impl CountsMemory {
    /// Replaces the reservation, which releases its bytes.
    pub fn replace(&self, memory: ReadReservation) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = memory;
    }

    /// Reserves memory for a value that is not a text, or for a text of this length.
    fn reserve(&self, length: usize) -> Result<()> {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let grown = memory.grow(VALUE_BYTES + TEXT_BYTES * length);
        grown.map_err(|_| Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_TOOBIG), None))
    }
}

/// Adds the function to a connection. It reserves its memory in `memory`.
///
/// # Errors
/// If SQLite has no memory.
pub fn register(connection: &Connection, memory: CountsMemory) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_aggregate_function("facet_counts", -1, flags, FacetCounts(memory))
}

struct FacetCounts(CountsMemory);

/// The counts of a group of rows.
#[derive(Default)]
struct Counts {
    /// The number of rows that match all conditions.
    matching: i64,
    facets: Vec<Facet>,
}

/// The counts of the values of a facet.
#[derive(Default)]
struct Facet {
    integers: HashMap<i64, i64, RandomState>,
    texts: HashMap<String, i64, RandomState>,
}

impl Facet {
    fn add(&mut self, value: ValueRef<'_>, argument: usize, memory: &CountsMemory) -> Result<()> {
        match value {
            ValueRef::Null => {}
            ValueRef::Integer(value) => {
                if let Some(count) = self.integers.get_mut(&value) {
                    *count += 1;
                } else {
                    memory.reserve(0)?;
                    self.integers.insert(value, 1);
                }
            }
            ValueRef::Text(text) => {
                let text = std::str::from_utf8(text)?;
                if let Some(count) = self.texts.get_mut(text) {
                    *count += 1;
                } else {
                    memory.reserve(text.len())?;
                    self.texts.insert(text.to_owned(), 1);
                }
            }
            other => return Err(Error::InvalidFunctionParameterType(argument, other.data_type())),
        }
        Ok(())
    }

    /// Appends the counts as JSON.
    fn write(self, json: &mut String) {
        let integers = self.integers.into_iter().map(|(value, count)| (Json::from(value), count));
        let texts = self.texts.into_iter().map(|(value, count)| (Json::from(value), count));
        for (at, (value, count)) in integers.chain(texts).enumerate() {
            let _ = write!(json, "{}[{value},{count}]", if at == 0 { "" } else { "," });
        }
    }
}

impl Aggregate<Counts, String> for FacetCounts {
    fn init(&self, _: &mut Context<'_>) -> Result<Counts> {
        Ok(Counts::default())
    }

    fn step(&self, context: &mut Context<'_>, counts: &mut Counts) -> Result<()> {
        counts.facets.resize_with((context.len() - 1) / 2, Facet::default);
        let failed: i64 = context.get(0)?;
        counts.matching += i64::from(failed == 0);
        for (facet, argument) in counts.facets.iter_mut().zip((1..).step_by(2)) {
            let ignored: i64 = context.get(argument + 1)?;
            if failed & !ignored == 0 {
                facet.add(context.get_raw(argument), argument, &self.0)?;
            }
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, counts: Option<Counts>) -> Result<String> {
        let counts = counts.unwrap_or_default();
        let mut json = format!("[{}", counts.matching);
        for facet in counts.facets {
            json.push_str(",[");
            facet.write(&mut json);
            json.push(']');
        }
        json.push(']');
        Ok(json)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use serde_json::json;

    use super::*;
    use crate::store::reading::memory::tests::Counted;

    fn counts(rows: &str) -> Result<Json> {
        let connection = Connection::open_in_memory()?;
        register(&connection, CountsMemory::default())?;
        let sql = format!("SELECT facet_counts(f, a, 0, b, 2) FROM (SELECT 0 AS f, '' AS a, 0 AS b WHERE FALSE {rows})");
        let text: String = connection.query_row(&sql, [], |row| row.get(0))?;
        let mut counts: Json = serde_json::from_str(&text).unwrap_or_default();
        for facet in counts.as_array_mut().into_iter().flatten().filter_map(Json::as_array_mut) {
            facet.sort_by_key(Json::to_string);
        }
        Ok(counts)
    }

    #[test]
    fn a_row_counts_for_the_facets_that_ignore_the_conditions_it_does_not_match() -> Result<()> {
        let rows = "UNION ALL VALUES (0, 'x', 7), (0, 'y', 7), (2, 'x', 8), (1, 'x', 9), (3, 'x', 9)";
        assert_eq!(counts(rows)?, json!([2, [["x", 1], ["y", 1]], [[7, 2], [8, 1]]]));
        Ok(())
    }

    #[test]
    fn null_is_not_counted_and_no_rows_have_no_counts() -> Result<()> {
        assert_eq!(counts("UNION ALL VALUES (0, NULL, NULL), (0, '\"', NULL)")?, json!([2, [["\"", 1]], []]));
        assert_eq!(counts("")?, json!([0]));
        Ok(())
    }

    #[test]
    fn another_type_is_refused() {
        assert!(counts("UNION ALL VALUES (0, 1.5, 0)").is_err());
    }

    #[test]
    fn each_value_reserves_memory_once_until_the_reservation_is_replaced() -> Result<()> {
        let (connection, memory) = (Connection::open_in_memory()?, CountsMemory::default());
        register(&connection, memory.clone())?;
        let run = |values: i64| {
            let sql = "WITH RECURSIVE k(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM k WHERE n < 9999)
                       SELECT facet_counts(0, n % ?, 0) FROM k";
            connection.query_row(sql, [values], |row| row.get::<_, String>(0))
        };
        let counted = Arc::new(Counted { limit: 1 << 20, ..Counted::default() });
        let begin = || memory.replace(ReadReservation::new(Some(Arc::<Counted>::clone(&counted))));
        begin();
        // The rows have 2,000 different values.
        assert!(run(2_000)?.contains("[1999,5]"));
        let reserved = counted.reserved.load(Ordering::Relaxed);
        assert!((700_000..=800_000).contains(&reserved), "{reserved}");
        begin();
        let refused = run(3_000).expect_err("it needs more memory");
        assert_eq!(refused.sqlite_error_code(), Some(rusqlite::ErrorCode::TooBig));
        memory.replace(ReadReservation::default());
        assert_eq!(counted.reserved.load(Ordering::Relaxed), 0);
        assert!(run(3_000)?.contains("[2999,3]"), "there is no limit");
        Ok(())
    }
}
