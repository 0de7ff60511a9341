//! Several changes of one record in one `apply`: patches and renames, which run one after another.

use serde_json::{Value as Json, json};

use super::{Author, PAYLOAD, area, condition, revision};
use crate::support::{TestApp, on_both_databases, program};

async fn apply(author: &Author<'_>, changes: &Json) -> Json {
    let query = "mutation ($changes: [ChangeInput!]!) { apply(changes: $changes) {
        revision warnings { code } errors { code path message } } }";
    author.run(query, json!({"changes": changes})).await
}

/// Returns the code and the path of each error.
async fn errors(author: &Author<'_>, changes: &Json) -> Vec<String> {
    let payload = apply(author, changes).await;
    let errors = payload["errors"].as_array().unwrap().iter();
    errors.map(|error| ["code", "path"].map(|name| error[name].as_str().unwrap()).join(" | ")).collect()
}

fn patch(ty: &str, slug: &str, operations: &Json) -> Json {
    json!({(format!("patch{ty}")): {"by": {"slug": slug}, "operations": operations}})
}

fn set(ty: &str, slug: &str, fields: &Json) -> Json {
    patch(ty, slug, &json!([{"set": fields}]))
}

fn rename(ty: &str, slug: &str, to: &str) -> Json {
    json!({(format!("rename{ty}")): {"by": {"slug": slug}, "to": to}})
}

/// Returns an operation that changes an outcome.
fn update(outcome: &str, change: &Json) -> Json {
    let mut update = json!({"key": outcome});
    update.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    json!([{"entries": {"outcomes": {"update": update}}}])
}

on_both_databases! {
    async fn a_renamed_record_has_its_id_and_its_old_slug_whatever_former_slugs_a_patch_sets(app: &TestApp) {
        let author = Author::publisher(app).await;
        let mut number = 0;
        for renames_first in [true, false] {
            for former in [None, Some("x")] {
                number += 1;
                let (slug, to) = (format!("elbow-{number}"), format!("cubit-{number}"));
                let former: Vec<String> = former.map(|former| format!("{former}-{number}")).into_iter().collect();
                author.save("BodyArea", &area(&slug, "Elbow"), "", PAYLOAD).await;
                let read = async |slug: &str| app.data(&format!("{{ bodyArea(by: {{slug: \"{slug}\"}}) {{ id slug formerly }} }}")).await["bodyArea"].clone();
                let id = read(&slug).await["id"].clone();
                let pair = [rename("BodyArea", &slug, &to), set("BodyArea", &slug, &json!({"formerly": former}))];
                let changes = if renames_first { json!(pair) } else { json!([pair[1], pair[0]]) };
                assert_eq!(errors(&author, &changes).await, Vec::<String>::new());
                let formerly: Vec<String> = std::iter::once(slug.clone()).chain(former).collect();
                let renamed = json!({"id": id, "slug": to, "formerly": formerly});
                assert_eq!((read(&to).await, read(&slug).await), (renamed.clone(), renamed));
            }
        }
        assert!(program::stdout(&app.url, &["verify"]).contains(" is intact: "));
    }
}

on_both_databases! {
    async fn errors_lead_to_the_change_and_the_operation_that_have_set_the_value(app: &TestApp) {
        let author = Author::publisher(app).await;
        let name = set("Condition", "melasma", &json!({"name": "X"}));
        let add = patch("Condition", "melasma", &json!([{"add": {"sources": ["nowhere"]}}]));
        let path = "NOT_FOUND | changes[0].patchCondition.operations[0].add.sources[0]";
        assert_eq!(errors(&author, &json!([add, name])).await, [path]);

        // Both change the same member of an entry of the same list.
        let read = app.data("{ procedure(by: {slug: \"cryotherapy\"}) { aftercare { key } } }").await;
        let cited = |at: usize, source: &str| {
            let update = json!({"key": read["procedure"]["aftercare"][at]["key"], "set": {"sources": [source]}});
            patch("Procedure", "cryotherapy", &json!([{"entries": {"aftercare": {"update": update}}}]))
        };
        let path = "NOT_FOUND | changes[0].patchProcedure.operations[0].entries.aftercare.update.set.sources[0]";
        assert_eq!(errors(&author, &json!([cited(0, "nowhere"), cited(1, "kingston-cryotherapy")])).await, [path]);

        for slug in ["elbow", "heel"] {
            author.save("BodyArea", &area(slug, slug), "", PAYLOAD).await;
        }
        let of_elbow = |fields: &Json| set("BodyArea", "elbow", fields);
        let clash = json!([rename("BodyArea", "elbow", "cubit"), of_elbow(&json!({"name": "X"})),
            {"saveBodyArea": {"document": area("cubit", "Cubit")}}]);
        assert_eq!(errors(&author, &clash).await, ["INVALID | changes[0].renameBodyArea.to"]);
        let taken = json!([rename("BodyArea", "elbow", "cubit"), of_elbow(&json!({"formerly": ["heel"]}))]);
        assert_eq!(errors(&author, &taken).await, ["INVALID | changes[1].patchBodyArea.operations[0].set.formerly"]);

        // The first change conflicts with a later change of others. The second one sets the same field.
        author.save("BodyArea", &area("elbow", "Elbows"), "", PAYLOAD).await;
        let mut first = of_elbow(&json!({"name": "The elbow"}));
        first["patchBodyArea"]["expectedRevision"] = json!(2);
        let conflict = json!([first, of_elbow(&json!({"name": "X"}))]);
        assert_eq!(errors(&author, &conflict).await, ["CONFLICT | changes[0].patchBodyArea.operations[0].set.name"]);
        assert_eq!(revision(app).await, 4);
    }
}

on_both_databases! {
    async fn errors_of_a_merged_document_lead_to_the_first_change(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("Condition", &condition("needle-scars", "Needle scars"), "", PAYLOAD).await;
        let theirs = set("Condition", "needle-scars", &json!({"description": "A small scar."}));
        assert_eq!(errors(&author, &json!([theirs])).await, Vec::<String>::new());
        let mut first = patch("Condition", "needle-scars", &json!([{"add": {"sources": ["nowhere"]}}]));
        first["patchCondition"]["expectedRevision"] = json!(2);
        let path = "NOT_FOUND | changes[0].patchCondition.operations[0].add.sources";
        let second = set("Condition", "needle-scars", &json!({"name": "X"}));
        assert_eq!(errors(&author, &json!([first, second])).await, [path]);
        // The second change has created the wrong slug.
        first["patchCondition"]["operations"] = json!([{"add": {"sources": ["bad-melasma"]}}]);
        let second = patch("Condition", "needle-scars", &json!([{"add": {"sources": ["nowhere"]}}]));
        let path = "NOT_FOUND | changes[1].patchCondition.operations[0].add.sources[0]";
        assert_eq!(errors(&author, &json!([first, second])).await, [path]);
    }
}

on_both_databases! {
    async fn only_the_document_after_the_last_change_must_be_valid(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        let changes = [json!({"name": null, "parent": "face"}), json!({"name": "The elbow"})];
        let changes = changes.map(|fields| set("BodyArea", "elbow", &fields));
        assert_eq!(errors(&author, &json!(changes)).await, Vec::<String>::new());
        let read = app.data("{ bodyArea(by: {slug: \"elbow\"}) { name parent { slug } } }").await;
        assert_eq!(read["bodyArea"], json!({"name": "The elbow", "parent": {"slug": "face"}}));
    }
}

on_both_databases! {
    async fn an_invalid_patch_that_would_be_merged_is_refused_although_a_rename_replaces_its_value(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        let theirs = json!([set("BodyArea", "elbow", &json!({"name": "Their elbow"}))]);
        assert_eq!(errors(&author, &theirs).await, Vec::<String>::new());
        let mut mine = set("BodyArea", "elbow", &json!({"formerly": ["elbow", "elbow"]}));
        mine["patchBodyArea"]["expectedRevision"] = json!(2);
        let refused = errors(&author, &json!([mine, rename("BodyArea", "elbow", "cubit")])).await;
        assert!(refused.iter().all(|error| error.starts_with("INVALID | ")) && !refused.is_empty(), "{refused:?}");
        let read = app.data("{ bodyArea(by: {slug: \"elbow\"}) { slug name } }").await;
        assert_eq!(read["bodyArea"], json!({"slug": "elbow", "name": "Their elbow"}));
    }
}

on_both_databases! {
    async fn changes_after_a_refused_one_are_not_checked(app: &TestApp) {
        let author = Author::publisher(app).await;
        let first = json!([{"add": {"bodyAreas": ["hands"]}}, {"remove": {"bodyAreas": ["nowhere"]}}]);
        // The first change would have added it.
        let second = json!([{"remove": {"bodyAreas": ["hands"]}}]);
        let changes = [first, second].map(|operations| patch("Condition", "melasma", &operations));
        let path = "NOT_FOUND | changes[0].patchCondition.operations[1].remove.bodyAreas[0]";
        assert_eq!(errors(&author, &json!(changes)).await, [path]);
        let nowhere = ["A", "B"].map(|name| set("BodyArea", "nowhere", &json!({"name": name})));
        assert_eq!(errors(&author, &json!(nowhere)).await, ["NOT_FOUND | changes[0].patchBodyArea.by"]);
    }
}

on_both_databases! {
    async fn a_patch_cannot_add_a_former_slug_whatever_follows_it(app: &TestApp) {
        let author = Author::publisher(app).await;
        apply(&author, &json!([rename("Source", "bad-melasma", "bad-melasma-leaflet")])).await;
        let add = patch("Condition", "acne-scars", &json!([{"add": {"sources": ["bad-melasma"]}}]));
        let name = set("Condition", "acne-scars", &json!({"name": "X"}));
        let path = "NOT_FOUND | changes[0].patchCondition.operations[0].add.sources[0]";
        for changes in [json!([add]), json!([add, name])] {
            assert_eq!(errors(&author, &changes).await, [path]);
        }
        // References of the stored document have the new slug.
        let read = app.data("{ condition(by: {slug: \"melasma\"}) { sources { nodes { slug } } } }").await;
        let sources = read["condition"]["sources"]["nodes"].as_array().unwrap().clone();
        assert!(sources.contains(&json!({"slug": "bad-melasma-leaflet"})), "{sources:?}");
    }
}

on_both_databases! {
    async fn an_outcome_is_named_by_its_old_or_its_new_slug_when_a_part_of_the_slug_changes(app: &TestApp) {
        let author = Author::publisher(app).await;
        let read = async |slug: &str| app.data(&format!("{{ treatmentOutcome(by: {{slug: \"{slug}\"}}) {{ id slug expectedEffect
            evidence(first: 100) {{ nodes {{ id slug finding }} }} }} }}")).await["treatmentOutcome"].clone();
        let before = read("cryotherapy--sunspots").await;
        let effect = |procedure: &str, outcome: &str, text: &str| {
            patch("Procedure", procedure, &update(outcome, &json!({"set": {"expectedEffect": text}})))
        };
        let finding = |procedure: &str, outcome: &str, evidence: &str| {
            let change = json!({"update": {"key": evidence, "set": {"finding": "Other."}}});
            patch("Procedure", procedure, &update(outcome, &json!({"entries": {"evidence": change}})))
        };
        let (old, source) = ("cryotherapy--sunspots", "cryo-lentigines-rct-1994");
        // A patch runs before or after the rename of another record on which the slug depends.
        let condition = rename("Condition", "sunspots", "age-spots");
        let by_old = effect("cryotherapy", old, "By the old slug.");
        let by_new = effect("cryotherapy", "cryotherapy--age-spots", "By the new slug.");
        for changes in [[&by_old, &condition], [&condition, &by_old], [&by_new, &condition], [&condition, &by_new]] {
            let query = "mutation ($changes: [ChangeInput!]!) { apply(changes: $changes, dryRun: true) { changed errors { path message } } }";
            let payload = author.run(query, json!({"changes": changes})).await;
            assert_eq!(payload, json!({"changed": true, "errors": []}), "{changes:?}");
        }
        let changes = json!([
            rename("Procedure", "cryotherapy", "freezing"), by_old, finding("freezing", old, &format!("freezing--age-spots--{source}")),
            condition, rename("Source", source, "lentigines-1994"), effect("freezing", "freezing--age-spots", "The last text."),
        ]);
        assert_eq!(errors(&author, &changes).await, Vec::<String>::new());
        let after = read("freezing--age-spots").await;
        assert_eq!((&after["id"], &after["expectedEffect"]), (&before["id"], &json!("The last text.")));
        let item = |outcome: &Json, slug: &str| {
            outcome["evidence"]["nodes"].as_array().unwrap().iter().find(|item| item["slug"] == slug).unwrap().clone()
        };
        let (was, is) = (item(&before, &format!("{old}--{source}")), item(&after, "freezing--age-spots--lentigines-1994"));
        assert_eq!((&is["id"], &is["finding"]), (&was["id"], &json!("Other.")));
        assert!(program::stdout(&app.url, &["verify"]).starts_with("Revision 2 is intact: "));
    }
}

on_both_databases! {
    async fn a_review_that_a_patch_states_again_stays_if_the_record_is_renamed(app: &TestApp) {
        let author = Author::publisher(app).await;
        let review = json!({"reviewedOn": "2026-01-15", "reviewer": "A. Reviewer", "role": "dermatologist"});
        let of_outcome = |fields: Json| patch("Procedure", "cryotherapy", &update("cryotherapy--sunspots", &json!({"set": fields})));
        assert_eq!(errors(&author, &json!([of_outcome(json!({"review": review}))])).await, Vec::<String>::new());
        let (reviewed, changed) = (json!({"expectedEffect": "Fewer.", "review": review}), json!({"expectedEffect": "Fewer and paler."}));
        let renames = [rename("Procedure", "cryotherapy", "freezing"), rename("Condition", "sunspots", "age-spots")];
        let payload = apply(&author, &json!([of_outcome(reviewed), renames[0], renames[1]])).await;
        assert_eq!((&payload["warnings"], &payload["errors"]), (&json!([]), &json!([])));
        let read = "{ treatmentOutcome(by: {slug: \"cryotherapy--sunspots\"}) { slug review { reviewer } } }";
        let outcome = app.data(read).await["treatmentOutcome"].clone();
        assert_eq!(outcome, json!({"slug": "freezing--age-spots", "review": {"reviewer": "A. Reviewer"}}));

        let unreviewed = patch("Procedure", "freezing", &update("freezing--age-spots", &json!({"set": changed})));
        let payload = apply(&author, &json!([unreviewed, rename("Procedure", "freezing", "cryotherapy")])).await;
        assert_eq!((&payload["warnings"], &payload["errors"]), (&json!([{"code": "REVIEW_OUTDATED"}]), &json!([])));
    }
}

on_both_databases! {
    async fn a_renamed_record_is_not_deleted_by_any_of_its_names(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        let id = app.data("{ bodyArea(by: {slug: \"elbow\"}) { id } }").await["bodyArea"]["id"].clone();
        let delete = |by: Json| json!({"deleteBodyArea": {"by": by}});
        let rename = rename("BodyArea", "elbow", "cubit");
        for by in [json!({"slug": "elbow"}), json!({"slug": "cubit"}), json!({"id": id})] {
            assert_eq!(errors(&author, &json!([rename, delete(by)])).await, ["INVALID | changes[1].deleteBodyArea.by"]);
        }
        assert_eq!(errors(&author, &json!([delete(json!({"slug": "elbow"})), rename])).await, ["INVALID | changes[0].deleteBodyArea.by"]);
        assert_eq!(revision(app).await, 2);
    }
}

on_both_databases! {
    async fn a_renamed_record_is_returned_although_it_loses_the_former_slug_by_which_it_was_named(app: &TestApp) {
        let author = Author::publisher(app).await;
        let mut elbow = area("elbow", "Elbow");
        elbow["formerly"] = json!(["elbo"]);
        author.save("BodyArea", &elbow, "", PAYLOAD).await;
        let changes = json!([rename("BodyArea", "elbo", "cubit"), set("BodyArea", "cubit", &json!({"formerly": []})),
            rename("BodyArea", "cubit", "ulna"), set("BodyArea", "elbo", &json!({"name": "The elbow"}))]);
        let query = "mutation ($changes: [ChangeInput!]!) { apply(changes: $changes) {
            records { ... on BodyArea { slug formerly name } } errors { message } } }";
        let record = json!({"slug": "ulna", "formerly": ["elbow"], "name": "The elbow"});
        let payload = author.run(query, json!({"changes": changes})).await;
        assert_eq!(payload, json!({"records": [record, record, record, record], "errors": []}));
    }
}
