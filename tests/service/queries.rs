//! Queries for one record and for many.

use serde_json::{Value as Json, json};

use crate::support::{TestApp, on_both_databases, slugs};

on_both_databases! {
    async fn a_procedure_is_found_by_its_slug(app: &TestApp) {
        let data = app.data(r#"{ procedure(by: {slug: "microneedling"}) { name category } none: procedure(by: {slug: "x"}) { name } }"#).await;
        assert_eq!(data, json!({"procedure": {"name": "Microneedling", "category": "NEEDLING"}, "none": null}));
    }
}

on_both_databases! {
    async fn a_record_is_found_by_its_id(app: &TestApp) {
        let data = app.data(r#"{ condition(by: {slug: "melasma"}) { id } procedure(by: {slug: "microneedling"}) { id } }"#).await;
        let (condition, procedure) = (&data["condition"]["id"], &data["procedure"]["id"]);
        let query = "query ($c: ID!, $ids: [ID!]!) {
            condition(by: {id: $c}) { slug }
            node(id: $c) { id __typename ... on Condition { name } }
            nodes(ids: $ids) { __typename ... on Condition { slug } ... on Procedure { slug } }
        }";
        let gone = "Procedure:999999999";
        let variables = json!({"c": condition, "ids": [procedure, gone, condition, procedure]});
        let response = app.query_with(query, variables).await;
        let procedure = json!({"__typename": "Procedure", "slug": "microneedling"});
        assert_eq!(response, json!({"data": {
            "condition": {"slug": "melasma"},
            "node": {"id": condition, "__typename": "Condition", "name": "Melasma"},
            "nodes": [procedure, null, {"__typename": "Condition", "slug": "melasma"}, procedure],
        }}));
    }
}

on_both_databases! {
    async fn a_missing_record_is_null_without_an_error(app: &TestApp) {
        let query = r#"{
            procedure(by: {id: "Procedure:999999999"}) { name }
            condition(by: {slug: "no-such-thing"}) { name }
            treatmentOutcome(by: {slug: "microneedling"}) { slug }
            node(id: "Source:999999999") { id }
            nodes(ids: []) { id }
        }"#;
        let nothing = json!({"procedure": null, "condition": null, "treatmentOutcome": null, "node": null, "nodes": []});
        assert_eq!(app.data(query).await, nothing);
    }
}

on_both_databases! {
    async fn a_list_is_ordered_by_name_and_outcomes_by_their_position_in_the_procedure(app: &TestApp) {
        let data = app.data(r#"{ procedures { nodes { name } } procedure(by: {slug: "microneedling"}) { outcomes { nodes { slug position } } } }"#).await;
        let names: Vec<&str> = data["procedures"]["nodes"].as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap()).collect();
        assert!(names.len() > 10 && names.is_sorted(), "{names:?}");
        let outcomes = &data["procedure"]["outcomes"];
        let positions: Vec<i64> = outcomes["nodes"].as_array().unwrap().iter().map(|node| node["position"].as_i64().unwrap()).collect();
        assert_eq!(positions, (1..=9).collect::<Vec<_>>());
        assert_eq!(slugs(outcomes)[..2], ["microneedling--acne-scars", "microneedling--fine-lines-and-wrinkles"]);
    }
}

on_both_databases! {
    async fn every_record_has_its_notice_and_revision(app: &TestApp) {
        let lists = ["procedures", "conditions", "treatmentOutcomes", "sources", "evidenceItems", "biologicalTargets", "adjuncts", "outcomeMeasures", "devices", "bodyAreas", "synonyms"];
        for list in lists {
            let entries = app.every(list, "notice revision").await;
            let warns = |entry: &Json| entry["notice"].as_str().unwrap().contains("not medical advice") && entry["revision"] == 1;
            assert!(!entries.is_empty() && entries.iter().all(warns), "{list}: {entries:?}");
        }
    }
}
