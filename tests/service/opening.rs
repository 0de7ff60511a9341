//! Opening databases: new ones, several at once, and databases of other programs.

use std::{
    process::{Child, Command, Stdio},
    time::Instant,
};

use dermagraph::store::{
    DatabaseUrl, Store, StoreError, TIME_LIMIT,
    reading::statement::{Read, Statement},
};
use sea_orm::ConnectionTrait as _;

use crate::support::{TestApp, empty_postgres, on_both_databases, program};

/// Returns the message about a database that cannot be used.
async fn refused(url: &DatabaseUrl) -> String {
    match Store::open(url).await {
        Ok(_) => panic!("{url} was opened"),
        Err(failure) => failure.to_string(),
    }
}

async fn together(url: &DatabaseUrl) {
    let opening = (0..4).map(|_| Box::pin(Store::open(url)));
    for store in futures_util::future::join_all(opening).await {
        store.unwrap().close().await;
    }
}

#[actix_web::test]
async fn several_servers_may_begin_on_one_new_database() {
    let folder = tempfile::tempdir().unwrap();
    together(&DatabaseUrl::Sqlite(folder.path().join("new/library.db"))).await;
    if let Some(url) = empty_postgres().await {
        together(&url).await;
    }
}

#[actix_web::test]
async fn a_path_may_have_any_characters() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("50%20 ?mode=ro#ü").join("library.db");
    let store = Store::open(&DatabaseUrl::Sqlite(path.clone())).await.unwrap();
    assert_eq!(store.snapshot().await.unwrap().latest_revision().await.unwrap(), None);
    store.close().await;
    assert!(path.metadata().unwrap().len() > 0);
}

#[test]
fn a_dry_run_of_a_first_import_lists_all_records_and_creates_no_database() {
    let (folder, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let url = DatabaseUrl::Sqlite(folder.path().join("data/library.db"));
    let content = concat!(env!("CARGO_MANIFEST_DIR"), "/content");
    let mut dry_run = program::command(&url, &["import", content, "--dry-run"]);
    let dry_run = dry_run.env("TMPDIR", temporary.path()).output().unwrap();
    let listed = String::from_utf8(dry_run.stdout).unwrap();
    assert!(dry_run.status.success(), "{}", String::from_utf8_lossy(&dry_run.stderr));
    assert!(listed.starts_with(&format!("Note: there is no database at {url}; the import would create it.\n")), "{listed}");
    assert!(listed.contains("\n+ Procedure microneedling\n"), "{listed}");
    for folder in [&folder, &temporary] {
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }
    let imported = program::stdout(&url, &["import", content]);
    let would_change = listed.lines().last().and_then(|line| line.strip_prefix("This would change: "));
    let changes = imported.lines().last().and_then(|line| line.strip_prefix("Revision 1: "));
    assert_eq!(would_change.unwrap(), format!("{} Nothing was written.", changes.unwrap()));
}

#[test]
fn a_signal_that_stops_the_dry_run_of_a_first_import_leaves_no_temporary_folder() {
    let content = concat!(env!("CARGO_MANIFEST_DIR"), "/content");
    for (signal, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        let (folder, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let url = DatabaseUrl::Sqlite(folder.path().join("data/library.db"));
        let mut dry_run = program::command(&url, &["import", content, "--dry-run"]);
        dry_run.env("TMPDIR", temporary.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut dry_run = dry_run.spawn().unwrap();
        let has_folder = || temporary.path().read_dir().unwrap().count() > 0;
        while !has_folder() {
            assert_eq!(dry_run.try_wait().unwrap(), None, "it ended before the signal");
        }
        send(signal, &dry_run);
        let ended = dry_run.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(128 + number), "{signal}");
        let message = String::from_utf8(ended.stderr).unwrap();
        assert!(message.contains("a signal stopped the dry run; nothing was published"), "{signal}: {message}");
        assert!(!has_folder() && !folder.path().join("data").exists(), "{signal}");
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_dry_run_with_a_database_at_once() {
    use std::{
        io::{BufRead as _, BufReader, Write as _},
        os::{
            fd::OwnedFd,
            unix::{net::UnixStream, process::ExitStatusExt as _},
        },
    };
    let (folder, content) = (tempfile::tempdir().unwrap(), concat!(env!("CARGO_MANIFEST_DIR"), "/content"));
    let url = DatabaseUrl::Sqlite(folder.path().join("library.db"));
    program::stdout(&url, &["import", content]);
    // The dry run cannot end before the signal, because it waits until its output is read.
    let (output, mut full) = UnixStream::pair().unwrap();
    full.set_nonblocking(true).unwrap();
    while full.write_all(&[0]).is_ok() {}
    full.set_nonblocking(false).unwrap();
    let mut dry_run = program::command(&url, &["import", content, "--dry-run"]);
    let mut dry_run = dry_run.stdout(OwnedFd::from(full)).stderr(Stdio::piped()).spawn().unwrap();
    let (mut progress, mut first) = (BufReader::new(dry_run.stderr.take().unwrap()), String::new());
    progress.read_line(&mut first).unwrap();
    assert!(!first.is_empty(), "it has begun");
    send("INT", &dry_run);
    drop(output);
    assert_eq!(dry_run.wait().unwrap().signal(), Some(2));
}

/// Sends a signal to a program.
fn send(signal: &str, program: &Child) {
    let kill = Command::new("kill").args([&format!("-{signal}"), &program.id().to_string()]).status();
    assert!(kill.unwrap().success());
}

#[actix_web::test]
async fn a_database_of_another_program_is_left_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    let other = sea_orm::Database::connect(format!("sqlite://{}?mode=rwc", path.display())).await.unwrap();
    other.execute_unprepared("CREATE TABLE procedure (x INTEGER)").await.unwrap();
    other.close().await.unwrap();
    let before = std::fs::read(&path).unwrap();
    let url = DatabaseUrl::Sqlite(path.clone());
    assert_eq!(
        refused(&url).await,
        format!("{url} has the tables of another program; set another --data-dir or --database-url")
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
    if let Some(url) = empty_postgres().await {
        let DatabaseUrl::Postgres(address) = &url else { panic!("{url}") };
        let other = sea_orm::Database::connect(address).await.unwrap();
        other.execute_unprepared("CREATE TABLE procedure (x INTEGER)").await.unwrap();
        other.close().await.unwrap();
        assert!(refused(&url).await.contains("has the tables of another program"));
    }
}

#[actix_web::test]
async fn a_database_of_a_newer_version_is_refused() {
    let app = TestApp::sqlite().await;
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m2999_later', 0)";
    app.store.writer().execute_unprepared(newer).await.unwrap();
    let url = app.url.clone();
    assert_eq!(refused(&url).await, format!("{url} was written by another version of this program; use that one"));
}

#[actix_web::test]
async fn a_file_that_is_no_database_or_a_damaged_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.db");
    let url = DatabaseUrl::Sqlite(path.clone());
    for content in ["These are notes, and no database.", "SQLite format 3\0and then nothing of the sort"] {
        std::fs::write(&path, content).unwrap();
        assert!(refused(&url).await.starts_with(&format!("{} is not an SQLite database", path.display())), "{content}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
    }
}

#[actix_web::test]
async fn a_file_that_another_program_locks_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.db");
    let url = DatabaseUrl::Sqlite(path.clone());
    Store::open(&url).await.unwrap().close().await;
    let other = sea_orm::Database::connect(format!("sqlite://{}", path.display())).await.unwrap();
    other.execute_unprepared("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE").await.unwrap();
    let another =
        format!("another program is writing to {}, for example an import; try again when it has finished", path.display());
    assert_eq!(refused(&url).await, another);
}

on_both_databases! {
    async fn a_statement_that_takes_too_long_is_stopped(app: &TestApp) {
        let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n WHERE i < 0";
        let endless = Statement::new(sql, Vec::new(), vec![Read::Int]);
        let started = Instant::now();
        let stopped = app.store.snapshot().await.unwrap().rows(&endless).await;
        assert!(matches!(stopped, Err(StoreError::TimedOut)), "{stopped:?}");
        assert!(started.elapsed() < TIME_LIMIT * 3);
        // The stopped connection can be used again.
        assert_eq!(app.data("{ library { revision } }").await["library"]["revision"], 1);
    }
}

#[cfg(unix)]
#[actix_web::test]
async fn a_database_in_a_folder_that_cannot_be_written_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.db");
    let url = DatabaseUrl::Sqlite(path.clone());
    Store::open(&url).await.unwrap().close().await;
    let set = |mode| std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    set(0o555);
    if std::fs::write(folder.path().join("probe"), "").is_ok() {
        return eprintln!("SKIPPED: this user may write everywhere");
    }
    let message = refused(&url).await;
    set(0o755);
    assert!(message.contains("or its folder is read-only"), "{message}");
}

#[actix_web::test]
async fn a_database_without_unicode_is_refused() {
    let Some(url) = empty_postgres().await else { return };
    let DatabaseUrl::Postgres(address) = &url else { panic!("{url}") };
    let (server, name) = address.rsplit_once('/').unwrap();
    let admin = sea_orm::Database::connect(address).await.unwrap();
    let create = format!("CREATE DATABASE {name}_latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    admin.execute_unprepared(&create).await.unwrap();
    let url: DatabaseUrl = format!("{server}/{name}_latin").parse().unwrap();
    let reason = "it has the encoding LATIN1; create one with the encoding UTF8";
    assert_eq!(refused(&url).await, format!("cannot use {url}: {reason}"));
}

#[actix_web::test]
async fn failures_are_recognised_by_their_codes_in_any_language() {
    let locked = "another program is writing to it, for example an import; try again when it has finished";
    let Some(url) = empty_postgres().await else { return };
    let store = Store::open(&url).await.unwrap();
    let raised = async |code: &str, message: &str| {
        let raise = format!("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}', MESSAGE = '{message}'; END $$");
        store.writer().execute_unprepared(&raise).await.unwrap_err()
    };
    for (code, message, cause) in [
        ("55P03", "Sperre nicht verfügbar", locked),
        ("42501", "keine Berechtigung für Schema public", "keine Berechtigung für Schema public"),
        ("P0001", "database is locked at line 3655", "database is locked at line 3655"),
    ] {
        let failure = raised(code, message).await;
        assert_eq!(dermagraph::store::cause(&failure), cause);
        let failure = StoreError::from(failure).to_string();
        assert_eq!(failure, format!("the database could not be read or written: {cause}"));
    }
    for code in ["08006", "53300", "57P01", "57P03"] {
        let failure = StoreError::from(raised(code, "der Server wird beendet").await);
        assert!(matches!(failure, StoreError::Unavailable(_)), "{code}: {failure}");
    }
}
