//! Invalid input: each error has a stable code, a sentence and a path, and changes nothing.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::support::{TestApp, count, on_both_databases, shown_errors};

/// Returns the only error of a response, and its data; missing data is "none".
async fn only_error(app: &TestApp, query: &str, variables: Json) -> (Json, Json) {
    let response = app.query_with(query, variables).await;
    let errors = shown_errors(&response);
    assert_eq!(errors.as_array().unwrap().len(), 1, "{query}: {response}");
    (errors[0].clone(), response.get("data").cloned().unwrap_or(json!("none")))
}

#[expect(clippy::needless_pass_by_value, reason = "a path is written where it is passed")]
pub fn error(code: &str, message: &str, path: Json) -> Json {
    json!({"code": code, "message": message, "path": path})
}

/// Checks an error that the service finds before it runs anything: the response has no data, and the error has no path.
async fn refused(app: &TestApp, query: &str, variables: Json, message: &str) {
    assert_eq!(
        only_error(app, query, variables).await,
        (error("VALIDATION", message, Json::Null), json!("none")),
        "{query}"
    );
}

/// Checks the error for a variable with a wrong type, which the service also finds before it runs anything.
async fn refused_variable(app: &TestApp, query: &str, variables: Json, message: &str) {
    assert_eq!(
        only_error(app, query, variables).await,
        (error("BAD_VARIABLE", message, Json::Null), json!("none")),
        "{query}"
    );
}

/// Checks an error in one root field, which is null in the response.
async fn null(app: &TestApp, query: &str, variables: Json, field: &str, code: &str, message: &str) {
    assert_eq!(
        only_error(app, query, variables).await,
        (error(code, message, json!([field])), json!({field: null})),
        "{query}"
    );
}

pub const NOT_AN_ID: &str = "This is not an id of this service. Use the values of the field `id` unchanged.";

on_both_databases! {
    async fn a_text_that_is_not_an_id_is_an_error(app: &TestApp) {
        for id in ["", "x", "Procedure", "Procedure:", "Procedure:x", "Procedure:-1", "Procedure:01", "Procedure:1.0", "Procedure:99999999999999999999", "procedure:1", "Nothing:1", "Code:1", "Recovery:1", "Procedure:1:2", "Procedure:1'"] {
            let variables = json!({ "id": id });
            null(app, "query ($id: ID!) { node(id: $id) { id } }", variables.clone(), "node", "BAD_ID", NOT_AN_ID).await;
            null(app, "query ($id: ID!) { procedure(by: {id: $id}) { id } }", variables.clone(), "procedure", "BAD_ID", NOT_AN_ID).await;
            let entry = only_error(app, "query ($id: ID!) { nodes(ids: [$id]) { id } }", variables.clone()).await;
            assert_eq!(entry, (error("BAD_ID", NOT_AN_ID, json!(["nodes", 0])), json!({"nodes": [null]})));
            null(app, "query ($id: ID!) { procedures(where: {id: {in: [$id]}}) { totalCount } }", variables, "procedures", "BAD_ID", NOT_AN_ID).await;
        }
        let many: Vec<String> = (1..=101).map(|key| format!("Procedure:{key}")).collect();
        let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        null(app, query, json!({ "ids": many }), "nodes", "BAD_PAGE", "There are 101 ids; the maximum is 100.").await;
    }
}

on_both_databases! {
    async fn the_id_of_another_type_is_an_error(app: &TestApp) {
        let id = app.data(r#"{ condition(by: {slug: "melasma"}) { id } }"#).await["condition"]["id"].take();
        let message = "This is the id of a Condition; the id of a Procedure is required.";
        let variables = json!({ "id": id });
        null(app, "query ($id: ID!) { procedure(by: {id: $id}) { id } }", variables.clone(), "procedure", "WRONG_ID_TYPE", message).await;
        null(app, "query ($id: ID!) { procedures(where: {id: {eq: $id}}) { totalCount } }", variables.clone(), "procedures", "WRONG_ID_TYPE", message).await;
        let nested = "query ($id: ID!) { treatmentOutcomes(where: {procedure: {id: {eq: $id}}}) { totalCount } }";
        null(app, nested, variables, "treatmentOutcomes", "WRONG_ID_TYPE", message).await;
    }
}

on_both_databases! {
    async fn an_invalid_page_size_is_an_error_and_never_reduced(app: &TestApp) {
        for (arguments, message) in [
            ("first: 1000", "first is 1000; the maximum is 100."),
            ("first: 101", "first is 101; the maximum is 100."),
            ("last: 101", "last is 101; the maximum is 100."),
            ("first: -1", "first is -1; the minimum is 0."),
            ("last: -5", "last is -5; the minimum is 0."),
            ("first: 1, last: 1", "Use first or last, not both."),
        ] {
            let query = format!("{{ procedures({arguments}) {{ totalCount }} }}");
            null(app, &query, json!({}), "procedures", "BAD_PAGE", message).await;
        }
        let query = "query ($first: Int) { procedures(first: $first) { totalCount } }";
        for (value, found) in [(json!("10"), "a string"), (json!(1.5), "a number with a fraction"), (json!(1e30), "a number out of that range"), (json!(true), "true or false"), (json!([1]), "a list"), (json!({}), "an input object")] {
            refused_variable(app, query, json!({ "first": value }), &format!("$first: expected a whole number, found {found}.").replace("number, found a number", "number of 32 bits, found a number").replace("number, found one", "number of 32 bits, found one")).await;
        }
        refused_variable(app, query, json!({"first": 3_000_000_000_u64}), "$first: expected a whole number of 32 bits, found a number out of that range.").await;
        refused(app, "{ procedures(first: 3000000000) { totalCount } }", json!({}), "Int cannot represent non 32-bit signed integer value.").await;
    }
}

on_both_databases! {
    async fn a_text_that_is_not_a_cursor_is_an_error(app: &TestApp) {
        let query = "query ($at: String) { procedures(after: $at) { totalCount } }";
        let message = "after is not a cursor of this service. Use cursors unchanged.";
        // Nonsense; base64 of nonsense; of JSON that is no array; of an empty one; of a text.
        for at in ["", "zzz", "%%%", "bm9uc2Vuc2U", "e30", "W10", "WyJ4Il0", &"A".repeat(10_000)] {
            null(app, query, json!({ "at": at }), "procedures", "BAD_CURSOR", message).await;
        }
        let before = "query ($at: String) { procedures(last: 2, before: $at) { totalCount } }";
        null(app, before, json!({"at": "zzz"}), "procedures", "BAD_CURSOR", &message.replace("after", "before")).await;
    }
}

on_both_databases! {
    async fn a_cursor_of_another_order_or_list_is_an_error(app: &TestApp) {
        let cursor = app.data("{ procedures(first: 1) { pageInfo { endCursor } } }").await["procedures"]["pageInfo"]["endCursor"].take();
        let message =
            "after is a cursor of another list or order; the arguments that select and order the list must stay the same while paging.";
        let variables = json!({ "at": cursor });
        for arguments in ["orderBy: [{name: DESC}], after: $at", "orderBy: [{slug: ASC}], after: $at", "orderBy: [{name: ASC}, {slug: ASC}], after: $at"] {
            let query = format!("query ($at: String) {{ procedures({arguments}) {{ totalCount }} }}");
            null(app, &query, variables.clone(), "procedures", "CURSOR_OF_OTHER_ORDER", message).await;
        }
        let other = "query ($at: String) { conditions(after: $at) { totalCount } }";
        null(app, other, variables.clone(), "conditions", "CURSOR_OF_OTHER_ORDER", message).await;
        let same = app.query_with("query ($at: String) { procedures(first: 1, orderBy: [{name: ASC}], after: $at) { nodes { slug } } }", variables).await;
        assert_eq!(same, json!({"data": {"procedures": {"nodes": [{"slug": "chemical-peel"}]}}}), "the default order written out is the same order");
    }
}

on_both_databases! {
    async fn null_is_neither_equal_to_anything_nor_an_entry_of_a_list(app: &TestApp) {
        for (filter, at, message) in [
            (json!({"name": {"eq": null}}), "where.name.eq", "no value equals null; omit `eq`, or use isNull"),
            (json!({"or": [{"category": {"eq": null}}]}), "where.or.category.eq", "no value equals null; omit `eq`, or use isNull"),
            (json!({"id": {"eq": null}}), "where.id.eq", "no value equals null; omit `eq`, or use isNull"),
            (json!({"isNull": true}), "where.isNull", "not allowed here; use isNull directly in the filter of a field that may be null"),
            (json!({"not": {"isNull": false}}), "where.not.isNull", "not allowed here; use isNull directly in the filter of a field that may be null"),
            (json!({"outcomes": {"some": {"isNull": true}}}), "where.outcomes.some.isNull", "not allowed here; use isNull directly in the filter of a field that may be null"),
            (json!({"parent": {"or": [{"isNull": true}]}}), "where.parent.or.isNull", "not allowed here; use isNull directly in the filter of a field that may be null"),
        ] {
            let query = "query ($where: ProcedureWhere) { procedures(where: $where) { totalCount } }";
            null(app, query, json!({ "where": filter }), "procedures", "BAD_ARGUMENT", &format!("{at}: {message}")).await;
        }
    }
}

on_both_databases! {
    async fn values_of_the_wrong_type_are_errors_in_literals_and_variables(app: &TestApp) {
        let query = "query ($where: SourceWhere) { sources(where: $where) { totalCount } }";
        refused_variable(app, query, json!({"where": 5}), "$where: expected an input object of type SourceWhere, found a whole number.").await;
        for (filter, message) in [
            (json!({"year": {"eq": 3_000_000_000_u64}}), "year.eq: expected a whole number of 32 bits, found a number out of that range."),
            (json!({"year": {"eq": "2020"}}), "year.eq: expected a whole number, found a string."),
            (json!({"year": {"eq": 2020.5}}), "year.eq: expected a whole number of 32 bits, found a number with a fraction."),
            (json!({"title": {"contains": 5}}), "title.contains: expected a string, found a whole number."),
            (json!({"year": {"isNull": "yes"}}), "year.isNull: expected true or false, found a string."),
            (json!({"kind": {"eq": "WRONG"}}), "kind.eq: expected a value of SourceKind, found another string."),
            (json!({"kind": {"in": ["LABEL", "WRONG"]}}), "kind.in.0: expected a value of SourceKind, found another string."),
            (json!({"year": {"like": 1}}), "year: there is no field \"like\" in IntFilter. Did you mean \"lte\"?"),
            (json!({"or": [{"nothing": {}}]}), "or.0: there is no field \"nothing\" in SourceWhere."),
        ] {
            refused_variable(app, query, json!({ "where": filter }), &format!("$where.{message}")).await;
        }
        for (filter, message) in [
            ("{year: {eq: 3000000000}}", "Int cannot represent non 32-bit signed integer value."),
            (r#"{year: {eq: "2020"}}"#, "Int cannot represent non-integer value: String."),
            ("{nothing: {}}", "Field \"nothing\" is not defined by type \"SourceWhere\"."),
            ("{kind: {eq: WRONG}}", "Value \"WRONG\" does not exist in \"SourceKind\" enum."),
        ] {
            refused(app, &format!("{{ sources(where: {filter}) {{ totalCount }} }}"), json!({}), message).await;
        }
    }
}

on_both_databases! {
    async fn exactly_one_field_of_a_one_of_is_given(app: &TestApp) {
        let query = "query ($by: ProcedureBy!) { procedure(by: $by) { name } }";
        let one = "$by: exactly one of its fields is required, and it must not be null.";
        refused_variable(app, query, json!({"by": {}}), one).await;
        refused_variable(app, query, json!({"by": {"id": "Procedure:1", "slug": "microneedling"}}), one).await;
        refused_variable(app, query, json!({"by": {"slug": "microneedling", "id": null}}), one).await;
        for literal in ["{}", "{slug: null}", r#"{slug: "microneedling", id: "Procedure:1"}"#] {
            let (found, data) = only_error(app, &format!("{{ procedure(by: {literal}) {{ name }} }}"), json!({})).await;
            assert_eq!((&found["code"], &data), (&json!("VALIDATION"), &json!("none")), "{literal}: {found}");
        }
        let order = "query ($by: [ProcedureOrder!]) { procedures(orderBy: $by) { totalCount } }";
        let one = one.replace("$by", "$by.0");
        refused_variable(app, order, json!({"by": [{"name": "ASC", "category": "ASC"}]}), &one).await;
        refused_variable(app, order, json!({"by": [{}]}), &one).await;
        refused_variable(app, order, json!({"by": [{"name": "UP"}]}), "$by.0.name: expected a value of OrderDirection, found another string.").await;
    }
}

on_both_databases! {
    async fn a_non_null_variable_requires_a_value(app: &TestApp) {
        let query = "query ($id: ID!) { node(id: $id) { id } }";
        for variables in [json!({}), json!({"id": null}), json!({"other": "Procedure:1"})] {
            let response = app.query_with(query, variables).await;
            assert_eq!((&shown_errors(&response)[0]["code"], response.get("data")), (&json!("BAD_VARIABLE"), None), "{response}");
        }
        let skip = app.query("query ($skip: Boolean!) { procedures @skip(if: $skip) { totalCount } }").await;
        assert_eq!(skip.get("data"), None, "{skip}");
    }
}

on_both_databases! {
    async fn a_document_that_does_not_match_the_schema_is_refused(app: &TestApp) {
        for (query, message) in [
            ("{ nothing }", "Cannot query field \"nothing\" on type \"Query\"."),
            ("{ procedures { nodes { nothing } } }", "Cannot query field \"nothing\" on type \"Procedure\"."),
            ("{ procedures(nothing: 1) { totalCount } }", "Unknown argument \"nothing\" on field \"Query.procedures\"."),
            ("{ procedure { name } }", "Field \"procedure\" argument \"by\" of type \"ProcedureBy!\" is required, but it was not provided."),
            ("{ procedures { nodes } }", "Field \"nodes\" of type \"[Procedure!]!\" must have a selection of subfields."),
            ("{ ...F }", "Unknown fragment \"F\"."),
            ("{ procedures @nothing { totalCount } }", "Unknown directive \"@nothing\"."),
            ("{ x: procedures { totalCount } x: conditions { totalCount } }", "Fields \"x\" conflict because \"procedures\" and \"conditions\" are different fields."),
            ("query ($a: Int) { procedures { totalCount } }", "Variable \"$a\" is never used."),
            ("{ procedures(first: $a) { totalCount } }", "Variable \"$a\" is not defined."),
            ("query ($a: String) { procedures(first: $a) { totalCount } }", "Variable \"$a\" of type \"String\" used in position expecting type \"Int\"."),
            ("query ($a: [ID]!) { nodes(ids: $a) { id } }", "Variable \"$a\" of type \"[ID]!\" used in position expecting type \"[ID!]!\"."),
            ("mutation { x }", "Cannot query field \"x\" on type \"Mutation\"."),
            ("subscription { library { revision } other: library { notice } }", "Anonymous Subscription must select only one top level field."),
        ] {
            let (error, data) = only_error(app, query, json!({})).await;
            assert_eq!((error["code"].as_str(), data), (Some("VALIDATION"), json!("none")), "{query}");
            assert!(error["message"].as_str().unwrap().starts_with(message), "{query}: {error}");
        }
        for (query, message) in [
            ("", "Unexpected <EOF>."),
            ("{", "Expected Name, found <EOF>."),
            ("{ procedures( }", "Expected Name, found \"}\"."),
            ("secret words of mine", "Unexpected Name \"secret\"."),
        ] {
            let syntax = format!("Syntax Error: {message}");
            assert_eq!(only_error(app, query, json!({})).await, (error("SYNTAX", &syntax, Json::Null), json!("none")));
        }
    }
}

on_both_databases! {
    async fn a_document_that_nests_too_deep_is_refused(app: &TestApp) {
        let mut deep = "slug".to_owned();
        for _ in 0..40 {
            deep = format!("parent {{ {deep} }}");
        }
        let response = app.query(&format!("{{ conditions {{ nodes {{ {deep} }} }} }}")).await;
        assert_eq!(response.get("data"), None);
        assert_eq!(shown_errors(&response), json!([error("DOCUMENT_TOO_LARGE", "The document is more than 32 fields deep.", Json::Null)]));
        let circle = app.query("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }").await;
        assert_eq!(circle.get("data"), None);
        assert_eq!(shown_errors(&circle)[0]["code"], "VALIDATION");
    }
}

on_both_databases! {
    async fn conflicting_fields_with_the_same_response_key_are_refused(app: &TestApp) {
        let by = r#"by: {slug: "microneedling"}"#;
        for fields in [
            format!("procedure({by}) {{ x: name }} procedure({by}) {{ x: slug }}"),
            format!("procedure({by}) {{ outcomes(first: 1) {{ totalCount }} }} procedure({by}) {{ outcomes(first: 2) {{ totalCount }} }}"),
            "procedures { pageInfo { x: startCursor } } procedures { pageInfo { x: endCursor } }".to_owned(),
            format!("procedure({by}) {{ ... on Procedure {{ x: name }} ... on Procedure {{ x: description }} }}"),
        ] {
            let (found, data) = only_error(app, &format!("{{ {fields} }}"), json!({})).await;
            assert_eq!((&found["code"], &data), (&json!("VALIDATION"), &json!("none")), "{found}");
        }
        let same = format!("{{ procedure({by}) {{ outcomes(first: 1, last: null) {{ totalCount }} }} procedure({by}) {{ outcomes(last: null, first: 1) {{ totalCount }} }} }}");
        assert_eq!(app.data(&same).await, json!({"procedure": {"outcomes": {"totalCount": 9}}}));
    }
}

on_both_databases! {
    async fn values_that_nest_too_deep_are_refused(app: &TestApp) {
        let filter = format!("{}{}", "{not: ".repeat(400), "{}".to_owned() + &"}".repeat(400));
        let default = format!("query ($w: ProcedureWhere = {filter}) {{ procedures(where: $w) {{ totalCount }} }}");
        let list = format!("{{ procedures(where: {{slug: {{eq: {}{}}}}}) {{ totalCount }} }}", "[".repeat(430), "]".repeat(430));
        for query in [format!("{{ procedures(where: {filter}) {{ totalCount }} }}"), default, list] {
            let response = app.query(&query).await;
            assert_eq!(shown_errors(&response)[0]["code"], "DOCUMENT_TOO_LARGE", "{response}");
        }
    }
}

on_both_databases! {
    async fn a_response_has_a_maximum_length(app: &TestApp) {
        let mut fields = "slug expectedEffect".to_owned();
        for _ in 0..4 {
            fields = format!("slug condition {{ outcomes(first: 100) {{ nodes {{ slug procedure {{ outcomes(first: 100) {{ nodes {{ {fields} }} }} }} }} }} }}");
        }
        let (found, data) = only_error(app, &format!("{{ treatmentOutcomes(first: 100) {{ nodes {{ {fields} }} }} library {{ revision }} }}"), json!({})).await;
        let message = "The response is longer than 16 MiB. Request less data at once.";
        assert_eq!(found, error("RESPONSE_TOO_LARGE", message, json!(["treatmentOutcomes"])));
        assert_eq!(data, json!({"treatmentOutcomes": null, "library": {"revision": 1}}));
    }
}

on_both_databases! {
    async fn filters_and_orders_have_limits(app: &TestApp) {
        let wide = format!("{{ sources(where: {{or: [{}]}}) {{ totalCount }} }}", "{year: {eq: 1}} ".repeat(300));
        let mut deep = "slug: {eq: \"x\"}".to_owned();
        for _ in 0..20 {
            deep = format!("evidence: {{some: {{source: {{{deep}}}}}}}");
        }
        let deep = format!("{{ sources(where: {{{deep}}}) {{ totalCount }} }}");
        let many = format!("{{ sources(where: {{year: {{in: [{}]}}}}) {{ totalCount }} }}", "1 ".repeat(1001));
        let orders = format!("{{ sources(orderBy: [{}]) {{ nodes {{ slug }} }} }}", "{year: ASC} ".repeat(9));
        for (query, message) in [
            (wide, "where: more than 256 conditions"),
            (deep, "where: input objects nest more than 16 levels"),
            (many, "where: more than 1000 values in one list"),
            (orders, "orderBy: more than 8 sort keys"),
        ] {
            let (found, _) = only_error(app, &query, json!({})).await;
            assert_eq!(found, error("BAD_ARGUMENT", message, json!(["sources"])));
        }
        let lists = format!("{}slug: {{eq: \"x\"}}{}", "and: [{".repeat(14), "}]".repeat(14));
        let found = app.data(&format!("{{ sources(where: {{{lists}}}) {{ totalCount }} }}")).await;
        assert_eq!(found["sources"]["totalCount"], 0, "16 nested objects, with lists between them");
    }
}

on_both_databases! {
    async fn an_id_may_be_an_integer_but_is_then_invalid(app: &TestApp) {
        let (found, _) = only_error(app, "{ node(id: 5) { id } }", json!({})).await;
        assert_eq!(found["code"], "BAD_ID");
    }
}

on_both_databases! {
    async fn a_fragment_bomb_is_refused_at_once(app: &TestApp) {
        let mut bomb = "{ ...F0 }".to_owned();
        for level in 0..40 {
            write!(bomb, " fragment F{level} on Query {{ ...F{0} ...F{0} }}", level + 1).unwrap();
        }
        let response = app.query(&(bomb + " fragment F40 on Query { __typename }")).await;
        assert_eq!(response.get("data"), None);
        assert_eq!(shown_errors(&response)[0]["code"], "DOCUMENT_TOO_LARGE", "{response}");
    }
}

on_both_databases! {
    async fn one_failing_root_field_leaves_the_others(app: &TestApp) {
        let query = r#"{
            before: procedure(by: {slug: "microneedling"}) { name }
            bad: procedures(first: 1000) { totalCount }
            worse: node(id: "x") { id }
            library { revision }
            after: procedure(by: {slug: "microneedling"}) { slug }
        }"#;
        let response = app.query(query).await;
        assert_eq!(response["data"], json!({
            "before": {"name": "Microneedling"}, "bad": null, "worse": null, "library": {"revision": 1}, "after": {"slug": "microneedling"},
        }));
        assert_eq!(shown_errors(&response), json!([
            {"code": "BAD_PAGE", "message": "first is 1000; the maximum is 100.", "path": ["bad"]},
            {"code": "BAD_ID", "message": NOT_AN_ID, "path": ["worse"]},
        ]));
    }
}

on_both_databases! {
    async fn failures_of_the_service_expose_no_internals(app: &TestApp) {
        use sea_orm::ConnectionTrait as _;
        // A table is missing.
        app.store.writer().execute_unprepared("ALTER TABLE evidence RENAME TO elsewhere").await.unwrap();
        let response = app.query(r#"{ evidenceItems { totalCount } procedure(by: {slug: "microneedling"}) { name } library { counts { evidenceItems } } }"#).await;
        let errors = response["errors"].as_array().unwrap();
        assert_eq!(response["data"], Json::Null, "`library` must not be null, so nothing is left");
        let paths: Vec<&Json> = errors.iter().map(|error| &error["path"]).collect();
        assert!(paths.contains(&&json!(["evidenceItems"])) && paths.contains(&&json!(["library"])), "{response}");
        let alone = app.query("{ evidenceItems { totalCount } }").await;
        assert_eq!(alone["data"], json!({"evidenceItems": null}));
        for error in errors {
            assert_eq!(error["extensions"], json!({"code": "INTERNAL"}));
            let message = error["message"].as_str().unwrap();
            let (sentence, id) = message.split_once(", quote ").unwrap();
            assert_eq!(sentence, "An internal error occurred. When you report it");
            assert!(id.trim_end_matches('.').bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'), "{message}");
        }
        let health = app.query("{ procedures { totalCount } }").await;
        assert_eq!(health, json!({"data": {"procedures": {"totalCount": count("Procedure")}}}), "the next request gets its data");
    }
}

on_both_databases! {
    async fn a_text_that_is_not_a_date_is_refused(app: &TestApp) {
        for (date, is_valid) in [("2026-11-22", true), ("31.12.2099", false), ("2026-1-5", false), ("15 Jan", false), ("2026-02-30", false)] {
            let query = "query ($date: String!) { procedures(where: {review: {nextDue: {lt: $date}}}) { totalCount } }";
            let body = app.query_with(query, json!({"date": date})).await;
            assert_eq!(body["errors"][0]["extensions"]["code"] == "BAD_ARGUMENT", !is_valid, "{date}: {body}");
        }
    }
}
