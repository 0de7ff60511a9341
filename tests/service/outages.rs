//! The behaviour of the service while the database is not available.

use std::{
    io,
    net::TcpListener,
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use dermagraph::{
    access::{Role, keys},
    app::Config,
    store::{
        CONNECTIONS, DatabaseUrl, ReadOptions, SPARE_CONNECTIONS, Snapshot, Store, StoreError, TIME_LIMIT,
        reading::statement::{Read, Statement},
    },
};
use futures_util::future::{join, join_all};
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::support::{TestApp, on_both_databases, postgres};

const QUESTION: &str = "{ conditions(first: 1) { nodes { name } } }";

/// A TCP proxy in front of a server. It can be frozen, and closes its connections when it is dropped.
struct Wire {
    port: u16,
    frozen: CancellationToken,
    /// If this is set, the connection of the next `COMMIT` is closed.
    cut: Arc<Mutex<Option<Cut>>>,
    carrying: JoinHandle<()>,
}

impl Wire {
    async fn to(address: String) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, frozen) = (listener.local_addr().unwrap().port(), CancellationToken::new());
        let cut = Arc::new(Mutex::new(None));
        let (stopped, cut_next) = (frozen.clone(), Arc::clone(&cut));
        let carrying = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let (address, stopped, cut) = (address.clone(), stopped.clone(), Arc::clone(&cut_next));
                connections.spawn(async move {
                    let carried = async {
                        let mut server = TcpStream::connect(address).await.unwrap();
                        _ = carry(&mut client, &mut server, &cut).await;
                    };
                    if stopped.run_until_cancelled(carried).await.is_none() {
                        std::future::pending::<()>().await;
                    }
                });
            }
        });
        Self { port, frozen, cut, carrying }
    }

    /// Creates a PostgreSQL database with the starter library. Returns a proxy in front of its server, and the URL of the
    /// database behind the proxy; `None` if PostgreSQL is not installed.
    async fn to_starter() -> Option<(Self, String)> {
        let Some(DatabaseUrl::Postgres(direct)) = postgres::starter().await else { return None };
        let (_, rest) = direct.split_once('@').unwrap();
        let (server, name) = rest.split_once('/').unwrap();
        let wire = Self::to(server.to_owned()).await;
        let url = format!("postgres://postgres@127.0.0.1:{}/{name}", wire.port);
        Some((wire, url))
    }
}

/// When a connection is closed that sends a `COMMIT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// Before the server receives it.
    BeforeCommit,
    /// After the server has committed, but before the client receives the response.
    AfterCommit,
}

/// Carries bytes in both directions until one side closes its connection, or the client sends a `COMMIT` while `cut` is
/// set.
async fn carry(client: &mut TcpStream, server: &mut TcpStream, cut: &Mutex<Option<Cut>>) -> io::Result<()> {
    let (mut sent, mut received) = (vec![0_u8; 64 * 1024], vec![0_u8; 64 * 1024]);
    loop {
        tokio::select! {
            length = client.read(&mut sent) => {
                let sent = &sent[..length?];
                let cut = if sent.ends_with(b"COMMIT\0") { cut.lock().unwrap().take() } else { None };
                if sent.is_empty() || cut == Some(Cut::BeforeCommit) {
                    return Ok(());
                }
                server.write_all(sent).await?;
                if cut == Some(Cut::AfterCommit) {
                    server.read_u8().await?;
                    return Ok(());
                }
            }
            length = server.read(&mut received) => {
                let received = &received[..length?];
                if received.is_empty() {
                    return Ok(());
                }
                client.write_all(received).await?;
            }
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.carrying.abort();
    }
}

/// Sends a query. Returns the status, the header `Retry-After` and the body.
async fn send(app: &TestApp, question: &str) -> (u16, Option<String>, Json) {
    let request = app.client().post(format!("{}/graphql", app.address)).json(&json!({"query": question}));
    let response = request.send().await.unwrap();
    let retry = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    (response.status().as_u16(), retry, response.json().await.unwrap())
}

/// Creates an API key for mutations.
async fn publisher(app: &TestApp) -> String {
    keys::create(&app.store, "Clinic portal", Role::Publisher, None).await.unwrap().text
}

/// Sends a mutation with an API key. Returns the body of the response.
async fn mutate(app: &TestApp, key: &str, mutation: &str) -> Json {
    let request = app.client().post(format!("{}/graphql", app.address)).bearer_auth(key);
    request.json(&json!({"query": mutation})).send().await.unwrap().json().await.unwrap()
}

/// Returns a mutation that saves a new body area and has this selection.
fn save(slug: &str, selection: &str) -> String {
    let document = format!("{{slug: {slug:?}, name: {slug:?}, notice: \"Educational.\"}}");
    format!("mutation {{ saveBodyArea(document: {document}) {{ {selection} }} }}")
}

async fn is_unavailable(app: &TestApp, question: &str) {
    let (started, (status, retry, body)) = (Instant::now(), send(app, question).await);
    assert_eq!((status, retry.as_deref()), (503, Some("1")), "{body}");
    assert_eq!((&body["errors"][0]["extensions"]["code"], body.get("data")), (&json!("UNAVAILABLE"), None));
    assert!(started.elapsed() < TIME_LIMIT + Duration::from_secs(1), "{:?}", started.elapsed());
}

#[actix_web::test]
async fn without_postgresql_a_request_gets_503_in_time_and_is_counted() {
    for freeze in [true, false] {
        let Some((wire, url)) = Wire::to_starter().await else { return };
        let url = url.parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let metrics = format!("http://{}/metrics", listener.local_addr().unwrap());
        let app = TestApp::set(&url, None, Config { metrics: Some(listener), ..Config::default() }).await;
        assert_eq!(send(&app, QUESTION).await.0, 200);
        if freeze {
            wire.frozen.cancel();
        } else {
            drop(wire);
        }
        // A query whose response is cached, another one, and many at once.
        is_unavailable(&app, QUESTION).await;
        is_unavailable(&app, "{ library { revision } }").await;
        join_all((0..30).map(|_| is_unavailable(&app, QUESTION))).await;
        assert_eq!(send(&app, "{ __typename }").await.0, 200, "it needs no database");
        let counted = app.client().get(metrics).send().await.unwrap().text().await.unwrap();
        assert!(counted.contains("dermagraph_refused_total{code=\"UNAVAILABLE\"} 32"), "{counted}");
        assert!(counted.contains("dermagraph_requests_total{status=\"503\"} 32"), "{counted}");
    }
}

#[actix_web::test]
async fn without_postgresql_a_mutation_says_that_the_database_does_not_respond() {
    let Some((wire, url)) = Wire::to_starter().await else { return };
    let url = format!("{url}?connect_timeout=3").parse().unwrap();
    let app = TestApp::at(&url).await;
    let key = publisher(&app).await;
    let delete = "mutation { deleteSource(by: {slug: \"no-source\"}) { errors { code } } }";
    // The service caches the key for a few seconds, so the second mutation needs no database to find it.
    assert_eq!(mutate(&app, &key, delete).await.get("errors"), None);
    drop(wire);
    let body = mutate(&app, &key, delete).await;
    let error = &body["errors"][0];
    assert_eq!(error["extensions"]["code"], "UNAVAILABLE", "{body}");
    assert_eq!(error["message"], "The database does not respond at the moment. Try again shortly.");
}

#[actix_web::test]
async fn a_mutation_says_so_if_postgresql_ends_its_connection_before_the_commit() {
    let Some(app) = TestApp::postgres().await else { return };
    let DatabaseUrl::Postgres(address) = &app.url else { panic!("{}", app.url) };
    let admin = sea_orm::Database::connect(address).await.unwrap();
    let key = publisher(&app).await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    // The mutation waits for the first lock when it begins to write, and for the second one when it reads.
    let locks = ["revision IN EXCLUSIVE MODE", "body_area IN ACCESS EXCLUSIVE MODE"];
    for (lock, revision) in locks.into_iter().zip(2..) {
        let save = save(&format!("outage-{revision}"), "revision");
        let locking = admin.begin().await.unwrap();
        locking.execute_unprepared(&format!("LOCK TABLE {lock}")).await.unwrap();
        let ending = async {
            while admin.execute_unprepared(end).await.unwrap().rows_affected() == 0 {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let (body, ended) = join(mutate(&app, &key, &save), timeout(Duration::from_secs(30), ending)).await;
        ended.unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{lock}: {body}");
        assert_eq!(body["data"], json!({"saveBodyArea": null}));
        locking.rollback().await.unwrap();
        let body = mutate(&app, &key, &save).await;
        assert_eq!(body, json!({"data": {"saveBodyArea": {"revision": revision}}}));
    }
}

#[actix_web::test]
async fn if_the_connection_breaks_during_the_commit_the_same_key_shows_whether_a_mutation_was_published() {
    for cut in [Cut::BeforeCommit, Cut::AfterCommit] {
        let Some((wire, url)) = Wire::to_starter().await else { return };
        // The proxy cannot read encrypted bytes.
        let url = format!("{url}?sslmode=disable").parse().unwrap();
        let app = TestApp::at(&url).await;
        let key = publisher(&app).await;
        let document = r#"{slug: "outage", name: "Outage", notice: "Educational."}"#;
        let fields = format!(r#"saveBodyArea(document: {document}, idempotencyKey: "outage") {{ revision replayed }}"#);
        let save = format!("mutation {{ {fields} }}");
        *wire.cut.lock().unwrap() = Some(cut);
        let body = mutate(&app, &key, &save).await;
        let error = &body["errors"][0];
        assert_eq!(error["extensions"]["code"], "UNAVAILABLE", "{cut:?}: {body}");
        let message = "The connection to the database broke during the commit, so the mutation may have been published. \
                       If it had an `idempotencyKey`, send it again with the same one; otherwise read `revisions` first, \
                       or `keys` if it changes a key.";
        assert_eq!(error["message"], message);
        assert_eq!(body["data"], json!({"saveBodyArea": null}));
        let body = mutate(&app, &key, &save).await;
        let replayed = cut == Cut::AfterCommit;
        assert_eq!(body, json!({"data": {"saveBodyArea": {"revision": 2, "replayed": replayed}}}));
    }
}

on_both_databases! {
    async fn if_no_connection_can_read_a_published_record_only_the_record_is_null(app: &TestApp) {
        let key = publisher(app).await;
        // The service caches the key for a few seconds, so the next mutations read nothing to find it.
        assert_eq!(mutate(app, &key, &save("outage-1", "revision")).await.get("errors"), None);
        let mut held = Vec::new();
        for _ in 0..CONNECTIONS.get() {
            held.push(app.store.snapshot().await.unwrap());
        }
        let (record, report) = (save("outage-2", "revision record { slug }"), save("outage-3", "revision"));
        let (record, report) = join(mutate(app, &key, &record), mutate(app, &key, &report)).await;
        assert!(report["data"]["saveBodyArea"]["revision"].is_i64() && report.get("errors").is_none(), "{report}");
        let payload = &record["data"]["saveBodyArea"];
        assert!(payload["revision"].is_i64() && payload["record"].is_null(), "{record}");
        let error = &record["errors"][0];
        assert_eq!(error["extensions"]["code"], "UNAVAILABLE", "{record}");
        assert_eq!(error["message"], "The mutation was run, but this record could not be read. Read it by a query.");
        assert_eq!(error["path"], json!(["saveBodyArea", "record"]));
        drop(held);
    }
}

/// Begins to read, and uses a connection for that.
async fn begin(store: &Store, is_expensive: bool, time: Duration) -> Result<Snapshot, StoreError> {
    let deadline = Instant::now() + time;
    let mut snapshot = store.lazy_snapshot(ReadOptions { is_expensive, deadline, ..ReadOptions::default() });
    let rows = snapshot.rows(&Statement::new("SELECT 1", Vec::new(), [Read::Int])).await;
    rows.map(|_| snapshot)
}

/// Checks that a read finds no connection.
async fn is_refused(store: &Store, is_expensive: bool) {
    let refused = begin(store, is_expensive, Duration::from_millis(200)).await.err();
    assert!(matches!(refused, Some(StoreError::Unavailable(_))), "{refused:?}");
}

on_both_databases! {
    async fn expensive_operations_leave_connections_for_other_reads(app: &TestApp) {
        // As many connections as expensive operations may use.
        let mut held = Vec::new();
        for _ in SPARE_CONNECTIONS..usize::try_from(CONNECTIONS.get()).unwrap() {
            held.push(begin(&app.store, true, TIME_LIMIT).await.unwrap());
        }
        is_refused(&app.store, true).await;
        let questions: Vec<String> =
            (1..=30).map(|first| format!("{{ conditions(first: {first}) {{ nodes {{ name }} }} }}")).collect();
        for (status, _, body) in join_all(questions.iter().map(|question| send(app, question))).await {
            assert_eq!(status, 200, "{body}");
        }
        // A mutation whose payload is cheap to read.
        let key = publisher(app).await;
        let body = mutate(app, &key, &save("outage-1", "record { slug }")).await;
        assert_eq!(body, json!({"data": {"saveBodyArea": {"record": {"slug": "outage-1"}}}}));
        // A search, and a mutation whose payload contains a search, wait for a connection until their deadline.
        let search = r#"sources(search: {text: "laser"}) { totalCount }"#;
        is_unavailable(app, &format!("{{ {search} }}")).await;
        let selection = r#"revision record { conditions(search: {text: "laser"}) { totalCount } }"#;
        let body = mutate(app, &key, &save("outage-2", selection)).await;
        assert_eq!(body["data"], json!({"saveBodyArea": {"revision": 3, "record": null}}), "{body}");
        let document = r#"{slug: "outage-3", name: "Outage", notice: "Educational."}"#;
        let dry_run = format!("mutation {{ saveBodyArea(document: {document}, dryRun: true) {{ record {{ slug }} }} }}");
        let body = mutate(app, &key, &dry_run).await;
        assert_eq!(body, json!({"data": {"saveBodyArea": {"record": {"slug": "outage-3"}}}}));
        // They use the connections that become free.
        drop(held);
        assert_eq!(send(app, &format!("{{ {search} }}")).await.0, 200);
        // With few connections, expensive operations use at least one, and leave all others.
        for (connections, expensive) in [(1, 1), (2, 1), (5, 1), (6, 2)] {
            let store = Store::open_with(&app.url, NonZeroU32::new(connections).unwrap()).await.unwrap();
            let mut held = Vec::new();
            for _ in 0..expensive {
                held.push(begin(&store, true, TIME_LIMIT).await.unwrap());
            }
            is_refused(&store, true).await;
            for _ in expensive..connections {
                held.push(begin(&store, false, TIME_LIMIT).await.unwrap());
            }
            is_refused(&store, false).await;
            drop(held);
            store.close().await;
        }
    }
}

#[actix_web::test]
async fn a_database_file_that_is_replaced_or_removed_is_noticed() {
    let app = TestApp::sqlite().await;
    let DatabaseUrl::Sqlite(path) = &app.url else { panic!("{}", app.url) };
    let (aside, ready) = (path.with_extension("aside"), format!("{}/health/ready", app.address));
    let status = async || app.client().get(&ready).send().await.unwrap().status().as_u16();
    assert_eq!((send(&app, QUESTION).await.0, status().await), (200, 200));
    std::fs::rename(path, &aside).unwrap();
    is_unavailable(&app, QUESTION).await;
    std::fs::copy(&aside, path).unwrap();
    is_unavailable(&app, QUESTION).await;
    is_unavailable(&app, "{ library { revision } }").await;
    // The result of a check of the database is used for a second.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(status().await, 503);
    std::fs::rename(&aside, path).unwrap();
    assert_eq!(send(&app, QUESTION).await.0, 200, "it is the one that was opened");
}
