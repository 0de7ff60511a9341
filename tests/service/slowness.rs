//! Requests while the PostgreSQL server is slow, frozen or stopped, or refuses connections.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use dermagraph::store::{DatabaseUrl, TIME_LIMIT};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement, TransactionTrait as _};
use serde_json::{Value as Json, json};

use crate::support::{TestApp, postgres};

const QUERY: &str = "{ conditions(first: 1) { nodes { name } } }";

/// How much longer than its deadline a response may take on an overloaded machine.
const TOLERANCE: Duration = Duration::from_secs(1);

/// Processes of a server. They continue when this is dropped.
struct Processes(Vec<i32>);

impl Processes {
    fn freeze(pids: Vec<i32>) -> Self {
        signal("STOP", &pids);
        Self(pids)
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        signal("CONT", &self.0);
    }
}

fn signal(name: &str, pids: &[i32]) {
    let pids = pids.iter().map(i32::to_string);
    assert!(Command::new("kill").arg(format!("-{name}")).args(pids).status().unwrap().success());
}

/// Connects to a database as the administrator of its server.
async fn administrator(url: &DatabaseUrl) -> DatabaseConnection {
    let DatabaseUrl::Postgres(address) = url else { panic!("{url}") };
    Database::connect(address).await.unwrap()
}

/// Reads process ids with a statement.
async fn pids(db: &DatabaseConnection, sql: &str) -> Vec<i32> {
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// Sends a query. Returns the status, the header `Retry-After`, the body and the duration.
async fn sent(app: &TestApp, query: &str) -> (u16, Option<String>, Json, Duration) {
    let started = Instant::now();
    let request = app.client().post(format!("{}/graphql", app.address)).json(&json!({"query": query}));
    let response = request.send().await.unwrap();
    let retry = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let body = response.json().await.unwrap();
    (status, retry, body, started.elapsed())
}

async fn is_unavailable(app: &TestApp, query: &str) {
    let (status, retry, body, duration) = sent(app, query).await;
    assert_eq!((status, retry.as_deref()), (503, Some("1")), "{query}: {body}");
    assert_eq!(body["errors"][0]["extensions"]["code"], "UNAVAILABLE");
    assert!(duration < TIME_LIMIT + TOLERANCE, "{duration:?}");
}

/// A query whose response is not in the cache.
fn new_query(number: usize) -> String {
    format!("{{ conditions(first: {number}) {{ nodes {{ name aliases }} }} }}")
}

#[actix_web::test]
async fn a_frozen_or_stopped_server_is_reported_in_time_and_used_again_afterwards() {
    let Some(cluster) = postgres::start(None) else { return };
    let url = postgres::starter_in(&cluster).await;
    let app = TestApp::at(&url).await;
    assert_eq!(sent(&app, QUERY).await.0, 200);
    let admin = administrator(&url).await;
    let server = pids(&admin, "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int").await;
    let mut all = pids(&admin, "SELECT pid FROM pg_stat_activity").await;
    all.extend(&server);
    let frozen = Processes::freeze(all);
    is_unavailable(&app, QUERY).await;
    let queries: Vec<String> = (1..30).map(new_query).collect();
    futures_util::future::join_all(queries.iter().map(|query| is_unavailable(&app, query))).await;
    drop(frozen);
    let (status, _, body, duration) = sent(&app, QUERY).await;
    assert_eq!(status, 200, "{body}");
    assert!(duration < TOLERANCE, "{duration:?}");
    // A fast shutdown.
    signal("INT", &server);
    futures_util::future::join_all(queries.iter().map(|query| is_unavailable(&app, query))).await;
}

#[actix_web::test]
async fn an_operation_that_waits_for_a_lock_times_out_and_others_do_not() {
    let Some(app) = TestApp::postgres().await else { return };
    // The first operation reads the statistics of all tables.
    assert_eq!(sent(&app, &new_query(1)).await.0, 200);
    let admin = administrator(&app.url).await;
    let locked = admin.begin().await.unwrap();
    locked.execute_unprepared("LOCK TABLE condition IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let (waiting, other) = futures_util::future::join(sent(&app, QUERY), sent(&app, "{ library { revision } }")).await;
    let (status, _, body, duration) = waiting;
    assert_eq!((status, &body["errors"][0]["extensions"]["code"]), (200, &json!("TIMEOUT")), "{body}");
    assert!(duration < TIME_LIMIT + TOLERANCE, "{duration:?}");
    assert_eq!(other.2, json!({"data": {"library": {"revision": 1}}}));
    locked.rollback().await.unwrap();
}

#[actix_web::test]
async fn an_operation_gets_its_response_although_the_latest_revision_is_not_read_in_time() {
    let Some(app) = TestApp::postgres().await else { return };
    assert_eq!(sent(&app, QUERY).await.0, 200);
    let admin = administrator(&app.url).await;
    let latest =
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT hashtextextended%'";
    let _frozen = Processes::freeze(pids(&admin, latest).await);
    let (status, _, body, duration) = sent(&app, QUERY).await;
    assert_eq!((status, body.get("errors")), (200, None), "{body}");
    assert!(duration < TIME_LIMIT, "{duration:?}");
}

#[actix_web::test]
async fn a_role_with_few_connections_serves_many_clients() {
    let Some(url) = postgres::starter().await else { return };
    let admin = administrator(&url).await;
    let role = format!("few_{}", std::process::id());
    admin
        .execute_unprepared(&format!("CREATE ROLE {role} LOGIN CONNECTION LIMIT 3; GRANT pg_read_all_data TO {role}"))
        .await
        .unwrap();
    let url = url_of_role(&url, &role);
    let app = TestApp::at(&url).await;
    let queries: Vec<String> = (1..=40).map(new_query).collect();
    let responses = futures_util::future::join_all(queries.iter().map(|query| sent(&app, query))).await;
    for (status, _, body, duration) in responses {
        assert_eq!((status, body.get("errors")), (200, None), "{body}");
        assert!(duration < TIME_LIMIT, "{duration:?}");
    }
}

#[actix_web::test]
async fn a_broken_idle_connection_is_not_used_to_read_the_latest_revision() {
    let Some(url) = postgres::starter().await else { return };
    let (admin, role) = (administrator(&url).await, format!("broken_{}", std::process::id()));
    let create = format!("CREATE ROLE {role} LOGIN; GRANT pg_read_all_data TO {role}");
    admin.execute_unprepared(&create).await.unwrap();
    let app = TestApp::at(&url_of_role(&url, &role)).await;
    let of_role = format!("SELECT pid FROM pg_stat_activity WHERE usename = '{role}'");
    let opened_before = pids(&admin, &of_role).await;
    let queries: Vec<String> = (1..=40).map(new_query).collect();
    futures_util::future::join_all(queries.iter().map(|query| sent(&app, query))).await;
    // From now on, this response is in the cache, so only the latest revision is read for it.
    assert_eq!(sent(&app, &queries[0]).await.0, 200);
    let idle = format!("{of_role} AND query NOT LIKE 'SELECT hashtextextended%' ORDER BY state_change");
    let mut idle = pids(&admin, &idle).await;
    idle.retain(|pid| !opened_before.contains(pid));
    assert!(idle.len() > 1, "{idle:?}");
    // A connection is tested if it has been idle for a second.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    // All connections break, except for the one that has been idle for the longest time. No other one can be opened.
    admin.execute_unprepared(&format!("ALTER ROLE {role} CONNECTION LIMIT 1")).await.unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity";
    admin.execute_unprepared(&format!("{end} WHERE usename = '{role}' AND pid <> {}", idle[0])).await.unwrap();
    while pids(&admin, &of_role).await != [idle[0]] {}
    let (status, _, body, _) = sent(&app, &queries[0]).await;
    assert_eq!((status, body.get("errors")), (200, None), "{body}");
}

fn url_of_role(url: &DatabaseUrl, role: &str) -> DatabaseUrl {
    let DatabaseUrl::Postgres(address) = url else { panic!("{url}") };
    address.replace("postgres://postgres@", &format!("postgres://{role}@")).parse().unwrap()
}
