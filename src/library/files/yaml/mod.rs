//! Parsing YAML to a tree of nodes.
//!
//! The events of the parser are read directly and not through serde. So every key and value has its position, each duplicate
//! key is reported, and a number where a text is expected is reported as a number.

use std::{borrow::Cow, collections::HashMap, rc::Rc};

use crate::library::{
    document::node::{Entry, Node, Value, quote},
    problem::{Path, Position, Problems},
};

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};

/// Maximum depth of lists and mappings. Documents have about ten levels.
const MAX_DEPTH: usize = 64;
/// Maximum number of keys of a mapping that are compared one by one. With more keys, they are hashed.
const FEW_KEYS: usize = 16;
/// Maximum number of values in a file. The values of an alias count for each use, so nested aliases are limited too.
pub(super) const MAX_NODES: usize = 500_000;
/// Maximum memory of the copies of values in a file, in MiB. An anchored value is copied once, and again by each alias.
/// Without this limit, a file of 1 MB that nests anchors or repeats a long text could use all memory.
const MAX_COPIED: usize = 64;

/// Parses a text with one YAML document. If it is invalid or empty, adds a problem and returns `None`.
pub(in crate::library) fn parse<'t>(text: &'t str, problems: &mut Problems) -> Option<Node<'t>> {
    let start = Position { line: 1, column: 1 };
    let mut reader = Reader { problems, stack: Vec::new(), anchors: HashMap::new(), nodes: 0, copied: 0, root: None };
    let options = granit_parser::options! { emit_unresolved_aliases: true, emit_comments: false };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => reader.event(event, &span)?,
            Err(error) => {
                let marker = error.marker();
                let at = Position { line: marker.line(), column: marker.col() + 1 };
                reader.problems.add(at, &Path::default(), format!("This is not YAML: {}.", error.kind()));
                return None;
            }
        }
    }
    let root = reader.root.filter(|node| !node.is_null());
    if root.is_none() {
        problems.add(start, &Path::default(), "The file is empty.");
    }
    root
}

struct Reader<'p, 't> {
    problems: &'p mut Problems,
    stack: Vec<Open<'t>>,
    /// The copy of each anchored node, with the number of values in it.
    anchors: HashMap<usize, (Rc<Node<'t>>, usize)>,
    nodes: usize,
    /// Memory of all copies, in bytes.
    copied: usize,
    root: Option<Node<'t>>,
}

/// A list or mapping that has not ended yet.
struct Open<'t> {
    at: Position,
    anchor: usize,
    /// Number of values in the file before this list or mapping.
    before: usize,
    kind: OpenKind<'t>,
}

enum OpenKind<'t> {
    List(Vec<Node<'t>>),
    /// The entries so far, the role of the next node, and the line of each key if there are more than [`FEW_KEYS`].
    Map(Vec<Entry<'t>>, Next<'t>, HashMap<Cow<'t, str>, usize>),
}

/// The role of the next node of a mapping.
enum Next<'t> {
    Key,
    ValueOf(Position, Cow<'t, str>),
    /// The value of an invalid key.
    Nothing,
}

impl<'t> Reader<'_, 't> {
    /// Handles an event. `None` stops the parser.
    fn event(&mut self, event: Event<'t>, span: &Span) -> Option<()> {
        let at = Position { line: span.start.line(), column: span.start.col() + 1 };
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                self.problems.add(at, &Path::default(), "A file contains one YAML document; a second one starts here.");
                return None;
            }
            Event::Scalar(text, style, anchor, tag) => {
                let value = self.scalar(text, style, tag.as_deref(), at);
                self.add_node(anchor, Node { at, value }, 1)?;
            }
            Event::SequenceStart(_, anchor, tag) => self.open(OpenKind::List(Vec::new()), at, anchor, tag.as_deref())?,
            Event::MappingStart(_, anchor, tag) => {
                self.open(OpenKind::Map(Vec::new(), Next::Key, HashMap::new()), at, anchor, tag.as_deref())?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let open = self.stack.pop()?;
                let value = match open.kind {
                    OpenKind::List(nodes) => Value::List(nodes),
                    OpenKind::Map(entries, ..) => Value::Map(entries),
                };
                // The list or mapping itself was counted when it started.
                let size = self.nodes - open.before;
                self.nodes = open.before;
                self.add_node(open.anchor, Node { at: open.at, value }, size)?;
            }
            Event::Alias(id) => {
                let (value, size) = match self.anchors.get(&id).cloned() {
                    Some((node, size)) => (self.copy(&node, at)?.value, size),
                    None => (Value::Null, 1),
                };
                self.add_node(0, Node { at, value }, size)?;
            }
            Event::UnresolvedAlias(name) => {
                self.problem(at, format!("There is no anchor before this: &{name}."));
                self.add_node(0, Node { at, value: Value::Null }, 1)?;
            }
            _ => {}
        }
        Some(())
    }

    fn open(&mut self, kind: OpenKind<'t>, at: Position, anchor: usize, tag: Option<&Tag>) -> Option<()> {
        if tag.is_some_and(|tag| !matches!(tag.core_suffix(), Some("map" | "seq"))) {
            self.problem(at, "YAML tags are not used in documents.");
        }
        self.check_depth(1, at)?;
        let before = self.nodes;
        self.count(1, at)?;
        self.stack.push(Open { at, anchor, before, kind });
        Some(())
    }

    /// Adds a finished node to the list or mapping that contains it. `size` is the number of values in it.
    fn add_node(&mut self, anchor: usize, node: Node<'t>, size: usize) -> Option<()> {
        self.count(size, node.at)?;
        if anchor != 0 {
            let copy = self.copy(&node, node.at)?;
            self.anchors.insert(anchor, (Rc::new(copy), size));
        }
        match self.stack.last_mut().map(|open| &mut open.kind) {
            None => self.root = Some(node),
            Some(OpenKind::List(nodes)) => nodes.push(node),
            Some(OpenKind::Map(entries, next, _)) => match std::mem::replace(next, Next::Key) {
                Next::Key => self.key(node),
                Next::ValueOf(at, key) => entries.push(Entry { at, key, value: node }),
                Next::Nothing => {}
            },
        }
        Some(())
    }

    /// Uses a finished node as the next key of the innermost mapping.
    fn key(&mut self, node: Node<'t>) {
        let Some(Open { kind: OpenKind::Map(entries, _, lines), .. }) = self.stack.last_mut() else { return };
        let at = node.at;
        if let Value::Text(key) = node.value {
            let first = if entries.len() <= FEW_KEYS {
                entries.iter().find(|entry| entry.key == key).map(|entry| entry.at.line)
            } else {
                // Keys are unique, so `lines` has one key for each entry that was added before.
                lines.extend(entries[lines.len()..].iter().map(|entry| (entry.key.clone(), entry.at.line)));
                lines.get(&key).copied()
            };
            let Some(line) = first else {
                return self.expect(Next::ValueOf(at, key));
            };
            let key = &*key;
            let sentence = format!("The key {} is a duplicate; the first is in line {line}.", quote(key));
            on_path(&self.stack, Path::Root, &mut |path| self.problems.add(at, &path.key(key), sentence.as_str()));
        } else {
            self.problem(at, format!("A key must be text, found {}.", node.found()));
        }
        self.expect(Next::Nothing);
    }

    /// Sets the role of the next node of the innermost mapping.
    fn expect(&mut self, next: Next<'t>) {
        if let Some(Open { kind: OpenKind::Map(_, expected, _), .. }) = self.stack.last_mut() {
            *expected = next;
        }
    }

    fn count(&mut self, size: usize, at: Position) -> Option<()> {
        self.nodes += size;
        if self.nodes > MAX_NODES {
            self.problems.add(at, &Path::default(), format!("The file has more than {MAX_NODES} values."));
            return None;
        }
        Some(())
    }

    /// Copies a node. If the copies use too much memory, or the copy would be nested too deeply, adds a problem and returns
    /// `None`.
    fn copy(&mut self, node: &Node<'t>, at: Position) -> Option<Node<'t>> {
        self.check_depth(depth(node), at)?;
        self.copied += bytes(node);
        if self.copied > MAX_COPIED << 20 {
            let sentence = format!("The anchors and aliases of the file copy more than {MAX_COPIED} MiB.");
            self.problems.add(at, &Path::default(), sentence);
            return None;
        }
        Some(node.clone())
    }

    /// If the innermost list or mapping is too deep to contain this many more levels, adds a problem and returns
    /// `None`.
    fn check_depth(&mut self, levels: usize, at: Position) -> Option<()> {
        if self.stack.len() + levels > MAX_DEPTH {
            self.problem(at, format!("Lists and mappings are nested more than {MAX_DEPTH} levels deep."));
            return None;
        }
        Some(())
    }

    /// Adds a problem at the path of the next node.
    fn problem(&mut self, at: Position, sentence: impl Into<String>) {
        let sentence = sentence.into();
        on_path(&self.stack, Path::Root, &mut |path| self.problems.add(at, path, sentence.as_str()));
    }

    fn scalar(&mut self, text: Cow<'t, str>, style: ScalarStyle, tag: Option<&Tag>, at: Position) -> Value<'t> {
        match tag.map(Tag::core_suffix) {
            None if style == ScalarStyle::Plain => plain(text),
            None | Some(Some("str")) => Value::Text(text),
            Some(_) => {
                self.problem(at, "YAML tags are not used in documents.");
                Value::Text(text)
            }
        }
    }
}

/// Returns the memory of a copy of a node, in bytes. Borrowed texts count as well, although cloning a node does not copy
/// them.
fn bytes(node: &Node<'_>) -> usize {
    let inner: usize = match &node.value {
        Value::Null | Value::Boolean(_) | Value::Int(_) | Value::Float(_) => 0,
        Value::Text(text) => text.len(),
        Value::List(nodes) => nodes.iter().map(bytes).sum(),
        Value::Map(entries) => {
            // An entry contains the node of its value.
            let entry_only = size_of::<Entry<'_>>() - size_of::<Node<'_>>();
            entries.iter().map(|entry| entry_only + entry.key.len() + bytes(&entry.value)).sum()
        }
    };
    size_of::<Node<'_>>() + inner
}

/// Returns how deep lists and mappings are nested in a node: 0 for a scalar, 1 for a list of scalars.
fn depth(node: &Node<'_>) -> usize {
    match &node.value {
        Value::Null | Value::Boolean(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) => 0,
        Value::List(nodes) => 1 + nodes.iter().map(depth).max().unwrap_or_default(),
        Value::Map(entries) => 1 + entries.iter().map(|entry| depth(&entry.value)).max().unwrap_or_default(),
    }
}

/// Calls `found` with the path of the next node.
fn on_path(stack: &[Open<'_>], path: Path<'_>, found: &mut dyn FnMut(&Path<'_>)) {
    let Some((open, inner)) = stack.split_first() else { return found(&path) };
    match &open.kind {
        OpenKind::List(nodes) => on_path(inner, path.index(nodes.len()), found),
        OpenKind::Map(_, Next::ValueOf(_, key), _) => on_path(inner, path.key(key), found),
        OpenKind::Map(..) => on_path(inner, path, found),
    }
}

/// Returns the value of a plain scalar by the core schema of YAML 1.2.2, section 10.3.2. In it, `yes` and `no` are text.
fn plain(text: Cow<'_, str>) -> Value<'_> {
    non_text(&text).unwrap_or(Value::Text(text))
}

/// Returns the value of a plain scalar that is not text.
fn non_text(text: &str) -> Option<Value<'static>> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Value::Null),
        "true" | "True" | "TRUE" => return Some(Value::Boolean(true)),
        "false" | "False" | "FALSE" => return Some(Value::Boolean(false)),
        ".nan" | ".NaN" | ".NAN" => return Some(Value::Float(f64::NAN)),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(digits, ".inf" | ".Inf" | ".INF") {
        return Some(Value::Float(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }));
    }
    let radix = |prefix, radix| {
        let digits = text.strip_prefix(prefix)?;
        // `from_str_radix` accepts a sign, which YAML does not allow here.
        i64::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with(['+', '-']))
    };
    if let Some(value) = radix("0x", 16).or_else(|| radix("0o", 8)) {
        return Some(Value::Int(value));
    }
    let numeric = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.contains(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
    if !numeric {
        return None;
    }
    text.parse().map(Value::Int).or_else(|_| text.parse().map(Value::Float)).ok()
}

#[cfg(test)]
mod tests;
