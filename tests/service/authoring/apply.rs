//! Several changes at once.

use serde_json::{Value as Json, json};

use dermagraph::{access::Role, entity::treatment_outcome};
use sea_orm::{ConnectionTrait as _, IdenStatic as _, Iterable as _};

use super::{Author, PAYLOAD, area, condition, revision};
use crate::support::{TestApp, on_both_databases, program};

async fn apply(author: &Author<'_>, changes: Json) -> Json {
    let query = format!("mutation ($changes: [ChangeInput!]!) {{ apply(changes: $changes) {{ {PAYLOAD} }} }}");
    author.run(&query, json!({"changes": changes})).await
}

on_both_databases! {
    async fn several_changes_are_one_revision_and_may_refer_to_each_other_in_any_order(app: &TestApp) {
        let author = Author::publisher(app).await;
        let (mut below, above) = (condition("deep-needle-scars", "Deep"), condition("needle-scars", "Needle scars"));
        (below["parent"], below["bodyAreas"]) = (json!("needle-scars"), json!(["elbow"]));
        let payload = apply(&author, json!([
            {"saveCondition": {"document": below, "expectedRevision": 0}},
            {"saveCondition": {"document": above}},
            {"saveBodyArea": {"document": area("elbow", "Elbow")}},
        ])).await;
        assert_eq!((&payload["revision"], &payload["errors"]), (&json!(2), &json!([])));
        assert_eq!(payload["changes"].as_array().unwrap().len(), 3);
        let read = app.data("{ condition(by: {slug: \"deep-needle-scars\"}) { parent { name } bodyAreas { nodes { name } } } }").await;
        assert_eq!(read["condition"], json!({"parent": {"name": "Needle scars"}, "bodyAreas": {"nodes": [{"name": "Elbow"}]}}));
        let deleted = apply(&author, json!([
            {"deleteCondition": {"by": {"slug": "needle-scars"}}}, {"deleteCondition": {"by": {"slug": "deep-needle-scars"}}},
        ])).await;
        assert_eq!((&deleted["revision"], &deleted["errors"]), (&json!(3), &json!([])));
    }
}

on_both_databases! {
    async fn the_payload_has_the_record_of_each_change(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("knee", "Knee"), "", PAYLOAD).await;
        let query = "mutation ($changes: [ChangeInput!]!, $dryRun: Boolean!) { apply(changes: $changes, dryRun: $dryRun) {
            records { __typename slug ... on BodyArea { name } ... on Condition { bodyAreas { nodes { name } } } }
            errors { message } } }";
        let mut scars = condition("needle-scars", "Needle scars");
        scars["bodyAreas"] = json!(["elbow"]);
        let changes = json!([
            {"saveCondition": {"document": scars}},
            {"deleteBodyArea": {"by": {"slug": "knee"}}},
            {"saveBodyArea": {"document": area("elbow", "Elbow")}},
            {"renameBodyArea": {"by": {"slug": "face"}, "to": "visage"}},
        ]);
        let records = json!([
            {"__typename": "Condition", "slug": "needle-scars", "bodyAreas": {"nodes": [{"name": "Elbow"}]}},
            null,
            {"__typename": "BodyArea", "slug": "elbow", "name": "Elbow"},
            {"__typename": "BodyArea", "slug": "visage", "name": "Face"},
        ]);
        for dry_run in [true, false] {
            let payload = author.run(query, json!({"changes": changes, "dryRun": dry_run})).await;
            assert_eq!(payload, json!({"records": records, "errors": []}), "dry run: {dry_run}");
        }
        let refused = author.run(query, json!({"changes": changes, "dryRun": false})).await;
        assert_eq!(refused, json!({"records": [], "errors": [{"message": "There is no BodyArea \"knee\"."}]}));
    }
}

on_both_databases! {
    async fn if_the_selection_of_a_payload_is_wrong_nothing_is_published(app: &TestApp) {
        let author = Author::publisher(app).await;
        let (save, selection) = (json!({"saveBodyArea": {"document": area("elbow", "Elbow")}}), "conditions(first: 101) { totalCount }");
        let query = format!("mutation ($document: BodyAreaDocument!, $changes: [ChangeInput!]!) {{
            saveBodyArea(document: $document) {{ record {{ {selection} }} revision }}
            apply(changes: $changes) {{ records {{ ... on BodyArea {{ {selection} }} }} revision }} }}");
        let (_, body) = author.send(&query, json!({"document": area("knee", "Knee"), "changes": [save]})).await;
        assert_eq!(body["data"], json!({"saveBodyArea": null, "apply": null}));
        let paths: Vec<&Json> = body["errors"].as_array().unwrap().iter().map(|error| &error["path"]).collect();
        assert_eq!(paths, [&json!(["saveBodyArea", "record", "conditions"]), &json!(["apply", "records", 0, "conditions"])]);
        assert_eq!(revision(app).await, 1);
    }
}

on_both_databases! {
    async fn if_one_change_is_wrong_nothing_is_published(app: &TestApp) {
        let author = Author::publisher(app).await;
        let mut wrong = condition("needle-scars", "Needle scars");
        wrong["sources"] = json!(["what-is-microneedlin"]);
        let payload = apply(&author, json!([
            {"saveBodyArea": {"document": area("elbow", "Elbow")}},
            {"saveCondition": {"document": wrong}},
            {"deleteBodyArea": {"by": {"slug": "nowhere"}}},
        ])).await;
        let errors = payload["errors"].as_array().unwrap();
        let mut paths: Vec<&str> = errors.iter().map(|error| error["path"].as_str().unwrap()).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["changes[1].saveCondition.document.sources[0]", "changes[2].deleteBodyArea.by"]);
        assert_eq!(revision(app).await, 1);
        assert_eq!(app.data("{ bodyArea(by: {slug: \"elbow\"}) { name } }").await["bodyArea"], Json::Null);
        let (_, none) = author.send("mutation { apply(changes: []) { revision } }", json!({})).await;
        assert_eq!(none["errors"][0]["message"], "changes: there are 0 changes; there must be 1 to 100");
    }
}

on_both_databases! {
    async fn a_record_is_not_saved_and_deleted_at_the_same_time(app: &TestApp) {
        let author = Author::publisher(app).await;
        apply(&author, json!([{"saveBodyArea": {"document": area("elbow", "Elbow")}}])).await;
        let (save, delete) = (json!({"saveBodyArea": {"document": area("elbow", "Elbows")}}), json!({"deleteBodyArea": {"by": {"slug": "elbow"}}}));
        for (changes, at) in [([&save, &delete], 1), ([&delete, &save], 0)] {
            let payload = apply(&author, json!(changes)).await;
            assert_eq!(payload["errors"], json!([{
                "code": "INVALID", "path": format!("changes[{at}].deleteBodyArea.by"),
                "message": "The BodyArea \"elbow\" is saved and deleted at the same time.",
            }]));
        }
        assert_eq!(revision(app).await, 2);
    }
}

on_both_databases! {
    async fn an_operation_makes_at_most_a_hundred_changes_in_all(app: &TestApp) {
        let editor = Author::new(app, Role::Editor).await;
        let changes: Vec<Json> = (0..51).map(|at| json!({"deleteBodyArea": {"by": {"slug": format!("area-{at}")}}})).collect();
        let query = "mutation ($changes: [ChangeInput!]!) {
            one: apply(changes: $changes, dryRun: true) { changed }
            other: apply(changes: $changes, dryRun: true) { changed }
        }";
        let (_, refused) = editor.send(query, json!({"changes": changes})).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "TOO_EXPENSIVE");
        assert_eq!(
            refused["errors"][0]["message"],
            "This operation makes 102 changes; the limit is 100. Send several operations."
        );
        let (_, accepted) = editor.send(query, json!({"changes": changes[..50]})).await;
        assert_eq!(accepted["data"], json!({"one": {"changed": false}, "other": {"changed": false}}));
    }
}

on_both_databases! {
    async fn a_record_is_renamed_together_with_a_change_of_one_that_refers_to_it(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        let mut below = area("olecranon", "Tip of the elbow");
        below["parent"] = json!("elbow");
        author.save("BodyArea", &below, "", PAYLOAD).await;
        let query = "mutation { apply(changes: [{renameBodyArea: {by: {slug: \"elbow\"}, to: \"cubit\"}},
            {patchBodyArea: {by: {slug: \"olecranon\"}, operations: [{set: {name: \"Tip\"}}]}}]) { revision errors { path message } } }";
        assert_eq!(author.run(query, json!({})).await, json!({"revision": 4, "errors": []}));
        let read = app.data("{ bodyArea(by: {slug: \"olecranon\"}) { name parent { slug } } }").await;
        assert_eq!(read["bodyArea"], json!({"name": "Tip", "parent": {"slug": "cubit"}}));
    }
}

on_both_databases! {
    async fn outcomes_and_evidence_keep_their_ids_when_two_parts_of_their_slugs_change_at_once(app: &TestApp) {
        let author = Author::publisher(app).await;
        let records = async |slug: &str| app.data(&format!("{{ procedure(by: {{slug: \"{slug}\"}}) {{ id outcomes(first: 100) {{ nodes {{ id
            evidence {{ nodes {{ id }} }} }} }} }} }}")).await["procedure"].clone();
        let before = records("cryotherapy").await;
        let query = "mutation { apply(changes: [{renameProcedure: {by: {slug: \"cryotherapy\"}, to: \"freezing\"}},
            {renameCondition: {by: {slug: \"sunspots\"}, to: \"age-spots\"}}, {renameSource: {by: {slug: \"cryo-lentigines-rct-1994\"}, to: \"lentigines-1994\"}}]) {
            revision errors { path message } } }";
        assert_eq!(author.run(query, json!({})).await, json!({"revision": 2, "errors": []}));
        assert_eq!(records("freezing").await, before);
        let slug = "freezing--age-spots--lentigines-1994";
        let found = app.data(&format!("{{ evidenceItem(by: {{slug: \"{slug}\"}}) {{ slug }} }}")).await;
        assert_eq!(found["evidenceItem"]["slug"], slug);
    }
}

on_both_databases! {
    async fn patches_and_renames_of_a_record_run_one_after_another(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        let mut below = area("olecranon", "Tip of the elbow");
        below["parent"] = json!("elbow");
        author.save("BodyArea", &below, "", PAYLOAD).await;
        let read = async || app.data("{ bodyArea(by: {slug: \"elbow\"}) { id slug formerly name parent { slug } }
            tip: bodyArea(by: {slug: \"olecranon\"}) { parent { slug } } }").await;
        let id = read().await["bodyArea"]["id"].clone();
        let query = "mutation ($changes: [ChangeInput!]!, $dryRun: Boolean!) { apply(changes: $changes, dryRun: $dryRun) {
            revision records { ... on BodyArea { id slug } } changes { recordId slug } errors { path message } } }";
        let patch = |slug: &str, fields: Json| json!({"patchBodyArea": {"by": {"slug": slug}, "operations": [{"set": fields}], "expectedRevision": 2}});
        let rename = |slug: &str, to: &str| json!({"renameBodyArea": {"by": {"slug": slug}, "to": to, "expectedRevision": 2}});
        // The record has its old slug, its new slug or its id as its name.
        let changes = json!([
            patch("elbow", json!({"name": "Elbows", "parent": "face"})), rename("elbow", "cubit"), patch("cubit", json!({"name": "The elbow"})),
            rename("elbow", "ulna"), {"patchBodyArea": {"by": {"id": id}, "operations": [{"set": {"parent": "neck"}}]}},
        ]);
        let record = json!({"id": id, "slug": "ulna"});
        for (dry_run, revision) in [(true, Json::Null), (false, json!(4))] {
            let payload = author.run(query, json!({"changes": changes, "dryRun": dry_run})).await;
            assert_eq!((&payload["revision"], &payload["errors"]), (&revision, &json!([])), "{payload}");
            assert_eq!(payload["records"], json!([record, record, record, record, record]));
            let of_record = payload["changes"].as_array().unwrap().iter().filter(|change| change["recordId"] == id);
            assert_eq!(of_record.collect::<Vec<_>>(), [&json!({"recordId": id, "slug": "ulna"})]);
        }
        assert_eq!(read().await, json!({
            "bodyArea": {"id": id, "slug": "ulna", "formerly": ["elbow"], "name": "The elbow", "parent": {"slug": "neck"}},
            "tip": {"parent": {"slug": "ulna"}},
        }));
        assert!(program::stdout(&app.url, &["verify"]).starts_with("Revision 4 is intact: "));
    }
}

on_both_databases! {
    async fn an_error_of_a_record_that_is_changed_twice_leads_to_the_change_that_has_made_it(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        author.save("BodyArea", &area("elbow", "Elbows"), "", PAYLOAD).await;
        let patch = |fields: Json, expected: i64| json!({"patchBodyArea": {"by": {"slug": "elbow"}, "operations": [{"set": fields}],
            "expectedRevision": expected}});
        let (parent, name) = (json!({"parent": "neck"}), json!({"name": "The elbow"}));
        for (first, second, path, code) in [
            (patch(json!({"parent": "nowhere"}), 3), patch(name.clone(), 3), "changes[0].patchBodyArea.operations[0].set.parent", "NOT_FOUND"),
            (patch(json!({"name": " "}), 3), patch(parent.clone(), 3), "changes[0].patchBodyArea.operations[0].set.name", "INVALID"),
            (patch(parent.clone(), 3), patch(json!({"name": " "}), 3), "changes[1].patchBodyArea.operations[0].set.name", "INVALID"),
            // The revision is one before both changes. Only the first change is merged with those of others.
            (patch(parent.clone(), 2), patch(name.clone(), 2), "changes[1].patchBodyArea.expectedRevision", "CONFLICT"),
        ] {
            let payload = apply(&author, json!([first, second])).await;
            let errors: Vec<(&Json, &Json)> = payload["errors"].as_array().unwrap().iter().map(|error| (&error["path"], &error["code"])).collect();
            assert_eq!(errors, [(&json!(path), &json!(code))], "{payload}");
        }
        assert_eq!(apply(&author, json!([patch(parent, 2), patch(name, 3)])).await["revision"], 4);
    }
}

on_both_databases! {
    async fn a_review_in_one_of_several_patches_is_a_review_of_all_of_them(app: &TestApp) {
        let author = Author::publisher(app).await;
        let mut document = condition("needle-scars", "Needle scars");
        document["review"] = json!({"reviewedOn": "2026-01-15", "reviewer": "A. Reviewer", "role": "dermatologist"});
        author.save("Condition", &document, "", PAYLOAD).await;
        let patch = |fields: Json| json!({"patchCondition": {"by": {"slug": "needle-scars"}, "operations": [{"set": fields}]}});
        let query = "mutation ($changes: [ChangeInput!]!) { apply(changes: $changes) { warnings { code } errors { message } } }";
        let (described, named) = (json!({"description": "Scars.", "review": {"reviewedOn": "2026-01-15"}}), json!({"name": "Scars of needles"}));
        let payload = author.run(query, json!({"changes": [patch(described), patch(named)]})).await;
        assert_eq!(payload, json!({"warnings": [], "errors": []}));
        let payload = author.run(query, json!({"changes": [patch(json!({"name": "A"})), patch(json!({"description": "B."}))]})).await;
        assert_eq!(payload, json!({"warnings": [{"code": "REVIEW_OUTDATED"}], "errors": []}));
    }
}

on_both_databases! {
    async fn no_other_change_of_a_record_follows_one_of_the_same_record(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        let by = json!({"slug": "elbow"});
        let patch = json!({"patchBodyArea": {"by": by, "operations": [{"set": {"name": "Elbows"}}]}});
        let save = json!({"saveBodyArea": {"document": area("elbow", "The elbow")}});
        let restore = json!({"restoreBodyArea": {"by": by, "revision": 2}});
        let delete = json!({"deleteBodyArea": {"by": by}});
        let twice = "The BodyArea \"elbow\" is changed twice. In one mutation, only patches and renames of a record can follow one another.";
        let deleted = "The BodyArea \"elbow\" is saved and deleted at the same time.";
        for (first, second, path, sentence) in [
            (&patch, &save, "changes[0].patchBodyArea.by", twice),
            (&save, &patch, "changes[1].patchBodyArea.by", twice),
            (&restore, &patch, "changes[1].patchBodyArea.by", twice),
            (&patch, &restore, "changes[1].restoreBodyArea.by", twice),
            (&patch, &delete, "changes[1].deleteBodyArea.by", deleted),
        ] {
            let payload = apply(&author, json!([first, second])).await;
            let errors = json!([{"code": "INVALID", "path": path, "message": sentence}]);
            assert_eq!((&payload["errors"], revision(app).await), (&errors, 2), "{payload}");
        }
    }
}

/// Adds 100,000 copies of an outcome of microneedling to it, without a publication.
async fn add_outcomes(app: &TestApp) {
    let columns: Vec<&str> = treatment_outcome::Column::iter().map(|column| column.as_str()).collect();
    let values = columns.iter().map(|column| match *column {
        "id" => "1000000 + k.n".to_owned(),
        "slug" => "t.slug || '-' || k.n".to_owned(),
        column => format!("t.\"{column}\""),
    });
    let sql = format!(
        "INSERT INTO treatment_outcome (\"{}\") WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 100000) \
         SELECT {} FROM treatment_outcome AS t CROSS JOIN k WHERE t.id = (SELECT MIN(o.id) FROM treatment_outcome AS o \
         JOIN procedure AS p ON p.id = o.procedure_id WHERE p.slug = 'microneedling')",
        columns.join("\", \""),
        values.collect::<Vec<_>>().join(", "),
    );
    app.store.writer().execute_unprepared(&sql).await.unwrap();
}

on_both_databases! {
    async fn a_mutation_concerns_at_most_a_hundred_thousand_records(app: &TestApp) {
        let author = Author::publisher(app).await;
        add_outcomes(app).await;
        let query = "mutation {
            deleted: deleteProcedure(by: {slug: \"microneedling\"}) { revision }
            saved: saveBodyArea(document: {slug: \"elbow\", name: \"Elbow\", notice: \"Educational.\"}) { revision }
        }";
        let (_, body) = author.send(query, json!({})).await;
        // The next mutation of the operation is not affected.
        assert_eq!(body["data"], json!({"deleted": null, "saved": {"revision": 2}}), "{body}");
        let error = &body["errors"][0];
        assert_eq!((&error["extensions"]["code"], &error["path"]), (&json!("TOO_EXPENSIVE"), &json!(["deleted"])));
        assert!(error["message"].as_str().unwrap().starts_with("This mutation concerns more than 100000 records"), "{error}");
    }
}
