//! Several processes with one database: they can start at once and serve it together.

use std::process::{Child, Command, Stdio};

use dermagraph::store::DatabaseUrl;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value as Json, json};

use crate::support::{count, empty_postgres, program};

const CONTENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/content");

/// Declares a test that runs on new databases: an SQLite file that does not exist yet, and an empty PostgreSQL
/// database.
macro_rules! on_new_databases {
    ($(async fn $name:ident($url:ident: &DatabaseUrl) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn run_on($url: &DatabaseUrl) $body

            #[actix_web::test]
            async fn on_sqlite() {
                let folder = tempfile::tempdir().unwrap();
                run_on(&DatabaseUrl::Sqlite(folder.path().join("new/library.db"))).await;
            }

            #[actix_web::test]
            async fn on_postgres() {
                if let Some(url) = empty_postgres().await {
                    run_on(&url).await;
                }
            }
        }
    )*};
}

/// Sends a query to a process. Returns the response.
async fn send(node: &program::Node, query: &str) -> Json {
    let request = reqwest::Client::new().post(node.address()).json(&json!({ "query": query }));
    request.send().await.unwrap().json().await.unwrap()
}

fn spawn(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

on_new_databases! {
    async fn nodes_that_start_together_import_the_starter_library_once(url: &DatabaseUrl) {
        let nodes = [program::Node::start(url), program::Node::start(url)].map(program::Starting::ready);
        let imported = |node: &program::Node| node.printed.iter().any(|line| line.contains("just imported"));
        assert_eq!(nodes.iter().filter(|node| imported(node)).count(), 1);
        for node in &nodes {
            let response = send(node, "{ library { revision counts { procedures } } }").await;
            assert_eq!(response, json!({"data": {"library": {"revision": 1, "counts": {"procedures": count("Procedure")}}}}));
        }
    }

    async fn serving_importing_and_migrating_may_begin_at_once(url: &DatabaseUrl) {
        let migrating: Vec<Child> = (0..3).map(|_| spawn(program::command(url, &["migrate"]))).collect();
        let starting = [program::Node::start(url), program::Node::start(url)];
        let importing = [(); 2].map(|()| spawn(program::command(url, &["import", CONTENT])));
        let mut applied = 0;
        for process in migrating {
            let output = process.wait_with_output().unwrap();
            assert!(output.status.success(), "{output:?}");
            applied += usize::from(String::from_utf8(output.stdout).unwrap().contains("were applied"));
        }
        assert!(applied <= 1, "the migrations were applied {applied} times");
        // This command creates no database, so it begins when there is one.
        let listing = spawn(program::command(url, &["key", "list"]));
        for process in importing.into_iter().chain([listing]) {
            let output = process.wait_with_output().unwrap();
            assert!(output.status.success(), "{output:?}");
        }
        for node in starting.map(program::Starting::ready) {
            let response = send(&node, "{ library { revision counts { procedures } } }").await;
            assert_eq!(response, json!({"data": {"library": {"revision": 1, "counts": {"procedures": count("Procedure")}}}}));
        }
    }

    async fn migrate_says_what_it_did_and_checks_without_a_change(url: &DatabaseUrl) {
        let check = || program::refused(url, &["migrate", "--check"]);
        let (pending, why) = check();
        let names: Vec<&str> = pending.lines().map(|line| line.strip_prefix("pending ").unwrap()).collect();
        assert_eq!(why, format!("dermagraph: {} migrations are pending\n", names.len()));
        assert_eq!(check().0, pending, "nothing was changed");
        if let DatabaseUrl::Sqlite(path) = url {
            assert!(!path.parent().unwrap().exists(), "nothing was created");
        }
        let applied: Vec<String> = names.iter().map(|name| format!("applied {name}")).collect();
        let printed = program::stdout(url, &["migrate"]);
        assert_eq!(printed, format!("{}\n{} migrations were applied.\n", applied.join("\n"), names.len()));
        let up_to_date = format!("The tables of {url} are up to date.\n");
        assert_eq!(program::stdout(url, &["migrate"]), up_to_date);
        assert_eq!(program::stdout(url, &["migrate", "--check"]), up_to_date);
    }
}

#[actix_web::test]
async fn a_database_role_that_cannot_create_tables_can_serve() {
    let Some(url) = empty_postgres().await else { return };
    program::stdout(&url, &["import", CONTENT]);
    let owner = sea_orm::Database::connect(program::address(&url)).await.unwrap();
    for sql in [
        "CREATE ROLE visitor LOGIN",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO visitor",
    ] {
        owner.execute_unprepared(sql).await.unwrap();
    }
    owner.close().await.unwrap();
    let url: DatabaseUrl = program::address(&url).replace("postgres@", "visitor@").parse().unwrap();
    let node = program::Node::start(&url).ready();
    let response =
        send(&node, "{ procedures(first: 100) { totalCount nodes { outcomes { nodes { expectedEffect } } } } }").await;
    assert_eq!(response["data"]["procedures"]["totalCount"], count("Procedure"));
}

#[actix_web::test]
async fn a_database_with_a_view_and_no_tables_counts_as_empty() {
    let Some(url) = empty_postgres().await else { return };
    let owner = sea_orm::Database::connect(program::address(&url)).await.unwrap();
    owner.execute_unprepared("CREATE VIEW statistics AS SELECT 1 AS one").await.unwrap();
    owner.close().await.unwrap();
    assert!(program::stdout(&url, &["migrate"]).contains("were applied"));
}
