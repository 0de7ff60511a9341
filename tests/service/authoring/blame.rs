//! Errors about other records: each is reported at the argument that the client sent, and its message names the other
//! record.

use serde_json::{Value as Json, json};

use super::{Author, PAYLOAD, area, revision};
use crate::support::{TestApp, on_both_databases};

async fn apply(author: &Author<'_>, changes: Json) -> Json {
    let query = format!("mutation ($changes: [ChangeInput!]!) {{ apply(changes: $changes) {{ {PAYLOAD} }} }}");
    author.run(&query, json!({"changes": changes})).await["errors"].clone()
}

fn error(code: &str, path: &str, message: &str) -> Json {
    json!([{"code": code, "path": path, "message": message}])
}

on_both_databases! {
    async fn a_record_with_many_referrers_names_a_few_of_them(app: &TestApp) {
        let author = Author::publisher(app).await;
        let below = |at: usize| {
            let mut below = area(&format!("below-{at}"), &format!("Below {at}"));
            below["parent"] = json!("elbow");
            json!({"saveBodyArea": {"document": below}})
        };
        let all: Vec<Json> = (0..7).map(below).chain([json!({"saveBodyArea": {"document": area("elbow", "Elbow")}})]).collect();
        assert_eq!(apply(&author, json!(all)).await, json!([]));
        let names = (0..5).map(|at| format!("BodyArea \"below-{at}\"")).collect::<Vec<_>>().join(", ");
        let message = format!("The BodyArea \"elbow\" is still referred to by {names} and 1 other record.");
        let deletion = json!({"deleteBodyArea": {"by": {"slug": "elbow"}}});
        let path = "changes[1].deleteBodyArea.by";
        let first = json!({"deleteBodyArea": {"by": {"slug": "below-6"}}});
        assert_eq!(apply(&author, json!([first, deletion])).await, error("STILL_REFERENCED", path, &message));
        // More records refer to it than are read.
        for chunk in [100..199, 199..298] {
            let more: Vec<Json> = chunk.map(below).collect();
            assert_eq!(apply(&author, json!(more)).await, json!([]));
        }
        let query = "mutation { deleteBodyArea(by: {slug: \"elbow\"}) { errors { path message conflict { base } referrers { type slug } } } }";
        let errors = author.run(query, json!({})).await["errors"].clone();
        let message = errors[0]["message"].as_str().unwrap();
        let referrers = errors[0]["referrers"].as_array().unwrap();
        assert_eq!((referrers.len(), &referrers[0]), (100, &json!({"type": "BodyArea", "slug": "below-0"})));
        assert!(errors[0]["conflict"].is_null());
        assert!(message.ends_with(" and at least 95 other records."), "{message}");
        assert_eq!((revision(app).await, &errors[0]["path"]), (4, &json!("by")));
    }
}

on_both_databases! {
    async fn a_record_is_not_deleted_twice(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        let deletion = json!({"deleteBodyArea": {"by": {"slug": "elbow"}}});
        let message = "The BodyArea \"elbow\" is deleted twice.";
        let errors = apply(&author, json!([deletion, deletion])).await;
        assert_eq!(errors, error("INVALID", "changes[1].deleteBodyArea.by", message));
        assert_eq!(revision(app).await, 2);
    }
}

on_both_databases! {
    async fn a_former_slug_leads_to_the_current_one(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        let mut renamed = area("cubit", "Elbow");
        renamed["formerly"] = json!(["elbow"]);
        author.save("BodyArea", &renamed, "", PAYLOAD).await;
        let restore = "mutation { restoreBodyArea(by: {slug: \"elbow\"}, revision: 2) { errors { code path message } } }";
        let message = "\"elbow\" is a former slug. The BodyArea is now \"cubit\".";
        assert_eq!(author.run(restore, json!({})).await["errors"], error("NOT_FOUND", "by", message));
        let saved = author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        let message = "\"elbow\" is a former slug of the BodyArea \"cubit\".";
        assert_eq!(saved["errors"], error("INVALID", "document.slug", message));
        let mut stolen = area("arm", "Arm");
        stolen["formerly"] = json!(["elbow"]);
        let saved = author.save("BodyArea", &stolen, "", PAYLOAD).await;
        let message = "\"elbow\" is a former slug of \"cubit\" too.";
        assert_eq!(saved["errors"], error("INVALID", "document.formerly[0]", message));
        assert_eq!(revision(app).await, 3);
    }
}

on_both_databases! {
    async fn an_unknown_slug_suggests_a_similar_one(app: &TestApp) {
        let author = Author::publisher(app).await;
        let deleted = author.delete("BodyArea", "fase", "").await;
        let message = "There is no BodyArea \"fase\". Did you mean \"face\"?";
        assert_eq!(deleted["errors"], error("NOT_FOUND", "by", message));
        let saved = author.save("BodyArea", &area("fase", "Face"), ", expectedRevision: 1", PAYLOAD).await;
        assert_eq!(saved["errors"], error("NOT_FOUND", "document.slug", message));
    }
}

on_both_databases! {
    async fn two_records_cannot_exchange_their_slugs(app: &TestApp) {
        let author = Author::publisher(app).await;
        for slug in ["elbow", "heel"] {
            author.save("BodyArea", &area(slug, slug), "", PAYLOAD).await;
        }
        let renamed = |slug: &str, former: &str| {
            let mut document = area(slug, former);
            document["formerly"] = json!([former]);
            json!({"saveBodyArea": {"document": document}})
        };
        let errors = apply(&author, json!([renamed("elbow", "heel"), renamed("heel", "elbow")])).await;
        let paths: Vec<&Json> = errors.as_array().unwrap().iter().map(|error| &error["path"]).collect();
        assert_eq!(paths, ["changes[0].saveBodyArea.document.formerly[0]", "changes[1].saveBodyArea.document.formerly[0]"]);
    }
}
