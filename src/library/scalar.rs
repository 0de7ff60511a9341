//! Reading single values: scalars and references.

use std::sync::Arc;

use super::{
    format,
    node::{Node, Value, quote},
    problem::Path,
    read::{Lookup, Reader, Reference},
    shape,
    suggest::instead_of,
};
use crate::engine::{
    canonical::CanonicalValue,
    catalog::{Field, Format, ObjectIx, Scalar},
};

/// The longest text that lists are sorted by, in bytes of UTF-8. Two of them and a slug fit an entry of an index of PostgreSQL, which
/// has 2,704 bytes at most, and cursors, which hold them, stay short.
const MAX_SORTED: usize = 1000;

impl Reader<'_> {
    /// Reads a scalar; `object` is the one that it stands in.
    pub(super) fn scalar(
        &mut self,
        field: &Field,
        scalar: Scalar,
        node: &Node,
        path: &Path<'_>,
        object: &Node,
    ) -> CanonicalValue {
        match (scalar, &node.value) {
            (Scalar::Text, _) => self.formatted(field, node, path, object),
            (Scalar::Int, Value::Int(value)) => {
                if i32::try_from(*value).is_err() {
                    let (least, most) = (i32::MIN, i32::MAX);
                    self.problems.add(
                        node.at,
                        path,
                        format!("{value} is out of range: whole numbers go from {least} to {most}."),
                    );
                }
                (*value).into()
            }
            (Scalar::Int, _) => self.wrong("a whole number", node, path),
            #[expect(clippy::cast_precision_loss, reason = "a measure that is written with more than 15 digits is rounded")]
            (Scalar::Float, Value::Int(value)) => CanonicalValue::Float(*value as f64),
            (Scalar::Float, Value::Float(value)) if value.is_finite() => CanonicalValue::Float(*value),
            (Scalar::Float, Value::Float(_)) => self.wrong("a finite number", node, path),
            (Scalar::Float, _) => self.wrong("a number", node, path),
            (Scalar::Boolean, Value::Boolean(value)) => (*value).into(),
            (Scalar::Boolean, _) => self.wrong("true or false", node, path),
            (Scalar::Choice(ix), Value::Text(text)) => {
                let choice = self.catalog.choice(ix);
                let Some((name, _)) = choice.values.iter().find(|(name, _)| name == text) else {
                    let names: Vec<&str> = choice.values.iter().map(|(name, _)| *name).collect();
                    let sentence = format!("{} is not a value of {}.", quote(text), choice.name);
                    self.problems.add(node.at, path, sentence + &instead_of(text, &names));
                    return CanonicalValue::Null;
                };
                CanonicalValue::Text(Arc::clone(self.words.entry(name).or_insert_with(|| (*name).into())))
            }
            (Scalar::Choice(ix), _) => {
                let wanted = format!("a value of {}", self.catalog.choice(ix).name);
                self.wrong(&wanted, node, path)
            }
        }
    }

    fn formatted(&mut self, field: &Field, node: &Node, path: &Path<'_>, object: &Node) -> CanonicalValue {
        let Some(text) = self.text(node, path).map(Arc::<str>::from) else { return CanonicalValue::Null };
        if field.indexed && text.len() > MAX_SORTED {
            let sentence =
                format!("The text has {} bytes; lists are sorted by it, so it may have {MAX_SORTED}.", text.len());
            self.problems.add(node.at, path, sentence);
        }
        match field.format {
            Some(Format::Among(among)) => {
                self.lookups.push(Lookup { among, text: Arc::clone(&text), at: node.at, path: path.to_string() });
            }
            Some(format) => {
                if let Some(flaw) = format::flaw(format, &text, |name| object.text(name)) {
                    self.problems.add(node.at, path, flaw);
                }
            }
            None => {}
        }
        CanonicalValue::Text(text)
    }

    /// Text without the white space around it, which folded YAML leaves. Lines may break, but nothing else is invisible.
    pub(super) fn text(&mut self, node: &Node, path: &Path<'_>) -> Option<String> {
        let Value::Text(text) = &node.value else {
            let mut wanted = "text".to_owned();
            if matches!(node.value, Value::Int(_) | Value::Float(_) | Value::Boolean(_)) {
                wanted.push_str(" (put it in quotes)");
            }
            self.expected(&wanted, node, path);
            return None;
        };
        let text = text.trim();
        if text.is_empty() {
            self.problems.add(node.at, path, "The text is empty; leave the key out instead.");
        }
        if let Some(control) = text.chars().find(|c| c.is_control() && *c != '\n') {
            let sentence = format!("The text has a control character (U+{:04X}).", u32::from(control));
            self.problems.add(node.at, path, sentence);
        }
        Some(text.to_owned())
    }

    fn wrong(&mut self, wanted: &str, node: &Node, path: &Path<'_>) -> CanonicalValue {
        self.expected(wanted, node, path);
        CanonicalValue::Null
    }

    /// Reads the slug of other content.
    pub(super) fn reference(&mut self, target: ObjectIx, node: &Node, path: &Path<'_>) -> CanonicalValue {
        let Value::Text(slug) = &node.value else {
            let wanted = format!("the id of a {}", self.catalog.object(target).name);
            return self.wrong(&wanted, node, path);
        };
        let slug: Arc<str> = (&**slug).into();
        if self.keeps_references {
            self.references.push(Reference { target, slug: Arc::clone(&slug), at: node.at, path: path.to_string() });
        }
        CanonicalValue::Text(slug)
    }

    /// Reads a list of slugs of other content, none of them twice.
    pub(super) fn slugs(&mut self, field: &Field, node: &Node, path: &Path<'_>) -> CanonicalValue {
        let (Some(target), Value::List(nodes)) = (shape::target(field), &node.value) else {
            self.expected("a list", node, path);
            return CanonicalValue::List(Arc::default());
        };
        let slugs: Vec<CanonicalValue> =
            nodes.iter().enumerate().map(|(index, node)| self.reference(target, node, &path.index(index))).collect();
        self.distinct(node, path, &slugs);
        slugs.into_iter().filter(|slug| !slug.is_null()).collect()
    }

    /// No value stands twice in a list.
    pub(super) fn distinct(&mut self, node: &Node, path: &Path<'_>, values: &[CanonicalValue]) {
        let Value::List(nodes) = &node.value else { return };
        for (index, (value, node)) in values.iter().zip(nodes).enumerate() {
            if !value.is_null() && values[..index].contains(value) {
                let shown = serde_json::to_string(value).unwrap_or_default();
                self.problems.add(node.at, &path.index(index), format!("{shown} stands twice in this list."));
            }
        }
    }
}
