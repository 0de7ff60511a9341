//! Pages of connections: `first`, `after`, `last`, `before`, and the keyset cursors that they speak of.
//!
//! Specification: <https://relay.dev/graphql/connections.htm>. A cursor holds the sort key values of its row and a fingerprint
//! of the order that it belongs to, so it stays right while the library changes, with nulls and in mixed directions.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value as Json;

use super::{input, order::OrderKey, problem::Problem, sql::Sql};
use crate::{
    graphql::value::Value,
    store::statement::{Cell, Param, Read, Rows},
};

/// Entries of a page when the query does not say.
pub const DEFAULT_PAGE_SIZE: usize = 20;

/// Most entries of a page: enough for any list a person reads, little enough that deep queries stay bounded.
pub const MAX_PAGE_SIZE: usize = 100;

/// One page of a connection.
#[derive(Clone, Debug)]
pub struct Page {
    /// Most entries.
    pub size: usize,
    /// Counted from the end.
    pub backward: bool,
    /// Only what comes after these key values.
    pub after: Option<Vec<Option<Param>>>,
    /// Only what comes before these key values.
    pub before: Option<Vec<Option<Param>>>,
}

/// Arguments as given.
pub struct PageArguments {
    /// `first`.
    pub first: Option<Value>,
    /// `after`.
    pub after: Option<Value>,
    /// `last`.
    pub last: Option<Value>,
    /// `before`.
    pub before: Option<Value>,
}

impl Page {
    /// Bytes that it takes beside itself.
    pub fn weight(&self) -> usize {
        let params = self.after.iter().chain(&self.before).flatten();
        params.map(|param| size_of::<Option<Param>>() + param.as_ref().map_or(0, Param::weight)).sum()
    }

    /// Reads the arguments of a connection that is ordered by `keys`.
    pub fn read(arguments: &PageArguments, keys: &[OrderKey], fingerprint: u32) -> Result<Self, Problem> {
        let first = size("first", arguments.first.as_ref())?;
        let last = size("last", arguments.last.as_ref())?;
        let (size, backward) = match (first, last) {
            (Some(_), Some(_)) => {
                return Err(Problem::new(Problem::BAD_PAGE, "Give first or last, not both."));
            }
            (Some(size), None) => (size, false),
            (None, Some(size)) => (size, true),
            (None, None) => (DEFAULT_PAGE_SIZE, false),
        };
        Ok(Self {
            size,
            backward,
            after: cursor("after", arguments.after.as_ref(), keys, fingerprint)?,
            before: cursor("before", arguments.before.as_ref(), keys, fingerprint)?,
        })
    }

    /// Writes the predicates of the cursors, each with ` AND ` before it.
    pub fn write_bounds(&self, sql: &mut Sql, keys: &[OrderKey]) {
        if let Some(values) = &self.after {
            sql.push(" AND ");
            write_beyond(sql, keys, values);
        }
        if let Some(values) = &self.before {
            let flipped: Vec<OrderKey> = keys.iter().map(OrderKey::flipped).collect();
            sql.push(" AND ");
            write_beyond(sql, &flipped, values);
        }
    }
}

/// A number that tells orders apart: FNV-1a of what the list holds and of its keys.
#[must_use]
pub fn fingerprint(of: &str, keys: &[OrderKey]) -> u32 {
    let mut hash: u32 = 0x811c_9dc5;
    let mut add = |text: &str| {
        for byte in text.bytes().chain([0]) {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    };
    add(of);
    for key in keys {
        add(&key.describe());
    }
    hash
}

/// The cursor of a row whose key values stand from column `at` on.
#[must_use]
pub fn encode(rows: &Rows, row: usize, at: usize, keys: usize, fingerprint: u32) -> String {
    let value = |column| match rows.cell(row, column) {
        Cell::Null => Json::Null,
        Cell::Int(value) => value.into(),
        Cell::Float(value) => value.into(),
        Cell::Boolean(value) => value.into(),
        Cell::Text(start, end) => rows.slice(start, end).into(),
    };
    encoded(fingerprint, (at..at + keys).map(value))
}

/// The cursor of an entry of a list of ids.
#[must_use]
pub fn encode_place(position: i64, id: i64, fingerprint: u32) -> String {
    encoded(fingerprint, [position.into(), id.into()].into_iter())
}

fn encoded(fingerprint: u32, values: impl Iterator<Item = Json>) -> String {
    let values = std::iter::once(Json::from(fingerprint)).chain(values).collect();
    URL_SAFE_NO_PAD.encode(Json::Array(values).to_string())
}

fn size(name: &str, value: Option<&Value>) -> Result<Option<usize>, Problem> {
    let refused = |sentence: String| Err(Problem::new(Problem::BAD_PAGE, sentence));
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Int(size)) => match usize::try_from(*size) {
            Ok(size) if size <= MAX_PAGE_SIZE => Ok(Some(size)),
            Ok(size) => refused(format!("{name} is {size}; a page holds at most {MAX_PAGE_SIZE} entries.")),
            Err(_) => refused(format!("{name} is {size}; it cannot be less than 0.")),
        },
        Some(_) => Err(input::unknown(name)),
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
    let bad =
        || Problem::new(Problem::BAD_CURSOR, format!("{name} is not a cursor of this service. Take cursors as they are."));
    // However long: a cursor holds the texts of its row, and the request that brings it back is bounded.
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
    let Ok(Json::Array(values)) = serde_json::from_slice(&bytes) else { return Err(bad()) };
    let (found, values) = values.split_first().ok_or_else(bad)?;
    if found.as_u64().ok_or_else(bad)? != u64::from(fingerprint) {
        let message =
            format!("{name} is a cursor of another list or of another order; orderBy must stay the same while paging.");
        return Err(Problem::new(Problem::CURSOR_OF_OTHER_ORDER, message));
    }
    if values.len() != keys.len() {
        return Err(bad());
    }
    let value = |(key, value): (&OrderKey, &Json)| match (key.read, value) {
        (_, Json::Null) if key.nulls_first().is_some() => Some(None),
        (Read::Int, value) => value.as_i64().map(|value| Some(Param::Int(value))),
        (Read::Float, value) => value.as_f64().map(|value| Some(Param::Float(value))),
        (Read::Boolean, value) => value.as_bool().map(|value| Some(Param::Boolean(value))),
        (Read::Text, value) => {
            // Content never holds U+0000, and PostgreSQL takes no parameter with it.
            value.as_str().filter(|value| !value.contains('\0')).map(|value| Some(Param::Text(value.to_owned())))
        }
    };
    let values: Option<Vec<_>> = keys.iter().zip(values).map(value).collect();
    values.map(Some).ok_or_else(bad)
}

/// Writes the predicate that a row comes strictly after the key values.
///
/// Where all keys run one way and are never null it is one row comparison, which both databases answer from an index on the
/// keys; otherwise it is spelled out key by key.
fn write_beyond(sql: &mut Sql, keys: &[OrderKey], values: &[Option<Param>]) {
    let descending = keys.first().is_some_and(OrderKey::descending);
    let values_known: Option<Vec<&Param>> = values.iter().map(Option::as_ref).collect();
    let plain = keys.iter().all(|key| key.nulls_first().is_none() && key.descending() == descending);
    if let (true, Some(params)) = (plain, values_known) {
        sql.push("(");
        for (at, key) in keys.iter().enumerate() {
            sql.push(if at == 0 { "" } else { ", " });
            key.write_value(sql);
        }
        sql.push(if descending { ") < (" } else { ") > (" });
        for (at, param) in params.into_iter().enumerate() {
            sql.push(if at == 0 { "" } else { ", " }).bind(param.clone());
        }
        sql.push(")");
        return;
    }
    sql.push("(");
    if let (Some(key), Some(value)) = (keys.first(), values.first()) {
        write_from(sql, key, value.as_ref());
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
        write_key_beyond(sql, key, value.as_ref());
        sql.push(")");
    }
    sql.push("))");
}

/// Writes what all rows beyond a value of the first key have in common, with ` AND ` behind it: it follows from the rest, but
/// only like this do the databases begin to read an index there and not at its end. Nulls that are still to come allow none.
fn write_from(sql: &mut Sql, key: &OrderKey, value: Option<&Param>) {
    match (value, key.nulls_first()) {
        (Some(_), Some(false)) | (None, Some(true)) => return,
        (Some(param), _) => {
            key.write_value(sql);
            sql.push(if key.descending() { " <= " } else { " >= " }).bind(param.clone());
        }
        (None, _) => {
            key.write_value(sql);
            sql.push(" IS NULL");
        }
    }
    sql.push(" AND ");
}

fn write_key_beyond(sql: &mut Sql, key: &OrderKey, value: Option<&Param>) {
    let operator = if key.descending() { " < " } else { " > " };
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
        (None, Some(true)) => {
            key.write_value(sql);
            sql.push(" IS NOT NULL");
        }
        (None, _) => _ = sql.push("FALSE"),
    }
}
