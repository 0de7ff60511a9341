//! Random mutations of a small library: patches of fields and of entries, saved documents, new, renamed, deleted and restored
//! records. Many of the changes are sent with the revision of an earlier document, and are merged or refused. After each, the
//! library is that of the model, and every id means the record that it has always meant.

mod state;

use std::collections::BTreeMap;

use dermagraph::{
    content::catalog,
    library::{PublishOptions, Silent, check, import},
    store::Writer,
};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value as Json, json};
use time::OffsetDateTime;

use self::state::{State, follow};
use super::{Author, revision, starter::argument};
use crate::{
    random_edits::{COMPARED, Key, Model, Random, canonical, compare, keys},
    support::{TestApp, story},
};

/// Number of mutations of a run, unless the variable `DERMAGRAPH_MUTATIONS` sets another.
const MUTATIONS: usize = 60;

/// The types of the records that change.
const TYPES: [&str; 3] = ["Procedure", "Condition", "Source"];

/// The texts that change, with their types.
const TEXTS: [(&str, &str); 3] = [("Source", "title"), ("Condition", "description"), ("Procedure", "summary")];

/// What a mutation is expected to do.
enum Expected {
    /// The library afterwards, if the model has no problem.
    After(Box<State>),
    /// It is refused, because others have changed the same value.
    Conflict,
    /// It is refused, because there is no such record.
    Absent,
}

/// Returns what a change of a value does: of the value in the document that the client has read, in the present one, and in that
/// of the client.
fn merged(base: Option<&Json>, theirs: &Json, yours: &Json, change: impl FnOnce()) -> bool {
    let lands = base == Some(theirs) || theirs == yours;
    if base != Some(yours) && lands {
        change();
    }
    lands || base == Some(yours)
}

struct Run<'a> {
    author: &'a Author<'a>,
    random: Random,
    /// The states after all revisions; the first is that of the import.
    past: Vec<State>,
    /// The number of the first revision.
    first: usize,
    /// Deleted records, with the index of the last state that had them.
    deleted: Vec<(usize, usize)>,
    number: usize,
}

impl Run<'_> {
    fn now(&self) -> &State {
        self.past.last().unwrap()
    }

    /// Returns a state that the client may have read, with its revision.
    fn read(&mut self) -> (Option<usize>, State) {
        let at = self.past.len() - 1 - self.random.below(self.past.len().min(10));
        if self.random.below(4) == 0 { (None, self.now().clone()) } else { (Some(at + self.first), self.past[at].clone()) }
    }

    async fn send(&self, verb: &str, type_name: &str, arguments: &[(&str, &str, Json)]) -> Json {
        let declared: Vec<String> = arguments.iter().map(|(name, ty, _)| format!("${name}: {ty}")).collect();
        let given: Vec<String> = arguments.iter().map(|(name, ..)| format!("{name}: ${name}")).collect();
        let (declared, given) = (declared.join(", "), given.join(", "));
        let variables: serde_json::Map<_, _> =
            arguments.iter().map(|(name, _, value)| ((*name).to_owned(), value.clone())).collect();
        let query =
            format!("mutation ({declared}) {{ {verb}{type_name}({given}) {{ revision errors {{ code message }} }} }}");
        self.author.run(&query, variables.into()).await
    }

    async fn patch(&self, key: &Key, operations: Json, expected: Option<usize>) -> Json {
        let operation = format!("[{}Operation!]!", key.0);
        let by = format!("{}By!", key.0);
        let arguments = [
            ("by", by.as_str(), json!({"slug": key.1})),
            ("operations", operation.as_str(), operations),
            ("expectedRevision", "Int", json!(expected)),
        ];
        self.send("patch", key.0, &arguments).await
    }

    /// Sends a mutation. Returns its payload, what it should do, and its words.
    async fn step(&mut self) -> (Json, Expected, String) {
        let kind = self.random.below(11);
        let mut after = self.now().clone();
        let (type_name, field) = TEXTS[self.random.below(TEXTS.len())];
        let type_name = if (3..=6).contains(&kind) { "Procedure" } else { type_name };
        let mut key = after.model.any(&mut self.random, type_name);
        // So that two editors often change the same record.
        if kind <= 3 && self.random.below(2) == 0 {
            key = after.model.0.keys().find(|key| key.0 == type_name).unwrap().clone();
        }
        let record = after.records[&key];
        let words = format!("{}: kind {kind}, {key:?}", self.number);
        let by = format!("{}By!", key.0);
        let by = ("by", by.as_str(), json!({"slug": key.1}));
        match kind {
            0 | 1 => {
                let (expected, read) = self.read();
                let text = ["One text.", "Another text.", "A third text."][self.random.below(3)];
                let value = json!(format!("{text} {}", self.random.below(2)));
                let payload = if kind == 0 || type_name != "Condition" || read.document(record).is_none() {
                    self.patch(&key, json!([{"set": {field: value}}]), expected).await
                } else {
                    // The client saves the document that it has read, with another description.
                    let mut document = read.document(record).unwrap().clone();
                    (document[field], document["slug"]) = (value.clone(), json!(key.1));
                    document["formerly"] = after.model.0[&key].get("formerly").cloned().unwrap_or(json!([]));
                    let document = argument(catalog().object_named(type_name).unwrap(), &document);
                    let arguments =
                        [("document", "ConditionDocument!", document), ("expectedRevision", "Int", json!(expected))];
                    self.send("save", type_name, &arguments).await
                };
                let (base, theirs) =
                    (read.document(record).map(|document| &document[field]), after.model.0[&key][field].clone());
                let document = after.model.0.get_mut(&key).unwrap();
                let lands = merged(base, &theirs, &value, || document[field] = value.clone());
                (payload, if lands { Expected::After(after.into()) } else { Expected::Conflict }, words)
            }
            2 => {
                let former = after.model.0[&key]["formerly"].as_array().and_then(|former| former.first().cloned());
                let back = former.filter(|_| self.random.below(3) == 0);
                let to = back.map_or_else(|| format!("renamed-{}", self.number), |slug| slug.as_str().unwrap().to_owned());
                let payload = self.send("rename", key.0, &[by, ("to", "String!", json!(to))]).await;
                after.rename(&key, &to);
                (payload, Expected::After(after.into()), words)
            }
            3..=6 => self.entries(kind, &key, after, words).await,
            7 => {
                let past = self.random.below(self.past.len());
                self.restore(&key, record, past, after, words).await
            }
            8 => {
                let Some((record, last)) = self.deleted.pop() else {
                    return (json!(null), Expected::After(after.into()), words);
                };
                let key = self.past[last].key_of(record).unwrap().clone();
                self.deleted.push((record, last));
                self.restore(&key, record, last, after, words).await
            }
            9 => {
                let new = format!("new-{}", self.number);
                let mut document = after.model.0[&key].clone();
                (document["slug"], document["formerly"]) = (json!(new), json!([]));
                document.as_object_mut().unwrap().remove("outcomes");
                let ty = format!("{}Document!", key.0);
                let saved = argument(catalog().object_named(key.0).unwrap(), &document);
                let payload = self.send("save", key.0, &[("document", &ty, saved)]).await;
                after.model.0.insert((key.0, new.clone()), document);
                after.records.insert((key.0, new), self.number + 1_000_000);
                (payload, Expected::After(after.into()), words)
            }
            _ => {
                if after.records.keys().filter(|other| other.0 == key.0).count() < 3 {
                    return (json!(null), Expected::After(after.into()), words);
                }
                let payload = self.send("delete", key.0, &[by]).await;
                after.model.0.remove(&key);
                after.records.remove(&key);
                if payload["errors"] == json!([]) {
                    self.deleted.push((record, self.past.len() - 1));
                }
                (payload, Expected::After(after.into()), words)
            }
        }
    }

    /// Changes the contraindications of a procedure.
    async fn entries(&mut self, kind: usize, key: &Key, mut after: State, words: String) -> (Json, Expected, String) {
        let record = after.records[key];
        let (expected, read) = if kind == 3 { self.read() } else { (None, after.clone()) };
        let of_read = read.key_of(record).and_then(|key| read.keys.get(&key.1)).cloned().unwrap_or_default();
        let list = after.model.0.get_mut(key).unwrap()["contraindications"].as_array_mut();
        let Some(list) = list.filter(|list| list.len() > 1 && !of_read.is_empty()) else {
            return (json!(null), Expected::After(after.into()), words);
        };
        let (at, other) = (self.random.below(of_read.len()), self.random.below(of_read.len()));
        let (entry, name) = (&of_read[at].0, json!(format!("Reason m{}", self.number)));
        let operation = match kind {
            3 => {
                let operation = json!({"update": {"key": entry, "set": {"name": name}}});
                let present = after.keys[&key.1].iter().position(|(present, _)| present == entry);
                // Another editor has renamed it, or removed it.
                let Some(present) = present.filter(|present| list[*present]["name"] == *of_read[at].1) else {
                    let payload = self.patch(key, json!([{"entries": {"contraindications": operation}}]), expected).await;
                    return (payload, Expected::Conflict, words);
                };
                list[present]["name"] = name;
                operation
            }
            4 => {
                let mut new = list[other].clone();
                new["name"] = name;
                list.insert(at + 1, new.clone());
                let value = argument(catalog().object_named("Contraindication").unwrap(), &new);
                json!({"insert": {"value": value, "after": entry}})
            }
            5 => {
                list.remove(at);
                json!({"remove": entry})
            }
            _ if at == other => return (json!(null), Expected::After(after.into()), words),
            _ => {
                let moved = list.remove(at);
                list.insert(if at < other { other - 1 } else { other }, moved);
                json!({"move": {"key": entry, "before": of_read[other].0}})
            }
        };
        let payload = self.patch(key, json!([{"entries": {"contraindications": operation}}]), expected).await;
        (payload, Expected::After(after.into()), words)
    }

    /// Restores a record as of a state, under its present slug, or under the last that it had.
    async fn restore(
        &mut self,
        key: &Key,
        record: usize,
        past: usize,
        mut after: State,
        words: String,
    ) -> (Json, Expected, String) {
        let by = format!("{}By!", key.0);
        let arguments = [("by", by.as_str(), json!({"slug": key.1})), ("revision", "Int!", json!(past + self.first))];
        let payload = self.send("restore", key.0, &arguments).await;
        let words = format!("{words}, {key:?} as of {past}");
        let present = after.model.0.get(key).cloned();
        let is_other = present.is_some() && after.records.get(key) != Some(&record);
        let Some(mut document) = self.past[past].document(record).cloned().filter(|_| !is_other) else {
            return (payload, Expected::Absent, words);
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
        if payload["errors"] == json!([]) {
            self.deleted.retain(|(deleted, _)| *deleted != record);
        }
        after.model.0.insert(key.clone(), document);
        after.records.insert(key.clone(), record);
        (payload, Expected::After(after.into()), words)
    }
}

/// Returns the ids of the records that change.
async fn ids(writer: &Writer) -> BTreeMap<Key, i64> {
    let mut ids = BTreeMap::new();
    for type_name in TYPES {
        let table = catalog().object_named(type_name).unwrap().content().unwrap().table;
        let sql = format!("SELECT id, slug FROM \"{table}\"");
        let rows = writer.query_all_raw(Statement::from_string(writer.get_database_backend(), sql)).await.unwrap();
        ids.extend(
            rows.iter().map(|row| {
                ((type_name, row.try_get_by_index::<String>(1).unwrap()), row.try_get_by_index::<i64>(0).unwrap())
            }),
        );
    }
    ids
}

story! {
    async fn random_mutations_give_the_library_of_the_model(app: &TestApp) {
        let author = Author::publisher(app).await;
        let writer = app.store.writer();
        let model = Model::generated();
        let options = PublishOptions { prune: true, allow_removing_most: true, ..PublishOptions::default() };
        import(catalog(), writer, &model.all(), options, &Silent).await.unwrap();
        let records = model.0.keys().filter(|key| TYPES.contains(&key.0)).cloned().zip(0..).collect();
        let first = usize::try_from(revision(app).await).unwrap();
        let state = State { model, records, keys: keys(writer).await };
        let mut run = Run { author: &author, random: Random(20_261_129), past: vec![state], first, deleted: Vec::new(), number: 0 };
        // The id of each record that ever was, and the record of each id.
        let (mut id_of, mut record_of) = (BTreeMap::new(), BTreeMap::new());
        let (mut published, mut conflicts, mut refused) = (0, 0, 0);
        let count = std::env::var("DERMAGRAPH_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(MUTATIONS);
        for number in 0..count {
            run.number = number;
            let before = run.deleted.clone();
            let (payload, expected, words) = run.step().await;
            let is_refused = payload["errors"].as_array().is_some_and(|errors| !errors.is_empty());
            match expected {
                Expected::Conflict => {
                    assert_eq!(payload["errors"][0]["code"], "CONFLICT", "{words}: {payload}");
                    conflicts += 1;
                }
                Expected::Absent => assert_eq!(payload["errors"][0]["code"], "NOT_FOUND", "{words}: {payload}"),
                Expected::After(mut after) => {
                    let problems = check(catalog(), OffsetDateTime::now_utc, &after.model.all()).problems;
                    assert_eq!(is_refused, !problems.is_empty(), "{words}: {payload} {problems:?}");
                    if payload["revision"].is_i64() {
                        after.keys = keys(writer).await;
                        published += 1;
                        run.past.push(*after);
                    } else {
                        run.deleted = before;
                        refused += usize::from(is_refused);
                        let documents = |model: &Model| canonical(&model.all());
                        assert!(is_refused || documents(&after.model) == documents(&run.now().model), "{words}: nothing was published");
                    }
                }
            }
            for (key, id) in ids(writer).await {
                let record = run.now().records[&key];
                assert_eq!(*id_of.entry(record).or_insert(id), id, "{words}: another id for {key:?}");
                assert_eq!(*record_of.entry(id).or_insert(record), record, "{words}: another record for {id}");
            }
            compare(writer, &run.now().model, (number + 1) % COMPARED == 0, &words).await;
        }
        assert!(published > count / 3 && conflicts > 0 && refused > 0, "{published} {conflicts} {refused}");
    }
}
