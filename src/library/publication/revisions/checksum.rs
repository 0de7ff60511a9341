//! The checksum of a library. Each revision is published with its checksum.

use std::{fmt, num::ParseIntError, str::FromStr};

use rayon::prelude::*;
use serde::{Serialize, Serializer};

use crate::{
    engine::canonical::{CanonicalObject, CanonicalValue},
    library::records::{
        content_table::ContentTable,
        documents::Document,
        stored_documents::document_of,
        stored_record::{StoredRecord, position_of},
    },
    store::bulk::first_bits_of_sha256,
};

/// The sum, modulo 2^128, of the first 128 bits of the SHA-256 of each record's canonical document as JSON.
///
/// It is a sum, so for each changed record a publication subtracts the old number and adds the new one. It does not
/// depend on the order of records, the kind of database, ids, revisions and derived fields. Keys are sorted, and null
/// and empty lists are left out, so a new field does not change the checksum until a record has a value for it. A
/// migration that changes stored records must change the checksum as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LibraryChecksum(u128);

impl LibraryChecksum {
    /// Returns the checksum of one record. Embedded records are left out, because they are counted as records of their own.
    /// `position` is [`crate::library::records::stored_record::StoredRecord::position`].
    pub(super) fn of_record(table: &ContentTable<'_>, fields: &CanonicalObject, position: Option<i32>) -> Self {
        let is_embedded = |key: &str| table.embedded.iter().any(|(field, ..)| field.name == key);
        let own = StableJsonObject::of(fields.iter().filter(|(key, _)| !is_embedded(key)), &[]);
        // Canonical values can always be written as JSON, because their keys are texts.
        let json = serde_json::to_vec(&(table.object.name, position, own)).unwrap_or_default();
        Self(first_bits_of_sha256(&json))
    }

    pub(in crate::library::publication) fn of_document(table: &ContentTable<'_>, document: &Document) -> Self {
        Self::of_record(table, &document.fields, position_of(table, document.position))
    }

    pub(in crate::library) fn of_stored(table: &ContentTable<'_>, record: &StoredRecord) -> Self {
        Self::of_record(table, &document_of(table, record), record.position)
    }

    /// Returns the checksum of the records of all tables. `records` returns the checksums of the records of one table.
    pub(in crate::library) fn of_records<'t, T: Sync, I: Iterator<Item = Self>>(
        tables: &'t [T],
        records: impl Fn(&'t T) -> I + Sync,
    ) -> Self {
        let of_table = |table| records(table).fold(Self::default(), Self::and);
        tables.par_iter().map(of_table).reduce(Self::default, Self::and)
    }

    /// Returns the checksum after adding records.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self(self.0.wrapping_add(others.0))
    }

    /// Returns the checksum after removing records.
    #[must_use]
    pub fn without(self, others: Self) -> Self {
        Self(self.0.wrapping_sub(others.0))
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for LibraryChecksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for LibraryChecksum {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

/// Serializes an object as [`StableJson`] does.
struct StableJsonObject<'a> {
    members: Vec<(&'static str, &'a CanonicalValue)>,
    /// The names of the members that are left out of the objects in it.
    ignored: &'a [&'static str],
}

impl<'a> StableJsonObject<'a> {
    fn of(members: impl Iterator<Item = (&'static str, &'a CanonicalValue)>, ignored: &'a [&'static str]) -> Self {
        let is_empty = |value: &CanonicalValue| match value {
            CanonicalValue::Null => true,
            CanonicalValue::List(values) => values.is_empty(),
            _ => false,
        };
        let mut members: Vec<_> = members.filter(|(_, value)| !is_empty(value)).collect();
        members.sort_unstable_by_key(|(key, _)| *key);
        Self { members, ignored }
    }
}

impl Serialize for StableJsonObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ignored = self.ignored;
        serializer.collect_map(self.members.iter().map(|(key, value)| (key, StableJson { value, ignored })))
    }
}

/// Serializes a value to JSON that is the same for the same content: keys are sorted, and members that are null or an
/// empty list are left out.
pub(in crate::library) struct StableJson<'a> {
    pub value: &'a CanonicalValue,
    /// The names of further members that are left out, at any depth.
    pub ignored: &'a [&'static str],
}

impl Serialize for StableJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ignored = self.ignored;
        match self.value {
            // SQLite does not store the sign of zero.
            CanonicalValue::Float(number) => serializer.serialize_f64(number + 0.0),
            CanonicalValue::List(values) => serializer.collect_seq(values.iter().map(|value| StableJson { value, ignored })),
            CanonicalValue::Object(object) => {
                let members = object.iter().filter(|(key, _)| !ignored.contains(key));
                StableJsonObject::of(members, ignored).serialize(serializer)
            }
            value => value.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(members: &[(&'static str, CanonicalValue)]) -> String {
        let object: CanonicalObject = members.iter().cloned().collect();
        serde_json::to_string(&StableJson { value: &CanonicalValue::Object(object), ignored: &[] }).unwrap()
    }

    #[test]
    fn the_order_of_keys_and_values_that_are_left_out_change_nothing() {
        let inner = |value| CanonicalValue::Object([("x", value)].into_iter().collect());
        let (empty, none) = (CanonicalValue::List(std::sync::Arc::default()), CanonicalValue::Null);
        let one = json(&[("b", true.into()), ("a", inner(none.clone())), ("c", empty)]);
        let other = json(&[("a", inner(none)), ("b", true.into())]);
        assert_eq!((one.as_str(), &one), (r#"{"a":{},"b":true}"#, &other));
        assert_eq!(json(&[("a", CanonicalValue::Float(-0.0))]), r#"{"a":0.0}"#);
        assert_ne!(json(&[("a", false.into())]), json(&[]));
    }

    #[test]
    fn a_sum_without_what_was_added_is_as_before() {
        let (one, other) = (LibraryChecksum(u128::MAX - 1), LibraryChecksum(77));
        assert_eq!(one.and(other).without(one), other);
        assert_eq!(one.to_string().parse(), Ok(one));
        assert_eq!(other.to_string().len(), 32);
    }
}
