//! Aggregates, facets and groups of the starter library. The model (`model/aggregates.rs`) compares them on random libraries.

use std::collections::BTreeMap;

use dermagraph::{
    content,
    schema::{GraphqlRequest, Limits, Service, TrustedDocuments},
};
use serde_json::{Value as Json, json};

use crate::support::{TestApp, account, on_both_databases, shown_errors};

/// The fields of each type of a schema: their names, and their types without list and non-null.
type Types = BTreeMap<String, Vec<(String, String)>>;

/// Returns the name of a type in the result of introspection, without list and non-null.
fn named(ty: &Json) -> String {
    ty["name"].as_str().map_or_else(|| named(&ty["ofType"]), str::to_owned)
}

async fn types(app: &TestApp) -> Types {
    let of = "name ofType { name ofType { name ofType { name } } }";
    let query = format!("{{ __schema {{ types {{ name fields {{ name type {{ {of} }} }} }} }} }}");
    let data = app.data(&query).await;
    let of_type = |ty: &Json| {
        let fields = ty["fields"].as_array().into_iter().flatten();
        fields.map(|field| (field["name"].as_str().unwrap().to_owned(), named(&field["type"]))).collect()
    };
    let all = data["__schema"]["types"].as_array().unwrap();
    all.iter().map(|ty| (ty["name"].as_str().unwrap().to_owned(), of_type(ty))).collect()
}

/// Returns a selection of all fields of a type; of records, only their slugs.
fn everything(types: &Types, name: &str) -> String {
    let fields = types.get(name).map(Vec::as_slice).unwrap_or_default();
    if fields.iter().any(|(field, _)| field == "slug") && fields.iter().any(|(field, _)| field == "attribution") {
        return "{ slug }".to_owned();
    }
    if fields.is_empty() {
        return String::new();
    }
    let fields = fields.iter().map(|(field, ty)| format!("{field} {}", everything(types, ty)));
    format!("{{ {} }}", fields.collect::<Vec<_>>().join(" "))
}

/// Returns queries for everything that is computed of the lists of a type, one for each group of fields.
fn queries(types: &Types, object: &str, plural: &str, arguments: &str) -> Vec<String> {
    let list = |selection: String| format!("{{ list: {plural}{arguments} {selection} }}");
    let mut queries: Vec<String> = types[&format!("{object}Aggregate")]
        .iter()
        .map(|(field, ty)| list(format!("{{ aggregate {{ {field} {} }} }}", everything(types, ty))))
        .collect();
    // A type without dimensions has neither facets nor groups.
    let Some(dimensions) = types.get(&format!("{object}GroupKey")) else { return queries };
    queries.push(list(format!("{{ totalCount facets {} }}", everything(types, &format!("{object}Facets")))));
    for (dimension, ty) in dimensions {
        let mut name = String::new();
        for letter in dimension.chars() {
            name.push_str(if letter.is_ascii_uppercase() { "_" } else { "" });
            name.push(letter.to_ascii_uppercase());
        }
        let key = everything(types, ty);
        let grouped = match dimension.strip_suffix("Range") {
            Some(number) => format!("ranges: [{{{number}: {{bounds: [0, 2, 7, 2015]}}}}]"),
            None => format!("by: [{name}]"),
        };
        queries.push(list(format!(
            "{{ groups({grouped}, first: 100) {{ totalCount overlapping edges {{ cursor node {{ key {{ {dimension} {key} }} \
             aggregate {{ count }} }} }} }} }}"
        )));
    }
    queries
}

#[actix_web::test]
async fn everything_that_is_computed_is_the_same_on_both_databases() {
    let (sqlite, Some(postgres)) = (TestApp::sqlite().await, TestApp::postgres().await) else { return };
    let types = types(&sqlite).await;
    let mut compared = 0;
    for (object, role) in content::catalog().contents() {
        for arguments in ["", r#"(search: {text: "laser skin"}, where: {slug: {ne: "x"}})"#] {
            for query in queries(&types, object.name, role.plural, arguments) {
                let one = sqlite.query(&query).await;
                assert_eq!(one.get("errors"), None, "{query}");
                assert_eq!(one.to_string(), postgres.query(&query).await.to_string(), "{query}");
                compared += 1;
            }
        }
    }
    assert!(compared > 200, "{compared}");
}

on_both_databases! {
    async fn a_facet_ignores_its_own_filter_and_obeys_the_others(app: &TestApp) {
        let counts = |facet: &Json| -> BTreeMap<String, u64> {
            let values = facet.as_array().unwrap().iter();
            values.map(|value| (value["value"].as_str().unwrap().to_owned(), value["count"].as_u64().unwrap())).collect()
        };
        let list = async |filter: &str| {
            let query = format!(
                "{{ list: treatmentOutcomes(where: {filter}) {{ totalCount facets {{ grade(first: 100) {{ value label count selected }} \
                 condition(first: 100) {{ value label count selected }} conditions {{ value count selected }} }} }} }}"
            );
            app.data(&query).await["list"].take()
        };
        let all = list("{}").await;
        let grade = list("{grade: {in: [EFFECTIVE]}}").await;
        let effective = counts(&all["facets"]["grade"])["EFFECTIVE"];
        assert_eq!(grade["totalCount"], json!(effective));
        assert_eq!(counts(&grade["facets"]["grade"]), counts(&all["facets"]["grade"]));
        assert_eq!(counts(&grade["facets"]["condition"]).values().sum::<u64>(), effective);
        let selected: Vec<&Json> = grade["facets"]["grade"].as_array().unwrap().iter().filter(|value| value["selected"] == json!(true)).collect();
        assert_eq!(selected, [&json!({"value": "EFFECTIVE", "label": "Effective", "count": effective, "selected": true})]);
        // The selected values are first, however few entries they have.
        let few = app.data("{ treatmentOutcomes(where: {grade: {in: [VARIABLE, MODEST]}}) { facets { grade(first: 3) { value selected } } } }").await;
        let first = few["treatmentOutcomes"]["facets"]["grade"].as_array().unwrap().clone();
        assert_eq!(first.iter().map(|value| value["selected"].as_bool().unwrap()).collect::<Vec<_>>(), [true, true, false]);
        // The same within `and`; conditions within `or` and `not` are not its own.
        let and = list("{and: [{grade: {in: [EFFECTIVE]}}]}").await;
        assert_eq!(and["facets"], grade["facets"]);
        for other in ["{or: [{grade: {in: [EFFECTIVE]}}]}", "{not: {grade: {ne: EFFECTIVE}}}"] {
            let other = list(other).await;
            assert_eq!(counts(&other["facets"]["grade"]), BTreeMap::from([("EFFECTIVE".to_owned(), effective)]));
            assert_eq!(other["facets"]["grade"][0]["selected"], json!(false));
        }
        // Of a related record, the slug and the id are its own, and other fields are not.
        let melasma = list(r#"{condition: {slug: {eq: "melasma"}, kind: {eq: PIGMENT_DISORDER}}}"#).await;
        let kind = list("{condition: {kind: {eq: PIGMENT_DISORDER}}}").await;
        assert_eq!(counts(&melasma["facets"]["condition"]), counts(&kind["facets"]["condition"]));
        let selected = melasma["facets"]["condition"].as_array().unwrap().iter().filter(|value| value["selected"] == json!(true));
        assert_eq!(selected.map(|value| value["label"].as_str().unwrap()).collect::<Vec<_>>(), ["Melasma"]);
        let some = list(r#"{conditions: {some: {slug: {eq: "melasma"}}}}"#).await;
        assert!(counts(&some["facets"]["conditions"]).len() > 1, "{some}");
    }
}

on_both_databases! {
    async fn a_facet_of_a_list_of_value_objects_counts_each_record_once_for_each_value(app: &TestApp) {
        let data = app.data("{
            all: procedures(first: 100) { nodes { anaesthesia { type } } groups(by: [ANAESTHESIA_TYPE]) {
                overlapping nodes { key { anaesthesiaType } aggregate { count } } } }
            list: procedures(first: 100, where: {anaesthesia: {some: {type: {eq: GENERAL}}}}) { totalCount
                facets { anaesthesiaType { value label count selected } } }
        }").await;
        let mut by_type: BTreeMap<String, u64> = BTreeMap::new();
        for node in data["all"]["nodes"].as_array().unwrap() {
            let mut types: Vec<String> = node["anaesthesia"].as_array().unwrap().iter().map(|one| one["type"].to_string()).collect();
            types.sort_unstable();
            types.dedup();
            types.extend(types.is_empty().then(|| "null".to_owned()));
            for one in types {
                *by_type.entry(one).or_default() += 1;
            }
        }
        let groups = data["all"]["groups"]["nodes"].as_array().unwrap().iter();
        let groups = groups.map(|group| (group["key"]["anaesthesiaType"].to_string(), group["aggregate"]["count"].as_u64().unwrap()));
        assert_eq!(groups.collect::<BTreeMap<_, _>>(), by_type);
        assert_eq!(data["all"]["groups"]["overlapping"], json!(true));
        let facet = data["list"]["facets"]["anaesthesiaType"].as_array().unwrap();
        let counted = facet.iter().map(|value| (value["value"].to_string(), value["count"].as_u64().unwrap()));
        by_type.remove("null");
        assert_eq!(counted.collect::<BTreeMap<_, _>>(), by_type, "the facet ignores its own condition");
        let general = &data["list"]["totalCount"];
        assert_eq!(facet[0], json!({"value": "GENERAL", "label": "General", "count": general, "selected": true}));
        assert!(facet[1..].iter().all(|value| value["selected"] == json!(false)) && facet.len() > 3, "{facet:?}");
    }
}

on_both_databases! {
    async fn aggregates_facets_and_groups_of_a_search_are_of_the_records_that_it_finds(app: &TestApp) {
        for text in ["laser", "acne scars", "melasma", "pigment laser"] {
            let query = format!(
                r#"{{ list: treatmentOutcomes(search: {{text: "{text}"}}, where: {{evidenceLevel: {{isNull: false}}}}, first: 100) {{
                    nodes {{ grade evidenceLevel condition {{ slug }} }} totalCount
                    aggregate {{ count countDistinct {{ condition }} min {{ evidenceLevel }} sum {{ evidenceLevel }} avg {{ evidenceLevel }} }}
                    facets {{ grade(first: 100) {{ value count }} condition(first: 100) {{ value count }} }}
                    groups(by: [EVIDENCE_LEVEL]) {{ nodes {{ key {{ evidenceLevel }} aggregate {{ count }} }} }} }} }}"#
            );
            let list = app.data(&query).await["list"].take();
            let nodes = list["nodes"].as_array().unwrap();
            let count_by = |of: fn(&Json) -> &Json| {
                let mut counts: BTreeMap<String, u64> = BTreeMap::new();
                for node in nodes {
                    *counts.entry(of(node).to_string()).or_default() += 1;
                }
                counts
            };
            let facet = |name: &str| -> BTreeMap<String, u64> {
                let values = list["facets"][name].as_array().unwrap().iter();
                values.map(|value| (value["value"].to_string(), value["count"].as_u64().unwrap())).collect()
            };
            assert!(!nodes.is_empty() && nodes.len() < 100, "{text}");
            let level = |node: &Json| u32::try_from(node["evidenceLevel"].as_u64().unwrap()).unwrap();
            let levels: Vec<u32> = nodes.iter().map(level).collect();
            let (sum, count): (u32, _) = (levels.iter().sum(), u32::try_from(levels.len()).unwrap());
            let conditions = count_by(|node| &node["condition"]["slug"]);
            assert_eq!(list["totalCount"], json!(nodes.len()));
            assert_eq!(list["aggregate"], json!({
                "count": nodes.len(),
                "countDistinct": {"condition": conditions.len()},
                "min": {"evidenceLevel": levels.iter().min()},
                "sum": {"evidenceLevel": sum},
                "avg": {"evidenceLevel": (f64::from(sum) / f64::from(count) * 1e6).round() / 1e6},
            }), "{text}");
            assert_eq!(facet("grade"), count_by(|node| &node["grade"]), "{text}");
            assert_eq!(facet("condition"), conditions, "{text}");
            let groups = list["groups"]["nodes"].as_array().unwrap().iter();
            let groups = groups.map(|group| (group["key"]["evidenceLevel"].to_string(), group["aggregate"]["count"].as_u64().unwrap()));
            assert_eq!(groups.collect::<BTreeMap<_, _>>(), count_by(|node| &node["evidenceLevel"]), "{text}");
        }
    }
}

on_both_databases! {
    async fn pages_of_groups_are_the_whole_list(app: &TestApp) {
        for order in ["", "{aggregate: {count: DESC}}", "{aggregate: {avg: {evidenceLevel: DESC_NULLS_FIRST}}}", "{key: {grade: DESC}}"] {
            let list = async |page: &str| {
                let query = format!(
                    "{{ treatmentOutcomes {{ groups(by: [PROCEDURE, GRADE], orderBy: [{order}], {page}) {{ totalCount \
                     edges {{ cursor node {{ key {{ grade procedure {{ slug }} }} aggregate {{ count avg {{ evidenceLevel }} }} }} }} \
                     pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"
                );
                app.data(&query).await["treatmentOutcomes"]["groups"].take()
            };
            let whole = list("first: 100").await;
            let edges = whole["edges"].as_array().unwrap();
            assert!(edges.len() > 20 && whole["totalCount"] == json!(edges.len()), "{order}");
            let (mut forward, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = list(&format!("first: 7 {cursor}")).await;
                assert_eq!(page["pageInfo"]["hasPreviousPage"], json!(!forward.is_empty()), "{order}");
                forward.extend(page["edges"].as_array().unwrap().clone());
                if page["pageInfo"]["hasNextPage"] == json!(false) {
                    break;
                }
                cursor = format!("after: {}", page["pageInfo"]["endCursor"]);
            }
            assert_eq!(&forward, edges, "{order}");
            let before = list(&format!("last: 5, before: {}", edges[9]["cursor"])).await;
            assert_eq!(before["edges"].as_array().unwrap(), &edges[4..9], "{order}");
            let numbered = list("first: 5, offset: 4").await;
            assert_eq!(numbered["edges"].as_array().unwrap(), &edges[4..9], "{order}");
        }
    }
}

on_both_databases! {
    async fn a_list_without_entries_has_empty_facets_and_no_values(app: &TestApp) {
        let selection = "{ aggregate { count countDistinct { kind } min { year } sum { year } avg { year } }
            facets { kind { value } } groups(by: [KIND]) { totalCount nodes { aggregate { count } } } }";
        let query = format!(
            r#"{{ root: sources(where: {{slug: {{eq: "none"}}}}) {selection}
                nested: procedures(first: 1) {{ nodes {{ citations(where: {{slug: {{eq: "none"}}}}) {selection} }} }}
                inside: procedures(first: 1) {{ nodes {{ fieldSources {{ sources(where: {{slug: {{eq: "none"}}}}) {selection} }} }} }} }}"#
        );
        let data = app.data(&query).await;
        let empty = json!({
            "aggregate": {"count": 0, "countDistinct": {"kind": 0}, "min": {"year": null}, "sum": {"year": null}, "avg": {"year": null}},
            "facets": {"kind": []},
            "groups": {"totalCount": 0, "nodes": []},
        });
        assert_eq!((&data["root"], &data["nested"]["nodes"][0]["citations"]), (&empty, &empty));
        assert_eq!(data["inside"]["nodes"][0]["fieldSources"][0]["sources"], empty);
    }
}

on_both_databases! {
    async fn errors_in_groups_and_facets_have_codes(app: &TestApp) {
        let cursor = app.data("{ sources { groups(by: [KIND], first: 1) { pageInfo { endCursor } } } }").await;
        let cursor = &cursor["sources"]["groups"]["pageInfo"]["endCursor"];
        for (selection, code, message) in [
            ("groups(by: []) { totalCount }".to_owned(), "BAD_ARGUMENT", "by: no dimension is given"),
            ("groups(by: [KIND, YEAR, LEVEL, EXTENT_READ, PROCEDURES]) { totalCount }".to_owned(), "BAD_ARGUMENT", "by: more than 4 dimensions"),
            (
                "groups(by: [KIND], orderBy: [{key: {year: ASC}}]) { totalCount }".to_owned(),
                "BAD_ARGUMENT",
                "orderBy.key.year: the groups do not have this dimension; add it to `by`",
            ),
            ("groups(by: [KIND], first: 101) { totalCount }".to_owned(), "BAD_PAGE", "first is 101; the maximum is 100."),
            ("facets { kind(first: 101) { value } }".to_owned(), "BAD_PAGE", "first is 101; the maximum is 100."),
            (
                "groups(by: [KIND], having: {count: {eq: null}}) { totalCount }".to_owned(),
                "BAD_ARGUMENT",
                "having.count.eq: no value equals null; omit `eq`, or use isNull",
            ),
            (
                format!("groups(by: [YEAR], after: {cursor}) {{ totalCount }}"),
                "CURSOR_OF_OTHER_ORDER",
                "after is a cursor of another list or order; the arguments that select and order the list must stay the same while paging.",
            ),
        ] {
            let response = app.query(&format!("{{ sources {{ {selection} }} }}")).await;
            let errors = shown_errors(&response);
            assert_eq!((&errors[0]["code"], &errors[0]["message"]), (&json!(code), &json!(message)), "{selection}");
        }
        let unknown = app.query("{ sources { groups(by: [TITLE]) { totalCount } } }").await;
        assert_eq!(unknown["errors"][0]["extensions"]["code"], "VALIDATION");
    }
}

on_both_databases! {
    async fn aggregates_facets_and_groups_have_a_cost_and_need_a_statement_each(app: &TestApp) {
        let service = Service::new(&app.store, Limits::default(), TrustedDocuments::default());
        let run = async |query: &str| {
            let request = GraphqlRequest { document: Some(query.to_owned()), reports_cost: true, ..GraphqlRequest::default() };
            let ready = service.prepare(request, &account()).await.unwrap_or_else(|refusal| panic!("{}", refusal.body()));
            let executed = service.run(ready, &account()).await.unwrap();
            (executed.statements, serde_json::from_str::<Json>(&executed.response.body).unwrap())
        };
        for (selection, statements) in [
            ("nodes { slug }", 1),
            ("aggregate { count min { year } max { year } countDistinct { kind } }", 1),
            ("totalCount aggregate { count }", 2),
            ("facets { kind { value label } procedures { value label selected } }", 2),
            ("facets { procedures { value } conditions { value } }", 2),
            ("groups(by: [KIND], ranges: [{year: {width: 10}}]) { nodes { aggregate { count } } }", 1),
            ("groups(by: [KIND, PROCEDURES]) { totalCount nodes { key { procedures { name } } } }", 3),
        ] {
            for (query, more) in [
                (format!("{{ sources {{ {selection} }} }}"), 0),
                (format!("{{ procedures(first: 100) {{ nodes {{ citations {{ {selection} }} }} }} }}"), 1),
            ] {
                assert_eq!(run(&query).await.0, statements + more, "{query}");
            }
        }
        // The rows of a narrowed list are read once, for its count and for the facets that have no condition of their own.
        let kinds = "kind(first: 100) { count } extentRead(first: 100) { count }";
        let procedures = "procedure(first: 100) { value label count } certainty(first: 100) { count }";
        // Rows are counted by the foreign key first, and are not read.
        let categories = "procedureCategory(first: 100) { count }";
        for (list, facets, statements) in [
            ("sources(where: {year: {gte: 2010}})", kinds, 1),
            ("sources(where: {year: {gte: 3000}})", kinds, 1),
            ("sources(search: {text: \"scars\"}, where: {year: {gte: 2010}})", kinds, 2),
            ("treatmentOutcomes(where: {grade: {eq: HELPS}})", procedures, 1),
            ("treatmentOutcomes(where: {grade: {eq: HELPS}})", categories, 2),
            ("procedures(first: 100) { nodes { citations(where: {year: {gte: 2010}})", kinds, 2),
            ("conditions(first: 100) { nodes { outcomes(where: {grade: {eq: HELPS}})", procedures, 2),
            ("conditions(first: 100) { nodes { outcomes(where: {grade: {eq: HELPS}})", categories, 3),
        ] {
            let close = if list.contains("nodes") { " } }" } else { "" };
            let (used, shared) = run(&format!("{{ {list} {{ facets {{ {facets} }} totalCount }} {close} }}")).await;
            assert_eq!(used, statements, "{list}");
            let (_, apart) = run(&format!("{{ {list} {{ totalCount }} {close} }}")).await;
            let only = |object: &Json| object.as_object().unwrap().values().next().unwrap().clone();
            let lists = |response: &Json| match only(&response["data"]) {
                list if list["nodes"].is_array() => list["nodes"].as_array().unwrap().iter().map(only).collect(),
                list => vec![list],
            };
            let (shared, apart) = (lists(&shared), lists(&apart));
            assert!(!shared.is_empty() && shared.len() == apart.len(), "{list}");
            for (shared, apart) in shared.iter().zip(apart) {
                assert_eq!(shared["totalCount"], apart["totalCount"], "{list}");
                // Each record has one value of each of these facets.
                for facet in shared["facets"].as_object().unwrap().values() {
                    let counts = facet.as_array().unwrap().iter().map(|value| value["count"].as_u64().unwrap());
                    assert_eq!(Some(counts.sum()), shared["totalCount"].as_u64(), "{list}");
                }
            }
        }
        let query = r#"{ procedures(where: {slug: {in: ["microneedling", "dermabrasion"]}}, first: 10) {
            nodes { outcomes { aggregate { count } facets { grade(first: 2) { value } } groups(by: [GRADE], first: 5) { nodes { key { grade } } } } } } }"#;
        let cost = run(query).await.1["extensions"]["cost"].clone();
        let items: BTreeMap<&str, u64> = cost["fields"].as_array().unwrap().iter()
            .map(|item| (item["path"].as_str().unwrap(), item["requested"].as_u64().unwrap())).collect();
        assert_eq!(items, BTreeMap::from([
            ("procedures", 1),
            ("procedures.nodes", 10),
            ("procedures.nodes.outcomes", 10),
            ("procedures.nodes.outcomes.aggregate", 50),
            ("procedures.nodes.outcomes.facets.grade", 10 * (5 + 2)),
            ("procedures.nodes.outcomes.groups", 60),
            ("procedures.nodes.outcomes.groups.nodes", 50),
            ("procedures.nodes.outcomes.groups.nodes.key", 50),
        ]), "{cost}");
        let refused = "{ p: procedures(first: 100) { nodes { outcomes(first: 100) { nodes { conditions(first: 100) { facets { outcomes(first: 100) { value } } } } } } } }";
        let request = GraphqlRequest { document: Some(refused.to_owned()), ..GraphqlRequest::default() };
        let refusal = service.prepare(request, &account()).await.err().unwrap();
        assert!(refusal.body().contains("TOO_EXPENSIVE"), "{}", refusal.body());
    }
}

on_both_databases! {
    async fn records_are_filtered_and_ordered_by_what_is_computed_of_their_lists(app: &TestApp) {
        let data = app.data("{ procedures(first: 100, where: {outcomes: {count: {gte: 5}, min: {evidenceLevel: {lte: 1}, grade: {gte: NOT_GRADED}}}},
            orderBy: [{outcomes: {min: {evidenceLevel: ASC}}}, {outcomes: {count: DESC}}]) {
            nodes { slug outcomes(first: 100) { totalCount aggregate { min { evidenceLevel } } } } } }").await;
        let nodes = data["procedures"]["nodes"].as_array().unwrap();
        let counts: Vec<u64> = nodes.iter().map(|node| node["outcomes"]["totalCount"].as_u64().unwrap()).collect();
        assert!(!counts.is_empty() && counts.iter().all(|count| *count >= 5) && counts.is_sorted_by(|one, other| one >= other), "{data}");
        assert!(nodes.iter().all(|node| node["outcomes"]["aggregate"]["min"]["evidenceLevel"] == json!(1)), "{data}");
        let parts = app.data("{ procedures(first: 1, orderBy: [{adverseEffects: {countDistinct: {effect: DESC}}}]) { nodes { adverseEffects { effect } } } }").await;
        assert!(parts["procedures"]["nodes"][0]["adverseEffects"].as_array().unwrap().len() > 1);
    }
}
