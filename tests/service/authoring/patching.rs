//! Patches: changes of single fields.

use serde_json::{Value as Json, json};

use super::{Author, PAYLOAD, condition, revision};
use crate::support::{TestApp, on_both_databases};

async fn patch(author: &Author<'_>, ty: &str, slug: &str, operations: Json, selection: &str) -> Json {
    let query = format!(
        "mutation ($slug: String!, $operations: [{ty}Operation!]!) {{
        patch{ty}(by: {{slug: $slug}}, operations: $operations) {{ {selection} {PAYLOAD} }} }}"
    );
    author.run(&query, json!({"slug": slug, "operations": operations})).await
}

on_both_databases! {
    async fn a_patch_changes_the_named_fields_and_nothing_else(app: &TestApp) {
        let author = Author::publisher(app).await;
        let mut document = condition("needle-scars", "Needle scars");
        (document["parent"], document["bodyAreas"]) = (json!("scars"), json!(["face"]));
        author.save("Condition", &document, "", PAYLOAD).await;
        let payload = patch(&author, "Condition", "needle-scars", json!([
            {"set": {"name": "Scars of needles", "parent": null}},
            {"add": {"bodyAreas": ["neck"]}},
            {"remove": {"bodyAreas": ["face"]}},
        ]), "record { name parent { slug } bodyAreas { nodes { slug } } description }").await;
        assert_eq!(payload["record"], json!({"name": "Scars of needles", "parent": null,
            "bodyAreas": {"nodes": [{"slug": "neck"}]}, "description": "A scar."}), "{payload}");
        let fields: Vec<&Json> = payload["changes"][0]["fields"].as_array().unwrap().iter().map(|field| &field["field"]).collect();
        assert_eq!(json!(fields), json!(["name", "parent", "bodyAreas", "ancestors"]));
        let same = patch(&author, "Condition", "needle-scars", json!([{"set": {"name": "Scars of needles"}}]), "").await;
        assert_eq!((&same["revision"], &same["errors"]), (&Json::Null, &json!([])));
    }
}

on_both_databases! {
    async fn a_patch_of_a_value_object_changes_its_members(app: &TestApp) {
        let author = Author::publisher(app).await;
        let read = "{ procedure(by: {slug: \"microneedling\"}) { recovery { speed summary backToNormal { min } } description
            outcomes(first: 100) { nodes { id revision } } } }";
        let before = app.data(read).await["procedure"].clone();
        let speed = if before["recovery"]["speed"] == "QUICK" { "LONG" } else { "QUICK" };
        let payload = patch(&author, "Procedure", "microneedling", json!([{"set": {"recovery": {"speed": speed}}}]), "").await;
        assert_eq!((&payload["revision"], &payload["errors"]), (&json!(2), &json!([])));
        let mut after = app.data(read).await["procedure"].clone();
        assert_eq!(after["recovery"]["speed"], speed);
        after["recovery"]["speed"] = before["recovery"]["speed"].clone();
        assert_eq!(after, before);
    }
}

on_both_databases! {
    async fn errors_of_a_patch_are_at_their_operations(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("Condition", &condition("needle-scars", "Needle scars"), "", PAYLOAD).await;
        let errors = async |operations: Json| {
            let payload = patch(&author, "Condition", "needle-scars", operations, "").await;
            payload["errors"].as_array().unwrap().iter().map(|error| {
                [&error["code"], &error["path"], &error["message"]].map(|text| text.as_str().unwrap().to_owned()).join(" | ")
            }).collect::<Vec<_>>()
        };
        let source = "what-is-microneedling";
        assert_eq!(errors(json!([{"add": {"sources": [source]}}, {"remove": {"bodyAreas": ["face"]}}])).await, [
            "INVALID | operations[0].add.sources[0] | \"what-is-microneedling\" is in the list already.",
            "NOT_FOUND | operations[1].remove.bodyAreas[0] | \"face\" is not in the list.",
        ]);
        assert_eq!(errors(json!([{"set": {"name": "Other"}}, {"set": {"name": " ", "parent": "scar"}}, {"add": {"bodyAreas": ["fase"]}}])).await, [
            "INVALID | operations[1].set.name | The text is empty.",
            "NOT_FOUND | operations[1].set.parent | There is no Condition \"scar\". Did you mean \"scars\"?",
            "NOT_FOUND | operations[2].add.bodyAreas[0] | There is no BodyArea \"fase\". Did you mean \"face\"?",
        ]);
        assert_eq!(errors(json!([{"set": {"name": null}}])).await, ["INVALID | operations[0].set.name | This field is required."]);
        assert_eq!(errors(json!([{"set": {"review": {"reviewer": "A. Reviewer", "role": "nurse"}}}])).await,
            ["INVALID | operations[0].set.review.reviewedOn | This field is required."]);
        let unknown = patch(&author, "Condition", "needle-scar", json!([{"set": {"name": "x"}}]), "").await;
        assert_eq!(unknown["errors"][0]["path"], "by");
        let (_, none) = author.send("mutation { patchCondition(by: {slug: \"acne\"}, operations: []) { revision } }", json!({})).await;
        assert_eq!(none["errors"][0]["message"], "operations: there are 0 operations; there must be 1 to 100");
        assert_eq!(revision(app).await, 2);
    }
}

on_both_databases! {
    async fn patches_are_applied_together_and_to_what_is_stored(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("Condition", &condition("needle-scars", "Needle scars"), "", PAYLOAD).await;
        let query = format!("mutation ($changes: [ChangeInput!]!) {{ apply(changes: $changes) {{ {PAYLOAD} }} }}");
        let set = |slug: &str, name: &str, expected: i64| {
            json!({"patchCondition": {"by": {"slug": slug}, "operations": [{"set": {"name": name}}], "expectedRevision": expected}})
        };
        let payload = author.run(&query, json!({"changes": [set("needle-scars", "A", 2), set("scars", "B", 1),
            {"renameBodyArea": {"by": {"slug": "face"}, "to": "visage"}}]})).await;
        assert_eq!((&payload["revision"], &payload["errors"]), (&json!(3), &json!([])));
        let payload = author.run(&query, json!({"changes": [set("needle-scars", "C", 2), set("scars", "", 3)]})).await;
        let mut paths: Vec<&str> = payload["errors"].as_array().unwrap().iter().map(|error| error["path"].as_str().unwrap()).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["changes[0].patchCondition.operations[0].set.name", "changes[1].patchCondition.operations[0].set.name"]);
    }
}

on_both_databases! {
    async fn a_patch_changes_only_the_sources_that_it_names(app: &TestApp) {
        let author = Author::publisher(app).await;
        let mut document = condition("needle-scars", "Needle scars");
        document["codes"] = json!([{"system": "ICD10CM", "code": "L90.5", "display": "Scar", "match": "EXACT"}]);
        author.save("Condition", &document, "", PAYLOAD).await;
        let query = "mutation { patchCondition(by: {slug: \"needle-scars\"}, expectedRevision: 2,
            operations: [{add: {sources: [\"jdd-microneedling-acne\"]}}]) { changes { fields { field } } errors { message } } }";
        let payload = author.run(query, json!({})).await;
        assert_eq!(payload, json!({"changes": [{"fields": [{"field": "sources"}, {"field": "citations"}]}], "errors": []}));
        // So another editor that has read an earlier revision can change the code.
        let query = "mutation { patchCondition(by: {slug: \"needle-scars\"}, expectedRevision: 2,
            operations: [{set: {codes: [{system: ICD10CM, code: \"L90.5\", display: \"Scars\", match: EXACT}]}}]) { revision errors { message } } }";
        assert_eq!(author.run(query, json!({})).await, json!({"revision": 4, "errors": []}));
    }
}

on_both_databases! {
    async fn an_error_of_an_added_slug_has_its_index_in_the_operation(app: &TestApp) {
        let author = Author::publisher(app).await;
        let query = "mutation { patchProcedure(by: {slug: \"chemical-peel\"}, dryRun: true,
            operations: [{add: {sources: [\"what-is-microneedling\", \"nope\"]}}, {add: {sources: [\"no\"]}}]) { errors { path } } }";
        let payload = author.run(query, json!({})).await;
        assert_eq!(payload["errors"], json!([{"path": "operations[0].add.sources[1]"}, {"path": "operations[1].add.sources[0]"}]));
    }
}
