//! The bulk load of a large library: if it is killed, if two run at once, and if another process reads meanwhile.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};

use dermagraph::{
    content::catalog,
    generate::{LibrarySize, RequestedSize, documents},
    library::{DocumentFile, PublishOptions, Silent, import, write_files},
    store::{DatabaseUrl, Store, Writer},
};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use tempfile::TempDir;

use crate::support::empty_postgres;

/// Returns so many documents that their import is a bulk load.
fn much() -> Vec<DocumentFile> {
    let size =
        RequestedSize { procedures: 12, outcomes: 600, conditions: None, sources: Some(600), largest: Some(100), seed: 7 };
    documents(&LibrarySize::new(size).unwrap()).collect()
}

fn sqlite(folder: &Path) -> DatabaseUrl {
    DatabaseUrl::Sqlite(folder.join("library.db"))
}

/// Returns the rows of a statement, as text.
async fn texts(writer: &Writer, sql: &str) -> Vec<String> {
    let rows = writer.query_all_raw(Statement::from_string(writer.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// Returns the numbers of outcomes and of revisions.
async fn counts(writer: &Writer) -> String {
    let sql = "SELECT CAST((SELECT count(*) FROM treatment_outcome) AS text) || ' in ' || CAST((SELECT count(*) FROM revision) AS text)";
    texts(writer, sql).await.remove(0)
}

/// Starts an import by the program, and kills it some time after it has begun to write. Returns whether the import was
/// still running.
fn killed(documents: &Path, url: &DatabaseUrl, after: Duration) -> bool {
    let mut importing = Command::new(env!("CARGO_BIN_EXE_dermagraph"))
        .args(["import", "--database-url", &url.to_string()])
        .arg(documents)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(importing.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("Writing")), "it never began");
    sleep(after);
    importing.kill().unwrap();
    !importing.wait().unwrap().success()
}

#[actix_web::test]
async fn an_import_that_is_killed_leaves_an_empty_library_that_can_be_filled() {
    let folder = TempDir::new().unwrap();
    let documents = folder.path().join("documents");
    write_files(catalog(), &documents, much(), false).unwrap();
    let url = sqlite(folder.path());
    let schema = "SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name";
    let writer = Writer::open(&url).await.unwrap();
    let before = texts(&writer, schema).await;
    writer.close().await;
    let mut in_time = 0;
    for after in [0, 20, 60, 120, 250] {
        if !killed(&documents, &url, Duration::from_millis(after)) {
            break;
        }
        in_time += 1;
        let writer = Writer::open(&url).await.unwrap();
        assert_eq!(counts(&writer).await, "0 in 0", "after {after} ms");
        assert_eq!(texts(&writer, schema).await, before, "after {after} ms");
        assert_eq!(texts(&writer, "PRAGMA integrity_check").await, ["ok"]);
        writer.close().await;
    }
    assert!(in_time > 0);
    let store = Store::open(&url).await.unwrap();
    import(catalog(), store.writer(), &much(), PublishOptions::default(), &Silent).await.unwrap();
    assert_eq!(counts(store.writer()).await, "600 in 1");
    store.close().await;
}

/// Runs two imports of the same library into an empty database at once.
async fn at_once(url: &DatabaseUrl) {
    let (one, two) = (Writer::open(url).await.unwrap(), Writer::open(url).await.unwrap());
    let files = much();
    let importing =
        async |writer: &Writer| import(catalog(), writer, &files, PublishOptions::default(), &Silent).await.unwrap();
    let (first, second) = futures_util::future::join(importing(&one), importing(&two)).await;
    let mut revisions = [first.revision, second.revision];
    revisions.sort_unstable();
    assert_eq!(revisions, [None, Some(1)], "the second import changes nothing");
    assert_eq!(counts(&one).await, "600 in 1");
    if one.get_database_backend() == DbBackend::Sqlite {
        assert_eq!(texts(&one, "SELECT \"table\" FROM pragma_foreign_key_check").await, Vec::<String>::new());
        assert_eq!(texts(&one, "PRAGMA journal_mode").await, ["wal"]);
    }
    one.close().await;
    two.close().await;
}

#[actix_web::test]
async fn of_two_concurrent_bulk_loads_one_runs_on_sqlite() {
    let folder = TempDir::new().unwrap();
    at_once(&sqlite(folder.path())).await;
}

#[actix_web::test]
async fn of_two_concurrent_bulk_loads_one_runs_on_postgres() {
    if let Some(url) = empty_postgres().await {
        at_once(&url).await;
    }
}

#[actix_web::test]
async fn a_reader_sees_an_empty_library_until_a_bulk_load_ends() {
    let folder = TempDir::new().unwrap();
    let url = sqlite(folder.path());
    let reading = Store::open(&url).await.unwrap();
    let nothing = reading.latest().await.unwrap();
    let writer = Writer::open(&url).await.unwrap();
    let files = much();
    let mut reads = 0;
    let reader = async {
        while reading.latest().await.unwrap() == nothing {
            reads += 1;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let importing = import(catalog(), &writer, &files, PublishOptions::default(), &Silent);
    let (imported, ()) = futures_util::future::join(importing, reader).await;
    assert_eq!(imported.unwrap().revision, Some(1));
    assert!(reads > 1, "the reader does not wait for the import");
    let revision = reading.snapshot().await.unwrap().latest_revision().await.unwrap();
    assert_eq!(revision.map(|revision| revision.number), Some(1));
    writer.close().await;
    reading.close().await;
}

#[actix_web::test]
async fn a_process_that_opens_a_database_during_a_bulk_load_waits() {
    let folder = TempDir::new().unwrap();
    let url = sqlite(folder.path());
    Writer::open(&url).await.unwrap().close().await;
    let writer = Writer::open(&url).await.unwrap();
    let files = much();
    let importing = import(catalog(), &writer, &files, PublishOptions::default(), &Silent);
    let coming = async {
        // No other process uses the database, so it is filled with a rollback journal. These connections open it meanwhile.
        let mut revisions = Vec::new();
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_millis(40)).await;
            let url = url.clone();
            // Waiting for a lock blocks the thread.
            let opened = tokio::task::spawn_blocking(move || {
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
                    let store = Store::open(&url).await?;
                    let revision = store.snapshot().await?.latest_revision().await?;
                    store.close().await;
                    Ok::<_, dermagraph::store::StoreError>(revision.map(|revision| revision.number))
                })
            });
            revisions.push(opened.await.unwrap().unwrap());
        }
        revisions
    };
    let (imported, revisions) = futures_util::future::join(importing, coming).await;
    assert_eq!(imported.unwrap().revision, Some(1));
    assert_eq!(revisions.last(), Some(&Some(1)), "{revisions:?}");
    assert_eq!(counts(&writer).await, "600 in 1");
}
