//! Every document of the starter library can be saved unchanged: the input types have every field that documents have.

use std::fs;

use dermagraph::{
    content,
    engine::catalog::{Kind, Layout, ObjectType},
};
use serde_json::{Value as Json, json};

use super::{Author, PAYLOAD, revision};
use crate::support::{TestApp, on_both_databases};

/// Converts a document to the value of an argument, in which `fieldSources` is a list.
pub fn argument(object: &ObjectType, document: &Json) -> Json {
    let catalog = content::catalog();
    let fields = document.as_object().unwrap().iter().map(|(name, value)| {
        let field = object.field(name).unwrap();
        let below = field.nested().map(|ix| catalog.object(ix));
        let value = match (name.as_str(), &field.kind, below, value) {
            ("fieldSources", _, _, Json::Object(sources)) => {
                sources.iter().map(|(field, sources)| json!({"field": field, "sources": sources})).collect()
            }
            (_, Kind::Value(_), Some(below), Json::Object(_)) => argument(below, value),
            (_, _, Some(below), Json::Array(items)) => items.iter().map(|item| argument(below, item)).collect(),
            (_, _, _, value) => value.clone(),
        };
        (name.clone(), value)
    });
    Json::Object(fields.collect())
}

/// Returns the starter documents of a type.
fn documents(object: &ObjectType) -> Vec<Json> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/content");
    let read = |path: &str| -> Json { serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap() };
    let role = object.content().unwrap();
    match role.layout {
        Layout::File(name) => {
            let files = fs::read_dir(format!("{folder}/{name}")).unwrap();
            files.map(|file| argument(object, &read(file.unwrap().path().to_str().unwrap()))).collect()
        }
        Layout::Collection(name) => {
            let file = read(&format!("{folder}/{name}.yaml"));
            let with_notice = |document: &Json| {
                let mut document = argument(object, document);
                document.as_object_mut().unwrap().entry("notice").or_insert_with(|| file["notice"].clone());
                document
            };
            file[role.plural].as_array().unwrap().iter().map(with_notice).collect()
        }
        Layout::Embedded => Vec::new(),
    }
}

on_both_databases! {
    async fn saving_the_starter_documents_as_they_are_changes_nothing(app: &TestApp) {
        let author = Author::publisher(app).await;
        for (object, _) in content::catalog().contents() {
            // A few of each type are enough for the types of their fields.
            for document in documents(object).iter().step_by(if object.name == "Source" { 40 } else { 5 }) {
                let payload = author.save(object.name, document, "", PAYLOAD).await;
                let nothing = json!({"revision": null, "changed": false, "replayed": false, "changes": [], "errors": []});
                assert_eq!(payload, nothing, "{} {}", object.name, document["slug"]);
            }
        }
        assert_eq!(revision(app).await, 1);
    }
}

on_both_databases! {
    async fn outcomes_that_a_procedure_leaves_out_stay_and_an_empty_list_removes_them(app: &TestApp) {
        let author = Author::publisher(app).await;
        let object = content::catalog().object_named("Procedure").unwrap();
        let mut document = documents(object).into_iter().find(|document| document["slug"] == "cryotherapy").unwrap();
        let outcomes = document.as_object_mut().unwrap().remove("outcomes").unwrap();
        let count = outcomes.as_array().unwrap().len();
        assert!(count > 0);
        document["name"] = json!("Freezing");
        let selection = format!("record {{ name outcomes {{ totalCount nodes {{ evidence {{ totalCount }} }} }} }} {PAYLOAD}");
        let payload = author.save("Procedure", &document, "", &selection).await;
        assert_eq!(payload["errors"], json!([]));
        assert_eq!(payload["record"]["outcomes"]["totalCount"], count);
        let changed: Vec<&Json> = payload["changes"].as_array().unwrap().iter().map(|change| &change["type"]).collect();
        assert_eq!(changed, ["Procedure"]);
        document["outcomes"] = json!([]);
        let payload = author.save("Procedure", &document, "", &selection).await;
        assert_eq!((&payload["errors"], &payload["record"]["outcomes"]["totalCount"]), (&json!([]), &json!(0)));
        document["outcomes"] = outcomes;
        let payload = author.save("Procedure", &document, "", &selection).await;
        assert_eq!((&payload["errors"], &payload["record"]["outcomes"]["totalCount"]), (&json!([]), &json!(count)));
    }
}

on_both_databases! {
    async fn changes_of_different_outcomes_are_merged_and_a_change_of_a_removed_one_is_a_conflict(app: &TestApp) {
        let author = Author::publisher(app).await;
        let object = content::catalog().object_named("Procedure").unwrap();
        let mut original = documents(object).into_iter().find(|document| document["slug"] == "microneedling").unwrap();
        for outcome in original["outcomes"].as_array_mut().unwrap() {
            // The position follows from the list.
            outcome.as_object_mut().unwrap().remove("position");
        }
        let slugs: Vec<String> = original["outcomes"].as_array().unwrap().iter()
            .map(|outcome| format!("microneedling--{}", outcome["condition"].as_str().unwrap())).collect();
        assert!(slugs.len() > 3);
        let payload = "revision changes { slug action } errors { code path conflict { theirs } }";
        let save = async |change: &dyn Fn(&mut Vec<Json>)| {
            let mut document = original.clone();
            change(document["outcomes"].as_array_mut().unwrap());
            author.save("Procedure", &document, ", expectedRevision: 1", payload).await
        };
        let removed = save(&|outcomes| drop(outcomes.remove(0))).await;
        assert_eq!((&removed["revision"], &removed["errors"]), (&json!(2), &json!([])));
        let changed = save(&|outcomes| outcomes[1]["expectedEffect"] = json!("Another effect.")).await;
        let only = json!([{"slug": slugs[1], "action": "UPDATED"}]);
        assert_eq!((&changed["revision"], &changed["changes"], &changed["errors"]), (&json!(3), &only, &json!([])));
        let moved = save(&|outcomes| outcomes.swap(2, 3)).await;
        assert_eq!((&moved["revision"], &moved["errors"]), (&json!(4), &json!([])));
        let conflict = save(&|outcomes| outcomes[0]["expectedEffect"] = json!("Another effect.")).await;
        assert_eq!(conflict["errors"], json!([{"code": "CONFLICT", "path": "document.outcomes[0]", "conflict": {"theirs": null}}]));
        let conflict = save(&|outcomes| outcomes.swap(1, 2)).await;
        assert_eq!((&conflict["errors"][0]["path"], conflict["errors"].as_array().unwrap().len()), (&json!("document.outcomes"), 1));
        let read = app.data("{ procedure(by: {slug: \"microneedling\"}) { outcomes { nodes { slug } } } }").await;
        let mut expected: Vec<Json> = slugs.iter().skip(1).map(|slug| json!({"slug": slug})).collect();
        expected.swap(1, 2);
        assert_eq!(read["procedure"]["outcomes"]["nodes"], Json::Array(expected));
    }
}

on_both_databases! {
    async fn an_error_in_an_embedded_record_has_its_whole_path(app: &TestApp) {
        let author = Author::publisher(app).await;
        let object = content::catalog().object_named("Procedure").unwrap();
        let mut document = documents(object).into_iter().find(|document| document["slug"] == "cryotherapy").unwrap();
        let outcomes = document["outcomes"].as_array_mut().unwrap();
        let last = outcomes.len() - 1;
        (outcomes[last]["effectiveness"]["grade"], outcomes[last]["evidence"]) = (json!("EFFECTIVE"), json!([]));
        let payload = author.save("Procedure", &document, ", dryRun: true", PAYLOAD).await;
        let paths: Vec<&Json> = payload["errors"].as_array().unwrap().iter().map(|error| &error["path"]).collect();
        assert_eq!(paths, [format!("document.outcomes[{last}].effectiveness.grade").as_str()]);
    }
}
