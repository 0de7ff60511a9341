//! What a selection can contain: aliases, fragments, directives, variables, merged fields, depth.

use serde_json::{Value as Json, json};

use crate::support::{TestApp, count, on_both_databases, slugs};

on_both_databases! {
    async fn aliases_name_the_same_field_with_other_arguments(app: &TestApp) {
        let query = r#"{
            procedure(by: {slug: "microneedling"}) {
                first: outcomes(first: 1) { nodes { position } }
                last: outcomes(last: 1) { nodes { position } }
                named: outcomes(where: {condition: {slug: {eq: "rosacea"}}}) { total: totalCount nodes { place: position slug slug2: slug } }
                outcomes(first: 2) { nodes { position } }
            }
            other: procedure(by: {slug: "chemical-peel"}) { title: name }
        }"#;
        let slug = "microneedling--rosacea";
        assert_eq!(app.data(query).await, json!({
            "procedure": {
                "first": {"nodes": [{"position": 1}]},
                "last": {"nodes": [{"position": 9}]},
                "named": {"total": 1, "nodes": [{"place": 9, "slug": slug, "slug2": slug}]},
                "outcomes": {"nodes": [{"position": 1}, {"position": 2}]},
            },
            "other": {"title": "Chemical peel"},
        }));
    }
}

on_both_databases! {
    async fn the_fields_of_a_response_are_in_the_order_of_the_selection(app: &TestApp) {
        let response = app
            .client()
            .post(format!("{}/graphql", app.address))
            .json(&json!({"query": r#"{ b: procedure(by: {slug: "microneedling"}) { slug name category } library { notice revision } a: procedure(by: {slug: "microneedling"}) { category slug } }"#}))
            .send()
            .await
            .unwrap();
        let body = response.text().await.unwrap();
        let positions: Vec<usize> = [r#""b":{"slug""#, r#""name""#, r#""category""#, r#""library":{"notice""#, r#""revision""#, r#""a":{"category""#]
            .iter()
            .map(|text| body.find(text).unwrap_or_else(|| panic!("{text} is not in {body}")))
            .collect();
        assert!(positions.is_sorted(), "{body}");
    }
}

on_both_databases! {
    async fn fragments_on_the_interface_and_on_types_are_followed(app: &TestApp) {
        let ids = app.data(r#"{ a: condition(by: {slug: "melasma"}) { id } b: procedure(by: {slug: "microneedling"}) { id } c: source(by: {slug: "mesh-2025-07"}) { id } }"#).await;
        let query = "
            query ($ids: [ID!]!) { nodes(ids: $ids) { __typename ...Common ... on Procedure { category ...Names } ...Names2 } }
            fragment Common on Node { id ... on Condition { kind } ...Deep }
            fragment Names on Procedure { name }
            fragment Names2 on Condition { name parent { ...Names3 } }
            fragment Names3 on Condition { ... on Node { ... on Condition { name } } }
            fragment Deep on Node { ... { ... on Source { extentRead } } }
        ";
        let response = app.query_with(query, json!({"ids": [ids["a"]["id"], ids["b"]["id"], ids["c"]["id"]]})).await;
        assert_eq!(response, json!({"data": {"nodes": [
            {"__typename": "Condition", "id": ids["a"]["id"], "kind": "PIGMENT_DISORDER", "name": "Melasma", "parent": {"name": "Hyperpigmentation"}},
            {"__typename": "Procedure", "id": ids["b"]["id"], "category": "NEEDLING", "name": "Microneedling"},
            {"__typename": "Source", "id": ids["c"]["id"], "extentRead": response["data"]["nodes"][2]["extentRead"]},
        ]}}));
        assert!(response["data"]["nodes"][2]["extentRead"].is_string());
    }
}

on_both_databases! {
    async fn fragments_work_at_the_root_in_connections_and_in_value_objects(app: &TestApp) {
        let query = r#"
            { ...Root ... on Query { library { ...Library } } }
            fragment Root on Query { procedures(first: 1, where: {slug: {eq: "microneedling"}}) { ...Page } }
            fragment Page on ProcedureConnection { edges { ...Edge } pageInfo { ... on PageInfo { hasNextPage } } ...Count }
            fragment Count on ProcedureConnection { totalCount }
            fragment Edge on ProcedureEdge { node { recovery { ...Recovery } codes { ...Code } } }
            fragment Recovery on Recovery { speed effects { ... on RecoveryEffect { effect duration { ...Duration } } } }
            fragment Duration on Duration { text sources { nodes { ... on Source { slug } } } }
            fragment Code on Code { code }
            fragment Library on Library { counts { ...Counts } }
            fragment Counts on LibraryCounts { procedures }
        "#;
        let duration = json!({"text": "a few days", "sources": {"nodes": [{"slug": "what-is-microneedling"}]}});
        assert_eq!(app.data(query).await, json!({
            "procedures": {
                "edges": [{"node": {
                    "recovery": {"speed": "QUICK", "effects": [{"effect": "REDNESS", "duration": duration}, {"effect": "SWELLING", "duration": duration}]},
                    "codes": [{"code": "D000097244"}],
                }}],
                "pageInfo": {"hasNextPage": false},
                "totalCount": 1,
            },
            "library": {"counts": {"procedures": count("Procedure")}},
        }));
    }
}

on_both_databases! {
    async fn skip_and_include_take_literals_variables_and_defaults(app: &TestApp) {
        let query = r#"
            query ($yes: Boolean! = true, $no: Boolean = false, $given: Boolean!, $turned: Boolean = true) {
                procedure(by: {slug: "microneedling"}) {
                    a: slug @skip(if: true) b: slug @skip(if: false) c: slug @include(if: true) d: slug @include(if: false)
                    e: slug @skip(if: $yes) f: slug @skip(if: $no) g: slug @include(if: $yes) h: slug @include(if: $no)
                    i: slug @skip(if: $given) j: slug @include(if: $given) k: slug @include(if: $turned)
                    l: slug @include(if: true) @skip(if: true)
                    ... @include(if: $no) { m: slug } ...N @skip(if: $no)
                    recovery { speed @skip(if: $no) summary @include(if: $no) }
                }
                gone: procedures(first: 1000) @include(if: $no) { totalCount }
            }
            fragment N on Procedure { n: slug o: slug @skip(if: $yes) }
        "#;
        let response = app.query_with(query, json!({"given": true, "turned": false})).await;
        let slug = "microneedling";
        assert_eq!(response, json!({"data": {"procedure": {
            "b": slug, "c": slug, "f": slug, "g": slug, "j": slug, "n": slug, "recovery": {"speed": "QUICK"},
        }}}));
    }
}

on_both_databases! {
    async fn every_object_has_a_typename(app: &TestApp) {
        let query = r#"{
            __typename
            library { __typename counts { __typename } }
            procedure(by: {slug: "microneedling"}) {
                __typename kind: __typename
                codes { __typename }
                technique { __typename }
                mechanism { __typename actions { __typename target { __typename } sources { __typename } } }
                outcomes(first: 1) { __typename nodes { __typename } edges { __typename node { __typename } } pageInfo { __typename } }
            }
        }"#;
        let action = json!({"__typename": "MechanismAction", "target": {"__typename": "BiologicalTarget"}, "sources": {"__typename": "SourceConnection"}});
        assert_eq!(app.data(query).await, json!({
            "__typename": "Query",
            "library": {"__typename": "Library", "counts": {"__typename": "LibraryCounts"}},
            "procedure": {
                "__typename": "Procedure", "kind": "Procedure",
                "codes": [{"__typename": "Code"}],
                "technique": {"__typename": "Technique"},
                "mechanism": {"__typename": "Mechanism", "actions": [action, action, action]},
                "outcomes": {
                    "__typename": "TreatmentOutcomeConnection",
                    "nodes": [{"__typename": "TreatmentOutcome"}],
                    "edges": [{"__typename": "TreatmentOutcomeEdge", "node": {"__typename": "TreatmentOutcome"}}],
                    "pageInfo": {"__typename": "PageInfo"},
                },
            },
        }));
    }
}

on_both_databases! {
    async fn fields_of_one_response_key_are_merged(app: &TestApp) {
        let query = r#"
            {
                procedure(by: {slug: "microneedling"}) { name outcomes(first: 1) { nodes { slug } } recovery { speed } }
                procedure(by: {slug: "microneedling"}) { slug name outcomes(first: 1) { totalCount nodes { position condition { slug } } } }
                ... on Query { procedure(by: {slug: "microneedling"}) { recovery { effects { effect } } ...More } }
                library { revision }
                library { counts { procedures } counts { sources } }
            }
            fragment More on Procedure { outcomes(first: 1) { nodes { condition { name } } } codes { code } codes { system } }
        "#;
        assert_eq!(app.data(query).await, json!({
            "procedure": {
                "name": "Microneedling",
                "outcomes": {"nodes": [{"slug": "microneedling--acne-scars", "position": 1, "condition": {"slug": "acne-scars", "name": "Acne scars"}}], "totalCount": 9},
                "recovery": {"speed": "QUICK", "effects": [{"effect": "REDNESS"}, {"effect": "SWELLING"}]},
                "slug": "microneedling",
                "codes": [{"code": "D000097244", "system": "MESH"}],
            },
            "library": {"revision": 1, "counts": {"procedures": count("Procedure"), "sources": count("Source")}},
        }));
    }
}

on_both_databases! {
    async fn variables_and_their_defaults_reach_into_filters_orders_and_pages(app: &TestApp) {
        let query = "
            query ($n: Int = 2, $text: String = \"laser\", $c: ProcedureCategory = LASER, $up: OrderDirection = DESC, $where: SourceWhere = {year: {gte: 2020}}) {
                procedures(first: $n, orderBy: [{name: $up}], where: {and: [{category: {eq: $c}}, {name: {contains: $text}}]}) { nodes { slug } }
                sources(where: $where) { totalCount }
            }";
        let defaults = app.query(query).await;
        assert_eq!(slugs(&defaults["data"]["procedures"]), ["pulsed-dye-laser", "pigment-laser"]);
        let since = app.data("{ sources(where: {year: {gte: 2020}}) { totalCount } none: sources(where: {year: {lt: 1900}}) { totalCount } }").await;
        assert_eq!(defaults["data"]["sources"], since["sources"]);
        let given = json!({"n": 1, "text": "LIGHT", "c": "LIGHT", "up": "ASC", "where": {"year": {"lt": 1900}}});
        let given = app.query_with(query, given).await;
        assert_eq!(slugs(&given["data"]["procedures"]), ["intense-pulsed-light"]);
        assert_eq!(given["data"]["sources"], since["none"]);
        let null = app.query_with(query, json!({"n": null, "where": null})).await;
        assert_eq!(slugs(&null["data"]["procedures"]).len(), 5, "null is not the default: it is a page of twenty");
        assert_eq!(null["data"]["sources"], json!({"totalCount": count("Source")}));
    }
}

on_both_databases! {
    async fn an_input_field_without_its_variable_is_left_out(app: &TestApp) {
        let query = "query ($q: String, $w: ProcedureWhere) { procedures(where: {name: {contains: $q}}) { totalCount } all: procedures(where: $w) { totalCount } }";
        let all = json!({"totalCount": count("Procedure")});
        assert_eq!(app.query(query).await, json!({"data": {"procedures": all, "all": all}}));
        let some = app.query_with(query, json!({"q": "peel"})).await;
        assert_eq!(some, json!({"data": {"procedures": {"totalCount": 1}, "all": all}}));
    }
}

on_both_databases! {
    async fn a_single_value_is_coerced_to_a_list_of_one(app: &TestApp) {
        let query = "query ($c: [ProcedureCategory!] = LASER, $o: [ProcedureOrder!], $w: ProcedureWhere, $id: [ID!]!) {
            literal: procedures(where: {category: {in: LASER}}, orderBy: {name: ASC}) { totalCount }
            default: procedures(where: {category: {in: $c}}) { totalCount }
            variable: procedures(where: $w, orderBy: $o) { nodes { slug } }
            joined: procedures(where: {or: {category: {eq: LIGHT}}}) { totalCount }
            nodes(ids: $id) { id }
        }";
        let id = app.data(r#"{ procedure(by: {slug: "microneedling"}) { id } }"#).await["procedure"].take();
        let variables = json!({"o": {"name": "DESC"}, "w": {"category": {"in": "LIGHT"}}, "id": id["id"]});
        assert_eq!(app.query_with(query, variables).await["data"], json!({
            "literal": {"totalCount": 5},
            "default": {"totalCount": 5},
            "variable": {"nodes": [{"slug": "photodynamic-therapy"}, {"slug": "low-level-light-therapy"}, {"slug": "intense-pulsed-light"}]},
            "joined": {"totalCount": 3},
            "nodes": [id],
        }));
    }
}

/// Returns a selection that alternates between procedures, outcomes and conditions, with this number of nested
/// relations.
fn mutual(depth: usize, from_procedure: bool) -> String {
    if depth == 0 {
        return "slug".to_owned();
    }
    let to_one = if from_procedure { "condition" } else { "procedure" };
    let below = mutual(depth.saturating_sub(2), !from_procedure);
    if depth == 1 {
        return format!("slug outcomes(first: 3) {{ nodes {{ {below} }} }}");
    }
    format!("slug outcomes(first: 3) {{ nodes {{ slug {to_one} {{ {below} }} }} }}")
}

/// Returns the number of nested relations in a response. Checks that each level is related to the one above.
fn descend(at: &Json, from_procedure: bool) -> usize {
    let Some(outcomes) = at.get("outcomes") else { return 0 };
    let to_one = if from_procedure { "condition" } else { "procedure" };
    let deepest = outcomes["nodes"].as_array().unwrap().iter().map(|outcome| {
        let Some(next) = outcome.get(to_one) else { return 1 };
        2 + descend(next, !from_procedure)
    });
    deepest.max().unwrap_or(2)
}

on_both_databases! {
    async fn relations_nest_ten_deep_from_either_side(app: &TestApp) {
        for (root, from_procedure) in [(r#"procedure(by: {slug: "microneedling"})"#, true), (r#"condition(by: {slug: "acne-scars"})"#, false)] {
            let data = app.data(&format!("{{ root: {root} {{ {} }} }}", mutual(10, from_procedure))).await;
            assert_eq!(descend(&data["root"], from_procedure), 10, "{data}");
            // A nested branch has the same response as the same query alone.
            let key = if from_procedure { "condition" } else { "procedure" };
            let inner = &data["root"]["outcomes"]["nodes"][0][key];
            let alone = app.data(&format!(r"{{ root: {key}(by: {{slug: {}}}) {{ {} }} }}", inner["slug"], mutual(8, !from_procedure))).await;
            assert_eq!(*inner, alone["root"]);
        }
    }
}

on_both_databases! {
    async fn relations_to_the_same_type_can_be_nested(app: &TestApp) {
        let query = r#"{
            condition(by: {slug: "upper-facial-lines"}) {
                parent { parent { children { nodes { children(where: {slug: {eq: "upper-facial-lines"}}) { nodes { slug parent { parent { slug parent { slug } } } } } } } } }
            }
        }"#;
        let itself = json!({"slug": "upper-facial-lines", "parent": {"parent": {"slug": "fine-lines-and-wrinkles", "parent": null}}});
        assert_eq!(app.data(query).await["condition"]["parent"]["parent"]["children"]["nodes"], json!([
            {"children": {"nodes": []}}, {"children": {"nodes": [itself]}},
        ]));
    }
}
