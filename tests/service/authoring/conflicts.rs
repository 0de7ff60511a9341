//! Two editors of one document: the changes of both are published, unless both change the same value.

use serde_json::{Value as Json, json};

use super::{Author, area, condition, revision};
use crate::support::{TestApp, on_both_databases};

/// What the tests select of a payload.
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

on_both_databases! {
    async fn saves_of_different_fields_are_both_published(app: &TestApp) {
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

on_both_databases! {
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

on_both_databases! {
    async fn members_of_a_value_and_outcomes_of_a_procedure_are_merged(app: &TestApp) {
        let author = Author::publisher(app).await;
        let read = "{ procedure(by: {slug: \"cryotherapy\"}) { description outcomes { nodes { slug condition { slug } } } } }";
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
        let description = format!("{} It is cold.", before["description"].as_str().unwrap());
        let payload = patch(&author, "Procedure", "cryotherapy", set(json!({"description": description})), 1).await;
        assert_eq!((&payload["revision"], &payload["errors"]), (&json!(5), &json!([])));
        let after = app.data(query).await["procedure"].clone();
        // The merged text was not reviewed.
        assert_eq!(after["review"], Json::Null);
        assert_eq!(after["outcomes"], before["outcomes"]);
    }
}

on_both_databases! {
    async fn a_rename_after_a_later_change_is_a_conflict_that_names_the_record_by_its_old_slug(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        author.save("BodyArea", &area("elbow", "Elbows"), "", PAYLOAD).await;
        let query = "mutation { renameBodyArea(by: {slug: \"elbow\"}, to: \"cubit\", expectedRevision: 2) { errors { message } } }";
        let payload = author.run(query, json!({})).await;
        let sentence = payload["errors"][0]["message"].as_str().unwrap();
        assert!(sentence.starts_with("The BodyArea \"elbow\" has changed in revision 3, after revision 2."), "{sentence}");
    }
}

/// The condition and the procedure that others rename, each with its new slug.
const RENAMES: [(&str, &str, &str); 2] = [("Condition", "sunspots", "age-spots"), ("Procedure", "cryotherapy", "freezing")];

async fn rename(author: &Author<'_>, (ty, slug, to): (&str, &str, &str)) {
    let query = format!("mutation {{ rename{ty}(by: {{slug: \"{slug}\"}}, to: \"{to}\") {{ errors {{ message }} }} }}");
    assert_eq!(author.run(&query, json!({})).await["errors"], json!([]), "{ty}");
}

/// Returns an operation that changes an outcome for sunspots.
fn update(outcome: &str, set: &Json) -> Json {
    json!([{"entries": {"outcomes": {"update": {"key": outcome, "set": set}}}}])
}

on_both_databases! {
    async fn what_others_have_removed_before_a_rename_stays_removed(app: &TestApp) {
        let author = Author::publisher(app).await;
        let remove = json!([{"entries": {"outcomes": {"remove": "cryotherapy--sunspots"}}}]);
        assert_eq!(patch(&author, "Procedure", "cryotherapy", remove, 1).await["errors"], json!([]));
        let caveat = update("cryotherapy--actinic-keratosis", &json!({"caveat": null}));
        assert_eq!(patch(&author, "Procedure", "cryotherapy", caveat, 2).await["errors"], json!([]));
        for renamed in RENAMES {
            rename(&author, renamed).await;
        }
        let read = "{ procedure(by: {slug: \"freezing\"}) { outcomes(first: 20) { nodes { slug caveat evidence(first: 10) { nodes { slug } } } } } }";
        let before = app.data(read).await["procedure"].clone();
        let payload = patch(&author, "Procedure", "freezing", json!([{"set": {"description": "It is cold."}}]), 1).await;
        assert_eq!((&payload["revision"], &payload["errors"]), (&json!(6), &json!([])));
        assert_eq!(app.data(read).await["procedure"], before);
        let slugs: Vec<&str> = before["outcomes"]["nodes"].as_array().unwrap().iter().map(|outcome| outcome["slug"].as_str().unwrap()).collect();
        assert!(slugs.contains(&"freezing--actinic-keratosis") && !slugs.contains(&"freezing--age-spots"), "{slugs:?}");
        let fields: Vec<&Json> = payload["changes"].as_array().unwrap().iter().flat_map(|change| change["fields"].as_array().unwrap()).collect();
        assert!(fields.iter().any(|field| field["field"] == "description") && fields.iter().all(|field| field["field"] != "caveat"), "{fields:?}");
    }
}

on_both_databases! {
    async fn changes_of_an_outcome_are_merged_although_its_slug_has_changed(app: &TestApp) {
        let author = Author::publisher(app).await;
        let theirs = update("cryotherapy--sunspots", &json!({"expectedEffect": "They get lighter."}));
        assert_eq!(patch(&author, "Procedure", "cryotherapy", theirs, 1).await["errors"], json!([]));
        for renamed in RENAMES {
            rename(&author, renamed).await;
        }
        // The client names the outcome by the slug that it has read, or by the current one.
        let yours = update("cryotherapy--sunspots", &json!({"caveat": "See a doctor first."}));
        assert_eq!(patch(&author, "Procedure", "freezing", yours, 1).await["errors"], json!([]));
        let current = update("freezing--age-spots", &json!({"patientSummary": "The spots get lighter."}));
        assert_eq!(patch(&author, "Procedure", "freezing", current, 1).await["errors"], json!([]));
        let conflict = update("cryotherapy--sunspots", &json!({"expectedEffect": "They go."}));
        let refused = patch(&author, "Procedure", "freezing", conflict, 1).await;
        assert_eq!((&refused["errors"][0]["code"], &refused["errors"][0]["path"]),
            (&json!("CONFLICT"), &json!("operations[0].entries.outcomes.update.set.expectedEffect")), "{refused}");
        let read = app.data("{ treatmentOutcome(by: {slug: \"freezing--age-spots\"}) { expectedEffect caveat patientSummary } }").await;
        assert_eq!(read["treatmentOutcome"], json!({"expectedEffect": "They get lighter.", "caveat": "See a doctor first.",
            "patientSummary": "The spots get lighter."}));
    }
}

on_both_databases! {
    async fn a_merged_patch_may_name_records_by_the_slugs_that_its_mutation_gives_them(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        let mut document = condition("needle-scars", "Needle scars");
        document["bodyAreas"] = json!(["elbow", "face"]);
        author.save("Condition", &document, "", PAYLOAD).await;
        let theirs = json!([{"set": {"description": "A small scar."}}]);
        assert_eq!(patch(&author, "Condition", "needle-scars", theirs, 3).await["revision"], 4);
        let remove = json!({"by": {"slug": "needle-scars"}, "expectedRevision": 3, "operations": [{"remove": {"bodyAreas": ["cubit"]}}]});
        let rename = json!({"by": {"slug": "elbow"}, "to": "cubit"});
        let query = "mutation ($changes: [ChangeInput!]!) { apply(changes: $changes) { errors { code path message } } }";
        let payload = author.run(query, json!({"changes": [{"renameBodyArea": rename}, {"patchCondition": remove}]})).await;
        assert_eq!(payload["errors"], json!([]));
        let read = app.data("{ condition(by: {slug: \"needle-scars\"}) { description bodyAreas { nodes { slug } } } }").await;
        assert_eq!(read["condition"], json!({"description": "A small scar.", "bodyAreas": {"nodes": [{"slug": "face"}]}}));
    }
}

on_both_databases! {
    async fn a_review_of_a_text_that_others_have_changed_is_a_conflict(app: &TestApp) {
        let author = Author::publisher(app).await;
        let first = condition("needle-scars", "Needle scars");
        author.save("Condition", &first, "", PAYLOAD).await;
        let set = |fields: Json| json!([{"set": fields}]);
        let review = json!({"reviewedOn": "2026-01-15", "reviewer": "A. Reviewer", "role": "dermatologist"});
        let theirs = set(json!({"description": "A small scar."}));
        assert_eq!(patch(&author, "Condition", "needle-scars", theirs, 2).await["revision"], 3);
        let refused = patch(&author, "Condition", "needle-scars", set(json!({"review": review})), 2).await;
        let error = |payload: &Json| ["code", "path"].map(|name| payload["errors"][0][name].as_str().unwrap().to_owned());
        assert_eq!(error(&refused), ["CONFLICT", "operations[0].set.review"]);
        let conflict = &refused["errors"][0]["conflict"];
        assert_eq!((&conflict["base"], &conflict["theirs"], &conflict["yours"]["reviewer"]), (&Json::Null, &Json::Null, &json!("A. Reviewer")));
        let mut saved = first;
        saved["review"] = review.clone();
        let refused = author.save("Condition", &saved, ", expectedRevision: 2", PAYLOAD).await;
        assert_eq!(error(&refused), ["CONFLICT", "document.review"]);
        // The reviewer has read the current text.
        assert_eq!(patch(&author, "Condition", "needle-scars", set(json!({"review": review})), 3).await["revision"], 4);
        // A former slug is no text that a reviewer reads.
        rename(&author, ("Condition", "needle-scars", "fine-scars")).await;
        let again = set(json!({"review": {"reviewedOn": "2026-02-15"}}));
        assert_eq!(patch(&author, "Condition", "fine-scars", again, 4).await["errors"], json!([]));
    }
}

on_both_databases! {
    async fn a_review_of_an_outcome_that_others_have_changed_is_a_conflict(app: &TestApp) {
        let author = Author::publisher(app).await;
        let review = json!({"reviewedOn": "2026-01-15", "reviewer": "A. Reviewer", "role": "dermatologist"});
        let reviewed = update("cryotherapy--sunspots", &json!({"review": review}));
        assert_eq!(patch(&author, "Procedure", "cryotherapy", reviewed.clone(), 1).await["revision"], 2);
        let theirs = update("cryotherapy--sunspots", &json!({"expectedEffect": "They get lighter."}));
        assert_eq!(patch(&author, "Procedure", "cryotherapy", theirs, 2).await["revision"], 3);
        // The same review again is a review of the text that the client has read.
        let refused = patch(&author, "Procedure", "cryotherapy", reviewed, 2).await;
        assert_eq!(refused["errors"][0]["code"], "CONFLICT", "{refused}");
        assert_eq!(refused["revision"], Json::Null);
    }
}
