//! Replacing the values that differ in the text of a file, so that the rest stays as a person wrote it.
//!
//! The entries of block lists and block mappings are compared, and so are the entries in them. The text of an entry begins
//! at its dash or key. It ends before the blank lines and comments that precede the next entry. A comment that is indented
//! more than an entry belongs to the text of the entry. A value in another style is replaced as a whole.
//!
//! The result may be wrong, for example because the value of an alias changes with its anchor. So the caller reads the
//! result, and compares its documents.

mod edited_text;

use std::collections::{BTreeMap, HashMap};

use edited_text::EditedText;

use super::{emit::Yaml, read_file::ReadFile, yaml::parse};
use crate::{
    engine::{
        canonical::{CanonicalObject, CanonicalValue},
        catalog::{Catalog, Layout},
    },
    library::{
        document::{
            node::{Entry, Node, Value},
            read::Draft,
            shape::{NOTICE, POSITION, SLUG},
        },
        problem::Problems,
    },
};

/// What is replaced.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Replaced {
    /// The values in documents that differ.
    Values,
    /// The documents that differ.
    Documents,
}

/// Returns the old text with the documents of the new one. The old and the new file are given by their text and what was
/// read from it. `None` if the text cannot be divided into entries.
pub(super) fn splice(
    catalog: &Catalog,
    (old, old_file): (&str, &ReadFile),
    (new, new_file): (&str, &ReadFile),
    replaced: Replaced,
) -> Option<String> {
    let mut problems = Problems::of(&"".into());
    let (old_root, mut new_root) = (parse(old, &mut problems)?, parse(new, &mut problems)?);
    let ((level, was), (new_level, is)) = (root(catalog, &old_file.drafts), root(catalog, &new_file.drafts));
    if level != new_level {
        return None;
    }
    if level == Level::File {
        inherit_notice(&mut new_root, old_root.text(NOTICE));
    }
    let mut splice = Splice { text: EditedText::new(old), replaced };
    // A marker of the end of the document is not part of the last entry.
    let end = old.find("\n...").unwrap_or(old.len());
    splice.value(level, end, (&old_root, &new_root), (&was, &is))?;
    splice.text.applied()
}

/// What a value of a file is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    /// The mapping of a file with collections.
    File,
    /// A list of documents. Their order has no meaning.
    Collection,
    /// A document that is not embedded.
    Document,
    /// A value in a document.
    Inner,
}

impl Level {
    /// Returns the level of the entries of a value.
    fn below(self) -> Self {
        match self {
            Self::File => Self::Collection,
            Self::Collection => Self::Document,
            Self::Document | Self::Inner => Self::Inner,
        }
    }
}

/// Returns the level and the canonical value of the root of a file: its document, or the lists of documents by the name of
/// the collection.
fn root(catalog: &Catalog, drafts: &[Draft]) -> (Level, CanonicalValue) {
    let mut collections: BTreeMap<&'static str, Vec<CanonicalValue>> = BTreeMap::new();
    for draft in drafts.iter().filter(|draft| draft.owner.is_none()) {
        let document = CanonicalValue::Object(draft.fields.clone());
        match catalog.object(draft.ix).content() {
            Some(role) if matches!(role.layout, Layout::Collection(_)) => {
                collections.entry(role.plural).or_default().push(document);
            }
            _ => return (Level::Document, document),
        }
    }
    let lists = collections.into_iter().map(|(name, list)| (name, list.into_iter().collect::<CanonicalValue>()));
    (Level::File, CanonicalValue::Object(lists.collect::<CanonicalObject>()))
}

/// Gives a document of a collection a notice of its own only if its notice differs from the inherited one. Removes the
/// notice from all other documents of collections.
fn inherit_notice(root: &mut Node<'_>, inherited: Option<&str>) {
    let shared = root.entry(NOTICE).map(|entry| entry.value.clone());
    let Value::Map(collections) = &mut root.value else { return };
    for collection in collections {
        let Value::List(documents) = &mut collection.value.value else { continue };
        for document in documents {
            let Node { at, value: Value::Map(fields) } = document else { continue };
            if let Some(notice) = shared.clone().filter(|_| fields.iter().all(|field| field.key != NOTICE)) {
                fields.insert(fields.len().min(1), Entry { at: *at, key: NOTICE.into(), value: notice });
            }
            let is_inherited = |notice: &Value<'_>| matches!(notice, Value::Text(text) if Some(&**text) == inherited);
            fields.retain(|field| field.key != NOTICE || !is_inherited(&field.value.value));
        }
    }
}

struct Splice<'a> {
    text: EditedText<'a>,
    replaced: Replaced,
}

impl Splice<'_> {
    /// Replaces the entries of a value that differ. `end` is the end of the text of the value. `None` if the value can
    /// only be replaced as a whole; then nothing is replaced.
    fn value(
        &mut self,
        level: Level,
        end: usize,
        (old, new): (&Node<'_>, &Node<'_>),
        (was, is): (&CanonicalValue, &CanonicalValue),
    ) -> Option<()> {
        if level == Level::Document && self.replaced == Replaced::Documents {
            return None;
        }
        let before = self.text.edits.len();
        let done = match (&old.value, &new.value) {
            (Value::Map(entries), Value::Map(new)) => was
                .as_object()
                .zip(is.as_object())
                .filter(|_| entries.first().is_some_and(|first| first.at == old.at))
                .and_then(|values| self.map(level, end, (entries, new), values)),
            // The entries of an alias precede it, because they are the text of its anchor.
            (Value::List(entries), Value::List(new)) if entries.first().is_some_and(|first| old.at <= first.at) => {
                self.list(level, end, (entries, new), (was.list(), is.list()))
            }
            _ => None,
        };
        if done.is_none() {
            self.text.edits.truncate(before);
        }
        done
    }

    fn map(
        &mut self,
        level: Level,
        end: usize,
        (old, new): (&[Entry<'_>], &[Entry<'_>]),
        (was, is): (&CanonicalObject, &CanonicalObject),
    ) -> Option<()> {
        let starts: Option<Vec<usize>> = old.iter().map(|entry| self.text.offset(entry.at)).collect();
        let (column, spans) = self.text.spans(&starts?, end)?;
        let as_map = |entry: &Entry<'_>| Yaml::Map(vec![(entry.key.to_string(), yaml(&entry.value))]);
        let differs = |key: &str| was.get(key) != is.get(key);
        for (entry, span) in old.iter().zip(&spans).filter(|(entry, _)| differs(&entry.key)) {
            let Some(changed) = new.iter().find(|other| other.key == entry.key) else {
                self.text.remove(span, column)?;
                continue;
            };
            let (nodes, values) = ((&entry.value, &changed.value), was.get(&entry.key).zip(is.get(&entry.key)));
            if values.and_then(|values| self.value(level.below(), span.end, nodes, values)).is_none() {
                self.text.replace(span, (&as_map(entry), &as_map(changed)), column)?;
            }
        }
        let mut previous = None;
        for entry in new {
            if let Some(index) = old.iter().position(|other| other.key == entry.key) {
                previous = Some(&spans[index]);
            } else if differs(&entry.key) {
                self.text.insert(previous, &spans[0], &as_map(entry), column)?;
            }
        }
        Some(())
    }

    fn list(
        &mut self,
        level: Level,
        end: usize,
        (old, new): (&[Node<'_>], &[Node<'_>]),
        (was, is): (&[CanonicalValue], &[CanonicalValue]),
    ) -> Option<()> {
        let starts: Option<Vec<usize>> = old.iter().map(|entry| self.text.dash(entry)).collect();
        let (column, spans) = self.text.spans(&starts?, end)?;
        let as_list = |entry: &Node<'_>| Yaml::List(vec![yaml(entry)]);
        let pairs = pairs(was, is);
        let is_ordered = level != Level::Collection;
        if (old.len(), new.len()) != (was.len(), is.len()) || (is_ordered && !pairs.iter().flatten().is_sorted()) {
            return None;
        }
        let (mut is_removed, mut previous) = (vec![true; old.len()], None);
        for ((entry, value), pair) in new.iter().zip(is).zip(pairs) {
            let Some(index) = pair else {
                let previous = if is_ordered { previous } else { spans.last() };
                self.text.insert(previous, &spans[0], &as_list(entry), column)?;
                continue;
            };
            (is_removed[index], previous) = (false, Some(&spans[index]));
            let (span, nodes, values) = (&spans[index], (&old[index], entry), (&was[index], value));
            let is_same = same(values.0, values.1) && (!is_ordered || nodes.0.entry(POSITION).is_none());
            if !is_same && self.value(level.below(), span.end, nodes, values).is_none() {
                self.text.replace(span, (&as_list(nodes.0), &as_list(entry)), column)?;
            }
        }
        for (span, _) in spans.iter().zip(is_removed).filter(|(_, is_removed)| *is_removed) {
            self.text.remove(span, column)?;
        }
        Some(())
    }
}

/// Returns for each new entry of a list the index of its old entry; `None` if it has none. Entries with slugs are found by
/// them. If both lists have the same length, a value object whose slug is new corresponds to the old entry at its index,
/// unless another new entry has the slug of that old entry. In lists without slugs, equal entries at the beginning and at
/// the end correspond. If both lists have the same length, the entries between these correspond in their order.
fn pairs(was: &[CanonicalValue], is: &[CanonicalValue]) -> Vec<Option<usize>> {
    let slug = |value: &CanonicalValue| value.get(SLUG)?.as_text().cloned();
    let slugs: HashMap<_, usize> = was.iter().enumerate().filter_map(|(at, value)| Some((slug(value)?, at))).collect();
    if !slugs.is_empty() {
        let found: Vec<_> = is.iter().map(|value| slugs.get(&slug(value)?).copied()).collect();
        // Records have a notice, and value objects do not.
        let has_pairs = was.len() == is.len() && is.iter().all(|value| value.get(NOTICE).is_none());
        let at_index = |at: usize| Some(at).filter(|at| has_pairs && !found.contains(&Some(*at)));
        return found.iter().enumerate().map(|(at, pair)| pair.or_else(|| at_index(at))).collect();
    }
    let is_same = |(one, other): &(&CanonicalValue, &CanonicalValue)| same(one, other);
    let first = was.iter().zip(is).take_while(is_same).count();
    let rest = was.len().min(is.len()) - first;
    let last = was.iter().rev().zip(is.iter().rev()).take(rest).take_while(is_same).count();
    let pair = |at: usize| {
        if at < first || was.len() == is.len() {
            Some(at)
        } else {
            (at >= is.len() - last).then(|| at + was.len() - is.len())
        }
    };
    (0..is.len()).map(pair).collect()
}

/// Reports whether two entries of a list are equal, apart from their positions.
fn same(one: &CanonicalValue, other: &CanonicalValue) -> bool {
    match (one.as_object(), other.as_object()) {
        (Some(one), Some(other)) => {
            one.iter().zip(other.iter()).all(|(one, other)| one == other || (one.0, other.0) == (POSITION, POSITION))
        }
        _ => one == other,
    }
}

pub(super) fn yaml(node: &Node<'_>) -> Yaml {
    Yaml::Scalar(match &node.value {
        Value::Null => CanonicalValue::Null,
        Value::Boolean(value) => CanonicalValue::Boolean(*value),
        Value::Int(number) => CanonicalValue::Int(*number),
        Value::Float(number) => CanonicalValue::Float(*number),
        Value::Text(text) => CanonicalValue::from(&**text),
        Value::List(nodes) => return Yaml::List(nodes.iter().map(yaml).collect()),
        Value::Map(entries) => {
            return Yaml::Map(entries.iter().map(|entry| (entry.key.to_string(), yaml(&entry.value))).collect());
        }
    })
}

#[cfg(test)]
mod tests;
