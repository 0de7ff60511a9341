//! Reviews: who reviewed a record, and whose review is overdue.

use dermagraph::content::catalog;
use serde_json::{Value as Json, json};

use super::{Author, PAYLOAD, condition};
use crate::support::{TestApp, on_both_databases};

on_both_databases! {
    async fn records_with_an_overdue_review_or_none_are_found(app: &TestApp) {
        let author = Author::publisher(app).await;
        for (slug, due) in [("needle-scars", json!("2026-03-01")), ("fine-scars", json!("2027-03-01")), ("old-scars", Json::Null)] {
            let mut document = condition(slug, slug);
            document["review"] = json!({"reviewedOn": "2026-01-15", "reviewer": "A. Reviewer", "role": "dermatologist", "nextDue": due});
            assert_eq!(author.save("Condition", &document, "", PAYLOAD).await["errors"], json!([]));
        }
        let due_before = async |day: &str| {
            let query = format!("{{ conditions(where: {{review: {{nextDue: {{lt: \"{day}\"}}}}}}, orderBy: [{{review: {{nextDue: ASC}}}}]) {{
                nodes {{ slug review {{ reviewer role reviewedOn }} }} }} }}");
            app.data(&query).await["conditions"]["nodes"].clone()
        };
        let review = json!({"reviewer": "A. Reviewer", "role": "dermatologist", "reviewedOn": "2026-01-15"});
        let overdue = json!({"slug": "needle-scars", "review": review});
        assert_eq!(due_before("2026-11-28").await, json!([overdue]));
        assert_eq!(due_before("2027-03-02").await, json!([overdue, {"slug": "fine-scars", "review": review}]));
        let counts = app.data("{ all: conditions { totalCount } none: conditions(where: {review: {isNull: true}}) { totalCount } }").await;
        let count = |name: &str| counts[name]["totalCount"].as_i64().unwrap();
        assert_eq!(count("all") - count("none"), 3);
    }
}

on_both_databases! {
    async fn every_type_with_reviews_has_the_filter_and_the_order_of_overdue_reviews(app: &TestApp) {
        let author = Author::publisher(app).await;
        let review = json!({"reviewedOn": "2026-01-15", "reviewer": "A. Reviewer", "role": "dermatologist", "nextDue": "2026-03-01"});
        let first = app.data("{ procedure(by: {slug: \"microneedling\"}) { outcomes(first: 1) { nodes { slug } } } }").await;
        let outcome = &first["procedure"]["outcomes"]["nodes"][0]["slug"];
        let operations = json!([{"set": {"review": review}}, {"entries": {"outcomes": {"update": {"key": outcome, "set": {"review": review}}}}}]);
        let changes = json!([
            {"patchProcedure": {"by": {"slug": "microneedling"}, "operations": operations}},
            {"patchCondition": {"by": {"slug": "melasma"}, "operations": [{"set": {"review": review}}]}},
        ]);
        let query = "mutation ($changes: [ChangeInput!]!) { apply(changes: $changes) { errors { message } } }";
        assert_eq!(author.run(query, json!({"changes": changes})).await["errors"], json!([]));
        let reviewed = catalog().contents().filter(|(object, _)| object.fields.iter().any(|field| field.is_review));
        let mut found = Vec::new();
        for (_, role) in reviewed {
            let list = role.plural;
            let overdue = async |day: &str| app.data(&format!("{{ {list}(where: {{review: {{nextDue: {{lt: \"{day}\"}}}}}},
                orderBy: [{{review: {{nextDue: ASC}}}}]) {{ nodes {{ slug }} }} }}")).await[list]["nodes"].clone();
            assert_eq!(overdue("2026-03-01").await, json!([]), "{list}");
            found.push((list, overdue("2026-03-02").await));
        }
        assert_eq!(found, [
            ("procedures", json!([{"slug": "microneedling"}])),
            ("conditions", json!([{"slug": "melasma"}])),
            ("treatmentOutcomes", json!([{"slug": outcome}])),
        ]);
    }
}

/// The fields of a payload about reviews.
const WARNINGS: &str = "record { review { reviewer } } revision warnings { code path message } errors { message }";

on_both_databases! {
    async fn a_change_of_a_reviewed_record_removes_its_review_and_says_so(app: &TestApp) {
        let author = Author::publisher(app).await;
        let mut document = condition("needle-scars", "Needle scars");
        document["review"] = json!({"reviewedOn": "2026-01-15", "reviewer": "A. Reviewer", "role": "dermatologist"});
        assert_eq!(author.save("Condition", &document, "", WARNINGS).await["warnings"], json!([]));
        // A new slug, or the same document again, is not a change that a reviewer must read.
        author.run("mutation { renameCondition(by: {slug: \"needle-scars\"}, to: \"scars-of-needles\") { revision } }", json!({})).await;
        let renamed = author.run("mutation { renameCondition(by: {slug: \"scars-of-needles\"}, to: \"needle-scars\") { record { review { reviewer } } warnings { code } } }", json!({})).await;
        assert_eq!(renamed, json!({"record": {"review": {"reviewer": "A. Reviewer"}}, "warnings": []}));

        let patch = async |operations: &str, arguments: &str| {
            let query = format!("mutation {{ patchCondition(by: {{slug: \"needle-scars\"}}, operations: {operations}{arguments}) {{ {WARNINGS} }} }}");
            author.run(&query, json!({})).await
        };
        let sentence = "The review of the Condition \"needle-scars\" was made before this change, so it is removed.";
        let warning = |path: &str| json!([{"code": "REVIEW_OUTDATED", "path": path, "message": sentence}]);
        let dry = patch("[{set: {description: \"Small scars.\"}}]", ", dryRun: true").await;
        assert_eq!((&dry["record"]["review"], &dry["warnings"]), (&Json::Null, &warning("operations")));
        let changed = patch("[{set: {description: \"Small scars.\"}}]", ", idempotencyKey: \"r\"").await;
        assert_eq!((&changed["record"]["review"], &changed["warnings"]), (&Json::Null, &warning("operations")));
        assert_eq!(patch("[{set: {description: \"Small scars.\"}}]", ", idempotencyKey: \"r\"").await["warnings"], warning("operations"));

        // A change with its own review has that review.
        let reviewed = patch("[{set: {description: \"Scars.\", review: {reviewedOn: \"2026-02-01\", reviewer: \"B. Reviewer\", role: \"nurse\"}}}]", "").await;
        assert_eq!((&reviewed["record"]["review"]["reviewer"], &reviewed["warnings"]), (&json!("B. Reviewer"), &json!([])));
        // The restored text was reviewed.
        let restored = author.run(&format!("mutation {{ restoreCondition(by: {{slug: \"needle-scars\"}}, revision: 2) {{ {WARNINGS} }} }}"), json!({})).await;
        assert_eq!((&restored["record"]["review"]["reviewer"], &restored["warnings"]), (&json!("A. Reviewer"), &json!([])));
    }
}

on_both_databases! {
    async fn a_review_stays_with_a_change_only_if_it_is_made_again(app: &TestApp) {
        let author = Author::publisher(app).await;
        let review = json!({"reviewedOn": "2026-01-15", "reviewer": "A. Reviewer", "role": "dermatologist", "nextDue": "2026-07-15"});
        let mut document = condition("needle-scars", "Needle scars");
        document["review"] = review.clone();
        author.save("Condition", &document, "", WARNINGS).await;
        let patch = async |fields: Json| author.run(&format!("mutation ($operations: [ConditionOperation!]!) {{
            patchCondition(by: {{slug: \"needle-scars\"}}, operations: $operations) {{ {WARNINGS} }} }}"), json!({"operations": [{"set": fields}]})).await;
        let outcome = |payload: &Json| (payload["record"]["review"]["reviewer"].clone(), payload["warnings"].as_array().unwrap().len());
        let unchanged = (json!("A. Reviewer"), 0);
        // The reviewer has read the change on the same day.
        assert_eq!(outcome(&patch(json!({"description": "Small scars.", "review": review})).await), unchanged);
        // Another date for the next review is no review.
        assert_eq!(outcome(&patch(json!({"review": {"nextDue": "2027-01-15"}})).await), unchanged);
        assert_eq!(outcome(&patch(json!({"description": "Scars.", "review": {"nextDue": "2027-07-15"}})).await), (Json::Null, 1));
        author.save("Condition", &document, "", WARNINGS).await;
        document["description"] = json!("Other scars.");
        document["review"]["nextDue"] = json!("2027-07-15");
        assert_eq!(outcome(&author.save("Condition", &document, "", WARNINGS).await), (Json::Null, 1));
    }
}

on_both_databases! {
    async fn the_review_of_an_outcome_is_made_again_in_the_document_of_its_procedure(app: &TestApp) {
        let author = Author::publisher(app).await;
        let review = json!({"reviewedOn": "2026-01-15", "reviewer": "A. Reviewer", "role": "dermatologist"});
        let read = "{ procedure(by: {slug: \"microneedling\"}) { outcomes(first: 2) { nodes { slug review { reviewer } } } } }";
        let slugs: Vec<Json> = app.data(read).await["procedure"]["outcomes"]["nodes"].as_array().unwrap().iter().map(|node| node["slug"].clone()).collect();
        let patch = async |sets: [Json; 2]| {
            let update = |(slug, set): (&Json, Json)| json!({"entries": {"outcomes": {"update": {"key": slug, "set": set}}}});
            let operations: Vec<Json> = slugs.iter().zip(sets).map(update).collect();
            let payload = author.run("mutation ($operations: [ProcedureOperation!]!) { patchProcedure(by: {slug: \"microneedling\"}, operations: $operations) {
                warnings { message } errors { path message } } }", json!({"operations": operations})).await;
            assert_eq!(payload["errors"], json!([]));
            payload["warnings"].as_array().unwrap().len()
        };
        assert_eq!(patch([json!({"review": review}), json!({"review": review})]).await, 0);
        assert_eq!(patch([json!({"expectedEffect": "Fewer.", "review": review}), json!({"expectedEffect": "Fewer."})]).await, 1);
        let after = app.data(read).await["procedure"]["outcomes"]["nodes"].clone();
        assert_eq!(after, json!([{"slug": slugs[0], "review": {"reviewer": "A. Reviewer"}}, {"slug": slugs[1], "review": null}]));
    }
}

on_both_databases! {
    async fn evidence_counts_for_the_review_of_its_outcome_and_outcomes_do_not_count_for_their_procedure(app: &TestApp) {
        let author = Author::publisher(app).await;
        let review = json!({"reviewedOn": "2026-01-15", "reviewer": "A. Reviewer", "role": "dermatologist"});
        let read = "{ procedure(by: {slug: \"microneedling\"}) { review { reviewer } outcomes(first: 100) { nodes { slug review { reviewer }
            evidence(first: 1) { nodes { slug } } } } } }";
        let before = app.data(read).await["procedure"]["outcomes"]["nodes"].as_array().unwrap().clone();
        let outcome = before.iter().find(|outcome| !outcome["evidence"]["nodes"].as_array().unwrap().is_empty()).unwrap();
        let (slug, evidence) = (&outcome["slug"], &outcome["evidence"]["nodes"][0]["slug"]);
        let query = "mutation ($operations: [ProcedureOperation!]!) { patchProcedure(by: {slug: \"microneedling\"}, operations: $operations) {
            warnings { message } errors { path message } } }";
        let patch = async |operations: Json| author.run(query, json!({"operations": operations})).await;
        let set = patch(json!([{"set": {"review": review}}, {"entries": {"outcomes": {"update": {"key": slug, "set": {"review": review}}}}}])).await;
        assert_eq!(set, json!({"warnings": [], "errors": []}));
        let changed = patch(json!([{"entries": {"outcomes": {"update": {"key": slug, "entries": {"evidence": {"update": {"key": evidence,
            "set": {"finding": "It helped."}}}}}}}}])).await;
        let sentence = format!("The review of the TreatmentOutcome {slug} was made before this change, so it is removed.");
        assert_eq!(changed, json!({"warnings": [{"message": sentence}], "errors": []}));
        let after = app.data(read).await["procedure"].clone();
        assert_eq!(after["review"]["reviewer"], "A. Reviewer");
        let reviews: Vec<&Json> = after["outcomes"]["nodes"].as_array().unwrap().iter().map(|outcome| &outcome["review"]).collect();
        assert!(reviews.iter().all(|review| review.is_null()));
    }
}

on_both_databases! {
    async fn another_slug_of_a_variant_removes_the_review_of_its_procedure(app: &TestApp) {
        let author = Author::publisher(app).await;
        let review = json!({"reviewedOn": "2026-01-15", "reviewer": "A. Reviewer", "role": "dermatologist"});
        let read = "{ procedure(by: {slug: \"chemical-peel\"}) { review { reviewer } variants { key slug } } }";
        let variants = app.data(read).await["procedure"]["variants"].clone();
        let query = "mutation ($operations: [ProcedureOperation!]!) { patchProcedure(by: {slug: \"chemical-peel\"}, operations: $operations) {
            warnings { message } errors { path message } } }";
        let patch = async |operations: Json| author.run(query, json!({"operations": operations})).await;
        assert_eq!(patch(json!([{"set": {"review": review}}])).await, json!({"warnings": [], "errors": []}));
        // Afterwards each slug leads to the other variant.
        let update = |at: usize, other: usize| json!({"entries": {"variants": {"update": {"key": variants[at]["key"],
            "set": {"slug": variants[other]["slug"]}}}}});
        let changed = patch(json!([update(0, 1), update(1, 0)])).await;
        let sentence = "The review of the Procedure \"chemical-peel\" was made before this change, so it is removed.";
        assert_eq!(changed, json!({"warnings": [{"message": sentence}], "errors": []}));
        assert_eq!(app.data(read).await["procedure"]["review"], Json::Null);
    }
}
