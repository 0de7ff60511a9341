//! Errors below lists: their `path`, and which parent becomes null.

use serde_json::{Value as Json, json};

use crate::{
    errors::{NOT_AN_ID, error},
    support::{TestApp, on_both_databases, shown_errors},
};

on_both_databases! {
    async fn a_nested_error_is_reported_once_and_nulls_the_nearest_nullable_field(app: &TestApp) {
        let message = "first is 1000; the maximum is 100.";
        let errors = |path: Json| json!([error("BAD_PAGE", message, path)]);
        // Lists are non-null, so the root field is null.
        let response = app.query("{ procedures { nodes { name outcomes(first: 1000) { totalCount } } } library { revision } }").await;
        assert_eq!(response["data"], json!({"procedures": null, "library": {"revision": 1}}));
        assert_eq!(shown_errors(&response), errors(json!(["procedures", "nodes", 0, "outcomes"])));
        // A relation to one may be null.
        let response = app.query(r#"{ procedure(by: {slug: "radiofrequency-microneedling"}) { name up: parent { name outcomes(first: 1000) { totalCount } } } }"#).await;
        assert_eq!(response["data"], json!({"procedure": {"name": "Radiofrequency microneedling", "up": null}}));
        assert_eq!(shown_errors(&response), errors(json!(["procedure", "up", "outcomes"])));
        // A value object may be null, too.
        let response = app.query(r"{ procedures(first: 2) { nodes { slug recovery { speed effects { sources(first: 1000) { totalCount } } } } } }").await;
        assert_eq!(response["data"], json!({"procedures": {"nodes": [{"slug": "botulinum-toxin", "recovery": null}, {"slug": "chemical-peel", "recovery": null}]}}));
        assert_eq!(shown_errors(&response), errors(json!(["procedures", "nodes", 0, "recovery", "effects", 0, "sources"])));
        // Edges and parts are lists as well.
        let response = app.query(r"{ procedures(first: 1) { edges { node { parent { name } adverseEffects { sources(first: -1) { totalCount } } } } } }").await;
        assert_eq!(response["data"], json!({"procedures": null}));
        let path = json!(["procedures", "edges", 0, "node", "adverseEffects", 0, "sources"]);
        assert_eq!(shown_errors(&response), json!([error("BAD_PAGE", "first is -1; the minimum is 0.", path)]));
        // Two errors are both reported.
        let response = app.query(r"{ procedures(first: 1) { nodes { recovery { sources(first: 1000) { totalCount } } results { sources(last: -1) { totalCount } } } } }").await;
        assert_eq!(response["data"], json!({"procedures": {"nodes": [{"recovery": null, "results": null}]}}));
        assert_eq!(shown_errors(&response), json!([
            error("BAD_PAGE", message, json!(["procedures", "nodes", 0, "recovery", "sources"])),
            error("BAD_PAGE", "last is -1; the minimum is 0.", json!(["procedures", "nodes", 0, "results", "sources"])),
        ]));
    }
}

on_both_databases! {
    async fn an_error_in_one_entry_of_nodes_leaves_the_other_entries(app: &TestApp) {
        let found = app.data(r#"{ procedure(by: {slug: "microneedling"}) { id } condition(by: {slug: "acne"}) { id } source(by: {slug: "nhs-botox"}) { id } }"#).await;
        let id = |field: &str| found[field]["id"].as_str().unwrap().to_owned();
        let (procedure, condition, source) = (id("procedure"), id("condition"), id("source"));
        // A malformed id is an error at its entry. The id of a missing record is null without an error.
        let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let response = app.query_with(query, json!({"ids": [procedure, "bad", "Procedure:999999", "Procedure:1 ", condition]})).await;
        assert_eq!(response["data"], json!({"nodes": [{"id": procedure}, null, null, null, {"id": condition}]}));
        assert_eq!(shown_errors(&response), json!([
            error("BAD_ID", NOT_AN_ID, json!(["nodes", 1])),
            error("BAD_ID", NOT_AN_ID, json!(["nodes", 3])),
        ]));
        // If the selection on a type cannot be planned, its entries are null. The error is reported at the first of them.
        let query = "query ($ids: [ID!]!) { nodes(ids: $ids) {
            id
            ... on Procedure { outcomes(first: 101) { totalCount } }
            ... on Source { found: outcomes { nodes { conditions(last: -1) { totalCount } } } }
        } }";
        let response = app.query_with(query, json!({"ids": [condition, procedure, source, procedure, condition]})).await;
        assert_eq!(response["data"], json!({"nodes": [{"id": condition}, null, null, null, {"id": condition}]}));
        assert_eq!(shown_errors(&response), json!([
            error("BAD_PAGE", "first is 101; the maximum is 100.", json!(["nodes", 1, "outcomes"])),
            error("BAD_PAGE", "last is -1; the minimum is 0.", json!(["nodes", 2, "found", "nodes", 0, "conditions"])),
        ]));
        // Without a valid id, nothing is read.
        let alone = app.query_with(query, json!({"ids": ["bad"]})).await;
        assert_eq!(alone["data"], json!({"nodes": [null]}));
        // Errors beyond the limit do not make the response longer.
        let many = app.query_with("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({"ids": vec!["bad"; 100]})).await;
        assert_eq!(many["data"]["nodes"].as_array().unwrap().len(), 100);
        assert_eq!(many["errors"].as_array().unwrap().len(), 20);
    }
}
