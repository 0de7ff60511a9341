//! Labels of enumeration values for users, and the interface of all records.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::support::{TestApp, on_both_databases};

on_both_databases! {
    async fn every_value_of_an_enumeration_has_words(app: &TestApp) {
        let data = app.data("{ enumerations { __typename name description values { __typename name label description } } }").await;
        let all = data["enumerations"].as_array().unwrap();
        let schema = app.data("{ __schema { types { kind name } } }").await;
        let types = schema["__schema"]["types"].as_array().unwrap().iter().filter(|ty| ty["kind"] == "ENUM");
        let declared: BTreeSet<&str> = types.filter_map(|ty| ty["name"].as_str()).filter(|name| !name.starts_with("__")).collect();
        assert_eq!(all.iter().filter_map(|choice| choice["name"].as_str()).collect::<BTreeSet<_>>(), declared);
        for choice in all {
            let name = choice["name"].as_str().unwrap();
            let query = format!("{{ __type(name: \"{name}\") {{ description enumValues {{ name description }} }} }}");
            let ty = app.data(&query).await["__type"].take();
            assert_eq!(choice["description"], ty["description"], "{name}");
            let values: Json = choice["values"].as_array().unwrap().iter().map(|value| json!({"name": value["name"], "description": value["description"]})).collect();
            assert_eq!(values, ty["enumValues"], "{name}");
            for value in choice["values"].as_array().unwrap() {
                let label = value["label"].as_str().unwrap();
                assert!(label.starts_with(char::is_uppercase) && !label.contains('_'), "{name}: {label}");
            }
        }
    }
}

on_both_databases! {
    async fn the_values_of_enumerations_of_the_service_have_labels(app: &TestApp) {
        for (name, value, label) in [
            ("ContentType", "TREATMENT_OUTCOME", "Treatment outcome"),
            ("SearchField", "PATIENT_SUMMARY", "Patient summary"),
            ("SearchField", "DOI", "DOI"),
            ("SearchMatchKind", "FUZZY", "Similar word"),
            ("OrderDirection", "DESC_NULLS_FIRST", "Descending, missing values first"),
            ("ProcedureDimension", "BODY_AREAS", "Body areas"),
            ("ConditionDimension", "PARENT_DIAGNOSE_FIRST", "Parent: diagnose first"),
            ("ChangeAction", "CREATED", "Created"),
            ("UserErrorCode", "NOT_FOUND", "Not found"),
            ("UserWarningCode", "REVIEW_OUTDATED", "Review outdated"),
        ] {
            let data = app.data(&format!("{{ enumerations(names: [\"{name}\"]) {{ values {{ name label }} }} }}")).await;
            let values = data["enumerations"][0]["values"].as_array().unwrap();
            assert!(values.contains(&json!({"name": value, "label": label})), "{name}: {values:?}");
        }
    }
}

on_both_databases! {
    async fn enumerations_are_selected_by_name_and_an_unknown_name_is_an_error(app: &TestApp) {
        let data = app.data(r#"{ enumerations(names: ["CodeSystem", "Purpose", "CodeSystem"]) { name values { label } } }"#).await;
        assert_eq!(data["enumerations"], json!([
            {"name": "CodeSystem", "values": [{"label": "ICD-10-CM"}, {"label": "MeSH"}]},
            {"name": "Purpose", "values": [{"label": "Cosmetic"}, {"label": "Medical"}]},
        ]));
        assert_eq!(app.data("{ enumerations(names: []) { name } }").await["enumerations"], json!([]));
        let error = app.query(r#"{ enumerations(names: ["Purposes"]) { name } }"#).await["errors"][0].take();
        assert_eq!(error["message"], r#"names: there is no enumeration "Purposes""#);
        assert_eq!(error["extensions"]["code"], "BAD_ARGUMENT");
        let many = format!("{{ enumerations(names: [{}]) {{ name }} }}", "\"Purpose\" ".repeat(1001));
        assert_eq!(app.query(&many).await["errors"][0]["message"], "names: more than 1000 values in one list");
    }
}

on_both_databases! {
    async fn every_record_says_how_to_credit_it(app: &TestApp) {
        let query = r#"{
            procedure(by: {slug: "microneedling"}) { revision attribution { __typename text path licence revision } }
            condition(by: {slug: "melasma"}) { attribution { path } }
            sources(first: 1) { nodes { slug title revision attribution { text path } } }
            treatmentOutcomes(first: 1) { nodes { slug attribution { text path } } }
            library { attribution { text path licence revision } }
        }"#;
        let data = app.data(query).await;
        let end = "Dermagraph content library, revision 1. Educational content, not medical advice.";
        assert_eq!(data["procedure"]["attribution"], json!({
            "__typename": "Attribution",
            "text": format!("Microneedling. {end}"),
            "path": "/explore/procedures/microneedling",
            "licence": "MIT OR Apache-2.0",
            "revision": data["procedure"]["revision"],
        }));
        assert_eq!(data["condition"]["attribution"]["path"], "/explore/conditions/melasma");
        let source = &data["sources"]["nodes"][0];
        let title = source["title"].as_str().unwrap().trim_end_matches('.');
        assert_eq!(source["attribution"], json!({"text": format!("{title}. {end}"), "path": format!("/explore/sources/{}", source["slug"].as_str().unwrap())}));
        let outcome = &data["treatmentOutcomes"]["nodes"][0];
        assert_eq!(outcome["attribution"], json!({"text": format!("{}. {end}", outcome["slug"].as_str().unwrap()), "path": format!("/explore/outcomes/{}", outcome["slug"].as_str().unwrap())}));
        assert_eq!(data["library"]["attribution"], json!({
            "text": "Dermagraph content library. Educational content, not medical advice.",
            "path": null,
            "licence": "MIT OR Apache-2.0",
            "revision": 1,
        }));
    }
}

on_both_databases! {
    async fn all_records_implement_one_interface(app: &TestApp) {
        let query = r#"{ procedure(by: {slug: "microneedling"}) { id outcomes(first: 1) { nodes { id } } } sources(first: 1) { nodes { id } } }"#;
        let data = app.data(query).await;
        let ids = [&data["procedure"]["id"], &data["procedure"]["outcomes"]["nodes"][0]["id"], &data["sources"]["nodes"][0]["id"]];
        let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Record { __typename slug revision notice attribution { licence } } } }";
        let found = app.query_with(query, json!({ "ids": ids })).await["data"]["nodes"].take();
        for (node, id) in found.as_array().unwrap().iter().zip(ids) {
            assert_eq!(&node["id"], id);
            assert!(node["slug"].is_string() && node["notice"].is_string() && node["revision"] == 1, "{node}");
            assert_eq!(node["attribution"]["licence"], "MIT OR Apache-2.0");
        }
        let types = app.data(r#"{ node: __type(name: "Node") { possibleTypes { name } } record: __type(name: "Record") { kind possibleTypes { name } } }"#).await;
        assert_eq!(types["record"]["kind"], "INTERFACE");
        assert_eq!(types["record"]["possibleTypes"], types["node"]["possibleTypes"]);
    }
}
