//! Random edits of a small library. After each publication, the checksum of the database is the published one, its
//! derived fields equal recomputed ones, and an edit is refused if and only if a check of the whole model finds a
//! problem. Every few edits, all documents in the database are compared with those of the model, which also finds
//! differences that earlier edits have caused. So are the documents of an export onto the files of an earlier one. Then
//! random records are restored as of random revisions. The keys of entries of lists never change their meaning. At the
//! end, the search index equals that of the same documents in an empty database.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    rc::Rc,
};

use dermagraph::{
    content::catalog,
    engine::{canonical::CanonicalValue, catalog::Layout},
    generate::{LibrarySize, RequestedSize, documents},
    library::{
        self, AmendmentKind, DocumentFile, Edit, LibraryError, NamedAction, NamedChange, PublishOptions, RecordName, Silent,
        check, export, import, publish, verify,
    },
    store::{DatabaseUrl, Writer},
};
use serde_json::{Value as Json, json};
use time::OffsetDateTime;

use crate::{
    entry_keys::{EntryLists, KeyHistory, Written},
    support::empty_postgres,
};

/// The library before the first edit.
const SIZE: RequestedSize =
    RequestedSize { procedures: 4, outcomes: 14, conditions: Some(14), sources: Some(9), largest: None, seed: 3 };

/// Number of edits of a run.
const EDITS: usize = 60;

/// Number of edits after which all documents are compared. It divides the numbers of edits and of restored records.
const COMPARED: usize = 5;

/// Number of records that a run restores.
const RESTORED: usize = 25;

/// Key of the slug in documents.
const SLUG: &str = "slug";

/// The type and slug of a record with a document of its own.
pub type Key = (&'static str, String);

/// The documents that the library has.
#[derive(Clone)]
pub struct Model(pub BTreeMap<Key, Json>);

impl Model {
    pub fn generated() -> Self {
        let mut model = BTreeMap::new();
        for file in documents(&LibrarySize::new(SIZE).unwrap()) {
            let mut root: Json = serde_saphyr::from_str(&file.text).unwrap();
            let notice = root["notice"].clone();
            let mut add = |type_name, mut document: Json| {
                document["notice"] = notice.clone();
                model.insert((type_name, document[SLUG].as_str().unwrap().to_owned()), document);
            };
            for (object, role) in catalog().contents() {
                if let Some(Json::Array(entries)) = root.get(role.plural).filter(|_| !file.name.starts_with("procedures/")) {
                    for entry in entries {
                        add(object.name, entry.clone());
                    }
                }
            }
            if file.name.starts_with("procedures/") {
                add("Procedure", root.take());
            }
        }
        Self(model)
    }

    /// Returns some of its documents as files.
    pub fn files<'k>(&self, keys: impl IntoIterator<Item = &'k Key>) -> Vec<DocumentFile> {
        let file = |key: &Key| {
            let role = catalog().object_named(key.0).unwrap().content().unwrap();
            let (folder, text) = match role.layout {
                Layout::File(folder) => (folder, self.0[key].to_string()),
                _ => (role.plural, json!({role.plural: [self.0[key]]}).to_string()),
            };
            DocumentFile { name: format!("{folder}/{}.yaml", key.1), text }
        };
        keys.into_iter().map(file).collect()
    }

    pub fn all(&self) -> Vec<DocumentFile> {
        self.files(self.0.keys())
    }

    /// Returns a random record of a type.
    pub fn any(&self, random: &mut Random, type_name: &str) -> Key {
        let keys: Vec<&Key> = self.0.keys().filter(|key| key.0 == type_name).collect();
        keys[random.below(keys.len())].clone()
    }
}

/// Returns the canonical documents by type and slug, without the keys of entries, which the model does not have.
pub fn canonical(files: &[DocumentFile]) -> BTreeMap<(&'static str, String), CanonicalValue> {
    let documents = library::documents(catalog(), OffsetDateTime::now_utc, files).into_iter();
    let keyless = |fields| without_keys(&CanonicalValue::Object(fields));
    documents.map(|document| ((document.type_name, document.slug.to_string()), keyless(document.fields))).collect()
}

fn without_keys(value: &CanonicalValue) -> CanonicalValue {
    match value {
        CanonicalValue::Object(fields) => {
            let others = fields.iter().filter(|(name, _)| *name != "key");
            CanonicalValue::Object(others.map(|(name, value)| (name, without_keys(value))).collect())
        }
        CanonicalValue::List(values) => values.iter().map(without_keys).collect(),
        value => value.clone(),
    }
}

/// A random number generator: xorshift64* (Vigna 2016, <https://doi.org/10.1145/2845077>).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % count
    }
}

/// Changes the model at random, and returns what changed.
pub fn step(random: &mut Random, model: &mut Model, number: usize) -> String {
    let (source, condition, procedure) =
        (model.any(random, "Source"), model.any(random, "Condition"), model.any(random, "Procedure"));
    let other = model.any(random, "Condition").1;
    let kind = random.below(17);
    match kind {
        0 => {
            let level = random.below(6);
            model.0.get_mut(&source).unwrap()["level"] = if level == 0 { Json::Null } else { json!(level) };
        }
        1 => model.0.get_mut(&condition).unwrap()["parent"] = if random.below(4) == 0 { Json::Null } else { json!(other) },
        2 => {
            let (key, field) =
                [(&source, "title"), (&condition, "description"), (&procedure, "description")][random.below(3)];
            let text = model.0[key][field].as_str().unwrap().to_owned();
            model.0.get_mut(key).unwrap()[field] = json!(format!("{text} {number}"));
        }
        3 | 4 => {
            let mut added = model.0[if kind == 3 { &source } else { &condition }].clone();
            let slug = format!("new-{number}");
            added[SLUG] = json!(slug);
            if kind == 4 {
                added["parent"] = json!(condition.1);
            }
            model.0.insert((if kind == 3 { "Source" } else { "Condition" }, slug), added);
        }
        5 => {
            let types = ["Source", "Condition", "Procedure", "BodyArea", "Device", "Adjunct"];
            let type_name = types[random.below(types.len())];
            // Later steps need a record of each type.
            if model.0.keys().filter(|key| key.0 == type_name).count() < 2 {
                return "nothing".to_owned();
            }
            let key = model.any(random, type_name);
            model.0.remove(&key);
            return format!("delete {key:?}");
        }
        6 => model.0.get_mut(&condition).unwrap()["diagnoseFirst"] = json!(random.below(2) == 0),
        7 => {
            let former = if random.below(3) == 0 { json!([]) } else { json!([format!("former-{number}")]) };
            model.0.get_mut(&condition).unwrap()["formerly"] = former;
        }
        8 => {
            let topic = ["DIAGNOSIS", "OTHER"][random.below(2)];
            let reasons = model.0.get_mut(&procedure).unwrap()["contraindications"].as_array_mut();
            if let Some(reason) = reasons.and_then(|reasons| reasons.first_mut()) {
                (reason["topic"], reason["condition"]) = (json!(topic), json!(condition.1));
            }
        }
        15 | 16 => {
            let reasons = model.0.get_mut(&procedure).unwrap()["contraindications"].as_array_mut();
            if let Some(reasons) = reasons.filter(|reasons| !reasons.is_empty()) {
                let mut reason = reasons[random.below(reasons.len())].clone();
                reason["name"] = json!(format!("Reason {number}"));
                if kind == 15 || reasons.len() == 1 {
                    reasons.insert(random.below(reasons.len() + 1), reason);
                } else {
                    reasons.remove(random.below(reasons.len()));
                }
            }
        }
        _ => {
            let document = model.0.get_mut(&procedure).unwrap();
            let Some(outcomes) = document["outcomes"].as_array_mut().filter(|outcomes| !outcomes.is_empty()) else {
                return "nothing".to_owned();
            };
            let at = random.below(outcomes.len());
            change_outcome(random, outcomes, at, kind, &other, &source.1);
        }
    }
    format!("change {kind} of {source:?}, {condition:?} or {procedure:?}")
}

/// Changes an outcome of a procedure. `kind` is from 9 to 14.
pub fn change_outcome(random: &mut Random, outcomes: &mut Vec<Json>, at: usize, kind: usize, condition: &str, source: &str) {
    match kind {
        9 => drop(outcomes.remove(at)),
        10 => outcomes[at]["condition"] = json!(condition),
        11 => outcomes[at]["alsoCovers"] = if random.below(3) == 0 { json!([]) } else { json!([condition]) },
        12 => outcomes.reverse(),
        _ => {
            let Some(evidence) = outcomes[at]["evidence"].as_array_mut().filter(|evidence| !evidence.is_empty()) else {
                return;
            };
            let at = random.below(evidence.len());
            match kind {
                13 => evidence[at]["source"] = json!(source),
                _ => evidence[at]["condition"] = json!(condition),
            }
        }
    }
}

/// Compares the database with the checksum that was published and its derived fields with a recomputation. If `whole`, also
/// compares its documents with those of the model. Returns the latest revision.
pub async fn compare(writer: &Writer, model: &Model, whole: bool, after: &str) -> i64 {
    if whole {
        let exported = export(catalog(), writer).await.unwrap();
        let is_same = canonical(&exported) == canonical(&model.all());
        assert!(is_same, "{after}, or an edit since the last comparison of documents");
    }
    let verified = verify(catalog(), writer, &Silent).await.unwrap();
    let outdated = (&verified.outdated[..], verified.outdated_terms);
    assert_eq!((outdated, verified.found), ((&[][..], 0), verified.published), "{after}");
    verified.revision
}

/// Exports onto the files of an earlier export, and compares the documents in the folder with those of the model.
async fn compare_files(writer: &Writer, model: &Model, folder: &Path, after: &str) {
    let exported = export(catalog(), writer).await.unwrap();
    library::write_files(catalog(), folder, &exported, true).unwrap();
    let (files, problems) = library::read_files(&[folder.to_owned()]);
    assert_eq!(problems, [], "{after}");
    assert!(canonical(&files) == canonical(&model.all()), "{after}, or one of the {COMPARED} edits before");
}

/// Restores random records as of random revisions. `past` has the models of all revisions, from the first, with their keys.
async fn restore(
    writer: &Writer,
    random: &mut Random,
    model: &mut Model,
    mut past: Vec<(Model, Rc<EntryLists>)>,
    mut keys: KeyHistory,
) {
    let mut changed = 0;
    for number in 0..RESTORED {
        let revision = random.below(past.len());
        let types = ["Procedure", "Condition", "Source"];
        let type_name = types[random.below(types.len())];
        let key = past[revision].0.any(random, type_name);
        let mut after = model.clone();
        let mut document = past[revision].0.0[&key].clone();
        // The slugs of a record stay.
        if let Some(present) = model.0.get(&key) {
            document["formerly"] = present.get("formerly").cloned().unwrap_or_default();
        }
        after.0.insert(key.clone(), document);
        let (object, slug) = (catalog().object_named(key.0).unwrap(), key.1.as_str().into());
        let change = AmendmentKind::Restore(i64::try_from(revision).unwrap() + 1);
        let name = RecordName::Slug(slug);
        let change = NamedChange { object, name, path: String::new(), expected: None, action: NamedAction::Amend(change) };
        let edit = Edit::of_files(catalog(), OffsetDateTime::now_utc, &[]).change_named(change);
        let problems = check(catalog(), OffsetDateTime::now_utc, &after.all()).problems;
        match publish(catalog(), writer, &edit, PublishOptions::default(), &Silent).await {
            Ok(published) => {
                assert_eq!(problems, [], "{key:?} as of {revision}");
                let words = format!("{key:?} as of {revision}");
                let now = keys.follow(writer, Written::Restored, &words).await;
                assert_eq!(now.of_document(&key), past[revision].1.of_document(&key), "{words}");
                if published.revision.is_some() {
                    changed += 1;
                    past.push((after.clone(), now));
                }
                *model = after;
            }
            Err(LibraryError::Problems(found)) => assert_ne!(problems, [], "{key:?} as of {revision} is refused: {found:?}"),
            Err(failure) => panic!("{key:?} as of {revision}: {failure}"),
        }
        compare(writer, model, (number + 1) % COMPARED == 0, &format!("{key:?} as of {revision}")).await;
    }
    assert!(changed > 2, "{changed} restorations changed anything");
}

async fn run_on(url: &DatabaseUrl, seed: u64) {
    let writer = Writer::open(url).await.unwrap();
    let (mut random, mut model, mut refused) = (Random(seed), Model::generated(), 0);
    let folder = tempfile::tempdir().unwrap();
    import(catalog(), &writer, &model.all(), PublishOptions::default(), &Silent).await.unwrap();
    let mut keys = KeyHistory::default();
    let mut past = vec![(model.clone(), keys.follow(&writer, Written::Documents, "the import").await)];
    for number in 0..EDITS {
        let mut after = model.clone();
        let steps: Vec<String> = (0..=random.below(3)).map(|at| step(&mut random, &mut after, 10 * number + at)).collect();
        let saved = after.0.iter().filter(|(key, document)| model.0.get(*key) != Some(*document)).map(|(key, _)| key);
        let prune = random.below(8) == 0;
        let files = if prune { after.all() } else { after.files(saved) };
        let deleted: BTreeSet<&Key> = model.0.keys().filter(|key| !after.0.contains_key(*key) && !prune).collect();
        let edit = deleted
            .iter()
            .fold(Edit::of_files(catalog(), OffsetDateTime::now_utc, &files), |edit, key| edit.delete(key.0, &key.1));
        let options = PublishOptions { prune, ..PublishOptions::default() };
        let problems = check(catalog(), OffsetDateTime::now_utc, &after.all()).problems;
        match publish(catalog(), &writer, &edit, options, &Silent).await {
            Ok(published) => {
                assert_eq!(problems, [], "{number}: {steps:?}");
                if published.revision.is_some() {
                    let words = format!("{number}: {steps:?}");
                    past.push((after.clone(), keys.follow(&writer, Written::Documents, &words).await));
                }
            }
            Err(LibraryError::Problems(found)) => {
                assert_ne!(problems, [], "{number}: {steps:?} is refused: {found:?}");
                (after, refused) = (model, refused + 1);
            }
            Err(failure) => panic!("{number}: {steps:?}: {failure}"),
        }
        model = after;
        let (whole, after) = ((number + 1) % COMPARED == 0, format!("{number}: {steps:?}"));
        compare(&writer, &model, whole, &after).await;
        if whole {
            compare_files(&writer, &model, &folder.path().join("export"), &after).await;
        }
    }
    assert!((1..EDITS / 2).contains(&refused), "{refused} of {EDITS} edits were refused");
    restore(&writer, &mut random, &mut model, past, keys).await;
    writer.close().await;
}

#[actix_web::test]
async fn random_edits_give_the_library_of_the_model_on_sqlite() {
    for seed in [1, 20_261_128] {
        let folder = tempfile::tempdir().unwrap();
        run_on(&DatabaseUrl::Sqlite(folder.path().join("test.db")), seed).await;
    }
}

#[actix_web::test]
async fn random_edits_give_the_library_of_the_model_on_postgres() {
    if let Some(url) = empty_postgres().await {
        run_on(&url, 7).await;
    }
}
