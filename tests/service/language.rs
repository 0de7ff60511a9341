//! The GraphQL language: documents mean what the specification says, and the validated document is the one that is run.

use serde_json::{Value as Json, json};

use crate::support::{TestApp, count, on_both_databases, publish, shown_errors, starter_documents};

on_both_databases! {
    async fn a_comment_is_allowed_wherever_a_space_is(app: &TestApp) {
        let plain = app.data("{ library { ... on Library { revision } } procedures(first: 1) { nodes { id ... on Procedure { name } } } }").await;
        let commented = "{ library { ... on#c\n Library { revision } } procedures(first: 1) { nodes { id ... on#c\n Procedure#c\n{ name } } } }";
        assert_eq!(app.data(commented).await, plain);
        assert_eq!(plain["library"], json!({"revision": 1}));
    }
}

on_both_databases! {
    async fn spaces_within_types_and_descriptions_of_operations_are_legal(app: &TestApp) {
        let names = "query($ n: [ String! ]) { procedures(where: {name: {in: $ n}}) { totalCount } }";
        assert_eq!(app.query_with(names, json!({"n": ["Microneedling"]})).await, json!({"data": {"procedures": {"totalCount": 1}}}));
        let described = "\"What it is for\" query A(\"\"\"how many\"\"\" $n: Int) { procedures(first: $n) { totalCount } }";
        assert_eq!(app.data(described).await["procedures"], json!({"totalCount": count("Procedure")}));
    }
}

on_both_databases! {
    async fn strings_of_every_form_find_the_same_names(app: &TestApp) {
        let mut files = starter_documents();
        for file in &mut files {
            file.text = file.text.replace("name: Melasma\n", "name: 'Melasma \"\"\" \u{1F600}'\n");
        }
        publish(app, &files).await;
        for text in [
            r#""\"\"\"""#,
            r#""""\"""""""#,
            "\"\"\"\n    \\\"\"\" \u{1F600}\n\"\"\"",
            r#""\uD83D\uDE00""#,
            r#""\u{1F600}""#,
            "\"\u{1F600}\"",
        ] {
            let found = app.data(&format!("{{ conditions(where: {{name: {{contains: {text}}}}}) {{ totalCount }} }}")).await;
            assert_eq!(found["conditions"], json!({"totalCount": 1}), "{text}");
        }
    }
}

on_both_databases! {
    async fn a_null_condition_of_a_filter_is_an_error(app: &TestApp) {
        let null = json!({"a": null});
        let message = "if: the variable is null, but the type is Boolean!";
        for (query, data, path) in [
            ("query($a: Boolean = false) { library { revision @include(if: $a) } }", Json::Null, json!(["library"])),
            ("query($a: Boolean = false) { procedures { totalCount @skip(if: $a) } }", json!({"procedures": null}), json!(["procedures"])),
            ("query($a: Boolean = true) { __type(name: \"Query\") { name @include(if: $a) } }", json!({"__type": null}), json!(["__type"])),
            ("query($a: Boolean = true) { library @include(if: $a) { revision } }", Json::Null, Json::Null),
        ] {
            let response = app.query_with(query, null.clone()).await;
            assert_eq!(response["data"], data, "{query}");
            assert_eq!(shown_errors(&response), json!([{"code": "BAD_ARGUMENT", "message": message, "path": path}]), "{query}");
        }
        let default = app.data("query($a: Boolean = false) { library { __typename revision @include(if: $a) } }").await;
        assert_eq!(default, json!({"library": {"__typename": "Library"}}));
    }
}

on_both_databases! {
    async fn a_null_variable_for_a_non_null_argument_is_refused(app: &TestApp) {
        let query = "query($a: Boolean = true) { conditions(first: 1) { nodes { outcomes(includeDescendants: $a) { totalCount } } } }";
        let response = app.query_with(query, json!({"a": null})).await;
        assert_eq!(response["data"], json!({"conditions": null}));
        assert_eq!(shown_errors(&response)[0]["code"], "BAD_ARGUMENT", "{response}");
        assert_eq!(app.query(query).await.get("errors"), None);
        let absent = "query($a: Boolean) { conditions(first: 1) { nodes { outcomes(includeDescendants: $a) { totalCount } } } }";
        assert_eq!(app.query(absent).await.get("errors"), None, "the argument has a default");
        let one_of = "query($a: OrderDirection = ASC) { procedures(first: 1, orderBy: [{name: $a}]) { totalCount } }";
        assert_eq!(app.query(one_of).await.get("errors"), None);
        assert_eq!(shown_errors(&app.query_with(one_of, json!({"a": null})).await)[0]["code"], "BAD_ARGUMENT");
    }
}

on_both_databases! {
    async fn a_null_argument_of_introspection_makes_the_nearest_nullable_field_null(app: &TestApp) {
        for (query, data, path) in [
            ("query($a: String = \"Node\") { __type(name: $a) { name } }", json!({"__type": null}), json!(["__type"])),
            (
                "query($a: Boolean) { __type(name: \"Node\") { name fields(includeDeprecated: $a) { name } kind } }",
                json!({"__type": {"name": "Node", "fields": null, "kind": "INTERFACE"}}),
                json!(["__type", "fields"]),
            ),
            (
                "query($a: Boolean) { __schema { queryType { fields { args(includeDeprecated: $a) { name } } } } }",
                json!({"__schema": {"queryType": {"fields": null}}}),
                json!(["__schema", "queryType", "fields", 0, "args"]),
            ),
            (
                "query($a: Boolean) { __schema { directives { args(includeDeprecated: $a) { name } } } }",
                Json::Null,
                json!(["__schema", "directives", 0, "args"]),
            ),
        ] {
            let response = app.query_with(query, json!({"a": null})).await;
            assert_eq!(response["data"], data, "{query}");
            assert_eq!(shown_errors(&response)[0]["code"], "BAD_ARGUMENT", "{query}");
            assert_eq!(shown_errors(&response)[0]["path"], path, "{query}");
        }
    }
}

on_both_databases! {
    async fn introspection_that_fails_costs_what_is_written_before(app: &TestApp) {
        let names = "name ".repeat(9000);
        let fields = format!("{names} isDeprecated @skip(if: $skip)");
        let query = format!("query($skip: Boolean = false) {{ __schema {{ types {{ fields {{ {fields} }} }} }} }}");
        let refused = app.query_with(&query, json!({"skip": null})).await;
        assert_eq!(shown_errors(&refused)[0]["code"], "TOO_EXPENSIVE");
    }
}

on_both_databases! {
    async fn introspection_takes_variables_and_their_absence(app: &TestApp) {
        let query = "query($d: Boolean) { __type(name: \"Query\") { fields(includeDeprecated: $d) { name } } library { revision } }";
        let found = app.data(query).await;
        assert_eq!(found["library"], json!({"revision": 1}));
        assert!(found["__type"]["fields"].as_array().unwrap().len() > 20, "{found}");
        let whole = app.data("query($d: Boolean) { __schema { queryType { fields(includeDeprecated: $d) { name } } } }").await;
        assert_eq!(whole["__schema"]["queryType"]["fields"], found["__type"]["fields"]);
        let named = app.query_with("query($n: String!) { __type(name: $n) { name kind interfaces { name } } }", json!({"n": "Node"})).await;
        assert_eq!(named, json!({"data": {"__type": {"name": "Node", "kind": "INTERFACE", "interfaces": []}}}));
    }
}

on_both_databases! {
    async fn introspection_supports_aliases_and_fragments(app: &TestApp) {
        let query = r#"{
            __schema { __typename description queryType { n: name ...T } types { name } }
            __type(name: "Procedure") {
                __typename
                fields { name @skip(if: true) key: name type { kind ofType { kind name fields { __typename } } } }
                interfaces { name possibleTypes { name } }
            }
            by: __type(name: "ProcedureBy") { kind isOneOf inputFields { name defaultValue type { name } } }
        }
        fragment T on __Type { kind ofType { name } }"#;
        let found = app.data(query).await;
        assert_eq!(found["__schema"]["queryType"], json!({"n": "Query", "kind": "OBJECT", "ofType": null}));
        assert!(found["__schema"]["description"].as_str().unwrap().contains("not medical advice"));
        assert_eq!(found["__type"]["__typename"], "__Type");
        assert_eq!(found["__type"]["fields"][0], json!({"key": "id", "type": {"kind": "NON_NULL", "ofType": {"kind": "SCALAR", "name": "ID", "fields": null}}}));
        assert_eq!(found["__type"]["interfaces"][0]["possibleTypes"].as_array().unwrap().len(), dermagraph::content::catalog().contents().count());
        assert_eq!(found["by"]["isOneOf"], true);
        assert_eq!(found["by"]["inputFields"][0], json!({"name": "id", "defaultValue": null, "type": {"name": "ID"}}));
    }
}

on_both_databases! {
    async fn invalid_operation_names_are_validation_errors(app: &TestApp) {
        for (query, message) in [
            ("query A { library { revision } } query A { library { notice } }", "There can be only one operation named \"A\"."),
            ("{ library { revision } } query A { library { notice } }", "This anonymous operation must be the only defined operation."),
        ] {
            let response = app.query(query).await;
            assert_eq!(shown_errors(&response), json!([{"code": "VALIDATION", "message": message, "path": null}]));
        }
    }
}

on_both_databases! {
    async fn a_misspelt_name_is_reported_with_a_suggestion(app: &TestApp) {
        for (query, message) in [
            ("{ procdures { totalCount } }", "Cannot query field \"procdures\" on type \"Query\". Did you mean \"procedures\" or \"procedure\"?"),
            ("{ procedure(by: {slg: \"a\"}) { name } }", "Field \"slg\" is not defined by type \"ProcedureBy\". Did you mean \"slug\"?"),
            ("{ procedures(frist: 1) { totalCount } }", "Unknown argument \"frist\" on field \"Query.procedures\". Did you mean \"first\" or \"last\"?"),
            ("{ node(id: \"x\") { ... on Procedur { name } } }", "Unknown type \"Procedur\". Did you mean \"Procedure\" or \"ProcedureBy\"?"),
            ("{ node(id: \"x\") { aliases } }", "Cannot query field \"aliases\" on type \"Node\". Did you mean to use an inline fragment on"),
            ("{ treatmentOutcomes(where: {certainty: {eq: HIHG}}) { totalCount } }", "Value \"HIHG\" does not exist in \"Certainty\" enum. Did you mean the enum value \"HIGH\"?"),
        ] {
            let response = app.query(query).await;
            let errors = shown_errors(&response);
            assert!(errors[0]["message"].as_str().unwrap().starts_with(message), "{query}: {errors}");
            assert_eq!(errors[0]["code"], "VALIDATION");
        }
        let long = format!("{{ {} }}", "secret".repeat(20));
        let message = shown_errors(&app.query(&long).await)[0]["message"].as_str().unwrap().to_owned();
        assert!(message.contains("secretsecr…\"") && message.len() < 120, "{message}");
    }
}

on_both_databases! {
    async fn numbers_are_accepted_in_every_json_form(app: &TestApp) {
        let query = "query($n: Int) { procedures(first: $n) { nodes { slug } } }";
        let two = app.query_with(query, json!({"n": 2.0})).await;
        assert_eq!(two["data"]["procedures"]["nodes"].as_array().map(Vec::len), Some(2), "{two}");
        let great = app.query("{ procedures(where: {adverseEffects: {some: {percent: {gt: 1e400}}}}) { totalCount } }").await;
        let message = "Float cannot represent a number of this size.";
        assert_eq!(shown_errors(&great), json!([{"code": "VALIDATION", "message": message, "path": null}]));
        for body in [r#"{"query": "{ __typename }", "variables": {"n": 1e400}}"#, r#"[{"query": "{ __typename }", "variables": {"n": -1e400}}]"#] {
            let post = app.client().post(format!("{}/graphql", app.address)).header("content-type", "application/json").body(body);
            let response: Json = post.send().await.unwrap().json().await.unwrap();
            let message = "The body has a number that is too large: the largest 64-bit floating point number is 1.8e308.";
            assert_eq!(shown_errors(&response), json!([{"code": "BAD_REQUEST", "message": message, "path": null}]));
        }
    }
}
