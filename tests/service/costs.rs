//! The cost of an operation: it is known before the operation runs, it is limited, and the response states it on
//! request.

use std::{sync::Arc, time::Duration};

use dermagraph::schema::{
    GraphqlRequest, Limits, OperationKind, PreparedRequest, Refusal, RefusalKind, Service, TrustedDocuments,
};
use futures_util::{FutureExt as _, StreamExt as _};
use serde_json::{Value as Json, json};
use tokio::time::timeout;

use crate::support::{TestApp, account, count, on_both_databases};

fn service(app: &TestApp, limits: Limits) -> Service {
    Service::new(&app.store, limits, TrustedDocuments::default())
}

fn request(document: &str) -> GraphqlRequest {
    GraphqlRequest { document: Some(document.to_owned()), reports_cost: true, ..GraphqlRequest::default() }
}

fn code(refusal: &Refusal) -> Json {
    let body: Json = serde_json::from_str(&refusal.body()).unwrap();
    body["errors"][0]["extensions"]["code"].clone()
}

async fn body(service: &Service, ready: PreparedRequest) -> Json {
    serde_json::from_str(&service.run(ready, &account()).await.unwrap().response.body).unwrap()
}

on_both_databases! {
    async fn a_response_reports_its_cost_by_field(app: &TestApp) {
        let service = service(app, Limits::default());
        let query = r#"{
            procedures(first: 10, where: {slug: {in: ["microneedling", "dermabrasion"]}}) {
                totalCount
                nodes { name outcomes(first: 3) { nodes { condition { name } } } }
            }
        }"#;
        let response = body(&service, service.prepare(request(query), &account()).await.unwrap()).await;
        assert_eq!(response["extensions"]["cost"], json!({
            "requested": 6 + 10 + 10 + 30 + 30,
            "actual": 6 + 2 + 2 + 6 + 6,
            "limit": 500_000,
            "fields": [
                {"path": "procedures", "requested": 6, "actual": 6},
                {"path": "procedures.nodes", "requested": 10, "actual": 2},
                {"path": "procedures.nodes.outcomes", "requested": 10, "actual": 2},
                {"path": "procedures.nodes.outcomes.nodes", "requested": 30, "actual": 6},
                {"path": "procedures.nodes.outcomes.nodes.condition", "requested": 30, "actual": 6},
            ],
            "other": [],
        }), "{response}");
        let quiet = GraphqlRequest { reports_cost: false, ..request(query) };
        assert_eq!(body(&service, service.prepare(quiet, &account()).await.unwrap()).await.get("extensions"), None);
    }
}

on_both_databases! {
    async fn the_reported_parts_of_the_cost_add_up_to_it(app: &TestApp) {
        let service = service(app, Limits::default());
        let skipped: Vec<String> = (0..20).map(|at| format!("s{at}: sources(offset: 10000) {{ nodes {{ slug }} }}")).collect();
        let long: Vec<String> = (0..300).map(|at| format!("s{at}: description")).collect();
        for (query, expected) in [
            (format!("{{ {} }}", skipped.join(" ")), &["reading"][..]),
            ("{ procedures(first: 3) { totalCount nodes { name } } }".to_owned(), &[]),
            (format!("{{ procedure(by: {{slug: \"microneedling\"}}) {{ {} }} }}", long.join(" ")), &["length"]),
            ("{ __type(name: \"Query\") { name } procedures { nodes { id } } }".to_owned(), &["introspection"]),
        ] {
            let response = body(&service, service.prepare(request(&query), &account()).await.unwrap()).await;
            let cost = &response["extensions"]["cost"];
            let parts = |list: &str| cost[list].as_array().unwrap().clone();
            let all = [parts("fields"), parts("other")].concat();
            for total in ["requested", "actual"] {
                let sum: u64 = all.iter().map(|part| part[total].as_u64().unwrap()).sum();
                assert_eq!(Some(sum), cost[total].as_u64(), "{total}: {cost}");
            }
            let named: Vec<Json> = parts("other").iter().map(|part| part["part"].clone()).collect();
            assert_eq!(named, expected, "{cost}");
        }
    }
}

on_both_databases! {
    async fn an_order_that_no_index_serves_costs_as_much_as_such_a_filter(app: &TestApp) {
        let service = service(app, Limits::default());
        let cost = async |order: &str| {
            let query = format!("{{ treatmentOutcomes(first: 1, orderBy: [{order}]) {{ nodes {{ id }} }} }}");
            let ready = service.prepare(request(&query), &account()).await.unwrap();
            body(&service, ready).await["extensions"]["cost"]["fields"][0]["requested"].clone()
        };
        assert_eq!(cost("{grade: ASC}").await, 1);
        let related = ["{procedure: {name: ASC}}", "{grade: ASC}, {procedure: {category: DESC}}", "{condition: {outcomes: {count: DESC}}}"];
        for order in related {
            assert_eq!(cost(order).await, 1 + 20, "{order}");
        }
    }
}

on_both_databases! {
    async fn skipped_entries_cost_what_reading_them_costs(app: &TestApp) {
        let service = service(app, Limits::default());
        let cost = async |arguments: &str| {
            let lists: Vec<String> = (0..20).map(|at| format!("s{at}: sources({arguments}) {{ nodes {{ slug }} }}")).collect();
            let query = format!("{{ {} }}", lists.join(" "));
            body(&service, service.prepare(request(&query), &account()).await.unwrap()).await["extensions"]["cost"]["requested"].as_u64().unwrap()
        };
        let skipped = count("Source") as u64 * 20 / 1_000;
        assert_eq!(cost("offset: 10000").await, cost("offset: 0").await + skipped);
    }
}

on_both_databases! {
    async fn groups_by_several_lists_cost_the_rows_that_the_lists_multiply(app: &TestApp) {
        let service = service(app, Limits::default());
        let cost = async |by: &str| {
            let query = format!("{{ procedures(first: 0) {{ groups(by: [{by}], first: 1) {{ totalCount }} }} }}");
            service.prepare(request(&query), &account()).await.unwrap().cost()
        };
        let one = cost("ANAESTHESIA_TYPE").await;
        // A list in JSON counts as five rows, so each procedure has 5 * 5 * 5 * 5 of them.
        let joined = count("Procedure") as u64 * 625;
        assert!(cost("PURPOSE, VARIANTS_DEPTH, ANAESTHESIA_TYPE, COSTS_YEAR").await >= one + joined / 1_000);
        assert_eq!(cost("ANAESTHESIA_TYPE, ANAESTHESIA_USE, ANAESTHESIA_TIMING").await, one, "one list is read once");
    }
}

on_both_databases! {
    async fn ranges_of_numbers_in_value_objects_cost_a_comparison_with_each_bound(app: &TestApp) {
        let service = service(app, Limits::default());
        let cost = async |bounds: i32| {
            let bounds: Vec<String> = (1..=bounds).map(|bound| bound.to_string()).collect();
            let ranges = format!("ranges: [{{sessionsCountMin: {{bounds: [{}]}}}}]", bounds.join(", "));
            let query = format!("{{ procedures(first: 0) {{ groups({ranges}, first: 1) {{ nodes {{ aggregate {{ count }} }} }} }} }}");
            service.prepare(request(&query), &account()).await.unwrap().cost()
        };
        // A value in JSON counts as five rows.
        let compared = count("Procedure") as u64 * 5 * 19 / 1_000;
        assert!(compared > 0 && cost(20).await >= cost(1).await + compared);
    }
}

on_both_databases! {
    async fn counting_the_groups_of_a_page_costs_reading_the_rows_again(app: &TestApp) {
        let service = service(app, Limits::default());
        let cost = async |selection: &str| {
            let by = "PURPOSE, VARIANTS_DEPTH, ANAESTHESIA_TYPE, COSTS_YEAR";
            let query = format!("{{ procedures(first: 0) {{ groups(by: [{by}], first: 1) {{ {selection} }} }} }}");
            service.prepare(request(&query), &account()).await.unwrap().cost()
        };
        let page = cost("nodes { aggregate { count } }").await;
        let joined = count("Procedure") as u64 * 625;
        assert!(cost("totalCount nodes { aggregate { count } }").await >= page + joined / 1_000);
        assert!(cost("totalCount").await < page + joined / 1_000, "a count alone reads the rows once");
    }
}

on_both_databases! {
    async fn a_response_reports_the_statements_of_its_root_fields(app: &TestApp) {
        let service = service(app, Limits::default());
        let query = "{ procedures(first: 2) { totalCount nodes { name outcomes(first: 3) { nodes { grade } } } } l: library { revision } __typename }";
        let request = GraphqlRequest { document: Some(query.to_owned()), reports_plan: true, ..GraphqlRequest::default() };
        for time in 0..2 {
            let ready = service.prepare(request.clone(), &account()).await.unwrap();
            let response = body(&service, ready).await;
            let plan = response["extensions"]["plan"].as_array().unwrap();
            let fields: Vec<_> = plan.iter().map(|root| root["field"].as_str().unwrap()).collect();
            assert_eq!(fields, ["procedures", "l"], "{time}: a response of the cache would have no statements");
            let rows: Vec<_> = plan.iter().map(|root| root["statements"].as_array().unwrap().iter().map(|one| one["rows"].clone()).collect::<Json>()).collect();
            assert_eq!(rows, [json!([1, 2, 5]), json!([1])], "the count, two procedures, up to three outcomes of each; the revision");
            for statement in plan.iter().flat_map(|root| root["statements"].as_array().unwrap()) {
                assert!(statement["sql"].as_str().unwrap().starts_with("SELECT ") && statement["microseconds"].is_u64(), "{statement}");
            }
            assert_eq!(response["extensions"].get("cost"), None);
        }
    }
}

on_both_databases! {
    async fn an_operation_above_the_cost_limit_is_not_run(app: &TestApp) {
        let service = service(app, Limits { cost: 100, ..Limits::default() });
        let of = |first: usize| request(&format!("{{ procedures(first: {first}) {{ nodes {{ slug }} }} }}"));
        assert_eq!(service.prepare(of(99), &account()).await.unwrap().cost(), 100);
        let Err(refused) = service.prepare(of(100), &account()).await else { panic!("it is above the limit") };
        assert_eq!((refused.kind, code(&refused)), (RefusalKind::Request, json!("TOO_EXPENSIVE")));
        let variables = json!({"first": 100}).as_object().unwrap().clone();
        let query = "query ($first: Int) { procedures(first: $first) { nodes { slug } } }";
        let prepare = async |variables| service.prepare(GraphqlRequest { variables, ..request(query) }, &account()).await;
        assert!(prepare(variables).await.is_err(), "the values of variables count");
        assert!(prepare(serde_json::Map::default()).await.is_ok(), "the default page is small");
    }
}

on_both_databases! {
    async fn introspection_runs_whatever_the_cost_limit(app: &TestApp) {
        let service = service(app, Limits { cost: 0, ..Limits::default() });
        let ready = service.prepare(request(crate::introspection::QUERY), &account()).await.unwrap();
        assert!(ready.introspects());
        assert!(body(&service, ready).await["data"]["__schema"]["types"].as_array().unwrap().len() > 100);
        let many: Vec<String> = (0..5).map(|at| format!("a{at}: __schema {{ types {{ ...FullType }} }}")).collect();
        let fragments = &crate::introspection::QUERY[crate::introspection::QUERY.find("fragment FullType").unwrap()..];
        let Err(refused) = service.prepare(request(&format!("{{ {} }} {fragments}", many.join(" "))), &account()).await else {
            panic!("five whole schemas are too many")
        };
        assert_eq!(code(&refused), json!("TOO_EXPENSIVE"));
        let deep = "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }";
        assert!(service.prepare(request(deep), &account()).await.is_err(), "lists within lists within lists");
    }
}

on_both_databases! {
    async fn few_expensive_operations_run_at_once_and_cheap_ones_do_not_wait(app: &TestApp) {
        let timeout = std::time::Duration::from_millis(20);
        let none = service(app, Limits { expensive: 0, queue_timeout: timeout, ..Limits::default() });
        let heavy = none.prepare(request("{ sources(where: {title: {contains: \"laser\"}}) { totalCount } }"), &account()).await.unwrap();
        let Err(refused) = none.run(heavy.clone(), &account()).await else { panic!("there is no permit for it") };
        assert_eq!((refused.kind, code(&refused)), (RefusalKind::Overloaded(1), json!("OVERLOADED")));
        let light = none.prepare(request("{ sources(first: 1) { totalCount } }"), &account()).await.unwrap();
        assert!(body(&none, light).await["data"]["sources"]["totalCount"].as_u64().is_some_and(|count| count > 0));
        let one = service(app, Limits { expensive: 1, ..Limits::default() });
        let client = account();
        let heavy: Vec<_> = (0..10).map(|_| one.run(heavy.clone(), &client)).collect();
        let responses = futures_util::future::join_all(heavy).await;
        assert!(responses.into_iter().all(|executed| executed.is_ok_and(|executed| executed.response.errors == 0)), "they take turns");
    }
}

on_both_databases! {
    async fn a_subscription_sends_the_revision_now_and_after_each_publication(app: &TestApp) {
        let service = service(app, Limits::default());
        let ready = service.prepare(request("subscription { library { revision } }"), &account()).await.unwrap();
        assert_eq!(ready.kind(), OperationKind::Subscription);
        let mut events = service.responses(ready, &account(), Arc::new(|| std::future::ready(Ok(())).boxed()));
        let next = |event: Option<Result<dermagraph::schema::OperationResponse, Refusal>>| {
            let body: Json = serde_json::from_str(&event.unwrap().unwrap().response.body).unwrap();
            body["data"]["library"]["revision"].clone()
        };
        assert_eq!(next(events.next().await), json!(1));
        let mut documents = crate::support::starter_documents();
        let document = documents.iter_mut().find(|file| file.name.ends_with("procedures/microneedling.yaml")).unwrap();
        document.text = document.text.replace("name: Microneedling\n", "name: Micro-needling\n");
        crate::support::publish(app, &documents).await;
        assert_eq!(next(events.next().await), json!(2));
    }
}

on_both_databases! {
    async fn a_subscription_that_begins_right_after_a_publication_sends_it_once(app: &TestApp) {
        let service = service(app, Limits::default());
        let subscribe = async || {
            let ready = service.prepare(request("subscription { library { revision } }"), &account()).await.unwrap();
            service.responses(ready, &account(), Arc::new(|| std::future::ready(Ok(())).boxed()))
        };
        let revision = |event: Option<Result<dermagraph::schema::OperationResponse, Refusal>>| {
            let body: Json = serde_json::from_str(&event.unwrap().unwrap().response.body).unwrap();
            body["data"]["library"]["revision"].clone()
        };
        // From now on, the service watches the latest revision.
        let mut earlier = subscribe().await;
        assert_eq!(revision(earlier.next().await), json!(1));
        let mut documents = crate::support::starter_documents();
        let document = documents.iter_mut().find(|file| file.name.ends_with("procedures/microneedling.yaml")).unwrap();
        document.text = document.text.replace("name: Microneedling\n", "name: Micro-needling\n");
        crate::support::publish(app, &documents).await;
        // Its first response may be sent before the service notices the publication.
        let mut later = subscribe().await;
        assert_eq!(revision(later.next().await), json!(2));
        assert_eq!(revision(earlier.next().await), json!(2));
        for mut events in [earlier, later] {
            assert!(timeout(Duration::from_secs(1), events.next()).await.is_err(), "revision 2 is sent twice");
        }
    }
}

on_both_databases! {
    async fn the_response_to_a_query_with_its_cost_reports_the_number_of_statements(app: &TestApp) {
        let timing = async |query: &str, extensions: Json| {
            let request = app.client().post(format!("{}/graphql", app.address)).json(&json!({"query": query, "extensions": extensions}));
            request.send().await.unwrap().headers().get("server-timing").map(|value| value.to_str().unwrap().to_owned())
        };
        let (query, cost) = ("{ procedures(first: 3) { nodes { slug outcomes(first: 2) { nodes { slug } } } } }", json!({"cost": true}));
        assert_eq!(timing(query, cost.clone()).await.as_deref(), Some("sql;desc=\"2 statements\""));
        assert_eq!(timing(query, cost).await.as_deref(), Some("sql;desc=\"0 statements\""));
        assert_eq!(timing(query, json!({})).await, None);
    }
}
