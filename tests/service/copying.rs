//! Copying a library from one database to another: everything is copied, or nothing.

use std::collections::BTreeSet;

use dermagraph::store::{CopiedTable, CopyError, DatabaseUrl, Silent, Store, copy};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};

use crate::support::{TestApp, empty_postgres, pooler::Pooler, program, publish, starter_documents};

/// Queries that together read every table, with nulls, JSON, booleans and floats.
const QUESTIONS: [&str; 5] = [
    include_str!("../../web/playground/src/tour/1-patient-app.graphql"),
    "{ library { revision publishedAt counts { procedures conditions treatmentOutcomes sources evidenceItems } } }",
    "{ procedures(first: 100) { nodes { id slug revision name recovery { summary effects { name duration { text } } } adverseEffects { name percent serious note } steps { title } } } }",
    "{ treatmentOutcomes(first: 100) { nodes { id commonUse evidenceLevel caveat sources { nodes { id title year } } condition { name ancestors { nodes { name } } } } } }",
    "{ conditions(first: 100, orderBy: [{name: DESC}]) { edges { cursor node { id aliases codes { system code } outcomes(includeDescendants: true) { totalCount } } } } }",
];

/// Returns the URL of a new database on SQLite or PostgreSQL; `None` and a message if PostgreSQL is not installed.
async fn database_url(kind: &str, folder: &tempfile::TempDir, name: &str) -> Option<DatabaseUrl> {
    match kind {
        "sqlite" => Some(DatabaseUrl::Sqlite(folder.path().join(format!("{name}.db")))),
        _ => empty_postgres().await,
    }
}

/// Starts the service with a library that has a history, API keys, one of them revoked, and values that a copy could
/// easily lose.
async fn library(url: &DatabaseUrl) -> TestApp {
    let app = TestApp::at(url).await;
    publish(&app, &starter_documents()).await;
    let mut changed = starter_documents();
    let file = changed.iter_mut().find(|file| file.text.contains("name: Microneedling")).unwrap();
    file.text = file.text.replacen("name: Microneedling", "name: \"Microneedling \\u00e4\\\\ '\\\" 𝒳\"", 1);
    publish(&app, &changed).await;
    for name in ["portal", "mobile"] {
        program::stdout(url, &["key", "create", "--name", name, "--role", "reader", "--expires-in", "90d"]);
    }
    let database = app.store.writer();
    for sql in [
        "UPDATE api_key SET expires_at = NULL, revoked_at = '2026-01-01T00:00:00Z' WHERE name = 'mobile'",
        "UPDATE procedure SET summary = 'a\tb\\n\r\n\\. \u{1}\u{feff}' WHERE slug = 'microneedling'",
        "UPDATE adverse_effect SET percent = 0.1 WHERE id = 1",
        "UPDATE adverse_effect SET percent = 12 WHERE id = 2",
        "UPDATE adverse_effect SET percent = 1e-300, note = '' WHERE id = 3",
        "UPDATE adverse_effect SET percent = -0.0, note = NULL WHERE id = 4",
        "UPDATE device SET needles = '{ \"a\" : 1.50,\n \"a\": \"\\u0041\"}' WHERE id = (SELECT MIN(id) FROM device)",
    ] {
        database.execute_unprepared(sql).await.unwrap();
    }
    app
}

/// Returns the tables of a database, from its own system tables.
async fn tables(database: &DatabaseConnection) -> BTreeSet<String> {
    let backend = database.get_database_backend();
    let sql = match backend {
        sea_orm::DbBackend::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
        _ => "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'",
    };
    let rows = database.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect()
}

async fn count(database: &DatabaseConnection, table: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM \"{table}\"");
    let row = database.query_one_raw(Statement::from_string(database.get_database_backend(), sql)).await.unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

/// Copies to the other database and back, and compares the responses of the services.
async fn there_and_back(from: &str, to: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (Some(first), Some(second), Some(third)) = (
        database_url(from, &folder, "first").await,
        database_url(to, &folder, "second").await,
        database_url(from, &folder, "third").await,
    ) else {
        return;
    };
    let original = library(&first).await;
    let there = copy(&first, &second, false, &Silent).await.unwrap();
    let back = copy(&second, &third, false, &Silent).await.unwrap();
    assert_eq!(there, back, "rows and checksums do not depend on the database");

    let mut copied: BTreeSet<String> = there.iter().map(|table| table.name.clone()).collect();
    copied.insert("seaql_migrations".to_owned());
    assert_eq!(copied, tables(original.store.writer()).await, "every table is copied");
    for CopiedTable { name, checksum } in &there {
        assert_eq!(count(original.store.writer(), name).await, i64::try_from(checksum.rows).unwrap(), "{name}");
    }
    for url in [second, third] {
        let copy = TestApp::at(&url).await;
        for question in QUESTIONS {
            let expected = original.query(question).await;
            assert_eq!(expected.get("errors"), None, "{question}");
            assert_eq!(copy.query(question).await.to_string(), expected.to_string(), "{question}");
        }
        let keys = |url| program::stdout(url, &["key", "list", "--json"]);
        assert_eq!(keys(&url), keys(&first));
        // The copy can be changed like the original: new ids are unused ones, and references are valid.
        publish(&copy, &starter_documents()).await;
        assert_eq!(copy.data("{ library { revision } }").await["library"]["revision"], 3);
        let indexes = program::stdout(&url, &["migrate", "--check"]);
        assert!(indexes.contains("up to date"), "{indexes}");
    }
}

#[actix_web::test]
async fn a_library_moves_from_sqlite_to_postgres_and_back() {
    there_and_back("sqlite", "postgres").await;
}

#[actix_web::test]
async fn a_library_moves_from_postgres_to_sqlite_and_back() {
    there_and_back("postgres", "sqlite").await;
}

#[actix_web::test]
async fn a_library_moves_between_databases_of_one_kind() {
    there_and_back("sqlite", "sqlite").await;
    there_and_back("postgres", "postgres").await;
}

/// Returns everything in a database schema except the rows: tables, indexes, foreign keys.
async fn structure(url: &DatabaseUrl) -> Vec<String> {
    let store = Store::open(url).await.unwrap();
    let database = store.writer();
    let sql = match url {
        DatabaseUrl::Sqlite(_) => "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY 1",
        DatabaseUrl::Postgres(_) => {
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL
             SELECT conname || pg_get_constraintdef(oid) || condeferrable || condeferred || convalidated FROM pg_constraint ORDER BY 1"
        }
    };
    let rows = database.query_all_raw(Statement::from_string(database.get_database_backend(), sql)).await.unwrap();
    let found = rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect();
    store.close().await;
    found
}

/// Declares a test that copies to each kind of database. The source is a library in a database of the other kind, and
/// the target is an empty database.
macro_rules! onto_both {
    ($(async fn $name:ident($from:ident: &TestApp, $to:ident: &DatabaseUrl) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn run_on($from: &TestApp, $to: &DatabaseUrl) $body

            #[actix_web::test]
            async fn onto_sqlite() {
                let folder = tempfile::tempdir().unwrap();
                let Some(from) = TestApp::postgres().await else { return };
                run_on(&from, &DatabaseUrl::Sqlite(folder.path().join("to.db"))).await;
            }

            #[actix_web::test]
            async fn onto_postgres() {
                if let Some(to) = empty_postgres().await {
                    run_on(&TestApp::sqlite().await, &to).await;
                }
            }
        }
    )*};
}

onto_both! {
    async fn indexes_and_foreign_keys_are_the_same_after_a_copy(from: &TestApp, to: &DatabaseUrl) {
        program::stdout(to, &["migrate"]);
        let before = structure(to).await;
        assert!(before.len() > 100);
        copy(&from.url, to, false, &Silent).await.unwrap();
        assert_eq!(structure(to).await, before);
    }

    async fn a_database_that_is_not_empty_is_replaced_only_on_demand(from: &TestApp, to: &DatabaseUrl) {
        program::stdout(to, &["key", "create", "--name", "existing", "--role", "admin"]);
        let (from, target) = (program::address(&from.url), program::address(to));
        let (_, why) = program::refused(to, &["copy", "--from", &from, "--to", &target]);
        assert_eq!(why.lines().last().unwrap(), format!("dermagraph: {to} is not empty (rows in api_key: 1); use --overwrite to replace everything in it"));
        assert!(program::stdout(to, &["key", "list"]).contains("existing"), "nothing was lost");
        let printed = program::stdout(to, &["copy", "--from", &from, "--to", &target, "--overwrite", "--checksums"]);
        assert!(printed.contains("\nprocedure: ") && printed.contains(" tables copied from "), "{printed}");
        assert!(!program::stdout(to, &["key", "list"]).contains("existing"));
        let copied = TestApp::at(to).await;
        assert_eq!(copied.data("{ library { counts { procedures } } }").await["library"]["counts"]["procedures"], crate::support::count("Procedure"));
    }

    async fn values_that_the_target_cannot_store_are_refused_and_nothing_is_copied(from: &TestApp, to: &DatabaseUrl) {
        // The tables of the source can store the value, and those of the target cannot.
        let (sql, says) = match to {
            DatabaseUrl::Postgres(_) => (
                "UPDATE treatment_outcome SET position = 5000000000 WHERE id = (SELECT MAX(id) FROM treatment_outcome)",
                "a value of position in treatment_outcome is not an integer, or is out of range",
            ),
            DatabaseUrl::Sqlite(_) => (
                "UPDATE adverse_effect SET percent = 'NaN' WHERE id = (SELECT MAX(id) FROM adverse_effect)",
                "adverse_effect is different in the target, so nothing is copied",
            ),
        };
        from.store.writer().execute_unprepared(sql).await.unwrap();
        let failure = copy(&from.url, to, false, &Silent).await.unwrap_err().to_string();
        assert!(failure.starts_with(says), "{failure}");
        let target = Store::open(to).await.unwrap();
        assert_eq!(target.snapshot().await.unwrap().latest_revision().await.unwrap(), None);
        assert_eq!(count(target.writer(), "source").await, 0);
        target.close().await;
    }

    async fn a_source_that_is_missing_old_or_the_target_itself_is_refused(from: &TestApp, to: &DatabaseUrl) {
        let itself = copy(&from.url, &from.url, true, &Silent).await.unwrap_err();
        assert!(matches!(itself, CopyError::Same), "{itself}");
        let old = "DELETE FROM seaql_migrations WHERE version LIKE '%api_key'";
        from.store.writer().execute_unprepared(old).await.unwrap();
        let behind = copy(&from.url, to, false, &Silent).await.unwrap_err().to_string();
        assert_eq!(behind, format!("the tables of {} are not up to date; run `dermagraph migrate` on it first", from.url));
        let nowhere = DatabaseUrl::Sqlite("/nowhere/library.db".into());
        let missing = copy(&nowhere, to, false, &Silent).await.unwrap_err().to_string();
        assert_eq!(missing, "there is no database at sqlite:///nowhere/library.db");
    }
}

#[actix_web::test]
async fn a_copy_is_a_snapshot_while_the_source_changes() {
    let app = TestApp::sqlite().await;
    let Some(to) = empty_postgres().await else { return };
    let writing = async {
        for name in ["Later", "Even later"] {
            let mut files = starter_documents();
            let file = files.iter_mut().find(|file| file.text.contains("name: Microneedling")).unwrap();
            file.text = file.text.replacen("name: Microneedling", &format!("name: {name}"), 1);
            publish(&app, &files).await;
        }
    };
    let (copied, ()) = futures_util::future::join(copy(&app.url, &to, false, &Silent), writing).await;
    copied.unwrap();
    let data = TestApp::at(&to)
        .await
        .data("{ library { revision } procedure(by: {slug: \"microneedling\"}) { name revision } }")
        .await;
    let names = ["", "Microneedling", "Later", "Even later"];
    let revision = data["library"]["revision"].as_u64().unwrap();
    assert_eq!(data["procedure"]["name"], names[usize::try_from(revision).unwrap()]);
}

#[actix_web::test]
async fn a_copy_works_through_a_pooler_in_both_directions() {
    let (Some(first), Some(second)) = (empty_postgres().await, empty_postgres().await) else { return };
    let (Some(into), Some(out_of)) = (Pooler::start(&first), Pooler::start(&second)) else { return };
    let app = TestApp::sqlite().await;
    let there = copy(&app.url, &into.url, false, &Silent).await.unwrap();
    let on = copy(&into.url, &out_of.url, false, &Silent).await.unwrap();
    assert_eq!(there, on);
    // The same database by another address.
    let itself = copy(&into.url, &first, true, &Silent).await.unwrap_err();
    assert!(matches!(itself, CopyError::Same), "{itself}");
}
