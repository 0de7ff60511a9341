//! Changes of whole records and of their fields: patched, saved, renamed, new, deleted, restored and imported ones.

use dermagraph::content::catalog;
use serde_json::{Value as Json, json};

use super::{
    Drawn, Expected, Kind, Run, Single, TEXTS,
    change::{Change, Request},
    state::{State, follow, with_sources, without_keys},
    values::Values,
};
use crate::random_edits::{Key, step};

/// If a type has more records than this, no new ones are saved.
const MANY: usize = 20;

/// The kinds of changes of which `apply` makes several. A rename is the first one, because the documents and patches that
/// follow it have the new slug.
const APPLIED: [Kind; 7] = [Kind::Rename, Kind::Field, Kind::Patch, Kind::Outcome, Kind::Text, Kind::New, Kind::Delete];

impl Run {
    /// Draws a change that does not depend on an earlier revision. Returns it with the number of its record, and the state
    /// after it.
    pub(super) fn single(&mut self, kind: Kind, mut state: State) -> Single {
        let (type_name, field) = TEXTS[self.random.below(TEXTS.len())];
        let key = self.often_the_same(&state, type_name);
        let record = state.records[&key];
        let change = match kind {
            Kind::Text => self.set(&mut state, &key, field),
            Kind::Field => return Some(self.field(state)),
            Kind::Patch => return Some(self.patch(state)),
            Kind::Outcome => return self.outcome(state),
            Kind::Rename => {
                let former = state.model.0[&key]["formerly"].as_array().and_then(|former| former.first().cloned());
                let back = former.filter(|_| self.random.below(3) == 0);
                let to = back.map_or_else(|| self.fresh("renamed"), |slug| slug.as_str().unwrap().to_owned());
                state.rename(&key, &to);
                Change::of("rename", &key, vec![("to", "String!".to_owned(), json!(to))])
            }
            Kind::New => return self.new_record(&key, state),
            Kind::Delete if state.count(type_name) < 3 => return None,
            _ => {
                state.model.0.remove(&key);
                state.records.remove(&key);
                Change::of("delete", &key, Vec::new())
            }
        };
        Some((change, record, state))
    }

    fn set(&mut self, state: &mut State, key: &Key, field: &str) -> Change {
        let value = self.words();
        state.model.0.get_mut(key).unwrap()[field] = value.clone();
        Change::patch(key, json!([{"set": {field: value}}]))
    }

    /// Sets a field that is no text: one from which evidence levels are derived, or one that other records are checked with.
    fn field(&mut self, mut state: State) -> (Change, usize, State) {
        let other = state.model.any(&mut self.random, "Condition").1;
        let (type_name, field, value) = match self.random.below(4) {
            0 => ("Condition", "parent", if self.random.below(4) == 0 { Json::Null } else { json!(other) }),
            1 => ("Condition", "diagnoseFirst", json!(self.random.below(2) == 0)),
            _ => ("Source", "level", [json!(1), json!(2), json!(3), json!(5), Json::Null][self.random.below(5)].clone()),
        };
        let key = state.model.any(&mut self.random, type_name);
        let record = state.records[&key];
        state.model.0.get_mut(&key).unwrap()[field] = value.clone();
        (Change::patch(&key, json!([{"set": {field: value}}])), record, state)
    }

    /// Patches a record of any type by one or two operations.
    fn patch(&mut self, mut state: State) -> (Change, usize, State) {
        let own = catalog().contents().map(|(object, _)| object).filter(|object| object.with_own_documents().is_some());
        let own: Vec<_> = own.collect();
        // Procedures have most of the lists.
        let object = own[if self.random.below(3) == 0 { 0 } else { self.random.below(own.len()) }];
        let key = self.often_the_same(&state, object.name);
        let mut document = state.model.0[&key].clone();
        with_sources(object, &mut document, &Json::Null);
        let count = 1 + self.random.below(2);
        let mut values = Values::new(&mut self.random, &mut self.numbers, &state.model);
        let operations = (0..count).map(|_| values.operation(object, &mut document, &key.1)).collect();
        let record = state.records[&key];
        state.model.0.insert(key.clone(), document);
        (Change::patch(&key, operations), record, state)
    }

    /// Saves a copy of a record under a new slug.
    fn new_record(&mut self, key: &Key, mut state: State) -> Single {
        if state.count(key.0) > MANY {
            return None;
        }
        let mut document = without_keys(&state.model.0[key]);
        let new = (key.0, self.fresh("new"));
        (document["slug"], document["formerly"]) = (json!(new.1), json!([]));
        if key.0 == "Procedure" && self.random.below(2) == 0 {
            document["outcomes"] = json!([]);
        }
        let (change, record) = (Change::save(key.0, &document), self.record_number());
        state.model.0.insert(new.clone(), document);
        state.records.insert(new, record);
        Some((change, record, state))
    }

    /// Changes a text of a document that the client has read earlier, by a patch or by the whole document.
    pub(super) fn text(&mut self, saves: bool) -> (Request, Expected) {
        let mut after = self.now().clone();
        let (type_name, field) = if saves { ("Condition", "description") } else { TEXTS[self.random.below(TEXTS.len())] };
        let key = self.often_the_same(&after, type_name);
        let (expected, read) = self.read();
        let (value, base) = (self.words(), read.document(after.records[&key]));
        let change = match base {
            Some(document) if saves => {
                let mut document = document.clone();
                (document[field], document["slug"]) = (value.clone(), json!(key.1));
                document["formerly"] = after.model.0[&key].get("formerly").cloned().unwrap_or(json!([]));
                Change::save(type_name, &document)
            }
            _ => Change::patch(&key, json!([{"set": {field: value}}])),
        };
        let request = change.expecting(expected).into();
        let theirs = &mut after.model.0.get_mut(&key).unwrap()[field];
        match base.map(|document| &document[field]) {
            // The client has changed nothing.
            Some(base) if *base == value => {}
            Some(base) if *base == *theirs || *theirs == value => *theirs = value,
            // Others have changed the same value, or have created the record since.
            _ => return (request, Expected::Conflict),
        }
        (request, Expected::After(after.into()))
    }

    /// Patches a text that others have changed since an earlier revision.
    pub(super) fn conflict(&mut self) -> Drawn {
        let now = self.now();
        let mut outdated = Vec::new();
        for (type_name, field) in TEXTS {
            for (key, document) in now.model.0.iter().filter(|(key, _)| key.0 == type_name) {
                let record = now.records[key];
                let past = self.past.iter().enumerate().rev().map_while(|(at, state)| Some((at, state.document(record)?)));
                let other = past.filter(|(_, past)| past[field] != document[field]);
                outdated.extend(other.map(|(at, _)| (key.clone(), field, at)));
            }
        }
        if outdated.is_empty() {
            return None;
        }
        let (key, field, at) = outdated.swap_remove(self.random.below(outdated.len()));
        let text = format!("A text of {}.", self.number());
        let change = Change::patch(&key, json!([{"set": {field: text}}])).expecting(Some(at + self.first));
        Some((change.into(), Expected::Conflict))
    }

    /// Restores a record as of an earlier revision, or the last document of a deleted one.
    pub(super) fn restore(&mut self, deleted: bool) -> Drawn {
        let (record, past, key) = if deleted {
            let (record, last) = *self.deleted.get(self.random.below(self.deleted.len().max(1)))?;
            (record, last, self.past[last].key_of(record).unwrap().clone())
        } else {
            let (type_name, _) = TEXTS[self.random.below(TEXTS.len())];
            let (state, past) = (self.now().clone(), self.random.below(self.past.len()));
            let key = state.model.any(&mut self.random, type_name);
            (state.records[&key], past, key)
        };
        let revision = vec![("revision", "Int!".to_owned(), json!(past + self.first))];
        let request = Change::of("restore", &key, revision).into();
        let mut after = self.now().clone();
        let present = after.model.0.get(&key).cloned();
        let is_other = present.is_some() && after.records.get(&key) != Some(&record);
        let Some(mut document) = self.past[past].document(record).cloned().filter(|_| !is_other) else {
            return Some((request, Expected::Absent));
        };
        let is_free = |slug: &Json| {
            after.current(key.0, slug.as_str().unwrap()) == slug.as_str().unwrap()
                && !after.model.0.contains_key(&(key.0, slug.as_str().unwrap().to_owned()))
        };
        document["slug"] = json!(key.1);
        document["formerly"] = match &present {
            Some(present) => present.get("formerly").cloned().unwrap_or(json!([])),
            None => document["formerly"].as_array().into_iter().flatten().filter(|slug| is_free(slug)).cloned().collect(),
        };
        follow(catalog().object_named(key.0).unwrap(), &mut document, &after);
        after.model.0.insert(key.clone(), document);
        after.records.insert(key, record);
        Some((request, Expected::After(after.into())))
    }

    /// Makes several changes at once. Only patches and renames of one record follow one another.
    pub(super) fn several(&mut self) -> Drawn {
        let mut after = self.now().clone();
        // The number of each changed record, and whether another change of it may follow.
        let (mut changes, mut of_records): (Vec<Change>, Vec<(usize, bool)>) = (Vec::new(), Vec::new());
        for at in 0..2 + self.random.below(3) {
            let kinds = if at == 0 { &APPLIED[..] } else { &APPLIED[1..] };
            let kind = kinds[self.random.below(kinds.len())];
            let Some((change, record, next)) = self.single(kind, after.clone()) else { continue };
            let amends = change.amends();
            if of_records.iter().all(|(other, may_follow)| *other != record || (amends && *may_follow)) {
                changes.push(change);
                of_records.push((record, amends));
                after = next;
            }
        }
        (!changes.is_empty()).then(|| (Request::Mutation(changes), Expected::After(after.into())))
    }

    /// Imports files with random changes, and deletes records with them.
    pub(super) fn files(&mut self) -> (Request, Expected) {
        let mut after = self.now().clone();
        for _ in 0..=self.random.below(3) {
            let number = self.number();
            step(&mut self.random, &mut after.model, number);
        }
        let State { model, records } = &mut after;
        records.retain(|key, _| model.0.contains_key(key));
        for key in model.0.keys() {
            records.entry(key.clone()).or_insert_with(|| self.record_number());
        }
        let before = &self.now().model.0;
        let mut saved = Vec::new();
        for (key, document) in model.0.iter_mut().filter(|(key, document)| before.get(*key) != Some(&**document)) {
            *document = without_keys(document);
            saved.push(key.clone());
        }
        let deleted = before.keys().filter(|key| !model.0.contains_key(*key)).cloned().collect();
        let request = Request::Files { saved: after.files(&saved), deleted };
        (request, Expected::After(after.into()))
    }

    /// Renames a record by its document, in a file or in a mutation: `formerly` has the old slug.
    pub(super) fn renaming_document(&mut self) -> (Request, Expected) {
        let mut after = self.now().clone();
        let (type_name, _) = TEXTS[self.random.below(TEXTS.len())];
        let key = after.model.any(&mut self.random, type_name);
        let new = (type_name, self.fresh("renamed"));
        after.rename(&key, &new.1);
        let request = if self.random.below(2) == 0 {
            Request::Files { saved: after.files([&new]), deleted: Vec::new() }
        } else {
            Change::save(type_name, &after.model.0[&new]).into()
        };
        (request, Expected::After(after.into()))
    }
}
