//! Restoring earlier documents, and renaming records.

use dermagraph::{content::catalog, library::export};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value as Json, json};

use super::{Author, PAYLOAD, area, condition, revision};
use crate::support::{TestApp, on_both_databases};

async fn restore(author: &Author<'_>, ty: &str, slug: &str, number: i64, selection: &str) -> Json {
    let query = format!(
        "mutation ($slug: String!, $revision: Int!) {{
        restore{ty}(by: {{slug: $slug}}, revision: $revision) {{ {selection} {PAYLOAD} }} }}"
    );
    author.run(&query, json!({"slug": slug, "revision": number})).await
}

async fn rename(author: &Author<'_>, ty: &str, slug: &str, to: &str, arguments: &str) -> Json {
    let query = format!(
        "mutation ($slug: String!, $to: String!) {{
        rename{ty}(by: {{slug: $slug}}, to: $to{arguments}) {{ record {{ id slug formerly }} {PAYLOAD} }} }}"
    );
    author.run(&query, json!({"slug": slug, "to": to})).await
}

/// Returns all documents of the library, as files.
async fn documents(app: &TestApp) -> Vec<(String, String)> {
    let files = export(catalog(), app.store.writer()).await.unwrap().into_iter();
    files.filter(|file| !file.name.starts_with("ids")).map(|file| (file.name, file.text)).collect()
}

on_both_databases! {
    async fn a_document_is_restored_as_of_a_revision(app: &TestApp) {
        let author = Author::publisher(app).await;
        for (name, parent) in [("First", Json::Null), ("Second", json!("scars")), ("Third", json!("scars"))] {
            let mut document = condition("needle-scars", name);
            document["parent"] = parent;
            author.save("Condition", &document, "", PAYLOAD).await;
        }
        let payload = restore(&author, "Condition", "needle-scars", 2, "record { name parent { slug } }").await;
        assert_eq!((&payload["record"], &payload["revision"]), (&json!({"name": "First", "parent": null}), &json!(5)));
        let payload = restore(&author, "Condition", "needle-scars", 4, "record { name parent { slug } }").await;
        assert_eq!((&payload["record"]["name"], &payload["revision"]), (&json!("Third"), &json!(6)));
        let same = restore(&author, "Condition", "needle-scars", 6, "").await;
        assert_eq!((&same["revision"], &same["changed"], &same["errors"]), (&Json::Null, &json!(false), &json!([])));
        for (number, message) in [
            (1, "The current Condition \"needle-scars\" did not exist in revision 1."),
            (0, "There is no revision 0 of this library; the latest is 6."),
            (7, "There is no revision 7 of this library; the latest is 6."),
        ] {
            let payload = restore(&author, "Condition", "needle-scars", number, "").await;
            assert_eq!(payload["errors"], json!([{"code": "NOT_FOUND", "path": "revision", "message": message}]));
        }
        let unknown = restore(&author, "Condition", "needle-scar", 2, "").await;
        let message = "There is no Condition \"needle-scar\". Did you mean \"needle-scars\"?";
        assert_eq!(unknown["errors"], json!([{"code": "NOT_FOUND", "path": "by", "message": message}]));
    }
}

on_both_databases! {
    async fn a_document_is_not_restored_if_a_later_revision_stored_no_documents(app: &TestApp) {
        let author = Author::publisher(app).await;
        for name in ["First", "Second", "Third"] {
            author.save("Condition", &condition("needle-scars", name), "", PAYLOAD).await;
        }
        // As if the operator had gone back to an older version of the service for a while.
        app.store.writer().execute_unprepared("UPDATE revision SET records = NULL WHERE id = 4").await.unwrap();
        let message = "Revision 4 was published by an older version of the service, which stored no documents.";
        let payload = restore(&author, "Condition", "needle-scars", 2, "").await;
        assert_eq!(payload["errors"], json!([{"code": "NOT_FOUND", "path": "revision", "message": message}]));
        assert_eq!(restore(&author, "Condition", "needle-scars", 4, "").await["errors"], json!([]));
    }
}

on_both_databases! {
    async fn a_restored_document_has_the_records_that_were_embedded_in_it(app: &TestApp) {
        let author = Author::publisher(app).await;
        let ids = "{ procedure(by: {slug: \"microneedling\"}) { id outcomes(first: 100) { nodes { id slug grade
            evidence { nodes { id slug } } } } } }";
        let (files, before) = (documents(app).await, app.data(ids).await);
        let outcomes = before["procedure"]["outcomes"]["nodes"].as_array().unwrap().len();
        assert!(outcomes > 2);
        // The text of the document without its outcomes.
        let mut document = json!({"slug": "microneedling"});
        for (name, text) in &files {
            if name == "procedures/microneedling.yaml" {
                document = serde_saphyr::from_str(text).unwrap();
            }
        }
        document["name"] = json!("Needling");
        document["outcomes"].as_array_mut().unwrap().remove(1);
        document["outcomes"].as_array_mut().unwrap().reverse();
        let files_after = save_file(app, &document).await;
        assert_eq!(files_after, 2);
        document["outcomes"] = json!([]);
        save_file(app, &document).await;
        assert_eq!(app.data(ids).await["procedure"]["outcomes"]["nodes"], json!([]));
        let payload = restore(&author, "Procedure", "microneedling", 1, "").await;
        assert_eq!((&payload["errors"], &payload["revision"]), (&json!([]), &json!(4)));
        assert!(documents(app).await == files);
        assert_eq!(app.data(ids).await, before);
        // The later document is restored again.
        restore(&author, "Procedure", "microneedling", 2, "").await;
        let again = app.data(ids).await;
        assert_eq!(again["procedure"]["outcomes"]["nodes"].as_array().unwrap().len(), outcomes - 1);
        restore(&author, "Procedure", "microneedling", 4, "").await;
        assert!(documents(app).await == files);
        assert_eq!(app.data(ids).await, before);
    }
}

/// Publishes a document as a file, and returns the revision.
async fn save_file(app: &TestApp, document: &Json) -> i64 {
    let file =
        dermagraph::library::DocumentFile { name: "procedures/microneedling.yaml".to_owned(), text: document.to_string() };
    crate::support::publish(app, &[file]).await;
    revision(app).await
}

on_both_databases! {
    async fn a_deleted_record_comes_back_with_its_id(app: &TestApp) {
        let author = Author::publisher(app).await;
        let ids = "{ procedure(by: {slug: \"cryotherapy\"}) { id name outcomes(first: 100) { nodes { id slug } } } }";
        let (files, before) = (documents(app).await, app.data(ids).await);
        author.delete("Procedure", "cryotherapy", "").await;
        let new = author.save("BodyArea", &area("elbow", "Elbow"), "", "record { id }").await;
        let payload = restore(&author, "Procedure", "cryotherapy", 1, "record { slug }").await;
        assert_eq!((&payload["errors"], &payload["revision"]), (&json!([]), &json!(4)));
        assert_eq!(payload["record"]["slug"], "cryotherapy");
        assert_eq!(app.data(ids).await, before);
        author.delete("BodyArea", "elbow", "").await;
        assert!(documents(app).await == files);
        // It did not exist between these revisions.
        let payload = restore(&author, "Procedure", "cryotherapy", 2, "").await;
        assert_eq!(payload["errors"][0]["message"], "The current Procedure \"cryotherapy\" did not exist in revision 2.");
        assert_ne!(new["record"]["id"], before["procedure"]["id"]);
    }
}

on_both_databases! {
    async fn a_renamed_record_keeps_its_id_and_its_references(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        let mut below = area("olecranon", "Tip of the elbow");
        below["parent"] = json!("elbow");
        author.save("BodyArea", &below, "", PAYLOAD).await;
        let id = app.data("{ bodyArea(by: {slug: \"elbow\"}) { id } }").await["bodyArea"]["id"].clone();
        let dry = rename(&author, "BodyArea", "elbow", "cubit", ", dryRun: true").await;
        assert_eq!((&dry["revision"], &dry["changed"]), (&Json::Null, &json!(true)));
        let payload = rename(&author, "BodyArea", "elbow", "cubit", ", expectedRevision: 2").await;
        assert_eq!(payload["errors"], json!([]));
        assert_eq!(payload["record"], json!({"id": id, "slug": "cubit", "formerly": ["elbow"]}));
        let found = app.data("{ bodyArea(by: {slug: \"elbow\"}) { slug } olecranon: bodyArea(by: {slug: \"olecranon\"}) { parent { slug } } }").await;
        assert_eq!(found, json!({"bodyArea": {"slug": "cubit"}, "olecranon": {"parent": {"slug": "cubit"}}}));
        // A document from before the renaming refers to the record under its current slug.
        author.save("BodyArea", &area("olecranon", "Tip"), "", PAYLOAD).await;
        let restored = restore(&author, "BodyArea", "olecranon", 3, "record { name parent { slug } }").await;
        assert_eq!(restored["record"], json!({"name": "Tip of the elbow", "parent": {"slug": "cubit"}}));
        let back = rename(&author, "BodyArea", "cubit", "elbow", "").await;
        assert_eq!(back["record"], json!({"id": id, "slug": "elbow", "formerly": ["cubit"]}));
        for (slug, to, path, message) in [
            ("elbow", "face", "to", "There is already a BodyArea \"face\"."),
            ("elbow", "Not a slug", "to", "\"Not a slug\" is not a slug: lowercase letters and digits, with single hyphens between them, such as acne-scars."),
        ] {
            let payload = rename(&author, "BodyArea", slug, to, "").await;
            let errors = payload["errors"].as_array().unwrap();
            assert_eq!((errors.len(), &errors[0]["path"]), (1, &json!(path)), "{payload}");
            assert_eq!(errors[0]["message"], message);
        }
    }
}

on_both_databases! {
    async fn the_outcomes_of_a_renamed_procedure_follow(app: &TestApp) {
        let author = Author::publisher(app).await;
        let outcomes = "outcomes(first: 100) { nodes { id } }";
        let before = app.data(&format!("{{ procedure(by: {{slug: \"cryotherapy\"}}) {{ id {outcomes} }} }}")).await;
        let payload = rename(&author, "Procedure", "cryotherapy", "cold-therapy", "").await;
        assert_eq!(payload["errors"], json!([]));
        let after = app.data(&format!("{{ procedure(by: {{slug: \"cold-therapy\"}}) {{ id {outcomes} }}
            treatmentOutcome(by: {{slug: \"cryotherapy--sunspots\"}}) {{ slug }} }}")).await;
        assert_eq!((&after["procedure"], &after["treatmentOutcome"]["slug"]), (&before["procedure"], &json!("cold-therapy--sunspots")));
    }
}

on_both_databases! {
    async fn a_deleted_record_is_restored_although_its_slug_was_used_again(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "First elbow"), "", PAYLOAD).await;
        let id = app.data("{ bodyArea(by: {slug: \"elbow\"}) { id } }").await["bodyArea"]["id"].clone();
        author.delete("BodyArea", "elbow", "").await;
        author.save("BodyArea", &area("elbow", "Second elbow"), "", PAYLOAD).await;
        let payload = restore(&author, "BodyArea", "elbow", 2, "").await;
        assert_eq!(payload["errors"][0]["message"], "The current BodyArea \"elbow\" did not exist in revision 2.");
        author.delete("BodyArea", "elbow", "").await;
        let payload = restore(&author, "BodyArea", "elbow", 3, "").await;
        assert_eq!(payload["errors"][0]["message"], "There was no BodyArea \"elbow\" in revision 3.");
        let payload = restore(&author, "BodyArea", "elbow", 2, "record { id name }").await;
        assert_eq!(payload["record"], json!({"id": id, "name": "First elbow"}), "{payload}");
    }
}

on_both_databases! {
    async fn a_restored_record_has_its_former_slugs_again(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        rename(&author, "BodyArea", "elbow", "cubit", "").await;
        author.delete("BodyArea", "cubit", "").await;
        // The client has read the revision that deleted it.
        let payload = author.run("mutation { restoreBodyArea(by: {slug: \"cubit\"}, revision: 2, expectedRevision: 4) {
            record { slug formerly } errors { message } } }", json!({})).await;
        assert_eq!(payload, json!({"record": {"slug": "cubit", "formerly": ["elbow"]}, "errors": []}));
    }
}

on_both_databases! {
    async fn a_restored_record_takes_no_slug_from_another_record(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Old"), "", PAYLOAD).await;
        rename(&author, "BodyArea", "elbow", "cubit", "").await;
        rename(&author, "BodyArea", "cubit", "ulna", "").await;
        let ids = async || app.data("{ elbow: bodyArea(by: {slug: \"elbow\"}) { id slug } ulna: bodyArea(by: {slug: \"ulna\"}) { id } }").await;
        let old = ids().await["ulna"]["id"].clone();
        author.delete("BodyArea", "ulna", "").await;
        // One former slug is the slug of another record now, and one is the former slug of another record.
        author.save("BodyArea", &area("elbow", "Other"), "", PAYLOAD).await;
        author.save("BodyArea", &area("cubit", "Third"), "", PAYLOAD).await;
        rename(&author, "BodyArea", "cubit", "forearm-end", "").await;
        let mut below = area("olecranon", "Tip");
        below["parent"] = json!("elbow");
        author.save("BodyArea", &below, "", PAYLOAD).await;
        let other = ids().await["elbow"]["id"].clone();
        let payload = restore(&author, "BodyArea", "ulna", 2, "record { id name formerly } warnings { code path message }").await;
        let warning = |slug: &str| json!({"code": "FORMER_SLUG_TAKEN", "path": "revision",
            "message": format!("\"{slug}\" leads to another BodyArea now, so it does not become a former slug again.")});
        assert_eq!(payload["record"], json!({"id": old, "name": "Old", "formerly": []}), "{payload}");
        assert_eq!(payload["warnings"], json!([warning("cubit"), warning("elbow")]));
        assert_eq!(ids().await, json!({"elbow": {"id": other, "slug": "elbow"}, "ulna": {"id": old}}));
        let rest = app.data("{ olecranon: bodyArea(by: {slug: \"olecranon\"}) { parent { name } } cubit: bodyArea(by: {slug: \"cubit\"}) { slug } }").await;
        assert_eq!(rest, json!({"olecranon": {"parent": {"name": "Other"}}, "cubit": {"slug": "forearm-end"}}));
    }
}

on_both_databases! {
    async fn embedded_records_keep_their_ids_when_their_slugs_changed_before_they_are_restored(app: &TestApp) {
        let author = Author::publisher(app).await;
        let records = async |slug: &str| app.data(&format!("{{ procedure(by: {{slug: \"{slug}\"}}) {{ id outcomes(first: 100) {{ nodes {{ id
            evidence {{ nodes {{ id }} }} }} }} }} }}")).await["procedure"].clone();
        let before = records("cryotherapy").await;
        assert_ne!(before["outcomes"]["nodes"][0]["evidence"]["nodes"], json!([]));
        author.run("mutation { patchProcedure(by: {slug: \"cryotherapy\"}, operations: [{set: {outcomes: []}}]) { revision } }", json!({})).await;
        assert_eq!(records("cryotherapy").await["outcomes"]["nodes"], json!([]));
        rename(&author, "Procedure", "cryotherapy", "cold-therapy", "").await;
        rename(&author, "Condition", "sunspots", "age-spots", "").await;
        let payload = restore(&author, "Procedure", "cold-therapy", 1, "").await;
        assert_eq!(payload["errors"], json!([]));
        assert_eq!(records("cold-therapy").await, before);
    }
}

on_both_databases! {
    async fn a_restore_finds_that_another_editor_has_removed_an_outcome(app: &TestApp) {
        let author = Author::publisher(app).await;
        let outcomes = "{ procedure(by: {slug: \"cryotherapy\"}) { outcomes(first: 100) { nodes { slug } } } }";
        let last = app.data(outcomes).await["procedure"]["outcomes"]["nodes"].as_array().unwrap().last().unwrap()["slug"].clone();
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        let query = "mutation ($operations: [ProcedureOperation!]!) { patchProcedure(by: {slug: \"cryotherapy\"}, operations: $operations) { revision } }";
        author.run(query, json!({"operations": [{"entries": {"outcomes": {"remove": last}}}]})).await;
        let expecting = async |revision: i64| author.run(&format!("mutation {{ restoreProcedure(by: {{slug: \"cryotherapy\"}}, revision: 1,
            expectedRevision: {revision}) {{ revision errors {{ code message }} }} }}"), json!({})).await;
        let conflict = expecting(2).await;
        assert_eq!(conflict["errors"][0]["code"], "CONFLICT", "{conflict}");
        assert_eq!(expecting(3).await, json!({"revision": 4, "errors": []}));
    }
}
