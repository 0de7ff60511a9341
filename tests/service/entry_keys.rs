//! The keys of the entries of all lists in a database. A key never changes its meaning: it names the same entry until that
//! entry is removed, and is never assigned again.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use dermagraph::{
    content::catalog,
    engine::{
        catalog::{Field, Kind, ObjectType, SLUG_SEPARATOR, Scalar, SlugRule, Target},
        field_rules::{FIELD_SOURCES, KEY, POSITION, SLUG, SOURCES},
    },
    store::Writer,
};
use sea_orm::{ConnectionTrait as _, QueryResult, Statement};
use serde_json::{Map, Value as Json, json};

use crate::random_edits::Key;

/// The members that are not content of an entry.
const NOT_CONTENT: [&str; 4] = [KEY, SOURCES, FIELD_SOURCES, POSITION];

/// A list: the id of its record, and its path in the document of the record.
type List = (i64, String);

/// An entry of a list, as it is stored.
struct Entry {
    key: String,
    content: Json,
    /// Its first text, such as a name.
    label: Option<String>,
}

impl Entry {
    fn of(object: &ObjectType, stored: &Json) -> Self {
        let mut fields = object.fields.iter().filter(|field| field.is_in_documents() && !NOT_CONTENT.contains(&field.name));
        let label = fields.find_map(|field| match (&field.kind, &stored[field.name]) {
            (_, Json::String(text)) => Some(text.clone()),
            // In a document, this id is a slug.
            (Kind::One(_), Json::Number(id)) => Some(id.to_string()),
            _ => None,
        });
        Self { key: stored[KEY].as_str().unwrap().to_owned(), content: content(stored), label }
    }

    fn has_label(&self, other: &Self) -> bool {
        self.label.is_some() && self.label == other.label
    }

    fn has_content(&self, other: &Self) -> bool {
        self.content == other.content
    }
}

fn content(stored: &Json) -> Json {
    match stored {
        Json::Object(members) => {
            let members = members.iter().filter(|(name, _)| !NOT_CONTENT.contains(&name.as_str()));
            members.map(|(name, value)| (name.clone(), content(value))).collect()
        }
        Json::Array(values) => values.iter().map(content).collect(),
        value => value.clone(),
    }
}

/// The lists of a database whose entries have keys.
#[derive(Default)]
pub struct EntryLists {
    /// The id of each record.
    pub ids: BTreeMap<Key, i64>,
    /// The lists that are not empty.
    lists: BTreeMap<List, Vec<Entry>>,
}

impl EntryLists {
    async fn read(writer: &Writer) -> Self {
        let mut all = Self::default();
        for (object, role) in catalog().contents() {
            let stored: Vec<(&Field, &str)> = nested(object).filter_map(|(field, _)| Some((field, field.column?))).collect();
            let columns: Vec<&str> = ["id", SLUG].into_iter().chain(stored.iter().map(|(_, column)| *column)).collect();
            let mut records: BTreeMap<i64, Json> = BTreeMap::new();
            for row in rows(writer, &columns, &format!("FROM \"{}\"", role.table)).await {
                let id = row.try_get_by_index(0).unwrap();
                all.ids.insert((object.name, row.try_get_by_index(1).unwrap()), id);
                let values = stored.iter().zip(2..).map(|((field, _), at)| (field.name.to_owned(), value(field, &row, at)));
                records.insert(id, values.collect());
            }
            for field in &object.fields {
                if let Kind::Parts { part, owner } = &field.kind {
                    add_parts(writer, field.name, *part, owner, &mut records).await;
                }
            }
            for (id, document) in &records {
                all.collect(object, document, *id, "");
            }
        }
        all
    }

    /// Adds the lists of an object in a record.
    fn collect(&mut self, object: &ObjectType, stored: &Json, id: i64, path: &str) {
        for (field, inner) in nested(object) {
            let path = format!("{path}.{}", field.name);
            match (field.identity(), &stored[field.name]) {
                (Some(KEY), Json::Array(entries)) if !entries.is_empty() => {
                    for entry in entries {
                        self.collect(inner, entry, id, &format!("{path}[{}]", entry[KEY].as_str().unwrap()));
                    }
                    self.lists.insert((id, path), entries.iter().map(|entry| Entry::of(inner, entry)).collect());
                }
                (None, value) if value.is_object() => self.collect(inner, value, id, &path),
                _ => {}
            }
        }
    }

    fn list(&self, list: &List) -> &[Entry] {
        self.lists.get(list).map_or(&[][..], Vec::as_slice)
    }

    /// Returns the keys of each list in the document of a record, by the record or embedded record and the path in it.
    pub fn of_document(&self, key: &Key) -> BTreeMap<(&Key, &str), Vec<&str>> {
        let begin = format!("{}{SLUG_SEPARATOR}", key.1);
        let records = self.ids.iter().filter(|(record, _)| *record == key || record.1.starts_with(&begin));
        let mut keys = BTreeMap::new();
        for (record, id) in records {
            for ((_, path), entries) in self.lists.range((*id, String::new())..(id + 1, String::new())) {
                keys.insert((record, path.as_str()), entries.iter().map(|entry| entry.key.as_str()).collect());
            }
        }
        keys
    }

    /// Compares the keys of the entries of an object with those that are stored, and adds the keys of new entries to the
    /// object. `path` is the path of the object in the record.
    pub fn complete(&self, object: &ObjectType, document: &mut Json, (record, path): (&Key, &str), after: &str) {
        for (field, inner) in nested(object) {
            let path = format!("{path}.{}", field.name);
            match (field.identity(), document.get_mut(field.name)) {
                (Some(KEY), Some(Json::Array(entries))) => {
                    let stored = self.list(&(self.ids[record], path.clone()));
                    assert_eq!(entries.len(), stored.len(), "{after}: {record:?} has other entries at {path}");
                    for (entry, Entry { key, .. }) in entries.iter_mut().zip(stored) {
                        let expected = entry.as_object_mut().unwrap().entry(KEY).or_insert_with(|| json!(key));
                        assert_eq!(*expected, json!(key), "{after}: an entry of {record:?} at {path} has another key");
                        self.complete(inner, entry, (record, &format!("{path}[{key}]")), after);
                    }
                }
                (Some(SLUG), Some(Json::Array(records))) => {
                    for embedded in records {
                        let key = (inner.name, embedded_slug(inner, &record.1, embedded));
                        self.complete(inner, embedded, (&key, ""), after);
                    }
                }
                (None, Some(value)) if value.is_object() => self.complete(inner, value, (record, &path), after),
                _ => {}
            }
        }
    }
}

/// How the entries of a revision were written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// By documents without keys.
    Documents,
    /// By patches, which name entries by their keys.
    Patches,
    /// By a restoration, which may assign keys of an earlier revision again.
    Restored,
}

/// The keys of a database after each of its revisions.
#[derive(Default)]
pub struct KeyHistory {
    latest: Rc<EntryLists>,
    /// The keys that each list ever had.
    ever: BTreeSet<(List, String)>,
}

impl KeyHistory {
    /// Reads the lists of a new revision, and checks that no key has changed its meaning since the revision before.
    pub async fn follow(&mut self, writer: &Writer, written: Written, after: &str) -> Rc<EntryLists> {
        let now = EntryLists::read(writer).await;
        for (list, entries) in &now.lists {
            let before = self.latest.list(list);
            for (at, entry) in entries.iter().enumerate() {
                let key = &entry.key;
                assert!(entries[..at].iter().all(|other| other.key != *key), "{after}: {key} occurs twice in {list:?}");
                let is_known = written == Written::Restored || before.iter().any(|other| other.key == *key);
                let is_new = self.ever.insert((list.clone(), key.clone()));
                assert!(is_known || is_new, "{after}: {key} of {list:?} is assigned again");
                if written == Written::Documents {
                    for is_same in [Entry::has_label, Entry::has_content] {
                        let same = only(before, entry, is_same).filter(|_| only(entries, entry, is_same).is_some());
                        assert!(same.is_none_or(|same| same.key == *key), "{after}: {key} of {list:?} has changed");
                    }
                }
            }
        }
        self.latest = Rc::new(now);
        Rc::clone(&self.latest)
    }
}

/// Returns the entry of a list that is the same as another one; `None` if there is none, or more than one.
fn only<'l>(list: &'l [Entry], entry: &Entry, is_same: fn(&Entry, &Entry) -> bool) -> Option<&'l Entry> {
    let mut same = list.iter().filter(|other| is_same(other, entry));
    same.next().filter(|_| same.next().is_none())
}

/// Returns the fields with objects in documents, each with the type of these objects. The sources of single fields have no
/// keys, and are left out.
pub fn nested(object: &ObjectType) -> impl Iterator<Item = (&Field, &'static ObjectType)> {
    let fields = object.fields.iter().filter(|field| field.is_in_documents() && field.name != FIELD_SOURCES);
    fields.filter_map(|field| Some((field, catalog().object(field.nested()?))))
}

/// Returns the slug of an embedded record. `owner` is the slug of the record that contains it.
pub fn embedded_slug(object: &ObjectType, owner: &str, record: &Json) -> String {
    let rule = object.content().map(|role| role.slug);
    let Some(SlugRule::Composed([_, reference])) = rule else { panic!("{} is not embedded", object.name) };
    format!("{owner}{SLUG_SEPARATOR}{}", record[reference].as_str().unwrap())
}

/// Adds the parts of a field to the records that own them.
async fn add_parts(writer: &Writer, name: &str, part: Target, owner: &str, records: &mut BTreeMap<i64, Json>) {
    let fields = catalog().target(part).fields.iter().filter(|field| field.is_in_documents());
    let fields: Vec<(&Field, &str)> = fields.filter_map(|field| Some((field, field.column?))).collect();
    let columns: Vec<&str> = [owner].into_iter().chain(fields.iter().map(|(_, column)| *column)).collect();
    let rest = format!("FROM \"{}\" WHERE \"{owner}\" IS NOT NULL ORDER BY \"{owner}\", \"position\"", part.table);
    for row in rows(writer, &columns, &rest).await {
        let values = fields.iter().zip(1..).map(|((field, _), at)| (field.name.to_owned(), value(field, &row, at)));
        let entry: Map<String, Json> = values.collect();
        let record = records.get_mut(&row.try_get_by_index::<i64>(0).unwrap()).unwrap();
        match &mut record[name] {
            Json::Array(entries) => entries.push(entry.into()),
            missing => *missing = json!([entry]),
        }
    }
}

/// Returns columns of rows. `rest` is the statement after the names of the columns.
async fn rows(writer: &Writer, columns: &[&str], rest: &str) -> Vec<QueryResult> {
    let sql = format!("SELECT \"{}\" {rest}", columns.join("\", \""));
    writer.query_all_raw(Statement::from_string(writer.get_database_backend(), sql)).await.unwrap()
}

/// Returns the value of a column.
fn value(field: &Field, row: &QueryResult, at: usize) -> Json {
    match &field.kind {
        Kind::Scalar(Scalar::Text | Scalar::Choice(_)) => row.try_get_by_index::<Option<String>>(at).unwrap().into(),
        Kind::Scalar(Scalar::Int) => row.try_get_by_index::<Option<i32>>(at).unwrap().into(),
        Kind::Scalar(Scalar::Float) => row.try_get_by_index::<Option<f64>>(at).unwrap().into(),
        Kind::Scalar(Scalar::Boolean) => row.try_get_by_index::<Option<bool>>(at).unwrap().into(),
        Kind::One(_) => row.try_get_by_index::<Option<i64>>(at).unwrap().into(),
        _ => row.try_get_by_index::<Option<Json>>(at).unwrap().unwrap_or_default(),
    }
}
