//! The library before the first change: a small generated one, in which some records of each type have entries in every
//! list.

use std::collections::BTreeMap;

use dermagraph::{content::catalog, engine::field_rules::POSITION, library::check};
use serde_json::{Value as Json, json};
use time::OffsetDateTime;

use super::{TEXTS, values::Values};
use crate::random_edits::{Key, Model, Random};

/// Number of records of each type whose lists are filled. Each type has as many records, or more.
const FILLED: usize = 3;

/// Returns the library, and the largest number in its texts.
pub fn filled() -> (Model, usize) {
    let (mut model, mut random, mut numbers) = (Model::generated(), Random(5), 0);
    remove_unused(&mut model);
    model.0.values_mut().for_each(remove_positions);
    let own = || catalog().contents().map(|(object, _)| object).filter(|object| object.with_own_documents().is_some());
    for object in own() {
        for number in model.0.keys().filter(|key| key.0 == object.name).count()..FILLED {
            let mut document = Values::new(&mut random, &mut numbers, &model).object(object);
            let slug = format!("{}-{number}", object.name.to_lowercase());
            document["slug"] = json!(slug);
            model.0.insert((object.name, slug), document);
        }
    }
    for object in own() {
        let keys: Vec<Key> = model.0.keys().filter(|key| key.0 == object.name).take(FILLED).cloned().collect();
        for key in keys {
            let mut document = model.0[&key].clone();
            Values::new(&mut random, &mut numbers, &model).fill(object, &mut document);
            model.0.insert(key, document);
        }
    }
    list_missing_topics(&mut model);
    assert_eq!(check(catalog(), OffsetDateTime::now_utc, &model.all()).problems, []);
    (model, numbers)
}

/// Removes most of the records to which no document refers, because each change reads the whole library.
fn remove_unused(model: &mut Model) {
    let documents: String = model.0.values().map(Json::to_string).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    model.0.retain(|(type_name, slug), _| {
        let count = counts.entry(*type_name).or_default();
        *count += 1;
        // The document of the record has its slug too.
        let is_used = documents.matches(&format!("\"{slug}\"")).count() > 1;
        *count <= FILLED || is_used || TEXTS.iter().any(|(changed, _)| changed == type_name)
    });
}

/// Removes the positions of entries, which follow from their lists.
fn remove_positions(value: &mut Json) {
    match value {
        Json::Object(members) => {
            members.remove(POSITION);
            members.values_mut().for_each(remove_positions);
        }
        Json::Array(values) => values.iter_mut().for_each(remove_positions),
        _ => {}
    }
}

/// Lists the topics that each procedure does not cover. A check reports them.
fn list_missing_topics(model: &mut Model) {
    for document in model.0.iter_mut().filter(|(key, _)| key.0 == "Procedure").map(|(_, document)| document) {
        document["notFound"] = json!([]);
    }
    for problem in check(catalog(), OffsetDateTime::now_utc, &model.all()).problems {
        let missing = problem.sentence.strip_prefix("The procedure ").and_then(|rest| rest.split_once(" has nothing on "));
        let missing = missing.and_then(|(slug, rest)| Some((slug, rest.split_once(',')?.0)));
        let Some((slug, topic)) = missing else { continue };
        let document = model.0.get_mut(&("Procedure", slug.to_owned())).unwrap();
        document["notFound"].as_array_mut().unwrap().push(json!({"topic": topic, "searchedOn": "2025-01-01"}));
    }
}
