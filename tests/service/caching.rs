//! Cached responses: in the service until the next publication, and in browsers and proxies by `Cache-Control` and `ETag`.

use std::{
    cell::Cell,
    sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
    time::Duration,
};

use dermagraph::{
    access::{AccessConfig, Role},
    app::Config,
    http::{CachingConfig, HttpConfig},
    library::DocumentFile,
    schema::{GraphqlRequest, Limits, Service, TrustedDocuments},
    store::{
        ReadOptions, Snapshot, Store,
        reading::statement::{Param, Read, Statement},
    },
};
use futures_util::future::join_all;
use reqwest::{Response, StatusCode, header::HeaderMap};
use serde_json::Value as Json;

use crate::support::{TestApp, account, on_both_databases, publish};

const DEVICE: &str = r#"{ device(by: {slug: "needler"}) { name description } library { revision } }"#;

/// Returns the document of a device whose name and description contain the number of the edition.
fn edition(number: i64) -> Vec<DocumentFile> {
    let text = format!(
        "notice: Educational.\ndevices:\n  - slug: needler\n    name: Needler {number}\n    description: Edition {number} of it.\n    sources: [what-is-microneedling]\n"
    );
    vec![DocumentFile { name: "vocabulary.yaml".to_owned(), text }]
}

/// Sends a query by GET, with these headers.
async fn get(app: &TestApp, query: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = app.client().get(format!("{}/graphql", app.address)).query(&[("query", query)]);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).map(|value| value.to_str().unwrap())
}

async fn caching(app_config: CachingConfig) -> TestApp {
    let http = HttpConfig { caching: app_config, ..HttpConfig::default() };
    TestApp::sqlite_set(Config { http, ..Config::default() }).await
}

on_both_databases! {
    async fn a_conditional_request_gets_304_until_the_response_changes(app: &TestApp) {
        publish(app, &edition(1)).await;
        let query = "{ devices { nodes { name } } }";
        let first = get(app, query, &[]).await;
        let tag = header(first.headers(), "etag").unwrap().to_owned();
        assert!(tag.starts_with("W/\"") && tag.ends_with('"'), "{tag}");
        assert_eq!(header(first.headers(), "cache-control"), Some("public, no-cache"));
        for coding in ["identity", "gzip", "br", "zstd"] {
            let again = get(app, query, &[("if-none-match", &format!("\"other\", {tag}")), ("accept-encoding", coding)]).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
            assert_eq!(header(again.headers(), "etag"), Some(&*tag));
            assert_eq!(header(again.headers(), "vary"), Some("Accept, Accept-Encoding"));
            assert_eq!(again.bytes().await.unwrap(), "");
        }
        publish(app, &edition(2)).await;
        let changed = get(app, query, &[("if-none-match", &tag)]).await;
        assert_eq!(changed.status(), StatusCode::OK);
        assert_ne!(header(changed.headers(), "etag"), Some(&*tag));
        // A publication of other records changes the revision, but not the response.
        let other = "{ bodyAreas { nodes { name } } }";
        let tag = header(get(app, other, &[]).await.headers(), "etag").unwrap().to_owned();
        publish(app, &edition(3)).await;
        assert_eq!(get(app, other, &[("if-none-match", &tag)]).await.status(), StatusCode::NOT_MODIFIED);
    }
}

on_both_databases! {
    async fn a_publication_is_visible_to_the_next_request_on_every_node(app: &TestApp) {
        let other = TestApp::at(&app.url).await;
        let address = |app: &TestApp| format!("{}/graphql", app.address);
        for number in 1..=20 {
            publish(app, &edition(number)).await;
            for node in [app, &other, &other, app] {
                let data = node.data(DEVICE).await;
                assert_eq!(data["device"]["name"], format!("Needler {number}"), "{}", address(node));
            }
        }
    }
}

on_both_databases! {
    async fn no_stale_response_is_found_under_load(app: &TestApp) {
        const PUBLICATIONS: i64 = 40;
        let other = TestApp::at(&app.url).await;
        publish(app, &edition(1)).await;
        let first = app.data(DEVICE).await["library"]["revision"].as_i64().unwrap();
        // A response has the edition that was published last when its request began, or a later one. All its parts
        // are of one edition.
        let (published, done, requests) = (AtomicI64::new(1), AtomicBool::new(false), AtomicUsize::new(0));
        let hunt = async |node: &TestApp, by_get: bool| {
            let mut tag = String::new();
            let mut known = 0;
            while !done.load(Ordering::SeqCst) {
                let least = published.load(Ordering::SeqCst);
                let found = if by_get {
                    let response = get(node, DEVICE, &[("if-none-match", &tag)]).await;
                    if response.status() == StatusCode::OK {
                        header(response.headers(), "etag").unwrap().clone_into(&mut tag);
                        known = edition_of(&response.json::<Json>().await.unwrap()["data"], first);
                    }
                    known
                } else {
                    edition_of(&node.data(DEVICE).await, first)
                };
                assert!(found >= least, "edition {found} was returned when {least} had been published");
                requests.fetch_add(1, Ordering::SeqCst);
            }
        };
        let write = async {
            for number in 2..=PUBLICATIONS {
                publish(app, &edition(number)).await;
                published.store(number, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            done.store(true, Ordering::SeqCst);
        };
        let readers = join_all((0..12).map(|at| hunt([app, &other][at % 2], at % 3 == 0)));
        tokio::join!(write, readers);
        assert!(requests.into_inner() > 200);
    }
}

#[actix_web::test]
async fn an_optimistic_read_returns_its_revision() {
    let Some(app) = TestApp::postgres().await else { return };
    publish(&app, &edition(1)).await;
    let statement = |slug| {
        let sql = "SELECT name FROM device WHERE slug = $1";
        Statement::new(sql, vec![Param::Text(String::from(slug))], vec![Read::Text])
    };
    let name = async |snapshot: &mut Snapshot| {
        let rows = snapshot.rows(&statement("needler")).await.unwrap();
        rows.text(0, 0).unwrap().to_owned()
    };
    let once = |mut snapshot: Snapshot| async {
        let name = name(&mut snapshot).await;
        (snapshot, name)
    };
    let reading = app.store.read(ReadOptions::default(), None, once).await;
    assert_eq!((reading.value.as_str(), reading.statements), ("Needler 1", 1));
    assert_eq!(reading.revision, Some(app.store.latest().await.unwrap()));
    // A publication between two statements: they are repeated.
    let attempts = Cell::new(0);
    let twice = |mut snapshot: Snapshot| async {
        let first = name(&mut snapshot).await;
        if attempts.replace(attempts.get() + 1) == 0 {
            publish(&app, &edition(2)).await;
        }
        let second = name(&mut snapshot).await;
        (snapshot, (first, second))
    };
    let reading = app.store.read(ReadOptions::default(), None, twice).await;
    assert_eq!(reading.value, ("Needler 2".to_owned(), "Needler 2".to_owned()));
    let latest = app.store.latest().await.unwrap();
    assert_eq!((attempts.get(), reading.revision), (2, Some(latest)));
    // Without rows, or with many, the latest revision is read afterwards.
    let many = Statement { long: true, ..statement("needler") };
    for (statement, rows) in [(statement("none"), 0), (many, 1)] {
        let count = |mut snapshot: Snapshot| async {
            let rows = snapshot.rows(&statement).await.unwrap().len();
            (snapshot, rows)
        };
        let reading = app.store.read(ReadOptions::default(), Some(latest), count).await;
        assert_eq!((reading.value, reading.revision), (rows, Some(latest)));
    }
}

/// Returns the edition of a response, and checks that all its parts are of that edition.
fn edition_of(data: &Json, first: i64) -> i64 {
    let number = |text: &Json| text.as_str().unwrap().split(' ').nth(1).unwrap().parse::<i64>().unwrap();
    let (name, description) = (number(&data["device"]["name"]), number(&data["device"]["description"]));
    let revision = data["library"]["revision"].as_i64().unwrap();
    assert_eq!((name, description), (description, revision - first + 1), "a response of several revisions: {data}");
    name
}

on_both_databases! {
    async fn a_response_that_many_clients_request_is_made_once(app: &TestApp) {
        let service = |responses| Service::new(&app.store, Limits { responses, ..Limits::default() }, TrustedDocuments::default());
        let statements = async |service: &Service, names: bool| {
            let execute = async |at: usize| {
                let alias = if names { format!("a{at}") } else { "same".to_owned() };
                let document = format!("{{ {alias}: procedures {{ nodes {{ name outcomes {{ totalCount }} }} }} }}");
                let request = GraphqlRequest { document: Some(document), ..GraphqlRequest::default() };
                let executed = service.run(service.prepare(request, &account()).await.unwrap(), &account()).await.unwrap();
                assert_eq!(executed.response.errors, 0);
                executed.statements
            };
            join_all((0..30).map(execute)).await.into_iter().sum::<usize>()
        };
        let (cached, uncached) = (service(1 << 20), service(0));
        let one = statements(&uncached, false).await / 30;
        assert!(one > 1);
        assert_eq!(statements(&cached, false).await, one);
        assert_eq!(statements(&cached, false).await, 0);
        assert_eq!(statements(&cached, true).await, 30 * one, "responses with other names are other responses");
    }
}

#[actix_web::test]
async fn a_repeated_request_requires_the_same_role() {
    let access = AccessConfig { rate_limit: 1000, introspection_role: Some(Role::Reader), ..AccessConfig::default() };
    let app = TestApp::sqlite_set(Config { access, ..Config::default() }).await;
    let key = dermagraph::access::keys::create(&app.store, "Reader", Role::Reader, None).await.unwrap();
    let bearer = format!("Bearer {}", key.text);
    let mine = [("authorization", bearer.as_str())];
    // A role may see responses that others may not.
    let schema = "{ __schema { queryType { name } } }";
    for _ in 0..2 {
        assert_eq!(
            get(&app, schema, &mine).await.json::<Json>().await.unwrap()["data"]["__schema"]["queryType"]["name"],
            "Query"
        );
        assert_eq!(get(&app, schema, &[]).await.status(), StatusCode::UNAUTHORIZED);
    }
    // A repeated request costs the same.
    let post = async |body: String| {
        let request = app.client().post(format!("{}/graphql", app.address)).header("content-type", "application/json");
        request.body(body).send().await.unwrap()
    };
    let body = serde_json::json!({"query": "{ procedures(first: 3) { nodes { name } } }"}).to_string();
    let mut left = Vec::new();
    for _ in 0..3 {
        let response = post(body.clone()).await;
        let budget = header(response.headers(), "ratelimit").unwrap();
        left.push(budget.split(['=', ';']).nth(2).unwrap().parse::<u32>().unwrap());
        assert!(response.json::<Json>().await.unwrap()["data"]["procedures"]["nodes"].is_array());
    }
    assert!(left.is_sorted_by(|before, after| before > after), "{left:?}");
    // A body in the form of a query string is not accepted.
    let query = "query=%7B%20procedures%20%7B%20totalCount%20%7D%20%7D";
    let by_get = app.client().get(format!("{}/graphql?{query}", app.address)).send().await.unwrap();
    assert_eq!(by_get.status(), StatusCode::OK);
    assert_eq!(post(query.to_owned()).await.status(), StatusCode::BAD_REQUEST);
}

on_both_databases! {
    async fn a_response_with_an_error_is_not_cached(app: &TestApp) {
        for (query, headers) in [
            // An error in a field.
            ("{ procedures(first: 1000) { nodes { name } } }", HeaderMap::new()),
            // One in the document.
            ("{ nonsense }", HeaderMap::new()),
        ] {
            let response = app.client().get(format!("{}/graphql", app.address)).headers(headers).query(&[("query", query)]);
            let response = response.send().await.unwrap();
            assert_eq!(header(response.headers(), "cache-control"), Some("no-store"), "{query}");
            assert_eq!(header(response.headers(), "etag"), None, "{query}");
        }
        let posted = app.client().post(format!("{}/graphql", app.address)).json(&serde_json::json!({"query": DEVICE}));
        let posted = posted.send().await.unwrap();
        assert_eq!(header(posted.headers(), "cache-control"), None);
    }
}

#[actix_web::test]
async fn cache_control_says_how_long_a_response_may_be_cached() {
    let app = caching(CachingConfig { cache_max_age: 60, cache_tags: false }).await;
    let query = "{ procedures { totalCount } }";
    let control = async |headers| header(get(&app, query, headers).await.headers(), "cache-control").unwrap().to_owned();
    assert_eq!(control(&[]).await, "public, max-age=60");
    assert_eq!(header(get(&app, query, &[]).await.headers(), "cache-tag"), None);
    let made = dermagraph::access::keys::create(&app.store, "Reader", Role::Reader, None).await.unwrap();
    assert_eq!(control(&[("authorization", &format!("Bearer {}", made.text))]).await, "private, no-cache");
}

#[actix_web::test]
async fn a_shared_cache_does_not_get_the_budget_of_one_client() {
    let access = AccessConfig { rate_limit: 1000, ..AccessConfig::default() };
    let http = HttpConfig { caching: CachingConfig { cache_max_age: 60, cache_tags: false }, ..HttpConfig::default() };
    let app = TestApp::sqlite_set(Config { http, access, ..Config::default() }).await;
    let by_get = get(&app, "{ procedures { totalCount } }", &[]).await;
    assert_eq!(header(by_get.headers(), "ratelimit"), None);
    let body = serde_json::json!({"query": "{ procedures { totalCount } }"});
    let by_post = app.client().post(format!("{}/graphql", app.address)).json(&body).send().await.unwrap();
    assert!(header(by_post.headers(), "ratelimit").is_some());
}

#[actix_web::test]
async fn cache_tags_list_the_records_of_a_response() {
    let app = caching(CachingConfig { cache_max_age: 0, cache_tags: true }).await;
    let tags = async |query: &str| {
        let response = get(&app, query, &[]).await;
        let tags = header(response.headers(), "cache-tag").unwrap().to_owned();
        assert_eq!(header(response.headers(), "surrogate-key").unwrap().replace(' ', ","), tags);
        assert!(tags.len() < 4000, "{tags}");
        tags
    };
    let id = |data: &Json, of: &str| data[of]["id"].as_str().unwrap().to_owned();
    let query = r#"{ procedure(by: {slug: "microneedling"}) { id name } }"#;
    assert_eq!(tags(query).await, id(&app.data(query).await, "procedure"));
    assert_eq!(tags(r#"{ procedure(by: {slug: "nothing"}) { name } }"#).await, "Procedure");
    assert_eq!(tags(r#"{ node(id: "Procedure:999999") { id } }"#).await, "Procedure");
    assert_eq!(tags("{ library { revision counts { procedures sources } } }").await, "Library,Procedure,Source");
    // Lists have tags of their entries, and of the type for added and removed records. Each record has one tag.
    let nested =
        tags("{ procedures(first: 3) { nodes { name outcomes(first: 2) { nodes { condition { name } } } } } }").await;
    let named = |name: &str| nested.split(',').filter(|tag| tag.starts_with(&format!("{name}:"))).count();
    assert_eq!(named("Procedure"), 3, "{nested}");
    assert!(nested.split(',').any(|tag| tag == "TreatmentOutcome") && named("TreatmentOutcome") >= 3, "{nested}");
    assert!(!nested.split(',').any(|tag| tag == "Condition") && named("Condition") >= 1, "{nested}");
    // Records that a filter or an order reads may change the response without being in it.
    let filtered = tags(
        "{ procedures(where: {outcomes: {some: {grade: {eq: HELPS}}}}, orderBy: [{parent: {name: ASC}}]) { totalCount } }",
    )
    .await;
    assert_eq!(filtered, "Procedure,Procedure:any,TreatmentOutcome,TreatmentOutcome:any");
    // There are too many sources for one tag each.
    let many = tags("{ sources(first: 100) { nodes { title } } treatmentOutcomes(first: 40) { nodes { slug } } }").await;
    let many: Vec<&str> = many.split(',').collect();
    assert!(many.contains(&"Source:any") && !many.contains(&"Source:1"), "{many:?}");
    assert_eq!(many.iter().filter(|tag| tag.starts_with("TreatmentOutcome:")).count(), 40, "{many:?}");
}

#[actix_web::test]
async fn a_cached_response_is_the_same_for_all_clients() {
    let app = TestApp::sqlite().await;
    let service = Service::new(&app.store, Limits::default(), TrustedDocuments::default());
    let document = "{ procedures { nodes { name description outcomes { nodes { slug condition { name } } } } } }";
    let execute = async || {
        let request = GraphqlRequest { document: Some(document.to_owned()), ..GraphqlRequest::default() };
        let executed = service.run(service.prepare(request, &account()).await.unwrap(), &account()).await.unwrap();
        (executed.response.body.clone(), executed.statements)
    };
    let (first, statements) = execute().await;
    assert!(statements > 0);
    let (again, statements) = execute().await;
    assert_eq!((statements, again.as_ptr()), (0, first.as_ptr()), "the same bytes, not copies of them");
}

#[actix_web::test]
async fn a_missing_database_is_an_error_although_the_response_is_cached() {
    let Some(app) = TestApp::postgres().await else { return };
    let store: Store = app.store.clone();
    assert!(app.query(DEVICE).await.get("errors").is_none());
    store.close().await;
    let response = app.query(DEVICE).await;
    assert_eq!(response["errors"][0]["extensions"]["code"], "INTERNAL", "{response}");
}
