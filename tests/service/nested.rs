//! Nested queries, in both directions of relations.

use serde_json::json;

use crate::support::{TestApp, count, on_both_databases};

on_both_databases! {
    async fn what_helps_melasma_how_sure_is_that_and_how_long_am_i_red(app: &TestApp) {
        let query = r#"{
            condition(by: {slug: "melasma"}) {
                outcomes {
                    totalCount
                    nodes {
                        expectedEffect grade evidenceLevel certainty
                        condition { slug }
                        procedure { name recovery { effects { effect duration { text } } } }
                    }
                }
            }
        }"#;
        let data = app.data(query).await;
        let outcomes = &data["condition"]["outcomes"];
        assert_eq!(outcomes["totalCount"], 4);
        let microneedling = json!({
            "expectedEffect": "It can help to even out the tone of the skin and to fade dark areas, sunspots and melasma among them.",
            "grade": "HELPS",
            "evidenceLevel": 2,
            "certainty": "NOT_ASSESSED",
            "condition": {"slug": "hyperpigmentation"},
            "procedure": {"name": "Microneedling", "recovery": {"effects": [
                {"effect": "REDNESS", "duration": {"text": "a few days"}},
                {"effect": "SWELLING", "duration": {"text": "a few days"}},
            ]}},
        });
        assert_eq!(outcomes["nodes"][1], microneedling);
    }
}

on_both_databases! {
    async fn a_finding_has_its_procedure_from_which_it_is_found_again(app: &TestApp) {
        let slug = "microneedling--rosacea--rfmn-rosacea-rct-2016";
        let query = format!(r#"{{
            evidenceItem(by: {{slug: "{slug}"}}) {{
                indirect participants
                source {{ kind evidence {{ nodes {{ slug }} }} }}
                outcome {{
                    slug
                    condition {{ name }}
                    procedure {{ name outcomes(where: {{condition: {{slug: {{eq: "rosacea"}}}}}}) {{ nodes {{ slug evidence {{ nodes {{ slug }} }} }} }} }}
                }}
            }}
        }}"#);
        let data = app.data(&query).await;
        let finding = &data["evidenceItem"];
        assert_eq!((&finding["indirect"], &finding["participants"]), (&json!(true), &json!(21)));
        assert!(finding["source"]["evidence"]["nodes"].as_array().unwrap().contains(&json!({"slug": slug})));
        assert_eq!(finding["outcome"], json!({
            "slug": "microneedling--rosacea",
            "condition": {"name": "Rosacea"},
            "procedure": {"name": "Microneedling", "outcomes": {"nodes": [
                {"slug": "microneedling--rosacea", "evidence": {"nodes": [{"slug": slug}]}},
            ]}},
        }));
    }
}

on_both_databases! {
    async fn a_procedure_has_its_parent_and_its_children(app: &TestApp) {
        let query = r#"{
            procedure(by: {slug: "radiofrequency-microneedling"}) {
                parent { slug parent { slug } children { nodes { slug } } }
                children { totalCount nodes { slug } }
            }
        }"#;
        assert_eq!(app.data(query).await, json!({"procedure": {
            "parent": {
                "slug": "microneedling",
                "parent": null,
                "children": {"nodes": [{"slug": "radiofrequency-microneedling"}]},
            },
            "children": {"totalCount": 0, "nodes": []},
        }}));
    }
}

on_both_databases! {
    async fn each_parent_gets_its_own_page(app: &TestApp) {
        let query = "{ procedures { nodes { slug outcomes(first: 2) { totalCount nodes { slug position } pageInfo { hasNextPage } } } } }";
        let data = app.data(query).await;
        let whole = app.data("{ procedures { nodes { slug outcomes(first: 100) { nodes { slug position } } } } }").await;
        let (pages, wholes) = (data["procedures"]["nodes"].as_array().unwrap(), whole["procedures"]["nodes"].as_array().unwrap());
        assert_eq!(pages.len(), count("Procedure").min(20));
        for (page, whole) in pages.iter().zip(wholes) {
            let all = whole["outcomes"]["nodes"].as_array().unwrap();
            assert_eq!(page["slug"], whole["slug"]);
            assert_eq!(page["outcomes"], json!({
                "totalCount": all.len(),
                "nodes": all.iter().take(2).collect::<Vec<_>>(),
                "pageInfo": {"hasNextPage": all.len() > 2},
            }));
        }
    }
}
