//! The library of the model after a revision.

use std::collections::BTreeMap;

use dermagraph::{
    content::catalog,
    engine::{
        catalog::{InDocument, Kind, Many, ObjectType},
        field_rules::{FIELD_SOURCES, KEY, SOURCES},
    },
    library::DocumentFile,
};
use serde_json::{Value as Json, json};

use crate::{
    entry_keys::{EntryLists, nested},
    random_edits::{Key, Model},
};

/// The library after a revision.
#[derive(Clone)]
pub struct State {
    /// Its documents. Entries of lists have the keys that they have in the database; new ones have none yet.
    pub model: Model,
    /// A number for each record, which the record keeps when it gets another slug or comes back.
    pub records: BTreeMap<Key, usize>,
}

impl State {
    pub fn key_of(&self, record: usize) -> Option<&Key> {
        self.records.iter().find(|(_, other)| **other == record).map(|(key, _)| key)
    }

    pub fn document(&self, record: usize) -> Option<&Json> {
        self.key_of(record).map(|key| &self.model.0[key])
    }

    /// Returns documents as files, without keys.
    pub fn files<'k>(&self, keys: impl IntoIterator<Item = &'k Key>) -> Vec<DocumentFile> {
        let keyless = keys.into_iter().map(|key| (key.clone(), without_keys(&self.model.0[key])));
        Model(keyless.collect()).all()
    }

    /// Compares the keys of all entries with those of the database, and adds those of new entries.
    pub fn complete(&mut self, lists: &EntryLists, after: &str) {
        for (key, document) in &mut self.model.0 {
            lists.complete(catalog().object_named(key.0).unwrap(), document, (key, ""), after);
        }
    }

    /// Returns the slug of the record to which a slug leads.
    pub fn current(&self, type_name: &'static str, slug: &str) -> String {
        if self.model.0.contains_key(&(type_name, slug.to_owned())) {
            return slug.to_owned();
        }
        let leads = |document: &Json| document["formerly"].as_array().is_some_and(|former| former.contains(&json!(slug)));
        let found = self.model.0.iter().find(|(key, document)| key.0 == type_name && leads(document));
        found.map_or_else(|| slug.to_owned(), |(key, _)| key.1.clone())
    }

    /// Returns the number of records of a type.
    pub fn count(&self, type_name: &str) -> usize {
        self.model.0.keys().filter(|key| key.0 == type_name).count()
    }

    pub fn rename(&mut self, key: &Key, to: &str) {
        let mut document = self.model.0.remove(key).unwrap();
        let former = document["formerly"].as_array().cloned().unwrap_or_default().into_iter().filter(|slug| slug != to);
        document["formerly"] = std::iter::once(json!(key.1)).chain(former).collect();
        document["slug"] = json!(to);
        let record = self.records.remove(key).unwrap();
        let new = (key.0, to.to_owned());
        self.records.insert(new.clone(), record);
        self.model.0.insert(new, document);
        let present = self.clone();
        for (key, document) in &mut self.model.0 {
            follow(catalog().object_named(key.0).unwrap(), document, &present);
        }
    }
}

/// Returns a document without the keys of entries.
pub fn without_keys(document: &Json) -> Json {
    match document {
        Json::Object(members) => {
            let members = members.iter().filter(|(name, _)| *name != KEY);
            members.map(|(name, value)| (name.clone(), without_keys(value))).collect()
        }
        Json::Array(values) => values.iter().map(without_keys).collect(),
        value => value.clone(),
    }
}

/// Writes the sources that objects inherit into these objects, as a patch does: other sources of the object around them
/// then do not change theirs. No document of the model has `fieldSources` of a field with objects in it.
pub fn with_sources(object: &ObjectType, document: &mut Json, inherited: &Json) {
    let has_sources = object.field(SOURCES).is_some();
    if has_sources && document[SOURCES].as_array().is_none_or(Vec::is_empty) && !inherited.is_null() {
        document[SOURCES] = inherited.clone();
    }
    let own = if has_sources { document[SOURCES].clone() } else { inherited.clone() };
    for (field, inner) in nested(object) {
        match document.get_mut(field.name) {
            Some(Json::Array(entries)) => entries.iter_mut().for_each(|entry| with_sources(inner, entry, &own)),
            Some(value) if value.is_object() => with_sources(inner, value, &own),
            _ => {}
        }
    }
}

/// Replaces the former slugs of references.
pub fn follow(object: &ObjectType, document: &mut Json, state: &State) {
    let replace = |type_name, value: &mut Json| {
        if let Some(slug) = value.as_str() {
            *value = json!(state.current(type_name, slug));
        }
    };
    let replace_all = |type_name, list: &mut Json| {
        list.as_array_mut().into_iter().flatten().for_each(|slug| replace(type_name, slug));
    };
    for (name, value) in document.as_object_mut().unwrap() {
        if name == FIELD_SOURCES {
            value.as_object_mut().into_iter().for_each(|fields| {
                fields.values_mut().for_each(|sources| replace_all("Source", sources));
            });
            continue;
        }
        let Some(field) = object.field(name) else { continue };
        match (&field.kind, field.nested()) {
            (Kind::One(target), _) => replace(catalog().target(*target).name, value),
            (Kind::Refs(target) | Kind::Many(Many { target, document: InDocument::Slugs, .. }), _) => {
                replace_all(catalog().target(*target).name, value);
            }
            (_, Some(ix)) if value.is_object() => follow(catalog().object(ix), value, state),
            (_, Some(ix)) => {
                value.as_array_mut().into_iter().flatten().for_each(|value| follow(catalog().object(ix), value, state));
            }
            _ => {}
        }
    }
}
