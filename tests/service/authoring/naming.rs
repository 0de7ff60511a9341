//! How mutations name records: by id, by slug, and by former slugs.

use serde_json::{Value as Json, json};

use super::{Author, PAYLOAD, area};
use crate::support::{TestApp, on_both_databases};

async fn id_of(app: &TestApp, slug: &str) -> String {
    let found = app.data(&format!("{{ bodyArea(by: {{slug: \"{slug}\"}}) {{ id }} }}")).await;
    found["bodyArea"]["id"].as_str().unwrap().to_owned()
}

on_both_databases! {
    async fn a_mutation_names_a_record_by_its_id_or_by_a_former_slug(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        let id = id_of(app, "elbow").await;
        let by_id = format!("mutation ($by: BodyAreaBy!) {{ renameBodyArea(by: $by, to: \"cubit\") {{ record {{ id slug }} {PAYLOAD} }} }}");
        let renamed = author.run(&by_id, json!({"by": {"id": id}})).await;
        assert_eq!((&renamed["record"], &renamed["errors"]), (&json!({"id": id, "slug": "cubit"}), &json!([])));
        let patch = "mutation ($by: BodyAreaBy!, $name: String!, $dry: Boolean!) {
            patchBodyArea(by: $by, operations: [{set: {name: $name}}], dryRun: $dry) { record { id slug name } revision errors { code path message } } }";
        for (by, dry, revision) in [
            (json!({"id": id}), true, json!(null)),
            (json!({"slug": "elbow"}), true, json!(null)),
            (json!({"slug": "elbow"}), false, json!(4)),
            (json!({"id": id}), false, json!(5)),
        ] {
            let name = format!("Name for {by}");
            let payload = author.run(patch, json!({"by": by, "name": name, "dry": dry})).await;
            assert_eq!(payload, json!({"record": {"id": id, "slug": "cubit", "name": name}, "revision": revision, "errors": []}));
        }
        let twice = "mutation { apply(changes: [{patchBodyArea: {by: {slug: \"elbow\"}, operations: [{set: {name: \"A\"}}]}},
            {patchBodyArea: {by: {slug: \"cubit\"}, operations: [{set: {name: \"B\"}}]}}]) { revision changes { recordId } errors { message } } }";
        assert_eq!(author.run(twice, json!({})).await, json!({"revision": 6, "changes": [{"recordId": id}], "errors": []}));
        let deleted = author.run("mutation { deleteBodyArea(by: {slug: \"elbow\"}) { revision changes { slug recordId } } }", json!({})).await;
        assert_eq!(deleted, json!({"revision": 7, "changes": [{"slug": "cubit", "recordId": id}]}));
        // The history of the deleted record names it by the same id, under each of its slugs.
        let history = app.data("{ revisions(first: 6) { nodes { changes { nodes { recordId slug action } } } } }").await;
        let changes = history["revisions"]["nodes"].as_array().unwrap().iter().flat_map(|node| node["changes"]["nodes"].as_array().unwrap());
        let changes: Vec<&Json> = changes.filter(|change| change["recordId"] == id).collect();
        assert_eq!((changes.len(), changes[0]), (6, &json!({"recordId": id, "slug": "cubit", "action": "DELETED"})));
        assert_eq!(changes[5], &json!({"recordId": id, "slug": "elbow", "action": "CREATED"}));
        let restored = author.run("mutation ($id: ID!) { restoreBodyArea(by: {id: $id}, revision: 6) { changes { recordId slug action } } }", json!({"id": id})).await;
        assert_eq!(restored["changes"], json!([{"recordId": id, "slug": "cubit", "action": "CREATED"}]));
    }
}

on_both_databases! {
    async fn a_deleted_record_is_restored_by_its_id(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        let id = id_of(app, "elbow").await;
        author.run("mutation { renameBodyArea(by: {slug: \"elbow\"}, to: \"cubit\") { revision } }", json!({})).await;
        let restore = "mutation ($by: BodyAreaBy!) { restoreBodyArea(by: $by, revision: 3) {
            record { id slug name } revision errors { code path message } } }";
        // In an earlier revision, another record may have had a slug that is a former one now.
        let former = author.run(restore, json!({"by": {"slug": "elbow"}})).await;
        assert_eq!((&former["revision"], &former["errors"][0]["code"], &former["errors"][0]["path"]),
            (&json!(null), &json!("NOT_FOUND"), &json!("by")));
        author.delete("BodyArea", "cubit", "").await;
        let restored = author.run(restore, json!({"by": {"id": id}})).await;
        assert_eq!(restored, json!({"record": {"id": id, "slug": "cubit", "name": "Elbow"}, "revision": 5, "errors": []}));
    }
}

on_both_databases! {
    async fn a_name_that_leads_to_no_record_is_an_error_at_the_argument(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        let id = id_of(app, "elbow").await;
        author.delete("BodyArea", "elbow", "").await;
        let delete = "mutation ($by: BodyAreaBy!) { deleteBodyArea(by: $by) { revision errors { code path message } } }";
        let gone = author.run(delete, json!({"by": {"id": id}})).await;
        assert_eq!(gone["errors"], json!([{"code": "NOT_FOUND", "path": "by", "message": "There is no BodyArea \"elbow\"."}]));
        let never = author.run(delete, json!({"by": {"id": "BodyArea:9000000"}})).await;
        assert_eq!(never["errors"], json!([{"code": "NOT_FOUND", "path": "by.id", "message": "There is no BodyArea with this id."}]));
        // The number of a record of another type, which the same edit changes.
        let other_type = app.data("{ procedure(by: {slug: \"microneedling\"}) { id } }").await["procedure"]["id"].clone();
        let wrong = other_type.as_str().unwrap().replace("Procedure", "BodyArea");
        let both = "mutation ($procedure: ID!, $area: ID!) { apply(changes: [
            {patchProcedure: {by: {id: $procedure}, operations: [{set: {description: \"Other.\"}}]}}, {deleteBodyArea: {by: {id: $area}}}]) {
            revision errors { code path message } } }";
        let refused = author.run(both, json!({"procedure": other_type, "area": wrong})).await;
        assert_eq!(refused, json!({"revision": null, "errors": [{"code": "NOT_FOUND",
            "path": "changes[1].deleteBodyArea.by.id", "message": "There is no BodyArea with this id."}]}));
        let (_, other) = author.send(delete, json!({"by": {"id": "nonsense"}})).await;
        assert_eq!(other["errors"][0]["extensions"]["code"], "BAD_ID");
        let (_, both) = author.send(delete, json!({"by": {"id": id, "slug": "face"}})).await;
        assert!(both["data"].is_null(), "{both}");
    }
}
