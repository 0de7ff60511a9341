//! Rules that apply to objects of every type.

use std::sync::Arc;

use super::{
    node::{Entry, Node, Value, quote},
    read::Reader,
    shape,
    suggest::did_you_mean,
};
use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{Field, Kind, ObjectType, Origin},
    },
    library::problem::Path,
};

impl Reader<'_> {
    /// Reports the keys that documents of the type do not have.
    pub(super) fn report_unknown_keys(&mut self, object: &ObjectType, entries: &[&Entry<'_>], path: &Path<'_>) {
        for entry in entries {
            let key = &*entry.key;
            let declared = object.fields.iter().find(|field| field.name == key);
            let sentence = match declared {
                Some(Field { kind: Kind::Id(_), .. }) => {
                    "The service assigns ids; documents refer to records by \"slug\". Write \"slug\" instead of \"id\"."
                        .to_owned()
                }
                Some(Field { origin: Origin::Derived(_) | Origin::Converted(_), .. }) => {
                    "This is computed; documents do not contain it.".to_owned()
                }
                Some(Field { origin: Origin::Service, .. }) => {
                    "The service sets this; documents do not contain it.".to_owned()
                }
                Some(_) => "This is derived from other documents. Leave the key out.".to_owned(),
                None => {
                    let known = shape::fields(object).map(|(known, _)| known);
                    format!("{} is not a key of {}.{}", quote(key), object.name, did_you_mean(key, known))
                }
            };
            self.problems.add(entry.at, &path.key(key), sentence);
        }
    }

    /// Reads the owner of an embedded record. The document may name the owner, but not another record.
    pub(super) fn owner(&mut self, entry: Option<&Entry>, path: &Path<'_>, owner: &Arc<str>) -> CanonicalValue {
        if let Some(entry) = entry
            && !matches!(&entry.value.value, Value::Text(text) if **text == **owner)
        {
            let sentence =
                format!("This record is embedded in the document of {} and cannot have another owner.", quote(owner));
            self.problems.add(entry.value.at, &path.key(&entry.key), sentence);
        }
        CanonicalValue::Text(Arc::clone(owner))
    }

    /// Reads a position. Positions must be 1, 2, 3 … in the order of the list; they may be left out.
    pub(super) fn position(&mut self, entry: Option<&Entry>, path: &Path<'_>, position: Option<usize>) -> CanonicalValue {
        let position = position.and_then(|position| i64::try_from(position).ok());
        if let (Some(entry), Some(position)) = (entry, position)
            && !matches!(entry.value.value, Value::Int(given) if given == position)
        {
            let sentence = format!(
                "Positions count 1, 2, 3 … in the order of the list: expected {position}, found {}.",
                entry.value.found()
            );
            self.problems.add(entry.value.at, &path.key(&entry.key), sentence);
        }
        position.into()
    }

    /// Checks that a lower bound is not greater than its upper bound, that an estimate is within its interval, and that
    /// `nextDue` is not before `reviewedOn`.
    pub(super) fn check_bounds(&mut self, node: &Node, path: &Path<'_>, fields: &CanonicalObject) {
        let at = |key: &str| node.entry(key).map_or(node.at, |entry| entry.value.at);
        let number = |key| fields.get(key).and_then(CanonicalValue::as_f64);
        for (lower, upper) in [("min", "max"), ("low", "value"), ("value", "high")] {
            if let (Some(min), Some(max)) = (number(lower), number(upper))
                && min > max
            {
                let sentence = format!("\"{lower}\" ({min}) is greater than \"{upper}\" ({max}).");
                self.problems.add(at(lower), &path.key(lower), sentence);
            }
        }
        // In this format, the order of dates is the order of their texts.
        let date = |key| fields.get(key).and_then(CanonicalValue::as_str);
        if let (Some(reviewed), Some(due)) = (date("reviewedOn"), date("nextDue"))
            && due < reviewed
        {
            let sentence = format!("\"nextDue\" ({due}) is before \"reviewedOn\" ({reviewed}).");
            self.problems.add(at("nextDue"), &path.key("nextDue"), sentence);
        }
    }
}
