//! Saving and deleting single records.

use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value as Json, json};

use super::{Author, PAYLOAD, area, condition, revision};
use crate::support::{TestApp, on_both_databases};

on_both_databases! {
    async fn a_saved_document_is_published_and_read_back(app: &TestApp) {
        let author = Author::publisher(app).await;
        let document = condition("needle-scars", "Needle scars");
        let selection = format!("record {{ slug name parent {{ slug }} kind sources {{ nodes {{ slug }} }} revision }} {PAYLOAD}");
        let payload = author.save("Condition", &document, ", message: \"Asked for by the clinic\"", &selection).await;
        assert_eq!(payload, json!({
            "record": {"slug": "needle-scars", "name": "Needle scars", "parent": null, "kind": "SCAR",
                "sources": {"nodes": [{"slug": "what-is-microneedling"}]}, "revision": 2},
            "revision": 2, "changed": true, "replayed": false,
            "changes": [{"type": "Condition", "slug": "needle-scars", "action": "CREATED", "fields": []}],
            "errors": [],
        }));
        let mut changed = document.clone();
        (changed["parent"], changed["name"]) = (json!("scars"), json!("Scars of needles"));
        let payload = author.save("Condition", &changed, "", &format!("record {{ ancestors {{ nodes {{ slug }} }} }} {PAYLOAD}")).await;
        assert_eq!(payload["record"], json!({"ancestors": {"nodes": [{"slug": "scars"}]}}));
        assert_eq!(payload["changes"], json!([{"type": "Condition", "slug": "needle-scars", "action": "UPDATED", "fields": [
            {"field": "name", "before": "Needle scars", "after": "Scars of needles"},
            {"field": "parent", "before": null, "after": "scars"},
            {"field": "ancestors", "before": [], "after": ["scars"]},
        ]}]));
        let read = app.data("{ condition(by: {slug: \"needle-scars\"}) { name } library { revision } }").await;
        assert_eq!(read, json!({"condition": {"name": "Scars of needles"}, "library": {"revision": 3}}));

        let again = author.save("Condition", &changed, "", PAYLOAD).await;
        assert_eq!(again, json!({"revision": null, "changed": false, "replayed": false, "changes": [], "errors": []}));
        assert_eq!(revision(app).await, 3);

        let db = app.store.writer();
        let signed = Statement::from_string(db.get_database_backend(), "SELECT author, message FROM revision ORDER BY id");
        let rows = db.query_all_raw(signed).await.unwrap();
        let signed: Vec<(Option<String>, Option<String>)> =
            rows.iter().map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap())).collect();
        let (author, message) = (Some("Clinic portal".to_owned()), Some("Asked for by the clinic".to_owned()));
        assert_eq!(signed, [(None, None), (author.clone(), message), (author, None)]);
    }
}

on_both_databases! {
    async fn all_errors_of_a_document_are_reported_at_their_paths(app: &TestApp) {
        let author = Author::publisher(app).await;
        let mut document = condition("needle-scars", "  ");
        document["parent"] = json!("scar");
        document["bodyAreas"] = json!(["face", "fase"]);
        document["codes"] = json!([{"system": "MESH", "code": "L90", "display": "Scar", "match": "EXACT"}]);
        document["fieldSources"] = json!([{"field": "signs", "sources": ["nothing"]}]);
        let payload = author.save("Condition", &document, "", &format!("record {{ slug }} {PAYLOAD}")).await;
        assert_eq!((&payload["record"], &payload["changed"]), (&Json::Null, &json!(false)));
        let error = |code: &str, path: &str, message: &str| json!({"code": code, "path": path, "message": message});
        let mut found = payload["errors"].as_array().unwrap().clone();
        found.sort_by_key(|error| error["path"].to_string());
        assert_eq!(found, [
            error("NOT_FOUND", "document.bodyAreas[1]", "There is no BodyArea \"fase\". Did you mean \"face\"?"),
            error("INVALID", "document.codes[0].code", "\"L90\" is not a MeSH id such as D002921."),
            error("NOT_FOUND", "document.fieldSources[0].sources[0]", "There is no Source \"nothing\"."),
            error("INVALID", "document.name", "The text is empty."),
            error("NOT_FOUND", "document.parent", "There is no Condition \"scar\". Did you mean \"scars\"?"),
        ]);
        assert_eq!(revision(app).await, 1);
    }
}

on_both_databases! {
    async fn the_sources_of_a_field_are_listed_once(app: &TestApp) {
        let author = Author::publisher(app).await;
        let mut document = condition("needle-scars", "Needle scars");
        let sources = json!({"field": "signs", "sources": ["what-is-microneedling"]});
        document["fieldSources"] = json!([sources, sources]);
        let payload = author.save("Condition", &document, "", PAYLOAD).await;
        assert_eq!(payload["errors"], json!([
            {"code": "INVALID", "path": "document.fieldSources[1].field", "message": "The field \"signs\" is listed twice."},
        ]));
        assert_eq!(revision(app).await, 1);
    }
}

on_both_databases! {
    async fn a_record_that_is_referred_to_is_not_deleted(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("Condition", &condition("needle-scars", "Needle scars"), "", PAYLOAD).await;
        let mut below = condition("deep-needle-scars", "Deep needle scars");
        below["parent"] = json!("needle-scars");
        author.save("Condition", &below, "", PAYLOAD).await;
        let refused = author.delete("Condition", "needle-scars", "").await;
        assert_eq!(refused["errors"], json!([{
            "code": "STILL_REFERENCED", "path": "by",
            "message": "The Condition \"needle-scars\" is still referred to by Condition \"deep-needle-scars\".",
        }]));
        let unknown = author.delete("Condition", "needle-scar", ", expectedRevision: 2").await;
        assert_eq!(unknown["errors"], json!([
            {"code": "NOT_FOUND", "path": "by", "message": "There is no Condition \"needle-scar\". Did you mean \"needle-scars\"?"},
        ]));
        assert_eq!(revision(app).await, 3);
        for slug in ["deep-needle-scars", "needle-scars"] {
            let payload = author.delete("Condition", slug, "").await;
            assert_eq!(payload["changes"], json!([{"type": "Condition", "slug": slug, "action": "DELETED", "fields": []}]));
        }
        assert_eq!(app.data("{ condition(by: {slug: \"needle-scars\"}) { name } }").await["condition"], Json::Null);
    }
}

on_both_databases! {
    async fn a_change_after_the_expected_revision_is_a_conflict(app: &TestApp) {
        let author = Author::publisher(app).await;
        let mut document = condition("needle-scars", "Needle scars");
        let mut save = async |name: &str, expected: i64| {
            document["name"] = json!(name);
            let payload = author.save("Condition", &document, &format!(", expectedRevision: {expected}"), PAYLOAD).await;
            (payload["revision"].as_i64(), payload["errors"].clone())
        };
        let conflict = |message: &str| json!([{"code": "CONFLICT", "path": "expectedRevision", "message": message}]);
        let unknown = "There is no Condition \"needle-scars\".";
        assert_eq!(save("First", 1).await, (None, json!([{"code": "NOT_FOUND", "path": "document.slug", "message": unknown}])));
        assert_eq!(save("First", 0).await, (Some(2), json!([])));
        let exists = "There is already a Condition \"needle-scars\".";
        assert_eq!(save("Second", 0).await, (None, conflict(exists)));
        assert_eq!(save("Second", 2).await, (Some(3), json!([])));
        let (_, errors) = save("Third", 2).await;
        assert_eq!((&errors[0]["code"], &errors[0]["path"]), (&json!("CONFLICT"), &json!("document.name")));
        for unknown in [-1, 4] {
            let message = format!("There is no revision {unknown} of this library; the latest is 3.");
            assert_eq!(save("Third", unknown).await, (None, conflict(&message)));
        }
        assert_eq!(save("Third", 3).await, (Some(4), json!([])));
        let refused = author.delete("Condition", "needle-scars", ", expectedRevision: 3").await;
        assert_eq!(refused["errors"][0]["code"], "CONFLICT");
        assert_eq!(author.delete("Condition", "needle-scars", ", expectedRevision: 4").await["revision"], 5);
    }
}

on_both_databases! {
    async fn fields_of_a_mutation_run_one_after_another_each_with_its_selection(app: &TestApp) {
        let author = Author::publisher(app).await;
        let query = "mutation ($first: BodyAreaDocument!, $second: BodyAreaDocument!, $third: BodyAreaDocument!) {
            a: saveBodyArea(document: $first) { record { name } revision }
            b: saveBodyArea(document: $second) { record { name } revision errors { path } __typename }
            c: saveBodyArea(document: $third) { record { name } revision }
        }";
        let (first, third) = (area("elbow", "Elbow"), area("elbow", "Elbows"));
        let second = area("elbow", " ");
        let (status, body) = author.send(query, json!({"first": first, "second": second, "third": third})).await;
        assert_eq!(status, 200);
        assert_eq!(body, json!({"data": {
            "a": {"record": {"name": "Elbow"}, "revision": 2},
            "b": {"record": null, "revision": null, "errors": [{"path": "document.name"}], "__typename": "SaveBodyAreaPayload"},
            "c": {"record": {"name": "Elbows"}, "revision": 3},
        }}));
    }
}

on_both_databases! {
    async fn texts_that_no_database_stores_are_errors_of_the_document(app: &TestApp) {
        let author = Author::publisher(app).await;
        let mut document = condition("needle-scars", "Needle\0scars");
        (document["parent"], document["bodyAreas"]) = (json!("sc\0ars"), json!(["\0"]));
        let payload = author.save("Condition", &document, "", PAYLOAD).await;
        let mut paths: Vec<&str> = payload["errors"].as_array().unwrap().iter().map(|error| error["path"].as_str().unwrap()).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["document.bodyAreas[0]", "document.name", "document.parent"]);
        let query = "mutation ($o: [BodyAreaOperation!]!) { patchBodyArea(by: {slug: \"face\"}, operations: $o) { errors { code path } } }";
        for (set, code) in [(json!({"parent": "a\0b"}), "NOT_FOUND"), (json!({"formerly": ["a\0b"]}), "INVALID")] {
            let payload = author.run(query, json!({"o": [{"set": set}]})).await;
            assert_eq!(payload["errors"][0]["code"], code, "{payload}");
        }
        assert_eq!(revision(app).await, 1);
    }
}

on_both_databases! {
    async fn a_message_is_text_that_readers_can_see(app: &TestApp) {
        let author = Author::publisher(app).await;
        let query = "mutation ($message: String) { deleteBodyArea(by: {slug: \"face\"}, message: $message) { revision } }";
        for (message, flaw) in [("\u{feff}", "has an invisible character (U+FEFF)"), ("a\u{7}b", "has a control character (U+0007)"),
            ("\u{202e}abc", "has an invisible character (U+202E)"), ("\u{200d}", "is empty")] {
            let (_, body) = author.send(query, json!({"message": message})).await;
            assert_eq!(body["errors"][0]["extensions"]["code"], "BAD_ARGUMENT", "{body}");
            assert!(body["errors"][0]["message"].as_str().unwrap().ends_with(&format!("the text {flaw}")), "{body}");
        }
    }
}
