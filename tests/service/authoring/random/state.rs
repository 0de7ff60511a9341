//! The library of the model after a revision.

use std::collections::BTreeMap;

use dermagraph::{
    content::catalog,
    engine::catalog::{InDocument, Kind, ObjectType},
};
use serde_json::{Value as Json, json};

use crate::random_edits::{Key, Keys, Model};

/// The library after a revision.
#[derive(Clone)]
pub struct State {
    pub model: Model,
    /// A number for each record that changes, which the record keeps when it gets another slug or comes back.
    pub records: BTreeMap<Key, usize>,
    /// The keys of the contraindications of each procedure.
    pub keys: Keys,
}

impl State {
    pub fn key_of(&self, record: usize) -> Option<&Key> {
        self.records.iter().find(|(_, other)| **other == record).map(|(key, _)| key)
    }

    pub fn document(&self, record: usize) -> Option<&Json> {
        self.key_of(record).map(|key| &self.model.0[key])
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

/// Replaces the former slugs of references.
pub fn follow(object: &ObjectType, document: &mut Json, state: &State) {
    for (name, value) in document.as_object_mut().unwrap() {
        let replace = |type_name, value: &mut Json| {
            if let Some(slug) = value.as_str() {
                *value = json!(state.current(type_name, slug));
            }
        };
        let mut sources = |list: &mut Json| {
            list.as_array_mut().into_iter().flatten().for_each(|slug| replace("Source", slug));
        };
        match name.as_str() {
            "sources" | "basis" => sources(value),
            "fieldSources" => {
                value.as_object_mut().into_iter().for_each(|fields| fields.values_mut().for_each(&mut sources));
            }
            _ => {}
        }
        let Some(field) = object.field(name) else { continue };
        match (&field.kind, field.nested()) {
            (Kind::One(target), _) => replace(catalog().object(target.ix).name, value),
            (Kind::Many(many), None) if matches!(many.document, InDocument::Slugs) => {
                let target = catalog().object(many.target.ix).name;
                value.as_array_mut().into_iter().flatten().for_each(|slug| replace(target, slug));
            }
            (_, Some(_)) if name == "fieldSources" => {}
            (_, Some(ix)) if value.is_object() => follow(catalog().object(ix), value, state),
            (_, Some(ix)) => {
                value.as_array_mut().into_iter().flatten().for_each(|value| follow(catalog().object(ix), value, state));
            }
            _ => {}
        }
    }
}
