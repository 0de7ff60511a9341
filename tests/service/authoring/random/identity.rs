//! Ids of records and keys of entries: none of them changes its meaning.

use std::collections::{BTreeMap, BTreeSet};

use dermagraph::{content::catalog, store::Writer};
use sea_orm::{ConnectionTrait as _, QueryResult, Statement};
use serde_json::{Value as Json, json};

use super::{TYPES, state::State};
use crate::random_edits::Key;

/// What the id of an embedded record means: its type, the id of its owner, and the id of the record that it is about. Two
/// records of one owner are never about the same record.
type Meaning = (&'static str, i64, i64);

/// The types of embedded records, with the columns of their meaning.
const EMBEDDED: [(&str, &str, &str); 2] =
    [("TreatmentOutcome", "procedure_id", "condition_id"), ("Evidence", "outcome_id", "source_id")];

/// The ids and keys of all revisions so far.
#[derive(Default)]
pub struct Identities {
    /// The id of each record that ever was.
    ids: BTreeMap<usize, i64>,
    /// The record of each id.
    records: BTreeMap<i64, usize>,
    /// The meaning of each id of an embedded record.
    meanings: BTreeMap<i64, Meaning>,
    /// The ids of the embedded records of the latest revision.
    present: BTreeMap<Meaning, i64>,
    /// The keys of the contraindications that each procedure ever had.
    keys: BTreeSet<(usize, String)>,
}

impl Identities {
    /// Checks the ids and keys after a publication, and the ids in its report. `restores` says that it may assign keys of an
    /// earlier revision again.
    pub async fn check(&mut self, writer: &Writer, states: [&State; 2], report: &Json, restores: bool, after: &str) {
        let now = states[1];
        for (key, id) in ids(writer).await {
            let record = now.records[&key];
            assert_eq!(*self.ids.entry(record).or_insert(id), id, "{after}: another id for {key:?}");
            assert_eq!(*self.records.entry(id).or_insert(record), record, "{after}: another record for {id}");
        }
        self.check_report(states, report, after);
        self.check_embedded(writer, after).await;
        self.check_keys(states, restores, after);
    }

    fn check_report(&self, [before, now]: [&State; 2], report: &Json, after: &str) {
        for change in report["changes"].as_array().into_iter().flatten() {
            let Some(type_name) = TYPES.into_iter().find(|type_name| change["type"] == *type_name) else { continue };
            let key = (type_name, change["slug"].as_str().unwrap().to_owned());
            let record = now.records.get(&key).or_else(|| before.records.get(&key)).unwrap();
            assert_eq!(change["recordId"], json!(format!("{type_name}:{}", self.ids[record])), "{after}: {change}");
        }
    }

    async fn check_embedded(&mut self, writer: &Writer, after: &str) {
        let mut present = BTreeMap::new();
        for (type_name, owner, about) in EMBEDDED {
            for row in rows(writer, type_name, &format!("id, {owner}, {about}")).await {
                let [id, owner, about] = [0, 1, 2].map(|at| row.try_get_by_index::<i64>(at).unwrap());
                let meaning = (type_name, owner, about);
                assert_eq!(*self.meanings.entry(id).or_insert(meaning), meaning, "{after}: another meaning of {id}");
                assert!(
                    self.present.get(&meaning).is_none_or(|before| *before == id),
                    "{after}: another id for {meaning:?}"
                );
                present.insert(meaning, id);
            }
        }
        self.present = present;
    }

    fn check_keys(&mut self, [before, now]: [&State; 2], restores: bool, after: &str) {
        for (slug, entries) in &now.keys {
            let record = now.records[&("Procedure", slug.clone())];
            let earlier = before.key_of(record).and_then(|key| before.keys.get(&key.1)).map_or(&[][..], Vec::as_slice);
            for (at, (key, name)) in entries.iter().enumerate() {
                assert!(entries[..at].iter().all(|(other, _)| other != key), "{after}: {key} occurs twice in {slug}");
                // All names differ, so an entry with its old name is the same one.
                let same = earlier.iter().find(|(_, other)| other == name);
                let has_its_key = restores || same.is_none_or(|(other, _)| other == key);
                assert!(has_its_key, "{after}: {name} of {slug} has another key");
                let is_known = restores || earlier.iter().any(|(other, _)| other == key);
                assert!(self.keys.insert((record, key.clone())) || is_known, "{after}: {key} of {slug} is assigned again");
            }
        }
    }
}

/// Returns the ids of the records that change.
async fn ids(writer: &Writer) -> BTreeMap<Key, i64> {
    let mut ids = BTreeMap::new();
    for type_name in TYPES {
        for row in rows(writer, type_name, "id, slug").await {
            ids.insert((type_name, row.try_get_by_index(1).unwrap()), row.try_get_by_index(0).unwrap());
        }
    }
    ids
}

/// Returns columns of the table of a type.
async fn rows(writer: &Writer, type_name: &str, columns: &str) -> Vec<QueryResult> {
    let table = catalog().object_named(type_name).unwrap().content().unwrap().table;
    let sql = format!("SELECT {columns} FROM \"{table}\"");
    writer.query_all_raw(Statement::from_string(writer.get_database_backend(), sql)).await.unwrap()
}
