//! Two editors of one document: what each changes stays, unless both change the same value.

use serde_json::{Value as Json, json};

use super::{Author, area, condition, revision};
use crate::support::{TestApp, story};

/// What the stories select of a payload.
const PAYLOAD: &str = "revision changes { slug fields { field before after } } \
                       errors { code path message conflict { base theirs yours } }";

const SENTENCE: &str = "Somebody else has changed this value since the revision that you expect. Choose a value, and send it with \
                        the latest revision.";

async fn patch(author: &Author<'_>, ty: &str, slug: &str, operations: Json, expected: i64) -> Json {
    let query = format!(
        "mutation ($slug: String!, $operations: [{ty}Operation!]!) {{
        patch{ty}(by: {{slug: $slug}}, operations: $operations, expectedRevision: {expected}) {{ {PAYLOAD} }} }}"
    );
    author.run(&query, json!({"slug": slug, "operations": operations})).await
}

story! {
    async fn saves_of_different_fields_both_land(app: &TestApp) {
        let author = Author::publisher(app).await;
        let first = condition("needle-scars", "Needle scars");
        author.save("Condition", &first, "", PAYLOAD).await;
        let (mut one, mut other) = (first.clone(), first);
        (one["name"], one["parent"]) = (json!("Scars of needles"), json!("scars"));
        (other["description"], other["aliases"]) = (json!("A small scar."), json!(["Dots"]));
        assert_eq!(author.save("Condition", &one, ", expectedRevision: 2", PAYLOAD).await["revision"], 3);
        let payload = author.save("Condition", &other, ", expectedRevision: 2", PAYLOAD).await;
        assert_eq!((&payload["revision"], &payload["errors"]), (&json!(4), &json!([])));
        let fields = payload["changes"][0]["fields"].as_array().unwrap();
        let fields: Vec<&str> = fields.iter().map(|field| field["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["aliases", "description"]);
        let read = app.data("{ condition(by: {slug: \"needle-scars\"}) { name description aliases parent { slug } } }").await;
        assert_eq!(read["condition"], json!({"name": "Scars of needles", "description": "A small scar.", "aliases": ["Dots"],
            "parent": {"slug": "scars"}}));
    }
}

story! {
    async fn changes_of_one_value_are_a_conflict_that_shows_all_three(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("Condition", &condition("needle-scars", "First"), "", PAYLOAD).await;
        author.save("Condition", &condition("needle-scars", "Theirs"), "", PAYLOAD).await;
        let mut yours = condition("needle-scars", "Yours");
        yours["parent"] = json!("scars");
        let values = json!({"base": "First", "theirs": "Theirs", "yours": "Yours"});
        let conflict = |path: &str| json!([{"code": "CONFLICT", "path": path, "message": SENTENCE, "conflict": values}]);
        let payload = author.save("Condition", &yours, ", expectedRevision: 2", PAYLOAD).await;
        assert_eq!(payload, json!({"revision": null, "changes": [], "errors": conflict("document.name")}));
        let operations = json!([{"set": {"parent": "scars"}}, {"set": {"name": "Yours"}}]);
        let payload = patch(&author, "Condition", "needle-scars", operations.clone(), 2).await;
        assert_eq!(payload["errors"], conflict("operations[1].set.name"));
        assert_eq!(revision(app).await, 3);
        assert_eq!(patch(&author, "Condition", "needle-scars", operations, 3).await["revision"], 4);
        // Both made the same change.
        let same = patch(&author, "Condition", "needle-scars", json!([{"set": {"name": "Yours"}}]), 3).await;
        assert_eq!(same, json!({"revision": null, "changes": [], "errors": []}));
    }
}

story! {
    async fn members_of_a_value_and_outcomes_of_a_procedure_are_merged(app: &TestApp) {
        let author = Author::publisher(app).await;
        let read = "{ procedure(by: {slug: \"cryotherapy\"}) { summary outcomes { nodes { slug condition { slug } } } } }";
        let before = app.data(read).await["procedure"].clone();
        let set = |fields: Json| json!([{"set": fields}]);
        let review = |fields: Json| set(json!({"review": fields}));
        let reviewed = review(json!({"reviewedOn": "2026-11-01", "reviewer": "A", "role": "dermatologist"}));
        assert_eq!(patch(&author, "Procedure", "cryotherapy", reviewed, 1).await["revision"], 2);
        assert_eq!(patch(&author, "Procedure", "cryotherapy", review(json!({"nextDue": "2027-11-01"})), 2).await["revision"], 3);
        assert_eq!(patch(&author, "Procedure", "cryotherapy", review(json!({"reviewer": "B"})), 2).await["revision"], 4);
        let refused = patch(&author, "Procedure", "cryotherapy", review(json!({"reviewer": "C"})), 3).await;
        let error = &refused["errors"][0];
        assert_eq!((&error["path"], &error["conflict"]), (&json!("operations[0].set.review.reviewer"),
            &json!({"base": "A", "theirs": "B", "yours": "C"})));
        let query = "{ procedure(by: {slug: \"cryotherapy\"}) { review { reviewer nextDue } outcomes { nodes { slug condition { slug } } } } }";
        let merged = app.data(query).await["procedure"].clone();
        assert_eq!(merged["review"], json!({"reviewer": "B", "nextDue": "2027-11-01"}));
        let summary = format!("{} It is cold.", before["summary"].as_str().unwrap());
        let summary = patch(&author, "Procedure", "cryotherapy", set(json!({"summary": summary})), 1).await;
        assert_eq!((&summary["revision"], &summary["errors"]), (&json!(5), &json!([])));
        let after = app.data(query).await["procedure"].clone();
        // The merged text was not reviewed.
        assert_eq!(after["review"], Json::Null);
        assert_eq!(after["outcomes"], before["outcomes"]);
    }
}

story! {
    async fn the_conflict_of_a_renaming_names_the_record_that_was_read(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        author.save("BodyArea", &area("elbow", "Elbows"), "", PAYLOAD).await;
        let query = "mutation { renameBodyArea(by: {slug: \"elbow\"}, to: \"cubit\", expectedRevision: 2) { errors { message } } }";
        let payload = author.run(query, json!({})).await;
        let sentence = payload["errors"][0]["message"].as_str().unwrap();
        assert!(sentence.starts_with("The BodyArea \"elbow\" has changed in revision 3, after revision 2."), "{sentence}");
    }
}
