//! The history of the library and of its records.

use dermagraph::access::Role;
use serde_json::{Value as Json, json};

use super::{Author, PAYLOAD, area, condition};
use crate::support::{TestApp, on_both_databases, program};

async fn read(author: &Author<'_>, query: &str) -> Json {
    let (status, body) = author.send(query, json!({})).await;
    assert_eq!((status, body.get("errors")), (200, None), "{query}");
    body["data"].clone()
}

on_both_databases! {
    async fn each_revision_says_who_changed_what_and_why(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("Condition", &condition("needle-scars", "Needle scars"), ", message: \"Asked for\"", PAYLOAD).await;
        let mut changed = condition("needle-scars", "Scars of needles");
        changed["parent"] = json!("scars");
        author.save("Condition", &changed, "", PAYLOAD).await;
        author.save("Condition", &changed, "", PAYLOAD).await;
        author.delete("Condition", "needle-scars", "").await;
        let found = read(&author, "{ revisions { totalCount nodes { number author message summary recordCount
            changes { totalCount nodes { type slug action fields } } } } }").await;
        let nodes = found["revisions"]["nodes"].as_array().unwrap();
        let numbers: Vec<&Json> = nodes.iter().map(|node| &node["number"]).collect();
        assert_eq!((json!(numbers), &found["revisions"]["totalCount"]), (json!([4, 3, 2, 1]), &json!(4)));
        assert_eq!(nodes[2], json!({
            "number": 2, "author": "Clinic portal", "message": "Asked for", "summary": "1 condition added", "recordCount": 1,
            "changes": {"totalCount": 1, "nodes": [
                {"type": "Condition", "slug": "needle-scars", "action": "CREATED", "fields": []}]},
        }));
        assert_eq!(nodes[1]["changes"]["nodes"], json!([
            {"type": "Condition", "slug": "needle-scars", "action": "UPDATED", "fields": ["name", "parent", "ancestors"]}]));
        assert_eq!(nodes[0]["changes"]["nodes"][0]["action"], "DELETED");
        let first = &nodes[3];
        assert_eq!((&first["author"], &first["changes"]["totalCount"]), (&Json::Null, &json!(0)));
        assert!(first["recordCount"].as_i64().unwrap() > 100, "{first}");
    }
}

on_both_databases! {
    async fn an_import_says_why_the_content_changes(app: &TestApp) {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("areas.yaml");
        std::fs::write(&file, "notice: Educational content.\nbodyAreas:\n  - slug: elbow\n    name: Elbow\n").unwrap();
        let file = file.to_str().unwrap();
        for (message, flaw) in [(" ", "must have 1 to 500 characters"), ("a\u{7}b", "has a control character (U+0007)")] {
            let output = program::command(&app.url, &["import", file, "--message", message]).output().unwrap();
            assert_eq!(output.status.code(), Some(2));
            assert!(String::from_utf8_lossy(&output.stderr).contains(flaw), "{message:?}");
        }
        program::stdout(&app.url, &["import", file, "--message", " Asked for "]);
        let found = read(&Author::publisher(app).await, "{ revisions(first: 1) { nodes { number author message } } }").await;
        let revision = json!({"number": 2, "author": null, "message": "Asked for"});
        assert_eq!(found["revisions"]["nodes"], json!([revision]));
    }
}

on_both_databases! {
    async fn a_record_lists_the_revisions_that_changed_it(app: &TestApp) {
        let author = Author::publisher(app).await;
        for name in ["Elbow", "Elbows", "The elbow"] {
            author.save("BodyArea", &area("elbow", name), "", PAYLOAD).await;
            author.save("BodyArea", &area("heel", name), "", PAYLOAD).await;
        }
        let query = "{ bodyArea(by: {slug: \"elbow\"}) { history(first: 2) { totalCount pageInfo { hasNextPage endCursor }
            nodes { action fields revision { number publishedAt } } } } face: bodyArea(by: {slug: \"face\"}) { history { totalCount } } }";
        let found = app.data(query).await;
        let history = &found["bodyArea"]["history"];
        let numbers: Vec<&Json> = history["nodes"].as_array().unwrap().iter().map(|node| &node["revision"]["number"]).collect();
        assert_eq!((json!(numbers), &history["totalCount"]), (json!([6, 4]), &json!(3)));
        assert_eq!((&history["nodes"][0]["action"], &history["nodes"][0]["fields"]), (&json!("UPDATED"), &json!(["name"])));
        assert_eq!(found["face"]["history"]["totalCount"], 0);
        let after = history["pageInfo"]["endCursor"].as_str().unwrap();
        let rest = app.data(&format!("{{ bodyArea(by: {{slug: \"elbow\"}}) {{ history(after: \"{after}\") {{
            pageInfo {{ hasNextPage hasPreviousPage }} nodes {{ action revision {{ number }} }} }} }} }}")).await;
        assert_eq!(rest["bodyArea"]["history"], json!({
            "pageInfo": {"hasNextPage": false, "hasPreviousPage": true},
            "nodes": [{"action": "CREATED", "revision": {"number": 2}}],
        }));
        let last = app.data("{ revisions(last: 2) { nodes { number } } one: revision(number: 3) { number } none: revision(number: 99) { number } }").await;
        assert_eq!(last, json!({"revisions": {"nodes": [{"number": 2}, {"number": 1}]}, "one": {"number": 3}, "none": null}));
    }
}

on_both_databases! {
    async fn the_history_of_a_procedure_lists_the_changes_of_its_outcomes_and_their_evidence(app: &TestApp) {
        let author = Author::publisher(app).await;
        let read = app.data("{ procedure(by: {slug: \"cryotherapy\"}) { outcomes(first: 1) { nodes { slug expectedEffect evidence(first: 1) { nodes { slug } } } } } }").await;
        let outcome = &read["procedure"]["outcomes"]["nodes"][0];
        let (slug, evidence) = (&outcome["slug"], &outcome["evidence"]["nodes"][0]["slug"]);
        let patch = async |change: Json| author.run("mutation ($operations: [ProcedureOperation!]!) {
            patchProcedure(by: {slug: \"cryotherapy\"}, operations: $operations) { revision errors { message } } }",
            json!({"operations": [{"entries": {"outcomes": change}}]})).await;
        let finding = json!({"update": {"key": evidence, "set": {"finding": "It helped."}}});
        for (revision, change) in [
            (2, json!({"update": {"key": slug, "set": {"expectedEffect": "Fewer spots."}}})),
            (3, json!({"update": {"key": slug, "entries": {"evidence": finding}}})),
            (4, json!({"remove": slug})),
        ] {
            assert_eq!(patch(change).await, json!({"revision": revision, "errors": []}));
        }
        let history = "history(first: 50) { nodes { revision { number } type slug action } }";
        let listed = app.data(&format!("{{ procedure(by: {{slug: \"cryotherapy\"}}) {{ {history} }} }}")).await;
        let entry = |number: i64, ty: &str, slug: &Json, action: &str| json!({"revision": {"number": number}, "type": ty, "slug": slug, "action": action});
        let nodes = listed["procedure"]["history"]["nodes"].as_array().unwrap();
        for expected in [
            entry(2, "TreatmentOutcome", slug, "UPDATED"),
            entry(3, "EvidenceItem", evidence, "UPDATED"),
            entry(4, "TreatmentOutcome", slug, "DELETED"),
            entry(4, "EvidenceItem", evidence, "DELETED"),
        ] {
            assert!(nodes.contains(&expected), "{expected} in {nodes:?}");
        }
        let restored = author.run("mutation { restoreProcedure(by: {slug: \"cryotherapy\"}, revision: 1) { errors { message } } }", json!({})).await;
        assert_eq!(restored["errors"], json!([]));
        // An outcome has its own history.
        let own = app.data(&format!("{{ treatmentOutcome(by: {{slug: {slug}}}) {{ expectedEffect history {{ nodes {{ type }} }} }} }}")).await;
        assert_eq!(own["treatmentOutcome"]["expectedEffect"], outcome["expectedEffect"]);
        let types = own["treatmentOutcome"]["history"]["nodes"].as_array().unwrap();
        assert!(types.iter().all(|node| node["type"] == "TreatmentOutcome"), "{types:?}");
    }
}

on_both_databases! {
    async fn only_editors_read_who_published_and_why(app: &TestApp) {
        let query = "{ revisions { nodes { number author } } }";
        let reader = Author::new(app, Role::Reader).await;
        let (status, body) = reader.send(query, json!({})).await;
        assert_eq!((status, &body["errors"][0]["message"]), (403, &json!("This requires the role editor; yours is reader.")));
        let nested = "{ bodyAreas { nodes { history { nodes { revision { message } } } } } }";
        assert_eq!(reader.send(nested, json!({})).await.0, 403);
        let editor = Author::new(app, Role::Editor).await;
        assert_eq!(read(&editor, query).await, json!({"revisions": {"nodes": [{"number": 1, "author": null}]}}));
        // The response that the editor has read is not served to others.
        assert_eq!(reader.send(query, json!({})).await.0, 403);
        let (status, _) = reader.send("{ revisions { nodes { number publishedAt summary } } }", json!({})).await;
        assert_eq!(status, 200);
    }
}
