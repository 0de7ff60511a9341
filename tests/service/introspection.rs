//! Introspection, as tools request it.

use serde_json::json;

use crate::support::{TestApp, count, on_both_databases};

/// The query of graphql-js 16 (`getIntrospectionQuery`) with every option on.
pub const QUERY: &str = "
    query IntrospectionQuery {
      __schema {
        description
        queryType { name }
        mutationType { name }
        subscriptionType { name }
        types { ...FullType }
        directives {
          name description isRepeatable locations
          args(includeDeprecated: true) { ...InputValue }
        }
      }
    }
    fragment FullType on __Type {
      kind name description specifiedByURL isOneOf
      fields(includeDeprecated: true) {
        name description
        args(includeDeprecated: true) { ...InputValue }
        type { ...TypeRef }
        isDeprecated deprecationReason
      }
      inputFields(includeDeprecated: true) { ...InputValue }
      interfaces { ...TypeRef }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      possibleTypes { ...TypeRef }
    }
    fragment InputValue on __InputValue {
      name description
      type { ...TypeRef }
      defaultValue isDeprecated deprecationReason
    }
    fragment TypeRef on __Type {
      kind name
      ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
        ofType { kind name ofType { kind name } }
      } } } } } } }
    }
";

on_both_databases! {
    async fn the_introspection_query_of_graphql_js_runs_completely(app: &TestApp) {
        let data = app.data(QUERY).await;
        let schema = &data["__schema"];
        assert_eq!(schema["queryType"], json!({"name": "Query"}));
        assert_eq!(schema["mutationType"], json!({"name": "Mutation"}));
        assert_eq!(schema["subscriptionType"], json!({"name": "Subscription"}));
        let types = schema["types"].as_array().unwrap();
        let named = |name: &str| types.iter().find(|ty| ty["name"] == name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!(named("Node")["kind"], "INTERFACE");
        assert_eq!(named("Node")["possibleTypes"].as_array().unwrap().len(), dermagraph::content::catalog().contents().count());
        assert_eq!(named("ProcedureBy")["isOneOf"], true);
        assert_eq!(named("ProcedureWhere")["isOneOf"], false);
        assert_eq!(named("DateTime")["specifiedByURL"], "https://datatracker.ietf.org/doc/html/rfc3339");
        assert_eq!(named("Procedure")["interfaces"][0]["name"], "Node");
        let outcomes = named("Condition")["fields"].as_array().unwrap().iter().find(|field| field["name"] == "outcomes").unwrap();
        let defaults: Vec<_> = outcomes["args"].as_array().unwrap().iter().map(|arg| (arg["name"].as_str().unwrap(), &arg["defaultValue"])).collect();
        assert_eq!(defaults[..3], [("includeDescendants", &json!("false")), ("includeAlsoCovered", &json!("true")), ("includeStudied", &json!("true"))]);
        // Every type that something refers to is there.
        let mut references = 0;
        let mut check = |reference: &serde_json::Value| {
            let mut at = reference;
            while !at["ofType"].is_null() {
                at = &at["ofType"];
            }
            named(at["name"].as_str().unwrap());
            references += 1;
        };
        for ty in types {
            for field in ty["fields"].as_array().into_iter().flatten().chain(ty["inputFields"].as_array().into_iter().flatten()) {
                check(&field["type"]);
                field["args"].as_array().into_iter().flatten().for_each(|arg| check(&arg["type"]));
            }
        }
        assert!(references > 1000, "{references}");
    }
}

on_both_databases! {
    async fn a_type_is_selected_by_its_name_together_with_content(app: &TestApp) {
        let query = r#"{ __type(name: "Certainty") { kind enumValues { name } } none: __type(name: "Nothing") { name } procedures { totalCount } }"#;
        let values = ["NOT_ASSESSED", "VERY_LOW", "LOW", "MODERATE", "HIGH"].map(|name| json!({ "name": name }));
        assert_eq!(app.data(query).await, json!({
            "__type": {"kind": "ENUM", "enumValues": values},
            "none": null,
            "procedures": {"totalCount": count("Procedure")},
        }));
    }
}

/// Returns the name of each input type of the schema with its description.
fn inputs(sdl: &str) -> Vec<(&str, &str)> {
    let lines: Vec<&str> = sdl.lines().collect();
    let pairs = lines.windows(2).filter(|two| two[1].starts_with("input "));
    pairs.map(|two| (two[1].split(' ').nth(1).unwrap(), two[0].trim_matches('"'))).collect()
}

#[test]
fn the_printed_schema_has_the_root_types_first_and_the_input_types_after_all_output_types() {
    let sdl = dermagraph::schema::sdl();
    let section = |line: &str| match line.split(' ').take(2).collect::<Vec<_>>()[..] {
        ["type", "Query" | "Mutation" | "Subscription"] => Some(0),
        ["type" | "interface" | "enum" | "scalar", _] => Some(1),
        ["input", _] => Some(2),
        ["directive" | "schema", _] => Some(3),
        _ => None,
    };
    let sections: Vec<i32> = sdl.lines().filter_map(section).collect();
    assert!(sections.is_sorted() && sections.starts_with(&[0, 0, 0, 1]), "{sections:?}");
    let headings: Vec<&str> = sdl.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(headings, ["# Root types", "# Output types, enumerations and scalars", "# Input types", "# Directives"]);
}

#[test]
fn conditions_and_sort_keys_say_that_averages_are_not_rounded() {
    let sdl = dermagraph::schema::sdl();
    for suffix in ["SumAvgWhere", "SumAvgOrder"] {
        let means: Vec<_> = inputs(&sdl).into_iter().filter(|(name, _)| name.ends_with(suffix)).collect();
        assert!(!means.is_empty());
        for (name, about) in means {
            assert!(about.ends_with(" Unlike in responses, means are not rounded."), "{name}: {about}");
        }
    }
}

#[test]
fn changes_of_objects_name_the_type_of_the_object() {
    let sdl = dermagraph::schema::sdl();
    for (suffix, begin) in [("Patch", "Fields of"), ("Entries", "Selects the list of")] {
        let changes: Vec<_> =
            inputs(&sdl).into_iter().filter_map(|(name, about)| Some((name.strip_suffix(suffix)?, about))).collect();
        assert!(!changes.is_empty());
        for (ty, about) in changes {
            assert!(about.starts_with(&format!("{begin} `{ty}` ")), "{ty}: {about}");
        }
    }
}
