//! Writes rows as JSON, in the order of the selection.

use serde_json::{Map, Value as Json};

use super::{
    escapes::escaped,
    level::{ChildLevel, Level},
    used_records::UsedRecords,
};
use crate::{
    engine::{
        catalog::Conversion,
        plan::{Fetch, FieldPlan, JsonFieldPlan, JsonPlan, ObjectPlan, ResponseKey},
        problem::EngineError,
    },
    store::reading::statement::{Cell, Rows},
};

/// Maximum length of a response, in bytes. A record that many parents share is read once and written for each of them, so a
/// short query can select a response of any length. The last value before writing stops can exceed the maximum.
pub const MAX_RESPONSE: usize = 16 * 1024 * 1024;

/// Writes one response.
pub struct JsonWriter {
    /// The JSON so far.
    pub out: String,
    /// How often each item of the cost was written.
    pub written: Vec<u64>,
    /// The records used by the response; `None` without cache tags.
    pub used: Option<UsedRecords>,
    max_length: usize,
}

/// The result of writing.
pub(super) type Written = Result<(), EngineError>;

/// A row that is being written.
struct Row<'a> {
    fetch: &'a Fetch,
    level: &'a Level,
    number: usize,
    /// For each child, how many lists of this row have been written.
    written_lists: Vec<i64>,
}

impl JsonWriter {
    /// Creates a writer for a plan whose cost has this number of items.
    pub fn new(cost_items: usize) -> Self {
        Self { out: String::new(), written: vec![0; cost_items], used: None, max_length: MAX_RESPONSE }
    }

    /// Writes one object.
    pub fn object(&mut self, fetch: &Fetch, level: &Level, row: usize, plan: &ObjectPlan) -> Written {
        let written_lists = if fetch.json.is_empty() { Vec::new() } else { vec![0; fetch.children.len()] };
        let mut at = Row { fetch, level, number: row, written_lists };
        self.written[plan.cost_item] += 1;
        self.braces(&plan.fields, |writer, field| writer.field(&mut at, field))
    }

    /// Adds the records of a level and of all levels below it to the used records.
    pub fn note_used(&mut self, fetch: &Fetch, level: &Level) {
        if let Some(used) = &mut self.used {
            used.add(fetch, level);
        }
    }

    /// Marks the response as dependent on which records of a type exist, because one was not found.
    pub fn note_missing(&mut self, fetch: &Fetch) {
        if let Some(used) = &mut self.used {
            used.list(fetch.target.name);
        }
    }

    /// Writes the row with a key; null if there is none.
    pub fn row_of(&mut self, fetch: &Fetch, level: &Level, key: i64, plan: &ObjectPlan) -> Written {
        if let Some((row, _)) = level.ranges.get(key) {
            return self.object(fetch, level, row, plan);
        }
        self.raw("null")
    }

    fn field(&mut self, at: &mut Row<'_>, field: &FieldPlan) -> Written {
        let rows = &at.level.rows;
        match field {
            FieldPlan::Constant(text) => self.out.push_str(text),
            FieldPlan::Id(column, name) => self.typed_id(name, rows.int(at.number, *column)),
            FieldPlan::IdOf(column, name) => {
                self.typed_id(rows.text(at.number, *name).unwrap_or_default(), rows.int(at.number, *column));
            }
            FieldPlan::Scalar(column) => self.cell(rows, rows.cell(at.number, *column)),
            FieldPlan::Range(plan) => self.range(rows, at.number, plan)?,
            FieldPlan::Stored(column) => self.stored(rows.text(at.number, *column).unwrap_or("[]")),
            FieldPlan::Json(column, field) => {
                let value = at.level.json.get(column).and_then(|values| values.get(at.number)).unwrap_or(&Json::Null);
                self.json(at, value, field)?;
            }
            FieldPlan::Attribution(plan) => self.record_attribution(plan, rows, at.number)?,
            FieldPlan::One { child, column, plan, required } => {
                let key = rows.int(at.number, *column);
                self.one(at.fetch, at.level, *child, key, plan, *required)?;
            }
            FieldPlan::Parts { child, column, plan } => {
                let (fetch, below) = below(at.fetch, at.level, *child);
                let key = rows.int(at.number, *column).unwrap_or_default();
                let (start, end) = below.level.ranges.get(key).unwrap_or_default();
                let end = plan.first.map_or(end, |first| end.min(start + first));
                if let Some(item) = plan.cost_item {
                    self.written[item] += 1;
                }
                self.brackets(start..end, |writer, row| writer.object(fetch, &below.level, row, &plan.entry))?;
            }
            FieldPlan::Connection { child, column, plan } => {
                let (fetch, below) = below(at.fetch, at.level, *child);
                let key = rows.int(at.number, *column).unwrap_or_default();
                self.connection(fetch, &below.level, key, plan)?;
            }
        }
        Ok(())
    }

    fn json(&mut self, at: &mut Row<'_>, value: &Json, field: &JsonFieldPlan) -> Written {
        match field {
            JsonFieldPlan::Constant(text) => self.out.push_str(text),
            JsonFieldPlan::Stored | JsonFieldPlan::Converted(_) => self.value(value)?,
            JsonFieldPlan::Object(plan) => match value {
                Json::Object(members) => self.members(at, members, plan)?,
                _ => self.out.push_str("null"),
            },
            JsonFieldPlan::List(plan) => {
                let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
                self.brackets(items.iter(), |writer, item| match item {
                    Json::Object(members) => writer.members(at, members, plan),
                    _ => Err(EngineError::Corrupt("a list of objects has an entry that is not an object".to_owned())),
                })?;
            }
            JsonFieldPlan::One { child, plan, required } => {
                self.one(at.fetch, at.level, *child, value.as_i64(), plan, *required)?;
            }
            JsonFieldPlan::Connection { child, plan } => {
                let (fetch, below) = below(at.fetch, at.level, *child);
                let first = below.first_lists.get(at.number).copied().unwrap_or_default();
                let list = first + at.written_lists[*child];
                at.written_lists[*child] += 1;
                self.connection(fetch, &below.level, list, plan)?;
            }
        }
        Ok(())
    }

    fn members(&mut self, at: &mut Row<'_>, members: &Map<String, Json>, plan: &JsonPlan) -> Written {
        self.written[plan.cost_item] += 1;
        self.out.push('{');
        for (index, (key, member, field)) in plan.members.iter().enumerate() {
            self.key(index, key)?;
            match field {
                JsonFieldPlan::Converted(conversion) => self.value(&converted(members, conversion))?,
                field => self.json(at, members.get(*member).unwrap_or(&Json::Null), field)?,
            }
        }
        self.out.push('}');
        Ok(())
    }

    fn one(
        &mut self,
        fetch: &Fetch,
        level: &Level,
        child: usize,
        key: Option<i64>,
        plan: &ObjectPlan,
        required: bool,
    ) -> Written {
        let (fetch, below) = below(fetch, level, child);
        let found = key.and_then(|key| below.level.ranges.get(key));
        match found {
            Some((row, _)) => self.object(fetch, &below.level, row, plan),
            None if required => Err(EngineError::Corrupt(format!("a referenced {} is missing", fetch.target.name))),
            None => self.raw("null"),
        }
    }

    fn typed_id(&mut self, name: &str, id: Option<i64>) {
        self.out.push('"');
        self.out.push_str(name);
        self.out.push(':');
        self.int(id.unwrap_or_default());
        self.out.push('"');
    }

    /// Writes a value of a row.
    pub fn cell(&mut self, rows: &Rows, cell: Cell) {
        match cell {
            // The value of a field is never bytes.
            Cell::Null | Cell::Bytes(..) => self.out.push_str("null"),
            Cell::Int(value) => self.int(value),
            Cell::Float(value) => self.float(value),
            Cell::Boolean(value) => self.out.push_str(if value { "true" } else { "false" }),
            Cell::Text(start, end) => self.text(rows.slice(start, end)),
        }
    }

    /// Writes a number; null if it is not finite.
    pub fn float(&mut self, value: f64) {
        match serde_json::Number::from_f64(value) {
            Some(number) => self.out.push_str(&number.to_string()),
            None => self.out.push_str("null"),
        }
    }

    pub fn int(&mut self, value: i64) {
        self.out.push_str(itoa::Buffer::new().format(value));
    }

    /// Writes a text with the escapes of JSON (RFC 8259, section 7).
    pub fn text(&mut self, text: &str) {
        self.out.push('"');
        let mut rest = text;
        while let Some(at) = escaped(rest.as_bytes()) {
            self.out.push_str(&rest[..at]);
            match rest.as_bytes()[at] {
                b'"' => self.out.push_str("\\\""),
                b'\\' => self.out.push_str("\\\\"),
                b'\n' => self.out.push_str("\\n"),
                b'\r' => self.out.push_str("\\r"),
                b'\t' => self.out.push_str("\\t"),
                byte => {
                    use std::fmt::Write as _;
                    let _ = write!(self.out, "\\u{byte:04x}");
                }
            }
            rest = &rest[at + 1..];
        }
        self.out.push_str(rest);
        self.out.push('"');
    }

    /// Writes stored JSON, without the spaces that PostgreSQL adds between its tokens.
    fn stored(&mut self, json: &str) {
        let (mut is_quoted, mut is_escaped, mut start) = (false, false, 0);
        for (at, byte) in json.bytes().enumerate() {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => is_quoted = !is_quoted,
                b' ' if !is_quoted => {
                    self.out.push_str(&json[start..at]);
                    start = at + 1;
                }
                _ => {}
            }
        }
        self.out.push_str(&json[start..]);
    }

    pub fn value(&mut self, value: &Json) -> Written {
        match value {
            Json::String(text) => self.text(text),
            other => {
                let text = serde_json::to_string(other).map_err(|error| EngineError::Corrupt(error.to_string()))?;
                self.out.push_str(&text);
            }
        }
        Ok(())
    }

    /// Writes JSON unchanged.
    #[expect(clippy::unnecessary_wraps, reason = "the callers also call functions that can fail")]
    pub fn raw(&mut self, text: &str) -> Written {
        self.out.push_str(text);
        Ok(())
    }

    /// Writes an object with these fields.
    pub fn braces<T>(&mut self, outputs: &[(ResponseKey, T)], mut write: impl FnMut(&mut Self, &T) -> Written) -> Written {
        self.out.push('{');
        for (index, (key, output)) in outputs.iter().enumerate() {
            self.key(index, key)?;
            write(self, output)?;
        }
        self.out.push('}');
        Ok(())
    }

    pub fn brackets<T>(
        &mut self,
        items: impl Iterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Written,
    ) -> Written {
        self.out.push('[');
        for (index, item) in items.enumerate() {
            self.begin_entry(index)?;
            write(self, item)?;
        }
        self.out.push(']');
        Ok(())
    }

    /// Begins a member of an object.
    ///
    /// # Errors
    /// Those of [`Self::begin_entry`].
    pub fn key(&mut self, index: usize, key: &str) -> Written {
        self.begin_entry(index)?;
        self.out.push_str(key);
        Ok(())
    }

    /// Begins an item of a list, or a member of an object before its key.
    ///
    /// # Errors
    /// If the response is already too long. So it exceeds its maximum length by at most one value.
    fn begin_entry(&mut self, index: usize) -> Written {
        if self.is_too_long() {
            return Err(EngineError::TooLong);
        }
        self.out.push_str(if index == 0 { "" } else { "," });
        Ok(())
    }

    /// Reports whether the response is longer than its maximum length.
    pub fn is_too_long(&self) -> bool {
        self.out.len() > self.max_length
    }
}

/// Returns a converted number, or null.
fn converted(members: &Map<String, Json>, conversion: &Conversion) -> Json {
    let member = |name| members.get(name).unwrap_or(&Json::Null);
    let number = member(conversion.number).as_f64().zip(member(conversion.unit).as_str());
    number.and_then(|(number, unit)| conversion.of(number, unit)).map_or(Json::Null, Json::from)
}

pub(super) fn below<'a>(fetch: &'a Fetch, level: &'a Level, child: usize) -> (&'a Fetch, &'a ChildLevel) {
    (&fetch.children[child].fetch, &level.children[child])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_exceeds_its_maximum_length_by_at_most_one_value() {
        let text = "needle ".repeat(10);
        let run = |max_length: usize, write: &dyn Fn(&mut JsonWriter) -> Written| {
            let mut writer = JsonWriter { max_length, ..JsonWriter::new(0) };
            (write(&mut writer).is_ok(), writer.out.len())
        };
        let members: Vec<(ResponseKey, ())> = (0..9).map(|at| (format!("\"a{at}\":").into(), ())).collect();
        let put = |writer: &mut JsonWriter| {
            writer.text(&text);
            Ok(())
        };
        let object = |writer: &mut JsonWriter| writer.braces(&members, |writer, ()| put(writer));
        let list = |writer: &mut JsonWriter| writer.brackets(0..9, |writer, _| put(writer));
        let writes: [&dyn Fn(&mut JsonWriter) -> Written; 2] = [&object, &list];
        for write in writes {
            let (is_complete, length) = run(MAX_RESPONSE, write);
            assert!(is_complete && length > 9 * text.len(), "{length}");
            let (is_complete, length) = run(2 * text.len(), write);
            assert!(!is_complete && length < 4 * text.len(), "{length}");
        }
    }
}
