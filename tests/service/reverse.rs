//! Relations followed from both ends.

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::{TestApp, on_both_databases, slugs};

/// A list at the root, a relation of its records, the list of the records at the other end, and the relation back.
const BOTH_ENDS: &[(&str, &str, &str, &str)] = &[
    ("procedures", "citations", "sources", "procedures"),
    ("conditions", "citations", "sources", "conditions"),
    ("treatmentOutcomes", "citations", "sources", "outcomes"),
    ("biologicalTargets", "citations", "sources", "biologicalTargets"),
    ("adjuncts", "citations", "sources", "adjuncts"),
    ("outcomeMeasures", "citations", "sources", "outcomeMeasures"),
    ("devices", "citations", "sources", "devices"),
    ("treatmentOutcomes", "usedAdjuncts", "adjuncts", "outcomes"),
    ("procedures", "combinedAdjuncts", "adjuncts", "procedures"),
    ("treatmentOutcomes", "measures", "outcomeMeasures", "outcomes"),
    ("outcomeMeasures", "conditions", "conditions", "outcomeMeasures"),
    ("procedures", "targets", "biologicalTargets", "procedures"),
    ("treatmentOutcomes", "targets", "biologicalTargets", "outcomes"),
    ("procedures", "usedDevices", "devices", "procedures"),
    ("procedures", "contraindicatedConditions", "conditions", "contraindicatedProcedures"),
    ("procedures", "bodyAreas", "bodyAreas", "procedures"),
    ("conditions", "bodyAreas", "bodyAreas", "conditions"),
    ("conditions", "ancestors", "conditions", "descendants"),
    ("procedures", "conditions", "conditions", "procedures"),
];

async fn pairs(app: &TestApp, list: &str, relation: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for one in app.every(list, &format!("slug {relation}(first: 100) {{ totalCount nodes {{ slug }} }}")).await {
        let there = slugs(&one[relation]);
        assert_eq!(one[relation]["totalCount"], there.len(), "{list}.{relation}");
        found.extend(there.iter().map(|there| (one["slug"].as_str().unwrap().to_owned(), (*there).to_owned())));
    }
    found
}

on_both_databases! {
    async fn every_relation_is_the_same_from_both_ends(app: &TestApp) {
        for (here, forth, there, back) in BOTH_ENDS {
            let forward = pairs(app, here, forth).await;
            let backward: BTreeSet<_> = pairs(app, there, back).await.into_iter().map(|(there, here)| (here, there)).collect();
            assert_eq!(forward, backward, "{here}.{forth} and {there}.{back}");
            assert!(!forward.is_empty() || *forth == "bodyAreas", "{here}.{forth} is empty everywhere");
        }
    }
}

on_both_databases! {
    async fn foreign_keys_are_the_same_from_both_ends(app: &TestApp) {
        let keys = [
            ("treatmentOutcomes", "procedure", "procedures", "outcomes"),
            ("evidenceItems", "outcome", "treatmentOutcomes", "evidence"),
            ("evidenceItems", "source", "sources", "evidence"),
            ("evidenceItems", "measure", "outcomeMeasures", "evidence"),
            ("procedures", "parent", "procedures", "children"),
            ("conditions", "parent", "conditions", "children"),
            ("adjuncts", "parent", "adjuncts", "children"),
            ("devices", "parent", "devices", "children"),
            ("bodyAreas", "parent", "bodyAreas", "children"),
        ];
        for (here, forth, there, back) in keys {
            let forward: BTreeSet<(String, String)> = app
                .every(here, &format!("slug {forth} {{ slug }}"))
                .await
                .iter()
                .filter_map(|one| Some((one[forth]["slug"].as_str()?.to_owned(), one["slug"].as_str()?.to_owned())))
                .collect();
            assert_eq!(forward, pairs(app, there, back).await, "{here}.{forth} and {there}.{back}");
            assert!(!forward.is_empty(), "{here}.{forth}");
        }
    }
}

on_both_databases! {
    async fn records_that_cite_a_source_are_found_from_it(app: &TestApp) {
        let query = r#"{
            source(by: {slug: "mn-prp-acne-meta-2021"}) {
                procedures { nodes { slug } } outcomes { nodes { slug } } outcomeMeasures { nodes { slug } }
                evidence { nodes { slug outcome { slug } } } conditions { totalCount } devices { totalCount }
            }
        }"#;
        let outcome = "microneedling--acne-scars";
        let data = app.data(query).await["source"].take();
        assert_eq!(slugs(&data["procedures"]), ["microneedling", "platelet-rich-plasma"]);
        assert_eq!(slugs(&data["outcomes"]), [outcome]);
        assert_eq!(data["evidence"], json!({"nodes": [{"slug": format!("{outcome}--mn-prp-acne-meta-2021"), "outcome": {"slug": outcome}}]}));
        assert_eq!(data["conditions"], json!({"totalCount": 1}));
    }
}

on_both_databases! {
    async fn outcomes_that_use_an_adjunct_or_a_measure_are_found_from_it(app: &TestApp) {
        let query = r#"{
            adjunct(by: {slug: "minoxidil-topical"}) { parent { slug } outcomes { nodes { slug } } procedures { nodes { slug } } }
            outcomeMeasure(by: {slug: "masi"}) { conditions { nodes { slug } } outcomes { nodes { slug } } evidence { nodes { source { slug } } } }
        }"#;
        assert_eq!(app.data(query).await, json!({
            "adjunct": {
                "parent": {"slug": "topical-hair-treatment"},
                "outcomes": {"nodes": [{"slug": "microneedling--alopecia"}]},
                "procedures": {"nodes": [{"slug": "low-level-light-therapy"}]},
            },
            "outcomeMeasure": {
                "conditions": {"nodes": [{"slug": "melasma"}]},
                "outcomes": {"nodes": [{"slug": "chemical-peel--melasma"}, {"slug": "microneedling--hyperpigmentation"}, {"slug": "pigment-laser--melasma"}]},
                "evidence": {"nodes": [{"source": {"slug": "peels-melasma-sr-2024"}}, {"source": {"slug": "qs-melasma-meta-2023"}}]},
            },
        }));
    }
}

on_both_databases! {
    async fn procedures_that_act_on_a_target_or_use_a_device_are_found_from_it(app: &TestApp) {
        let query = r#"{
            biologicalTarget(by: {slug: "elastin"}) { procedures { nodes { slug } } outcomes { nodes { slug } } }
            device(by: {slug: "dermal-roller"}) { parent { slug procedures { nodes { slug } } } procedures { nodes { slug } } }
        }"#;
        let microneedling = json!({"nodes": [{"slug": "microneedling"}]});
        assert_eq!(app.data(query).await, json!({
            "biologicalTarget": {"procedures": microneedling, "outcomes": {"nodes": [{"slug": "microneedling--fine-lines-and-wrinkles"}]}},
            "device": {"parent": {"slug": "microneedling-device", "procedures": microneedling}, "procedures": microneedling},
        }));
    }
}

on_both_databases! {
    async fn contraindicated_procedures_are_found_from_their_condition(app: &TestApp) {
        let query = r#"{
            condition(by: {slug: "keloids"}) {
                contraindicatedProcedures {
                    totalCount
                    nodes { slug contraindications { name strength condition { slug } } }
                }
            }
        }"#;
        let procedures = app.data(query).await["condition"]["contraindicatedProcedures"].take();
        assert_eq!(slugs(&procedures), ["chemical-peel", "dermabrasion", "fractional-co2-laser", "microneedling"]);
        assert_eq!(procedures["totalCount"], 4);
        let reason = json!({"name": "Tendency to form keloids", "strength": "NOT_GRADED", "condition": {"slug": "keloids"}});
        assert!(procedures["nodes"][3]["contraindications"].as_array().unwrap().contains(&reason), "{procedures}");
    }
}

on_both_databases! {
    async fn conditions_are_found_by_their_code(app: &TestApp) {
        let query = r"query ($system: CodeSystem!, $code: String!) {
            conditions(where: {codes: {some: {system: {eq: $system}, code: {eq: $code}}}}) { nodes { slug codes { system code match } } }
            exact: conditions(where: {codes: {some: {system: {eq: $system}, code: {eq: $code}, match: {eq: EXACT}}}}) { nodes { slug } }
        }";
        let response = app.query_with(query, json!({"system": "ICD10CM", "code": "L91.0"})).await;
        assert_eq!(slugs(&response["data"]["conditions"]), ["hypertrophic-scars", "keloids"]);
        assert_eq!(response["data"]["conditions"]["nodes"][1]["codes"], json!([
            {"system": "ICD10CM", "code": "L91.0", "match": "BROADER"}, {"system": "MESH", "code": "D007627", "match": "EXACT"},
        ]));
        assert_eq!(response["data"]["exact"], json!({"nodes": []}));
        let other = app.query_with(query, json!({"system": "MESH", "code": "L91.0"})).await;
        assert_eq!(other["data"]["conditions"], json!({"nodes": []}), "a code belongs to its system");
        let exact = app.query_with(query, json!({"system": "MESH", "code": "D007627"})).await;
        assert_eq!(slugs(&exact["data"]["exact"]), ["keloids"]);
    }
}
