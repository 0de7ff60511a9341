//! Reading single values: scalars and references.

use std::{collections::HashSet, sync::Arc};

use super::{
    dates, format,
    node::{Node, Value, quote},
    read::{Lookup, Reader, Reference},
    shape,
    suggest::instead_of,
    text::placeholder::is_placeholder,
};
use crate::{
    engine::{
        canonical::CanonicalValue,
        catalog::{Field, Format, ObjectIx, Scalar, with_article},
    },
    library::problem::Path,
};

/// Maximum length of a text by which lists can be sorted, in bytes of UTF-8. An index entry of PostgreSQL has at most 2,704
/// bytes and may contain two such texts and a slug. Cursors contain such texts too and must stay short.
const MAX_SORTED: usize = 1000;

/// Maximum length of a text, in characters: far more than any text of the library has. A publication writes the words of a
/// text to the search index, and other publications wait meanwhile.
const MAX_LENGTH: usize = 20_000;

impl Reader<'_> {
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
                if let Ok(value) = i32::try_from(*value) {
                    self.in_range(field, value.into(), node, path);
                    self.not_in_future(field, value, node, path);
                } else {
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
            (Scalar::Float, Value::Int(value)) => {
                self.in_range(field, *value as f64, node, path);
                CanonicalValue::Float(*value as f64)
            }
            (Scalar::Float, Value::Float(value)) if value.is_finite() => {
                self.in_range(field, *value, node, path);
                CanonicalValue::Float(*value)
            }
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
                CanonicalValue::Text(Arc::clone(self.choice_texts.entry(name).or_insert_with(|| (*name).into())))
            }
            (Scalar::Choice(ix), _) => {
                let wanted = format!("a value of {}", self.catalog.choice(ix).name);
                self.wrong(&wanted, node, path)
            }
        }
    }

    /// Adds a problem if a number is outside the range that its field declares.
    fn in_range(&mut self, field: &Field, value: f64, node: &Node, path: &Path<'_>) {
        let Some((least, greatest)) = field.range.filter(|(least, greatest)| value < *least || value > *greatest) else {
            return;
        };
        let allowed =
            if greatest.is_infinite() { format!("not below {least}") } else { format!("from {least} to {greatest}") };
        self.problems.add(node.at, path, format!("{value} is out of range: \"{}\" is {allowed}.", field.name));
    }

    /// Adds a problem if a year is later than its field allows.
    fn not_in_future(&mut self, field: &Field, year: i32, node: &Node, path: &Path<'_>) {
        let Some(Format::Year { ahead }) = field.format else { return };
        if let Some(flaw) = dates::year_flaw(year, ahead, self.today) {
            self.problems.add(node.at, path, flaw);
        }
    }

    fn formatted(&mut self, field: &Field, node: &Node, path: &Path<'_>, object: &Node) -> CanonicalValue {
        let Some(text) = self.text(node, path).map(Arc::<str>::from) else { return CanonicalValue::Null };
        if field.indexed && text.len() > MAX_SORTED {
            let sentence =
                format!("The text has {} bytes; the maximum is {MAX_SORTED}, because lists are sorted by it.", text.len());
            self.problems.add(node.at, path, sentence);
        }
        if is_placeholder(&text) {
            let sentence = format!("{} stands for a missing value; omit the field instead.", quote(&text));
            self.problems.add(node.at, path, sentence);
        }
        match field.format {
            Some(Format::Among(among)) => {
                self.lookups.push(Lookup { among, text: Arc::clone(&text), at: node.at, path: path.to_string() });
            }
            Some(format) => {
                if let Some(flaw) = format::flaw(format, &text, self.today, |name| object.text(name)) {
                    self.problems.add(node.at, path, flaw);
                }
            }
            None => {}
        }
        CanonicalValue::Text(text)
    }

    /// Reads a text, without the white space at both ends, which folded YAML may have. Line breaks are allowed; other
    /// control characters and invisible characters are not.
    pub(in crate::library) fn text(&mut self, node: &Node, path: &Path<'_>) -> Option<String> {
        let Value::Text(text) = &node.value else {
            let mut wanted = "text".to_owned();
            if matches!(node.value, Value::Int(_) | Value::Float(_) | Value::Boolean(_)) {
                wanted.push_str(" (put it in quotes)");
            }
            self.report_unexpected(&wanted, node, path);
            return None;
        };
        let text = text.trim();
        for flaw in text_flaws(text) {
            self.problems.add(node.at, path, format!("The text {flaw}."));
        }
        Some(text.to_owned())
    }

    fn wrong(&mut self, wanted: &str, node: &Node, path: &Path<'_>) -> CanonicalValue {
        self.report_unexpected(wanted, node, path);
        CanonicalValue::Null
    }

    pub(super) fn reference(&mut self, target: ObjectIx, node: &Node, path: &Path<'_>) -> CanonicalValue {
        let Value::Text(slug) = &node.value else {
            let wanted = format!("the slug of {}", with_article(self.catalog.object(target).name));
            return self.wrong(&wanted, node, path);
        };
        let slug: Arc<str> = (&**slug).into();
        if self.stores_references {
            self.references.push(Reference { target, slug: Arc::clone(&slug), at: node.at, path: path.to_string() });
        }
        CanonicalValue::Text(slug)
    }

    /// Reads a list of slugs of other records. Reports each slug that occurs twice.
    pub(super) fn slugs(&mut self, field: &Field, node: &Node, path: &Path<'_>) -> CanonicalValue {
        let (Some(target), Value::List(nodes)) = (shape::target(field), &node.value) else {
            self.report_unexpected("a list", node, path);
            return CanonicalValue::List(Arc::default());
        };
        let slugs: Vec<CanonicalValue> =
            nodes.iter().enumerate().map(|(index, node)| self.reference(target, node, &path.index(index))).collect();
        self.report_duplicates(node, path, &slugs);
        slugs.into_iter().filter(|slug| !slug.is_null()).collect()
    }

    /// Reports the keys that several entries of a list have.
    pub(super) fn report_duplicate_keys(&mut self, node: &Node, path: &Path<'_>, entries: &[CanonicalValue]) {
        let Value::List(nodes) = &node.value else { return };
        let mut seen = HashSet::new();
        for (index, (entry, node)) in entries.iter().zip(nodes).enumerate() {
            let Some(key) = entry.get(shape::KEY).and_then(CanonicalValue::as_str) else { continue };
            if !seen.insert(key) {
                let sentence = format!("Another entry of this list has the key {} too.", quote(key));
                self.problems.add(node.at, &path.index(index).key(shape::KEY), sentence);
            }
        }
    }

    /// Reports values that occur twice in a list.
    pub(super) fn report_duplicates(&mut self, node: &Node, path: &Path<'_>, values: &[CanonicalValue]) {
        let Value::List(nodes) = &node.value else { return };
        let mut seen = HashSet::with_capacity(values.len());
        for (index, (value, node)) in values.iter().zip(nodes).enumerate() {
            let shown = serde_json::to_string(value).unwrap_or_default();
            if value.is_null() {
                continue;
            }
            if seen.contains(&shown) {
                self.problems.add(node.at, &path.index(index), format!("{shown} occurs twice in this list."));
            } else {
                seen.insert(shown);
            }
        }
    }
}

/// Returns the errors of a text: it has no visible character, it is too long, it has a control character other than a line
/// break, or it has an invisible character.
pub(super) fn text_flaws(text: &str) -> impl Iterator<Item = String> {
    let is_empty = text.chars().all(|c| c.is_whitespace() || is_joiner(c));
    let hidden = text.chars().find(|c| (c.is_control() && *c != '\n') || is_invisible(*c)).map(|found| {
        let what = if found.is_control() { "a control character" } else { "an invisible character" };
        format!("has {what} (U+{:04X})", u32::from(found))
    });
    // A character has at least one byte.
    let length = if text.len() > MAX_LENGTH { text.chars().count() } else { 0 };
    let long = (length > MAX_LENGTH).then(|| format!("has {length} characters; the maximum is {MAX_LENGTH}"));
    is_empty.then(|| "is empty".to_owned()).into_iter().chain(long).chain(hidden)
}

/// Checks a text that is not content, such as the message of a revision. It must have 1 to `max` characters.
///
/// Returns the text without white space around it.
///
/// # Errors
/// What is wrong with the text, as a sentence without a full stop.
pub fn short_text(text: &str, max: usize) -> Result<&str, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > max {
        return Err(format!("the text must have 1 to {max} characters"));
    }
    text_flaws(text).next().map_or(Ok(text), |flaw| Err(format!("the text {flaw}")))
}

/// Reports whether a character is invisible and not part of a script: a soft hyphen, a zero-width space, a word joiner, a
/// byte order mark, a filler, a tag, the mark of an annotation, or one that changes the direction of the text around it
/// (Unicode 16.0, 23.2, 23.8 and 23.9; <https://www.unicode.org/reports/tr9/#Explicit_Directional_Embeddings>).
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Reports whether a character is invisible but used in words of some scripts and in emoji: a joiner, a mark of direction or
/// a variation selector.
const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{34f}' | '\u{61c}' | '\u{200c}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}')
}
