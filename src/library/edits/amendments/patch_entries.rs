//! Changing entries of lists by their keys: an operation of a patch inserts, updates, removes or moves one entry.

use super::patch::{only_member, set, sets_at, stated_review};
use crate::{
    engine::catalog::{Catalog, Kind, ObjectType, SLUG_SEPARATOR, SlugRule},
    graphql::value::Value,
    library::{
        document::{
            input::Nodes,
            node::{Entry, Node, Value as NodeValue, quote},
            shape::{KEY, SLUG},
            slug,
        },
        edits::current_slugs::RenamedSlugs,
        problem::{Problem, ProblemCode},
        records::record_map::RecordKey,
    },
};

/// The changes of an entry. The fourth one is `move`.
const INSERT: &str = "insert";
const UPDATE: &str = "update";
const REMOVE: &str = "remove";

/// The members of a change with the new values of an entry.
const VALUE: &str = "value";
const SET: &str = "set";
const ENTRIES: &str = "entries";

/// Applies changes of entries to the tree of a document.
pub(super) struct EntryPatch<'p> {
    pub catalog: &'p Catalog,
    /// The slugs of the records that the edit renames.
    pub renamed: &'p RenamedSlugs,
    /// The positions of new nodes.
    pub nodes: &'p mut Nodes,
    pub problems: &'p mut Vec<Problem>,
    /// The embedded records whose reviews the changes state again.
    pub reviewed: &'p mut Vec<RecordKey>,
}

/// The list that a change concerns.
struct List<'l> {
    object: &'l ObjectType,
    /// The column with the owner of its entries, and the slugs of the owner, if they are embedded records.
    owner: Option<(&'static str, &'l [String])>,
    renamed: &'l RenamedSlugs,
    path: String,
}

impl EntryPatch<'_> {
    /// Applies a change to an object. `slugs` are the slugs that the record which contains the object has during the
    /// edit, and `path` is the path of the change.
    pub fn apply<'v>(&mut self, object: &ObjectType, node: &mut Node<'v>, slugs: &[String], change: &'v Value, path: &str) {
        let (Some((name, change)), NodeValue::Map(members)) = (only_member(change), &mut node.value) else { return };
        let Some((field, inner)) = object.field(name).and_then(|field| Some((field, field.nested()?))) else { return };
        let (inner, path) = (self.catalog.object(inner), format!("{path}.{name}"));
        let is_list = field.is_list();
        let at = members.iter().position(|member| member.key == name).unwrap_or_else(|| {
            let value = if is_list { NodeValue::List(Vec::new()) } else { NodeValue::Map(Vec::new()) };
            let at = self.nodes.position();
            members.push(Entry { at, key: name.into(), value: Node { at, value } });
            members.len() - 1
        });
        let node = &mut members[at].value;
        if let Kind::Value(_) = field.kind {
            return self.apply(inner, node, slugs, change, &path);
        }
        let (Some((verb, change)), NodeValue::List(items)) = (only_member(change), &mut node.value) else { return };
        let owner = field.embedded().map(|(_, column)| (column, slugs));
        let list = List { object: inner, owner, renamed: self.renamed, path: format!("{path}.{verb}") };
        if let Err(problem) = self.change(&list, items, verb, change, slugs) {
            self.problems.push(problem);
        }
    }

    fn change<'v>(
        &mut self,
        list: &List<'_>,
        items: &mut Vec<Node<'v>>,
        verb: &str,
        change: &'v Value,
        slugs: &[String],
    ) -> Result<(), Problem> {
        match verb {
            INSERT => {
                let at = list.insertion_index(items, change)?.unwrap_or(items.len());
                items.extend(change.member(VALUE).map(|value| self.nodes.node(value)));
                items[at..].rotate_right(1);
            }
            UPDATE => {
                let at = list.find(items, change, KEY)?;
                let entry = &mut items[at];
                let embedded = list.slugs(entry);
                let slugs = embedded.as_deref().unwrap_or(slugs);
                // A problem of the entry as a whole is reported at this change.
                entry.at = self.nodes.position();
                if let Some(fields) = change.member(SET) {
                    set(self.catalog, list.object, entry, fields, self.nodes);
                    self.reviewed.extend(stated_review(self.catalog, list.object, slugs, fields));
                }
                if let Some(inner) = change.member(ENTRIES) {
                    self.apply(list.object, entry, slugs, inner, &format!("{}.{ENTRIES}", list.path));
                }
            }
            REMOVE => _ = items.remove(list.find_key(items, change, &list.path)?),
            _ => {
                let from = list.find(items, change, KEY)?;
                let to = list.insertion_index(items, change)?.unwrap_or(items.len());
                if from < to {
                    items[from..to].rotate_left(1);
                } else {
                    items[to..=from].rotate_right(1);
                }
            }
        }
        Ok(())
    }
}

impl List<'_> {
    /// Returns the index of the entry whose key is in this member of a change.
    fn find(&self, items: &[Node<'_>], change: &Value, name: &str) -> Result<usize, Problem> {
        self.find_key(items, change.member(name).unwrap_or(&Value::Null), &format!("{}.{name}", self.path))
    }

    fn find_key(&self, items: &[Node<'_>], key: &Value, path: &str) -> Result<usize, Problem> {
        let Value::Text(key) = key else {
            return Err(Problem::of_argument(path.into(), ProblemCode::Invalid, "The key is missing.".to_owned()));
        };
        // In an edit that renames records, an embedded record can get a slug that another one had before. The key then
        // means the record that has the slug now.
        let owner = self.owner.and_then(|(column, slugs)| Some((column, slugs.last()?.as_str())));
        let is_current = |item: &Node<'_>| match owner {
            Some(owner) => slug::composed_in(self.object, item, owner).as_deref() == Some(&**key),
            None => item.text(KEY) == Some(&**key),
        };
        let found = items.iter().position(is_current);
        found.or_else(|| items.iter().position(|item| self.has_slug(item, key))).ok_or_else(|| {
            let name = if self.owner.is_some() { SLUG } else { KEY };
            let sentence = format!("The list has no entry with the {name} {}.", quote(key));
            Problem::of_argument(path.into(), ProblemCode::NotFound, sentence)
        })
    }

    /// Reports whether an embedded record has a slug during the edit.
    fn has_slug(&self, item: &Node<'_>, slug: &str) -> bool {
        self.parts(item).is_some_and(|[begins, ends]| {
            let is_rest = |begin: &str| {
                let rest = slug.strip_prefix(begin).and_then(|rest| rest.strip_prefix(SLUG_SEPARATOR));
                rest.is_some_and(|rest| ends.contains(&rest))
            };
            begins.into_iter().any(is_rest)
        })
    }

    /// Returns the slugs that an embedded record has during the edit. The last one stays. `None` for other entries.
    fn slugs(&self, item: &Node<'_>) -> Option<Vec<String>> {
        let [begins, ends] = self.parts(item)?;
        let all = begins.into_iter().flat_map(|begin| ends.iter().map(move |end| format!("{begin}{SLUG_SEPARATOR}{end}")));
        Some(all.collect())
    }

    /// The slug of an embedded record is composed of the slugs of two records. Returns the slugs that each of these two
    /// records has during the edit. `None` for other entries.
    fn parts<'s>(&'s self, item: &'s Node<'_>) -> Option<[Vec<&'s str>; 2]> {
        let (column, owners) = self.owner?;
        let SlugRule::Composed([first, second]) = self.object.content()?.slug else { return None };
        let part = |name: &str| -> Option<Vec<&'s str>> {
            let field = self.object.field(name)?;
            match &field.kind {
                _ if field.column == Some(column) => Some(owners.iter().map(String::as_str).collect()),
                Kind::One(target) => Some(self.renamed.slugs(target.ix, item.text(name)?)),
                _ => None,
            }
        };
        Some([part(first)?, part(second)?])
    }

    /// Returns the index at which a change puts an entry; `None` for the end of the list.
    fn insertion_index(&self, items: &[Node<'_>], change: &Value) -> Result<Option<usize>, Problem> {
        match (change.member("before"), change.member("after")) {
            (None, None) => Ok(None),
            (Some(_), None) => self.find(items, change, "before").map(Some),
            (None, Some(_)) => self.find(items, change, "after").map(|at| Some(at + 1)),
            (Some(_), Some(_)) => {
                let sentence = "An entry is put before another one or after another one, not both.".to_owned();
                Err(Problem::of_argument(self.path.as_str().into(), ProblemCode::Invalid, sentence))
            }
        }
    }
}

/// Maps the path of a value in the document to the path, within a change of entries, of the operand
/// that sets the value. `None` if the change cannot set it. The indexes of lists are ignored. So
/// the caller must first find the operation that changes the value.
pub(super) fn origin(change: &Value, path: &str) -> Option<String> {
    let (name, change) = only_member(change)?;
    let rest = path.strip_prefix(name)?;
    if let Some(rest) = rest.strip_prefix('.') {
        return Some(format!("{name}.{}", origin(change, rest)?));
    }
    let (verb, change) = only_member(change)?;
    let change_path = format!("{name}.{verb}");
    let Some((_, rest)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return rest.is_empty().then_some(change_path);
    };
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    match verb {
        _ if rest.is_empty() => Some(change_path),
        INSERT => Some(format!("{change_path}.{VALUE}.{rest}")),
        UPDATE => match (change.member(SET), change.member(ENTRIES)) {
            (Some(fields), _) if sets_at(fields, rest) => Some(format!("{change_path}.{SET}.{rest}")),
            (_, Some(inner)) => Some(format!("{change_path}.{ENTRIES}.{}", origin(inner, rest)?)),
            _ => None,
        },
        _ => None,
    }
}
