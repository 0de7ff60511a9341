//! Imports into a library on PostgreSQL: while another process publishes, and although the role has short time limits
//! for queries.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::Stdio,
};

use dermagraph::store::{DatabaseUrl, Store, Writer, connect::transaction::begin_publishing};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement, TransactionTrait as _};

use crate::support::{postgres, program};

/// Limits that an operator may set for queries.
const LIMITS: &str = "statement_timeout idle_in_transaction_session_timeout lock_timeout";

/// Sets limits of a second for new connections to a database.
async fn limit(db: &DatabaseConnection, url: &DatabaseUrl) {
    let name = url.to_string().rsplit_once('/').unwrap().1.to_owned();
    for limit in LIMITS.split(' ') {
        db.execute_unprepared(&format!("ALTER DATABASE {name} SET {limit} = '1s'")).await.unwrap();
    }
}

/// Waits until a statement has waited for a lock for longer than the limits.
async fn wait_for_a_long_wait(db: &DatabaseConnection) {
    let waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
        AND clock_timestamp() - query_start > '1.5s'";
    while db.query_one_raw(Statement::from_string(DbBackend::Postgres, waiting)).await.unwrap().is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[actix_web::test]
async fn an_import_says_that_it_waits_for_another_publisher_and_ignores_limits_for_queries() {
    let Some(url) = postgres::starter().await else { return };
    let DatabaseUrl::Postgres(address) = &url else { panic!("{url}") };
    let other = Database::connect(address).await.unwrap();
    let publishing = other.begin().await.unwrap();
    publishing.execute_unprepared("LOCK TABLE revision IN ROW EXCLUSIVE MODE").await.unwrap();
    let admin = Database::connect(address).await.unwrap();
    limit(&admin, &url).await;

    let folder = tempfile::tempdir().unwrap();
    let document = folder.path().join("vocabulary.yaml");
    let text = "notice: Educational.\ndevices:\n  - slug: needler\n    name: Needler\n    description: A device.\n    sources: [what-is-microneedling]\n";
    std::fs::write(&document, text).unwrap();
    let mut import = program::command(&url, &["import", document.to_str().unwrap()]);
    let mut import = import.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut errors = BufReader::new(import.stderr.take().unwrap());
    assert!(errors.by_ref().lines().any(|line| line.unwrap().starts_with("Waiting for the database")));
    wait_for_a_long_wait(&admin).await;
    publishing.rollback().await.unwrap();
    let mut rest = String::new();
    errors.read_to_string(&mut rest).unwrap();
    assert!(import.wait().unwrap().success(), "{rest}");
    let store = Store::open(&url).await.unwrap();
    assert_eq!(store.snapshot().await.unwrap().latest_revision().await.unwrap().unwrap().number, 2);
    store.close().await;
}

#[actix_web::test]
async fn a_publication_waits_a_minute_for_another_one_and_has_no_other_limit() {
    let Some(url) = postgres::empty().await else { return };
    let DatabaseUrl::Postgres(address) = &url else { panic!("{url}") };
    limit(&Database::connect(address).await.unwrap(), &url).await;
    let writer = Writer::open(&url).await.unwrap();
    let publishing = begin_publishing(&writer).await.unwrap();
    for (limit, expected) in LIMITS.split(' ').zip(["0", "0", "1min"]) {
        let show = Statement::from_string(DbBackend::Postgres, format!("SHOW {limit}"));
        let found: String = publishing.transaction.query_one_raw(show).await.unwrap().unwrap().try_get_by_index(0).unwrap();
        assert_eq!(found, expected, "{limit}");
    }
    publishing.transaction.rollback().await.unwrap();
    writer.close().await;
}
