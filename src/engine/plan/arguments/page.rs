//! Pages of connections: the arguments `first`, `after`, `last`, `before` and `offset`, and keyset cursors.
//!
//! Specification: <https://relay.dev/graphql/connections.htm>. A cursor contains the values of the sort keys of its row
//! and a fingerprint of the order, so it stays valid while the library changes. Sort keys may be null and have
//! different directions. `offset` is for clients that number pages.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value as Json;
use twox_hash::XxHash3_64;

use super::{input, order::OrderKey};
use crate::{
    engine::{problem::Problem, sql::writer::Sql},
    graphql::value::Value,
    store::reading::statement::{Cell, Param, Read, Rows},
};

/// Default size of a page.
pub const DEFAULT_PAGE_SIZE: usize = 20;

/// Maximum size of a page. A person reads fewer entries at once, and the number bounds the cost of nested queries.
pub const MAX_PAGE_SIZE: usize = 100;

/// Maximum number of skipped entries, all of which the database reads. To read further, a client uses cursors: their pages
/// cost the same at any position in the list.
pub const MAX_OFFSET: usize = 10_000;

/// One page of a connection.
#[derive(Clone, Debug)]
pub struct Page {
    /// Maximum number of entries.
    pub size: usize,
    /// Number of entries of the list that precede the page; 0 for a page with cursors.
    pub offset: usize,
    /// True if the page is counted from the end of the list.
    pub backward: bool,
    /// Only entries after these values of the sort keys.
    pub after: Option<Vec<Option<Param>>>,
    /// Only entries before these values of the sort keys.
    pub before: Option<Vec<Option<Param>>>,
    /// True if the page includes an entry with exactly the values of the cursor.
    pub inclusive: bool,
}

/// The arguments of a page.
pub struct PageArguments {
    /// `first`.
    pub first: Option<Value>,
    /// `after`.
    pub after: Option<Value>,
    /// `last`.
    pub last: Option<Value>,
    /// `before`.
    pub before: Option<Value>,
    /// `offset`.
    pub offset: Option<Value>,
}

impl Page {
    /// Returns the size of its values in memory, in bytes.
    pub fn allocated_bytes(&self) -> usize {
        let params = self.after.iter().chain(&self.before).flatten();
        params.map(|param| size_of::<Option<Param>>() + param.as_ref().map_or(0, Param::allocated_bytes)).sum()
    }

    /// Returns the first page of a list.
    #[must_use]
    pub fn first(size: usize) -> Self {
        Self { size, offset: 0, backward: false, after: None, before: None, inclusive: false }
    }

    /// Reads the arguments of a connection with the order `keys`.
    pub fn read(arguments: &PageArguments, keys: &[OrderKey], fingerprint: u32) -> Result<Self, Problem> {
        let first = size("first", arguments.first.as_ref())?;
        let last = size("last", arguments.last.as_ref())?;
        let (size, backward) = match (first, last) {
            (Some(_), Some(_)) => {
                return Err(Problem::new(Problem::BAD_PAGE, "Use first or last, not both."));
            }
            (Some(size), None) => (size, false),
            (None, Some(size)) => (size, true),
            (None, None) => (DEFAULT_PAGE_SIZE, false),
        };
        Ok(Self {
            size,
            offset: offset(arguments)?,
            backward,
            after: cursor("after", arguments.after.as_ref(), keys, fingerprint)?,
            before: cursor("before", arguments.before.as_ref(), keys, fingerprint)?,
            inclusive: false,
        })
    }

    /// Returns a page that shows whether an entry precedes this page (for `last`: follows it). The returned page has at most
    /// one entry, and has none only if no entry precedes this page (for `last`: follows it).
    ///
    /// With an offset, the entry is the first one that the offset skips. With a cursor and no offset, the entry is the one
    /// that the cursor names; if that one was removed, it is the nearest entry before it (for `last`: after it). Returns
    /// `None` if the arguments have neither an offset nor `after` (for `last`: `before`).
    #[must_use]
    pub fn probe(&self) -> Option<Self> {
        if self.offset > 0 {
            return Some(Self { size: 1, offset: 0, ..self.clone() });
        }
        let cursor = if self.backward { &self.before } else { &self.after };
        let cursor = Some(cursor.clone()?);
        let (after, before) = if self.backward { (cursor, None) } else { (None, cursor) };
        Some(Self { size: 1, offset: 0, backward: !self.backward, after, before, inclusive: true })
    }

    /// Writes the predicates of the cursors, each preceded by ` AND `.
    pub fn write_bounds(&self, sql: &mut Sql, keys: &[OrderKey]) {
        if let Some(values) = &self.after {
            sql.push(" AND ");
            write_beyond(sql, keys, values, self.inclusive);
        }
        if let Some(values) = &self.before {
            let flipped: Vec<OrderKey> = keys.iter().map(OrderKey::flipped).collect();
            sql.push(" AND ");
            write_beyond(sql, &flipped, values, self.inclusive);
        }
    }
}

/// Returns the fingerprint of a list for its cursors: 32 bits of the XXH3 hash of the type name and the sort keys.
#[must_use]
pub fn fingerprint(type_name: &str, keys: &[OrderKey]) -> u32 {
    let mut order = type_name.to_owned();
    for key in keys {
        order.push('\0');
        order.push_str(&key.describe());
    }
    u32::try_from(XxHash3_64::oneshot(order.as_bytes()) >> 32).unwrap_or_default()
}

/// Returns the cursor of a row whose sort keys start at column `at`.
#[must_use]
pub fn encode(rows: &Rows, row: usize, at: usize, keys: usize, fingerprint: u32) -> String {
    let value = |column| match rows.cell(row, column) {
        Cell::Null | Cell::Bytes(..) => Json::Null,
        Cell::Int(value) => value.into(),
        Cell::Float(value) => value.into(),
        Cell::Boolean(value) => value.into(),
        Cell::Text(start, end) => rows.slice(start, end).into(),
    };
    encoded(fingerprint, (at..at + keys).map(value))
}

/// Returns the cursor of an entry of a list of ids.
#[must_use]
pub fn encode_position(position: i64, id: i64, fingerprint: u32) -> String {
    encoded(fingerprint, [position.into(), id.into()].into_iter())
}

fn encoded(fingerprint: u32, values: impl Iterator<Item = Json>) -> String {
    let values = std::iter::once(Json::from(fingerprint)).chain(values).collect();
    URL_SAFE_NO_PAD.encode(Json::Array(values).to_string())
}

/// Reads the number of entries of a page; `None` if it is not given.
///
/// # Errors
/// If it is negative or above the maximum.
pub fn size(name: &str, value: Option<&Value>) -> Result<Option<usize>, Problem> {
    let refused = |sentence: String| Err(Problem::new(Problem::BAD_PAGE, sentence));
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Int(size)) => match usize::try_from(*size) {
            Ok(size) if size <= MAX_PAGE_SIZE => Ok(Some(size)),
            Ok(size) => refused(format!("{name} is {size}; the maximum is {MAX_PAGE_SIZE}.")),
            Err(_) => refused(format!("{name} is {size}; the minimum is 0.")),
        },
        Some(_) => Err(input::unknown(name)),
    }
}

/// Reads `offset`: the number of entries to skip from the start of the list; 0 without it.
fn offset(arguments: &PageArguments) -> Result<usize, Problem> {
    let refused = |sentence: String| Err(Problem::argument("offset", sentence));
    let offset = match arguments.offset {
        None | Some(Value::Null) => return Ok(0),
        Some(Value::Int(offset)) => offset,
        Some(_) => return Err(input::unknown("offset")),
    };
    let others = [("after", &arguments.after), ("last", &arguments.last), ("before", &arguments.before)];
    if let Some((name, _)) = others.into_iter().find(|(_, value)| value.is_some()) {
        return refused(format!("cannot be combined with {name}; an offset is counted from the start of the list"));
    }
    match usize::try_from(offset) {
        Ok(offset) if offset <= MAX_OFFSET => Ok(offset),
        Ok(offset) => refused(format!("{offset} is above the maximum of {MAX_OFFSET}; use cursors to read further")),
        Err(_) => refused(format!("{offset} is below the minimum of 0")),
    }
}

fn cursor(
    name: &str,
    value: Option<&Value>,
    keys: &[OrderKey],
    fingerprint: u32,
) -> Result<Option<Vec<Option<Param>>>, Problem> {
    let text = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Text(text)) => text,
        Some(_) => return Err(input::unknown(name)),
    };
    let malformed =
        || Problem::new(Problem::BAD_CURSOR, format!("{name} is not a cursor of this service. Use cursors unchanged."));
    // The length of a cursor is not limited here: it contains texts of its row, and the size of the request is limited.
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed())?;
    let Ok(Json::Array(values)) = serde_json::from_slice(&bytes) else { return Err(malformed()) };
    let (found, values) = values.split_first().ok_or_else(malformed)?;
    if found.as_u64().ok_or_else(malformed)? != u64::from(fingerprint) {
        let message = format!(
            "{name} is a cursor of another list or order; the arguments that select and order the list must stay the same while \
             paging."
        );
        return Err(Problem::new(Problem::CURSOR_OF_OTHER_ORDER, message));
    }
    if values.len() != keys.len() {
        return Err(malformed());
    }
    let value = |(key, value): (&OrderKey, &Json)| match (key.read, value) {
        (_, Json::Null) if key.nulls_first().is_some() => Some(None),
        (Read::Int, value) => value.as_i64().map(|value| Some(Param::Int(value))),
        (Read::Float, value) => value.as_f64().map(|value| Some(Param::Float(value))),
        (Read::Boolean, value) => value.as_bool().map(|value| Some(Param::Boolean(value))),
        (Read::Text, value) => {
            // No record contains U+0000, and PostgreSQL accepts no parameter with it.
            value.as_str().filter(|value| !value.contains('\0')).map(|value| Some(Param::Text(value.to_owned())))
        }
        // No list is ordered by bytes.
        (Read::Bytes, _) => None,
    };
    let values: Option<Vec<_>> = keys.iter().zip(values).map(value).collect();
    values.map(Some).ok_or_else(malformed)
}

/// Writes the predicate that a row follows the values of the sort keys; with `inclusive`, that it follows or equals them.
///
/// If all keys have the same direction and are never null, the predicate is a comparison of row values, for which both
/// databases use an index on the keys. Otherwise it is written key by key.
fn write_beyond(sql: &mut Sql, keys: &[OrderKey], values: &[Option<Param>], inclusive: bool) {
    let descending = keys.first().is_some_and(OrderKey::descending);
    let non_null: Option<Vec<&Param>> = values.iter().map(Option::as_ref).collect();
    let is_uniform = keys.iter().all(|key| key.nulls_first().is_none() && key.descending() == descending);
    if let (true, Some(params)) = (is_uniform, non_null) {
        sql.push("(");
        for (at, key) in keys.iter().enumerate() {
            sql.push(if at == 0 { "" } else { ", " });
            key.write_value(sql);
        }
        sql.push(")").push(beyond(descending, inclusive)).push("(");
        for (at, param) in params.into_iter().enumerate() {
            sql.push(if at == 0 { "" } else { ", " }).bind(param.clone());
        }
        sql.push(")");
        return;
    }
    sql.push("(");
    if let (Some(key), Some(value)) = (keys.first(), values.first()) {
        write_first_key_bound(sql, key, value.as_ref());
    }
    sql.push("(FALSE");
    for (at, (key, value)) in keys.iter().zip(values).enumerate() {
        sql.push(" OR (");
        for (key, value) in keys.iter().zip(values).take(at) {
            key.write_value(sql);
            match value {
                Some(param) => sql.push(" = ").bind(param.clone()),
                None => sql.push(" IS NULL"),
            };
            sql.push(" AND ");
        }
        // The last key is compared only in rows that equal the cursor in all earlier keys.
        write_key_beyond(sql, key, value.as_ref(), inclusive && at + 1 == keys.len());
        sql.push(")");
    }
    sql.push("))");
}

/// Writes a condition on the first sort key alone, followed by ` AND `. Every row after the cursor matches it, because
/// the rest of the predicate implies it. Without it, the databases would not start reading the index at this value.
/// In some orders, the first keys of the rows after the cursor can be both nulls and other values. Then it writes nothing,
/// because no single comparison matches both.
fn write_first_key_bound(sql: &mut Sql, key: &OrderKey, value: Option<&Param>) {
    match (value, key.nulls_first()) {
        (Some(_), Some(false)) | (None, Some(true)) => return,
        (Some(param), _) => {
            key.write_value(sql);
            sql.push(beyond(key.descending(), true)).bind(param.clone());
        }
        (None, _) => {
            key.write_value(sql);
            sql.push(" IS NULL");
        }
    }
    sql.push(" AND ");
}

/// Returns the operator that matches the values after another value; with `inclusive`, that value as well.
fn beyond(descending: bool, inclusive: bool) -> &'static str {
    match (descending, inclusive) {
        (false, false) => " > ",
        (false, true) => " >= ",
        (true, false) => " < ",
        (true, true) => " <= ",
    }
}

/// Writes the condition that a key is after its value in the cursor. Only the last key may be `inclusive`.
fn write_key_beyond(sql: &mut Sql, key: &OrderKey, value: Option<&Param>, inclusive: bool) {
    let operator = beyond(key.descending(), inclusive);
    match (value, key.nulls_first()) {
        (Some(param), Some(false)) => {
            sql.push("(");
            key.write_value(sql);
            sql.push(operator).bind(param.clone()).push(" OR ");
            key.write_value(sql);
            sql.push(" IS NULL)");
        }
        (Some(param), _) => {
            key.write_value(sql);
            sql.push(operator).bind(param.clone());
        }
        (None, Some(true)) if inclusive => _ = sql.push("TRUE"),
        (None, Some(true)) => {
            key.write_value(sql);
            sql.push(" IS NOT NULL");
        }
        (None, _) if inclusive => {
            key.write_value(sql);
            sql.push(" IS NULL");
        }
        (None, _) => _ = sql.push("FALSE"),
    }
}
