//! Facets that share a statement: they have the values that they have alone, whatever conditions each of them ignores.

use std::sync::Arc;

use dermagraph::{
    access::{Accounts, Client, Limiter, MAX_RESERVED_BYTES},
    generate::{self, LibrarySize, RequestedSize},
    schema::{GraphqlRequest, Limits, RefusalKind, Service, TrustedDocuments},
};
use serde_json::Value as Json;

use crate::support::{TestApp, account, on_both_databases, publish, starter_documents};

/// A list, the facets that are selected on it, and the number of statements for these facets and `totalCount`.
type Case<'c> = (&'c str, &'c [&'c str], usize);

/// Runs a query without the response cache. Returns its data, and its number of statements.
async fn run(service: &Service, query: &str) -> (Json, usize) {
    let request = GraphqlRequest { document: Some(query.to_owned()), ..GraphqlRequest::default() };
    let ready = service.prepare(request, &account()).await.unwrap_or_else(|refusal| panic!("{query}: {}", refusal.body()));
    let run = service.run(ready, &account()).await.unwrap();
    assert_eq!(run.response.errors, 0, "{query}: {}", run.response.body);
    (serde_json::from_str::<Json>(&run.response.body).unwrap()["data"].take(), run.statements)
}

/// Returns the query for a selection of a list. The list may be below other records.
fn query(list: &str, selection: &str) -> String {
    let close = " }".repeat(list.matches('{').count() - list.matches('}').count());
    format!("{{ {list} {{ {selection} }} {close} }}")
}

/// Returns all facets of a name in a response, in their order.
fn facets(data: &Json, name: &str) -> Vec<Json> {
    match data {
        Json::Object(fields) if fields.contains_key("facets") => vec![fields["facets"][name].clone()],
        Json::Object(fields) => fields.values().flat_map(|below| facets(below, name)).collect(),
        Json::Array(items) => items.iter().flat_map(|item| facets(item, name)).collect(),
        _ => Vec::new(),
    }
}

on_both_databases! {
    async fn facets_that_share_a_statement_have_the_values_that_they_have_alone(app: &TestApp) {
        let limits = Limits { responses: 0, ..Limits::default() };
        let service = Service::new(&app.store, limits, TrustedDocuments::default());
        let all = &["grade", "certainty", "evidenceLevel", "procedureCategory", "condition"][..];
        let cases: [Case<'_>; 13] = [
            // Position 1 is found by index, and both facets ignore their own condition.
            ("treatmentOutcomes(where: {position: {eq: 1}, grade: {in: [HELPS, EFFECTIVE]}, certainty: {ne: LOW}})", all, 1),
            // One condition must be found by index, so its facet has a statement of its own.
            ("treatmentOutcomes(where: {grade: {eq: HELPS}})", all, 2),
            ("treatmentOutcomes(where: {grade: {eq: HELPS}, certainty: {eq: LOW}})", all, 2),
            ("treatmentOutcomes(where: {position: {lte: 3}, procedure: {category: {eq: LASER}}, and: [{evidenceLevel: {gte: 2}}]})", all, 2),
            // The index of a range may find few rows, so the facet that ignores the range has a statement of its own.
            ("treatmentOutcomes(where: {evidenceLevel: {lte: 1}})", all, 2),
            // No condition would remain.
            ("treatmentOutcomes(where: {grade: {ne: HELPS}})", all, 2),
            // The facet of procedures ignores a part of the condition on the procedure. The rest is a different condition.
            ("treatmentOutcomes(where: {position: {lte: 3}, procedure: {category: {eq: LASER}, slug: {ne: \"x\"}}})", all, 2),
            ("treatmentOutcomes(where: {grade: {ne: HELPS}, or: [{certainty: {eq: LOW}}, {evidenceLevel: {isNull: true}}]})", all, 1),
            ("treatmentOutcomes(search: {text: \"pigment\"}, where: {grade: {eq: HELPS}, certainty: {eq: LOW}})", all, 2),
            ("treatmentOutcomes(where: {grade: {eq: HELPS}, evidenceLevel: {gt: 1000}})", all, 2),
            ("procedures(first: 100) { nodes { outcomes(where: {grade: {eq: HELPS}, certainty: {eq: LOW}})", all, 2),
            ("conditions(first: 100) { nodes { outcomes(where: {procedure: {category: {eq: LASER}}, evidenceLevel: {lte: 2}})", all, 2),
            ("sources(where: {kind: {eq: RANDOMISED_TRIAL}, extentRead: {isNull: false}, year: {gte: 2000}})", &["kind", "extentRead"], 2),
        ];
        for (list, names, statements) in cases {
            let values = "(first: 100) { value label count selected }";
            let selected: Vec<String> = names.iter().map(|name| format!("{name}{values}")).collect();
            let (together, used) = run(&service, &query(list, &format!("totalCount facets {{ {} }}", selected.join(" ")))).await;
            assert_eq!(used, statements, "{list}");
            for (name, selected) in names.iter().zip(&selected) {
                let (alone, _) = run(&service, &query(list, &format!("facets {{ {selected} }}"))).await;
                let (together, alone) = (facets(&together, name), facets(&alone, name));
                assert!(!alone.is_empty(), "{list}: {name}");
                assert_eq!(together, alone, "{list}: {name}");
            }
            let (counted, _) = run(&service, &query(list, "totalCount")).await;
            let counts = |data: &Json| data.to_string().split("\"totalCount\":").skip(1).map(|rest| rest.split(['}', ',']).next().map(str::to_owned)).collect::<Vec<_>>();
            assert_eq!(counts(&together), counts(&counted), "{list}");
        }
    }
}

on_both_databases! {
    async fn many_facets_and_many_conditions_need_more_statements(app: &TestApp) {
        let limits = Limits { responses: 0, cost: u64::MAX, ..Limits::default() };
        let service = Service::new(&app.store, limits, TrustedDocuments::default());
        let list = "list: treatmentOutcomes(where: {position: {eq: 1}, grade: {in: [HELPS, EFFECTIVE]}})";
        let aliases: Vec<String> = (0..45).map(|at| format!("grade{at}: grade {{ value count selected }}")).collect();
        let (data, statements) = run(&service, &query(list, &format!("facets {{ {} }}", aliases.join(" ")))).await;
        assert_eq!(statements, 6);
        let all = data["list"]["facets"].as_object().unwrap();
        assert_eq!(all.len(), 45);
        assert!(all.values().all(|values| *values == all["grade0"] && values.as_array().unwrap().len() > 1), "{data}");

        // Only the first 63 conditions can be ignored in a shared statement.
        let many = "{slug: {ne: \"x\"}}, ".repeat(70);
        let of = |conditions: &str| format!("list: treatmentOutcomes(where: {{{conditions}}})");
        let facets = "facets { grade { value count selected } certainty { value count } }";
        let (values, statements) = run(&service, &query(list, facets)).await;
        assert_eq!(statements, 1);
        for (conditions, statements) in [
            (format!("position: {{eq: 1}}, grade: {{in: [HELPS, EFFECTIVE]}}, and: [{many}]"), 1),
            (format!("and: [{many}], position: {{eq: 1}}, grade: {{in: [HELPS, EFFECTIVE]}}"), 2),
        ] {
            assert_eq!(run(&service, &query(&of(&conditions), facets)).await, (values.clone(), statements), "{conditions}");
        }
    }
}

#[actix_web::test]
async fn facets_without_memory_are_refused() {
    let app = TestApp::sqlite().await;
    let size = RequestedSize { procedures: 5, outcomes: 1500, conditions: Some(400), sources: None, largest: None, seed: 1 };
    let mut files = starter_documents();
    files.extend(generate::documents(&LibrarySize::new(size).unwrap()));
    publish(&app, &files).await;
    let service = Service::new(&app.store, Limits { responses: 0, ..Limits::default() }, TrustedDocuments::default());
    let facets: Vec<String> = (0..10).map(|at| format!("facet{at}: condition(first: 1) {{ count }}")).collect();
    let list = "treatmentOutcomes(where: {slug: {contains: \"-\"}})";
    let query = query(list, &format!("facets {{ {} }}", facets.join(" ")));
    let run = async |accounts: &Arc<Accounts>| {
        let account = accounts.of(Client::Address([192, 0, 2, 1].into()));
        let request = GraphqlRequest { document: Some(query.clone()), ..GraphqlRequest::default() };
        let ready = service.prepare(request, &account).await.unwrap_or_else(|refusal| panic!("{}", refusal.body()));
        service.run(ready, &account).await
    };
    // The facets of a client may reserve half of the memory. These have 4,000 values together.
    let [enough, few] = [MAX_RESERVED_BYTES, 2 << 20].map(|bytes| Accounts::new(Limiter::new(0, 0), bytes));
    assert_eq!(run(&enough).await.unwrap().response.errors, 0);
    let Err(refusal) = run(&few).await else { panic!("the facets need more memory") };
    assert_eq!((refusal.kind, refusal.code()), (RefusalKind::Overloaded(1), Some("OVERLOADED")));
    assert!(refusal.body().contains("The search or the facets need more memory"), "{}", refusal.body());
    assert_eq!((enough.reserved(), few.reserved()), (0, 0));
}
