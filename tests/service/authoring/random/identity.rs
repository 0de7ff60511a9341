//! Ids of records and keys of entries: none of them changes its meaning.

use std::collections::BTreeMap;

use dermagraph::{content::catalog, store::Writer};
use sea_orm::{ConnectionTrait as _, QueryResult, Statement};
use serde_json::{Value as Json, json};

use super::state::State;
use crate::entry_keys::{EntryLists, KeyHistory, Written};

/// What the id of an embedded record means: its type, the id of its owner, and the id of the record that it is about. Two
/// records of one owner are never about the same record.
type Meaning = (&'static str, i64, i64);

/// The types of embedded records, with the columns of their meaning.
const EMBEDDED: [(&str, &str, &str); 2] =
    [("TreatmentOutcome", "procedure_id", "condition_id"), ("EvidenceItem", "outcome_id", "source_id")];

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
    /// The keys of entries.
    keys: KeyHistory,
}

impl Identities {
    /// Checks the ids and keys after a publication, and the ids in its report. Adds the keys of new entries to the state
    /// after it.
    pub async fn check(
        &mut self,
        writer: &Writer,
        (before, now): (Option<&State>, &mut State),
        report: &Json,
        written: Written,
        after: &str,
    ) {
        let lists = self.keys.follow(writer, written, after).await;
        now.complete(&lists, after);
        self.check_ids(&lists, now, after);
        self.check_report(before, now, report, after);
        self.check_embedded(writer, after).await;
    }

    fn check_ids(&mut self, lists: &EntryLists, now: &State, after: &str) {
        let with_own_document = |type_name| catalog().object_named(type_name).unwrap().with_own_documents().is_some();
        for (key, id) in lists.ids.iter().filter(|(key, _)| with_own_document(key.0)) {
            let record = now.records[key];
            assert_eq!(*self.ids.entry(record).or_insert(*id), *id, "{after}: another id for {key:?}");
            assert_eq!(*self.records.entry(*id).or_insert(record), record, "{after}: another record for {id}");
        }
    }

    fn check_report(&self, before: Option<&State>, now: &State, report: &Json, after: &str) {
        for change in report["changes"].as_array().into_iter().flatten() {
            let object = catalog().object_named(change["type"].as_str().unwrap()).unwrap();
            if object.with_own_documents().is_none() {
                continue;
            }
            let key = (object.name, change["slug"].as_str().unwrap().to_owned());
            let record = now.records.get(&key).or_else(|| before?.records.get(&key)).unwrap();
            assert_eq!(change["recordId"], json!(format!("{}:{}", object.name, self.ids[record])), "{after}: {change}");
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
}

/// Returns columns of the table of a type.
async fn rows(writer: &Writer, type_name: &str, columns: &str) -> Vec<QueryResult> {
    let table = catalog().object_named(type_name).unwrap().content().unwrap().table;
    let sql = format!("SELECT {columns} FROM \"{table}\"");
    writer.query_all_raw(Statement::from_string(writer.get_database_backend(), sql)).await.unwrap()
}
