//! Every resource costs points and is bounded: what clients are charged for, and what happens to connections and
//! operations that they leave open.

use std::time::Duration;

use dermagraph::{
    access::{AccessConfig, Role, keys},
    app::Config,
    generate::{self, LibrarySize, RequestedSize},
    library::DocumentFile,
    schema::{GraphqlRequest, Limits, Service, TrustedDocuments},
};
use reqwest::{Response, StatusCode};
use serde_json::{Value as Json, json};

use crate::support::{TestApp, account, on_both_databases, publish, starter_documents};

pub async fn limited(points: u32) -> TestApp {
    let access = AccessConfig { rate_limit: points, introspection_role: Some(Role::Admin), ..AccessConfig::default() };
    TestApp::sqlite_set(Config { access, ..Config::default() }).await
}

pub async fn post(app: &TestApp, body: &Json) -> Response {
    app.client().post(format!("{}/graphql", app.address)).json(body).send().await.unwrap()
}

/// Returns a document with this number of tokens that costs little when it is run.
fn long(tokens: usize) -> String {
    format!("{{ procedures(first: 1) {{ nodes {{ {} }} }} }}", "name ".repeat(tokens))
}

async fn cost(service: &Service, document: &str) -> u64 {
    let request = GraphqlRequest { document: Some(document.to_owned()), ..GraphqlRequest::default() };
    let ready = service.prepare(request, &account()).await;
    ready.unwrap_or_else(|refusal| panic!("{document} is refused: {}", refusal.body())).cost()
}

#[actix_web::test]
async fn refused_requests_are_charged() {
    type Request = fn(&TestApp) -> reqwest::RequestBuilder;
    let kinds: [(&str, Request); 12] = [
        ("a subscription that is wanted as one response", |app| {
            app.client()
                .post(format!("{}/graphql", app.address))
                .json(&json!({"query": "subscription { library { revision } }"}))
        }),
        ("introspection without the role", |app| {
            app.client().post(format!("{}/graphql", app.address)).json(&json!({"query": "{ __schema { description } }"}))
        }),
        ("a body that is not JSON", |app| {
            let request = app.client().post(format!("{}/graphql", app.address));
            request.header("content-type", "application/json").body("{")
        }),
        ("a body of another type", |app| app.client().post(format!("{}/graphql", app.address)).body("{}")),
        ("an invalid document", |app| {
            app.client().post(format!("{}/graphql", app.address)).json(&json!({"query": "{ nothing }"}))
        }),
        ("an invalid credential", |app| {
            app.client().get(format!("{}/graphql", app.address)).header("authorization", "Bearer dg_wrong")
        }),
        ("a page of another origin", |app| {
            app.client().get(format!("{}/graphql", app.address)).header("origin", "https://elsewhere.example")
        }),
        ("an address where there is nothing", |app| app.client().get(format!("{}/elsewhere", app.address))),
        ("another method", |app| app.client().put(format!("{}/graphql", app.address))),
        ("a question for the methods", |app| {
            app.client().request(reqwest::Method::OPTIONS, format!("{}/graphql", app.address))
        }),
        ("another method of health", |app| app.client().post(format!("{}/health/ready", app.address))),
        ("another host", |app| app.client().get(format!("{}/graphql", app.address)).header("host", "evil.example")),
    ];
    for (name, request) in kinds {
        let app = limited(10).await;
        for _ in 0..10 {
            assert_ne!(request(&app).send().await.unwrap().status(), StatusCode::TOO_MANY_REQUESTS, "{name}");
        }
        let response = request(&app).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS, "{name}");
        assert!(response.headers().contains_key("retry-after"), "{name}");
        let health = app.client().get(format!("{}/health/ready", app.address)).send().await.unwrap();
        assert_eq!(health.status(), StatusCode::OK, "health is free");
    }
}

#[actix_web::test]
async fn a_long_document_is_charged_once_and_before_preparation() {
    let app = limited(100).await;
    let body = json!({"query": long(5000)});
    assert_eq!(post(&app, &body).await.status(), StatusCode::OK);
    let other = post(&app, &json!({"query": format!("{} #", long(5100))})).await;
    assert_eq!(other.status(), StatusCode::TOO_MANY_REQUESTS, "fifty points for each of them are too many");
    assert_eq!(post(&app, &body).await.status(), StatusCode::OK, "it is prepared already");
}

#[actix_web::test]
async fn what_costs_more_than_the_whole_budget_is_refused_with_its_cost() {
    let app = limited(100).await;
    let response =
        post(&app, &json!({"query": "{ procedures(first: 100) { nodes { outcomes(first: 100) { nodes { id } } } } }"}))
            .await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(!response.headers().contains_key("retry-after"), "waiting would not help");
    let body: Json = response.json().await.unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "RATE_LIMITED");
    let message = body["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("more than your whole budget of 100 points per minute"), "{message}");
}

on_both_databases! {
    async fn sent_bytes_are_charged(app: &TestApp) {
        let service = Service::new(&app.store, Limits::default(), TrustedDocuments::default());
        let aliases = |count: usize, field: &str| {
            let fields: Vec<_> = (0..count).map(|at| format!("a{at}: {field}")).collect();
            fields.join(" ")
        };
        let one = cost(&service, "{ procedures(first: 100) { nodes { description } } }").await;
        assert_eq!(one, 101, "the point of an object includes its fields");
        let many = cost(&service, &format!("{{ procedures(first: 100) {{ nodes {{ {} }} }} }}", aliases(999, "description"))).await;
        let bytes = 14 * 999 * 150;
        assert!(many >= bytes / 10_000, "999 descriptions of 14 procedures cost {many}");
        for (name, document) in [
            ("cursors", format!("{{ sources(first: 100) {{ edges {{ {} }} }} }}", aliases(999, "cursor"))),
            ("type names", format!("{{ sources(first: 100) {{ nodes {{ {} }} }} }}", aliases(999, "__typename"))),
            ("ids", format!("{{ sources(first: 100) {{ nodes {{ {} }} }} }}", aliases(999, "id"))),
        ] {
            assert!(cost(&service, &document).await > 120, "{name}");
        }
        assert!(cost(&service, &format!("{{ library {{ {} }} }}", aliases(999, "notice"))).await > 15, "notices");
    }
}

on_both_databases! {
    async fn a_filter_costs_what_it_may_read(app: &TestApp) {
        let size = RequestedSize { procedures: 30, outcomes: 2000, conditions: None, sources: None, largest: None, seed: 1 };
        let mut files: Vec<DocumentFile> = starter_documents();
        files.extend(generate::documents(&LibrarySize::new(size).unwrap()));
        publish(app, &files).await;
        let service = Service::new(&app.store, Limits::default(), TrustedDocuments::default());
        let levels = |count: usize| {
            let inner = "slug: {contains: \"zq\"}".to_owned();
            (0..count).fold(inner, |filter, at| match at % 2 {
                0 => format!("outcomes: {{some: {{procedure: {{{filter}}}}}}}"),
                _ => format!("outcomes: {{some: {{condition: {{{filter}}}}}}}"),
            })
        };
        let query = |count: usize| format!("{{ conditions(first: 1, where: {{{}}}) {{ totalCount }} }}", levels(count));
        let (one, two, four) = (cost(&service, &query(1)).await, cost(&service, &query(2)).await, cost(&service, &query(4)).await);
        assert!(one < 100, "{one}");
        assert!(two > one && four > two && four < one + 50, "{one}, {two}, {four}: a related row is evaluated once");
        // Below many parents, the rows of all lists are read.
        let below = |times: usize| {
            let filter = levels(3);
            let list = |at| format!("a{at}: outcomes(first: 100, where: {{condition: {{{filter}}}}}) {{ totalCount }}");
            let lists: String = (0..times).map(list).collect::<Vec<_>>().join(" ");
            format!("{{ procedures(first: 100) {{ nodes {{ {lists} }} }} }}")
        };
        let (single, often) = (cost(&service, &below(1)).await, cost(&service, &below(10)).await);
        assert!(single > 2000, "{single}");
        assert!(often < 10 * single, "{single}, then {often}: at most the time limit of reading");
        let named = r#"{ treatmentOutcomes(where: {condition: {slug: {eq: "melasma"}}}) { nodes { slug } } }"#;
        assert!(cost(&service, named).await < 30, "a filter by a slug reads few rows");
    }
}

#[actix_web::test]
async fn a_persisted_document_of_any_length_is_found_by_its_hash() {
    let app = TestApp::sqlite().await;
    let service = Service::new(&app.store, Limits::default(), TrustedDocuments::default());
    let padded = format!("{{ procedures {{ totalCount }} }} # {}", "x".repeat(250_000));
    for document in [long(9_900), padded] {
        let request = GraphqlRequest { document: Some(document), ..GraphqlRequest::default() };
        let hash = service.prepare(request, &account()).await.unwrap().hash().to_owned();
        let again = GraphqlRequest { document_id: Some(hash), ..GraphqlRequest::default() };
        assert!(service.prepare(again, &account()).await.is_ok());
    }
}

#[actix_web::test]
async fn large_documents_do_not_delay_small_requests() {
    let app = TestApp::sqlite().await;
    let batch: Vec<Json> = (0..4).map(|at| json!({"query": format!("{} #{at}", long(9_800))})).collect();
    let large = async { assert_eq!(post(&app, &json!(batch)).await.status(), StatusCode::OK) };
    let small = async {
        let mut times = Vec::new();
        for _ in 0..50 {
            let started = std::time::Instant::now();
            assert_eq!(post(&app, &json!({"query": "{ library { revision } }"})).await.status(), StatusCode::OK);
            times.push(started.elapsed());
        }
        times.sort();
        times[25]
    };
    let ((), median) = tokio::join!(large, small);
    assert!(median < Duration::from_millis(300), "a small request took {median:?}");
}

#[actix_web::test]
async fn requests_for_unlisted_hosts_are_refused() {
    let mut config = Config::default();
    config.http.hosts = vec!["library.example".parse().unwrap()];
    let app = TestApp::sqlite_set(config).await;
    let get = |path: &str, host: &'static str| {
        let request = app.client().get(format!("{}{path}", app.address)).header("host", host);
        async { request.send().await.unwrap() }
    };
    let query = "/graphql?query=%7B__typename%7D";
    assert_eq!(get(query, "library.example").await.status(), StatusCode::OK);
    for path in [query, "/playground", "/elsewhere"] {
        let response = get(path, "evil.example").await;
        assert_eq!(response.status(), StatusCode::MISDIRECTED_REQUEST, "{path}");
        assert_eq!(response.json::<Json>().await.unwrap()["errors"][0]["extensions"]["code"], "MISDIRECTED");
    }
    assert_eq!(get("/health/ready", "10.0.0.1:8080").await.status(), StatusCode::OK, "probes send an address as `Host`");
}

#[actix_web::test]
async fn a_service_on_a_loopback_address_accepts_hosts_of_its_machine_alone() {
    let app = TestApp::sqlite().await;
    for (host, status) in [
        ("localhost:8080", StatusCode::OK),
        ("library.localhost", StatusCode::OK),
        ("[::1]", StatusCode::OK),
        ("evil.example", StatusCode::MISDIRECTED_REQUEST),
        ("localhost.evil.example", StatusCode::MISDIRECTED_REQUEST),
        ("localhost, evil.example", StatusCode::BAD_REQUEST),
    ] {
        let request = app.client().get(format!("{}/graphql?query=%7B__typename%7D", app.address)).header("host", host);
        assert_eq!(request.send().await.unwrap().status(), status, "{host}");
    }
    let mut config = Config::default();
    config.http.hosts = vec!["*".parse().unwrap()];
    let open = TestApp::sqlite_set(config).await;
    let request = open.client().get(format!("{}/graphql?query=%7B__typename%7D", open.address));
    assert_eq!(request.header("host", "any.example").send().await.unwrap().status(), StatusCode::OK);
}

/// Returns the request of a WebSocket handshake.
fn handshake(app: &TestApp) -> reqwest::RequestBuilder {
    let fields = [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-protocol", "graphql-transport-ws"),
    ];
    let request = app.client().get(format!("{}/graphql", app.address));
    fields.into_iter().fold(request, |request, (name, value)| request.header(name, value))
}

#[actix_web::test]
async fn requests_with_valid_credentials_are_charged_to_them_and_not_to_the_address() {
    let app = limited(3).await;
    let key = keys::create(&app.store, "test", Role::Reader, None).await.unwrap().text;
    for _ in 0..3 {
        assert_eq!(handshake(&app).send().await.unwrap().status(), StatusCode::SWITCHING_PROTOCOLS);
    }
    let elsewhere = || app.client().get(format!("{}/elsewhere", app.address));
    let foreign = || handshake(&app).header("origin", "https://elsewhere.example");
    for request in [handshake(&app), foreign(), elsewhere()] {
        let bad = request.try_clone().unwrap().bearer_auth("dg_wrong");
        for refused in [request, bad] {
            assert_eq!(refused.send().await.unwrap().status(), StatusCode::TOO_MANY_REQUESTS);
        }
    }
    for (request, status) in [
        (handshake(&app), StatusCode::SWITCHING_PROTOCOLS),
        (foreign(), StatusCode::FORBIDDEN),
        (elsewhere(), StatusCode::NOT_FOUND),
    ] {
        assert_eq!(request.bearer_auth(&key).send().await.unwrap().status(), status);
    }
}

#[actix_web::test]
async fn waiting_sockets_of_an_address_leave_a_permit_to_a_key() {
    let app = TestApp::sqlite().await;
    let key = keys::create(&app.store, "test", Role::Reader, None).await.unwrap().text;
    let mut waiting = Vec::new();
    for _ in 0..64 {
        waiting.push(handshake(&app).send().await.unwrap().upgrade().await.unwrap());
    }
    assert_eq!(handshake(&app).send().await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(handshake(&app).bearer_auth(&key).send().await.unwrap().status(), StatusCode::SWITCHING_PROTOCOLS);
}

#[actix_web::test]
async fn refusals_have_the_media_type_that_the_client_accepts() {
    let mut config = Config { access: AccessConfig { rate_limit: 40, ..AccessConfig::default() }, ..Config::default() };
    config.sockets.max_sockets = 1;
    let app = TestApp::sqlite_set(config).await;
    let get = |path: &str| app.client().get(format!("{}{path}", app.address));
    let stream = "/graphql?query=subscription%7Blibrary%7Brevision%7D%7D";
    let _only = get(stream).header("accept", "text/event-stream").send().await.unwrap();
    let requests = || {
        [
            (get("/graphql").bearer_auth("dg_wrong"), "", StatusCode::UNAUTHORIZED),
            (get("/graphql").header("host", "evil.example"), "", StatusCode::MISDIRECTED_REQUEST),
            (get("/elsewhere"), "", StatusCode::NOT_FOUND),
            (app.client().put(format!("{}/graphql", app.address)), "", StatusCode::METHOD_NOT_ALLOWED),
            (handshake(&app).header("origin", "https://elsewhere.example"), "", StatusCode::FORBIDDEN),
            (get(stream), ", text/event-stream", StatusCode::SERVICE_UNAVAILABLE),
        ]
    };
    for media in ["application/graphql-response+json", "application/json"] {
        for (request, more, status) in requests() {
            let response = request.header("accept", format!("{media}{more}")).send().await.unwrap();
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()["content-type"], format!("{media}; charset=utf-8"), "{status}");
            assert_eq!(response.headers()["vary"], "Accept, Accept-Encoding", "{status}");
        }
    }
    let media = "application/graphql-response+json";
    while get("/elsewhere").send().await.unwrap().status() != StatusCode::TOO_MANY_REQUESTS {}
    for request in [get("/elsewhere"), handshake(&app)] {
        let response = request.header("accept", media).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()["content-type"], format!("{media}; charset=utf-8"));
    }
}

#[actix_web::test]
async fn strings_may_have_every_escape() {
    let app = TestApp::sqlite().await;
    for escape in [r"\uD83D\uDE00", r"\u{1F600}"] {
        let escape = escape.replace("\\\\", "\\");
        let query = format!("{{ procedure(by: {{slug: \"{escape}\"}}) {{ id }} }}");
        let body: Json = post(&app, &json!({"query": query})).await.json().await.unwrap();
        assert_eq!(body, json!({"data": {"procedure": null}}), "{query}");
    }
    for wrong in [r"\uD83D", r"\u{110000}", r"\u{}"] {
        let body: Json = post(&app, &json!({"query": format!("{{ procedure(by: {{slug: \"{wrong}\"}}) {{ id }} }}")}))
            .await
            .json()
            .await
            .unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], "SYNTAX", "{wrong}: {body}");
    }
}
