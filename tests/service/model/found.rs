//! Failures that tests with the model found, reduced to small cases.

use serde_json::{Value as Json, json};

use crate::support::{TestApp, on_both_databases};

on_both_databases! {
    async fn a_page_before_a_cursor_ends_at_the_cursor(app: &TestApp) {
        let all = app.data("{ conditions(first: 5) { edges { cursor } } }").await;
        let cursor = |at: usize| all["conditions"]["edges"][at]["cursor"].as_str().unwrap().to_owned();
        let (first, last) = (cursor(0), cursor(3));
        let query = format!(
            r#"{{
                forward: conditions(first: 2, after: "{first}", before: "{last}") {{ nodes {{ id }} pageInfo {{ hasNextPage }} }}
                backward: conditions(last: 2, after: "{first}", before: "{last}") {{ nodes {{ id }} pageInfo {{ hasPreviousPage }} }}
            }}"#
        );
        let pages = app.data(&query).await;
        assert_eq!(pages["forward"]["nodes"], pages["backward"]["nodes"]);
        assert_eq!(pages["forward"]["pageInfo"], json!({"hasNextPage": false}), "a walk from the start would never end");
        assert_eq!(pages["backward"]["pageInfo"], json!({"hasPreviousPage": false}), "a walk from the end would never end");
    }
}

on_both_databases! {
    async fn records_without_a_parent_are_first_if_requested(app: &TestApp) {
        let query = "{
            byName: conditions(first: 1, orderBy: [{parent: {name: ASC_NULLS_FIRST}}]) { nodes { parent { name } } }
            byCount: conditions(first: 1, orderBy: [{parent: {children: {count: DESC_NULLS_FIRST}}}]) { nodes { parent { name } } }
        }";
        let orphan = json!({"nodes": [{"parent": null}]});
        assert_eq!(app.data(query).await, json!({"byName": orphan, "byCount": orphan}));
    }
}

on_both_databases! {
    async fn the_character_zero_is_refused_in_texts_and_cursors(app: &TestApp) {
        let found = app.data("{ conditions(first: 1) { edges { cursor } } }").await;
        let cursor = found["conditions"]["edges"][0]["cursor"].as_str().unwrap();
        let query = r"query ($cursor: String) {
            slug: procedure(by: {slug: \u0000}) { id }
            part: sources(where: {title: {contains: \u0000}}) { totalCount }
            list: sources(where: {title: {in: [\u0000]}}) { totalCount }
            cursor: conditions(after: $cursor) { totalCount }
        }";
        let query = query.replace(r"\u0000", "\"\\u0000\"");
        let response = app.query_with(&query, json!({"cursor": with_zero(cursor)})).await;
        let codes: Json = response["errors"].as_array().unwrap().iter().map(|error| error["extensions"]["code"].clone()).collect();
        assert_eq!(codes, json!(["BAD_ARGUMENT", "BAD_ARGUMENT", "BAD_ARGUMENT", "BAD_CURSOR"]));
    }
}

on_both_databases! {
    async fn a_cursor_of_a_list_of_many_parents_works_for_its_parent_alone(app: &TestApp) {
        let all = app.data("{ procedures(first: 5) { nodes { slug sources { edges { cursor node { slug } } } } } }").await;
        for procedure in all["procedures"]["nodes"].as_array().unwrap() {
            let slug = procedure["slug"].as_str().unwrap();
            let edges = procedure["sources"]["edges"].as_array().unwrap();
            let cursor = edges[0]["cursor"].as_str().unwrap();
            let query = format!(
                r#"{{ procedure(by: {{slug: "{slug}"}}) {{ sources(after: "{cursor}") {{ edges {{ cursor node {{ slug }} }} }} }} }}"#
            );
            let alone = app.data(&query).await;
            assert_eq!(alone["procedure"]["sources"]["edges"].as_array().unwrap(), &edges[1..], "{slug}");
        }
    }
}

on_both_databases! {
    async fn a_sigma_at_the_end_of_a_word_is_a_sigma(app: &TestApp) {
        let rename = "UPDATE source SET title = 'ΟΔΟΣ ΤΗΣ ΥΓΕΙΑΣ' WHERE slug = 'what-is-microneedling'";
        sea_orm::ConnectionTrait::execute_unprepared(&**app.store.writer(), rename).await.unwrap();
        for operator in [r#"contains: "Σ ΤΗΣ""#, r#"contains: "οδοσ""#, r#"contains: "οδος τ""#, r#"endsWith: "Σ""#] {
            let data = app.data(&format!("{{ sources(where: {{title: {{{operator}}}}}) {{ nodes {{ slug }} }} }}")).await;
            assert_eq!(data["sources"]["nodes"], json!([{"slug": "what-is-microneedling"}]), "{operator}");
        }
    }
}

/// Returns a cursor with U+0000 in its text.
fn with_zero(cursor: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let mut values: Json = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).unwrap()).unwrap();
    values[1] = json!("a\0");
    URL_SAFE_NO_PAD.encode(values.to_string())
}
