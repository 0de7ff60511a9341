//! Value objects: they are stored with their owner, read according to the selection, and can refer to records.

use serde_json::json;

use crate::support::{TestApp, on_both_databases};

on_both_databases! {
    async fn a_vague_duration_repeats_its_words_and_has_no_numbers(app: &TestApp) {
        let query = r#"{
            procedure(by: {slug: "microneedling"}) {
                recovery {
                    speed backToNormal { text }
                    effects { name severity duration { text unit min max approximate } }
                    downtime { max min unit text approximate sources { nodes { slug } } }
                }
            }
        }"#;
        let vague = json!({"text": "a few days", "unit": "DAY", "min": null, "max": null, "approximate": true});
        assert_eq!(app.data(query).await["procedure"]["recovery"], json!({
            "speed": "QUICK",
            "backToNormal": null,
            "effects": [
                {"name": "Redness", "severity": null, "duration": vague},
                {"name": "Swelling", "severity": "MILD", "duration": vague},
            ],
            "downtime": [{
                "max": 3.0, "min": 2.0, "unit": "DAY", "text": "2 to 3 days", "approximate": true,
                "sources": {"nodes": [{"slug": "jdd-microneedling-acne"}]},
            }],
        }));
    }
}

on_both_databases! {
    async fn a_mechanism_refers_to_its_targets_in_order(app: &TestApp) {
        let query = r#"{
            procedure(by: {slug: "microneedling"}) {
                mechanism { actions { position action aspect target { slug name supports codes { system code } } } }
            }
        }"#;
        let collagen = json!({"slug": "collagen", "name": "Collagen", "supports": ["FIRMNESS", "ELASTICITY"], "codes": [{"system": "MESH", "code": "D003094"}]});
        let elastin = json!({"slug": "elastin", "name": "Elastin", "supports": ["FIRMNESS", "ELASTICITY"], "codes": [{"system": "MESH", "code": "D004549"}]});
        let healing = json!({"slug": "wound-healing-response", "name": "Natural wound-healing response", "supports": [], "codes": [{"system": "MESH", "code": "D014945"}]});
        assert_eq!(app.data(query).await["procedure"]["mechanism"]["actions"], json!([
            {"position": 1, "action": "STIMULATES", "aspect": null, "target": healing},
            {"position": 2, "action": "INCREASES", "aspect": "PRODUCTION", "target": collagen},
            {"position": 3, "action": "INCREASES", "aspect": "PRODUCTION", "target": elastin},
        ]));
    }
}

on_both_databases! {
    async fn references_in_lists_of_value_objects_may_be_missing(app: &TestApp) {
        let query = r#"{
            procedure(by: {slug: "microneedling"}) {
                steps { title device { slug needles { multiple sterile } } applicationModes }
                combinations { canStandAlone items { requirement partner { adjunct { slug equivalentProcedure { slug } } procedure { slug } } } }
                parameters { dependsOn ranges { min max unit condition { slug } bodyArea { slug } } }
                regulatory { minimumAge conditions(first: 2) { totalCount nodes { slug } pageInfo { hasNextPage } } }
            }
        }"#;
        assert_eq!(app.data(query).await["procedure"], json!({
            "steps": [
                {"title": "Numb the skin", "device": null, "applicationModes": []},
                {"title": "Needle the skin", "device": {"slug": "microneedling-device", "needles": {"multiple": true, "sterile": true}}, "applicationModes": ["ROLLED", "PRESSED"]},
            ],
            "combinations": {"canStandAlone": true, "items": [
                {"requirement": "OPTIONAL", "partner": {"adjunct": {"slug": "topical-serum", "equivalentProcedure": null}, "procedure": null}},
                {"requirement": "OPTIONAL", "partner": {"adjunct": {"slug": "platelet-rich-plasma-adjunct", "equivalentProcedure": {"slug": "platelet-rich-plasma"}}, "procedure": null}},
            ]},
            "parameters": [{"dependsOn": ["TREATMENT_GOAL", "TREATED_AREA"], "ranges": [
                {"min": 0.5, "max": 3.0, "unit": "mm", "condition": null, "bodyArea": null},
                {"min": 1.5, "max": 1.5, "unit": "mm", "condition": {"slug": "acne-scars"}, "bodyArea": null},
            ]}],
            "regulatory": [{"minimumAge": 22, "conditions": {
                "totalCount": 3, "nodes": [{"slug": "acne-scars"}, {"slug": "wrinkles"}], "pageInfo": {"hasNextPage": true},
            }}, {"minimumAge": null, "conditions": {"totalCount": 0, "nodes": [], "pageInfo": {"hasNextPage": false}}}],
        }));
    }
}

on_both_databases! {
    async fn a_record_in_a_value_object_has_its_relations(app: &TestApp) {
        let query = r#"{
            procedure(by: {slug: "microneedling"}) {
                mechanism { actions { target { procedures(first: 1, where: {slug: {ne: "microneedling"}}) { nodes { slug steps { device { slug } } } } } } }
            }
        }"#;
        let data = app.data(query).await;
        let actions = data["procedure"]["mechanism"]["actions"].as_array().unwrap();
        let others: Vec<_> = actions.iter().map(|action| &action["target"]["procedures"]["nodes"][0]["slug"]).collect();
        assert_eq!(others[1], "dermabrasion");
        assert_eq!(others.len(), 3);
    }
}

on_both_databases! {
    async fn every_object_has_its_own_sources_or_inherits_them(app: &TestApp) {
        let query = r#"{
            procedure(by: {slug: "microneedling"}) {
                sources { nodes { slug } }
                technique { sources { nodes { slug } } }
                recovery { effects { duration { sources { nodes { slug } } } } }
                generalEffectiveness { sources { nodes { slug } } caveats { sources { nodes { slug } } } }
                codes { sources { nodes { slug } } }
                devices { device { slug } sources { nodes { slug } } }
            }
        }"#;
        let from = |slug: &str| json!({"nodes": [{ "slug": slug }]});
        let text = from("what-is-microneedling");
        let fda = from("fda-microneedling-devices");
        assert_eq!(app.data(query).await["procedure"], json!({
            "sources": text,
            "technique": {"sources": text},
            "recovery": {"effects": [{"duration": {"sources": text}}, {"duration": {"sources": text}}]},
            "generalEffectiveness": {"sources": text, "caveats": [{"sources": from("statpearls-microneedling")}]},
            "codes": [{"sources": from("mesh-2025-07")}],
            "devices": [
                {"device": {"slug": "microneedling-device"}, "sources": text},
                {"device": {"slug": "dermal-roller"}, "sources": fda},
                {"device": {"slug": "needle-stamp"}, "sources": fda},
                {"device": {"slug": "needling-pen"}, "sources": fda},
            ],
        }));
    }
}

on_both_databases! {
    async fn single_fields_may_have_sources_of_their_own_or_none(app: &TestApp) {
        let query = r#"{
            own: procedure(by: {slug: "microneedling"}) { fieldSources { field sources { totalCount nodes { slug } } } }
            editorial: procedure(by: {slug: "chemical-peel"}) { invasiveness fieldSources { field sources { totalCount } } }
            outcome: treatmentOutcome(by: {slug: "microneedling--alopecia"}) { fieldSources { field sources { nodes { slug } } } measures { nodes { slug } } }
        }"#;
        assert_eq!(app.data(query).await, json!({
            "own": {"fieldSources": [{"field": "aliases", "sources": {"totalCount": 3, "nodes": [
                {"slug": "what-is-microneedling"}, {"slug": "mesh-2025-07"}, {"slug": "statpearls-microneedling"},
            ]}}]},
            "editorial": {"invasiveness": "MINIMALLY_INVASIVE", "fieldSources": [
                {"field": "invasiveness", "sources": {"totalCount": 0}}, {"field": "aliases", "sources": {"totalCount": 2}},
            ]},
            "outcome": {"fieldSources": [
                {"field": "measures", "sources": {"nodes": [{"slug": "mn-aga-meta-2025"}]}},
                {"field": "caveat", "sources": {"nodes": [{"slug": "mn-aga-meta-2025"}, {"slug": "phl-network-meta-2023"}]}},
            ], "measures": {"nodes": [{"slug": "hair-density"}]}},
        }));
    }
}

on_both_databases! {
    async fn lists_inside_value_objects_are_those_of_their_own_row(app: &TestApp) {
        // Rows without a value object, with an empty list and with several lists are mixed here.
        let selection = "slug recovery { effects { sources(first: 100) { nodes { slug } } } downtime { sources(first: 100) { nodes { slug } } } } variants { slug recovery { sources(first: 100) { nodes { slug } } } } results { sources(first: 100) { nodes { slug } } }";
        let together = app.every("procedures", selection).await;
        let mut lists = 0;
        for one in &together {
            let slug = one["slug"].as_str().unwrap();
            let alone = app.data(&format!(r#"{{ procedure(by: {{slug: "{slug}"}}) {{ {selection} }} }}"#)).await;
            assert_eq!(*one, alone["procedure"]);
            lists += alone.to_string().matches("sources").count();
        }
        assert!(lists > 20, "{lists}");
    }
}

on_both_databases! {
    async fn lists_of_texts_have_the_same_bytes_on_every_database(app: &TestApp) {
        let key = "treatmentOutcomes { groups(by: [PROCEDURE], first: 1) { nodes { key { procedure { aliases } } } } }";
        let query = format!("{{ procedure(by: {{slug: \"botulinum-toxin\"}}) {{ aliases }} {key} }}");
        let response = app.client().post(format!("{}/graphql", app.address)).json(&json!({"query": query})).send().await.unwrap();
        let body = response.text().await.unwrap();
        let aliases = "\"aliases\":[\"Botox injections\",\"Botulinum toxin type A\"";
        assert_eq!(body.matches(aliases).count(), 2, "{body}");
    }
}
