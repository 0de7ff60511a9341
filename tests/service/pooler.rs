//! Through `PgBouncer` in transaction mode, everything works as without it.

use dermagraph::store::{DatabaseUrl, Store};
use serde_json::{Value as Json, json};

use crate::support::{TestApp, empty_postgres, pooler::Pooler, program};

/// Queries that together read every kind of value, with variables, counts and pages.
const QUESTIONS: [&str; 4] = [
    "{ library { revision counts { procedures conditions } } }",
    "{ procedures(first: 30) { totalCount nodes { slug name outcomes(first: 3) { nodes { expectedEffect condition { name } } } } } }",
    "{ conditions(where: {name: {contains: \"scar\"}}, orderBy: [{name: DESC}]) { nodes { name codes { code } } } }",
    "{ procedures { nodes { adverseEffects { name percent serious } } } }",
];

/// Creates a database, and starts a pooler in front of it.
async fn pooled() -> Option<(DatabaseUrl, Pooler)> {
    let direct = empty_postgres().await?;
    let pooler = Pooler::start(&direct)?;
    Some((direct, pooler))
}

#[actix_web::test]
async fn every_command_works_behind_a_pooler() {
    let Some((direct, pooler)) = pooled().await else { return };
    let url = &pooler.url;
    assert!(program::stdout(url, &["migrate"]).ends_with("migrations were applied.\n"));
    assert!(program::stdout(url, &["migrate", "--check"]).ends_with("are up to date.\n"));
    let content = concat!(env!("CARGO_MANIFEST_DIR"), "/content");
    assert!(program::stdout(url, &["import", content]).starts_with("Revision 1: "));
    assert_eq!(program::stdout(url, &["import", content]), "Nothing changed.\n");
    assert_eq!(
        program::stdout(url, &["import", content, "--dry-run"]),
        "Nothing changed.
"
    );
    let folder = tempfile::tempdir().unwrap();
    let exported = program::stdout(url, &["export", folder.path().join("documents").to_str().unwrap()]);
    assert!(exported.contains("files written"), "{exported}");
    let key = program::stdout(url, &["key", "create", "--name", "one", "--role", "reader"]);
    let listed = program::stdout(url, &["key", "list", "--json"]);
    assert_eq!(serde_json::from_str::<Json>(&listed).unwrap()[0]["id"], key[3..15]);
    assert!(program::stdout(url, &["key", "revoke", key.trim_end()]).contains("is revoked"));
    assert_eq!(program::stdout(&direct, &["key", "list"]), program::stdout(url, &["key", "list"]));
}

#[actix_web::test]
async fn many_clients_share_a_few_connections_of_a_pooler() {
    let Some((direct, pooler)) = pooled().await else { return };
    let nodes = [program::Node::start(&pooler.url), program::Node::start(&pooler.url)].map(program::Starting::ready);
    let expected = TestApp::at(&direct).await;
    let client = reqwest::Client::new();
    for question in QUESTIONS {
        let body = json!({"query": question});
        let expected = expected.query(question).await;
        assert_eq!(expected.get("errors"), None);
        // Each query runs several times through both processes, so that they use the same connections of the server in turn.
        let requests = (0..24).map(|turn| {
            let request = client.post(nodes[turn % 2].address()).json(&body);
            async move { request.send().await.unwrap().json::<Json>().await.unwrap() }
        });
        for response in futures_util::future::join_all(requests).await {
            assert_eq!(response, expected, "{question}");
        }
        // The state that another program leaves on a connection of the server has no effect.
        program::stdout(&pooler.url, &["key", "create", "--name", "meanwhile", "--role", "reader"]);
    }
}

#[actix_web::test]
async fn a_statement_that_takes_too_long_is_stopped_behind_a_pooler() {
    use dermagraph::store::{
        StoreError,
        reading::statement::{Read, Statement},
    };
    let Some((_, pooler)) = pooled().await else { return };
    let store = Store::open(&pooler.url).await.unwrap();
    let statement = Statement::new("SELECT pg_sleep(60)::text", Vec::new(), vec![Read::Text]);
    let stopped = store.snapshot().await.unwrap().rows(&statement).await;
    assert!(matches!(stopped, Err(StoreError::TimedOut)), "{stopped:?}");
    store.close().await;
}

#[actix_web::test]
async fn a_pooler_that_the_url_does_not_declare_is_detected() {
    let Some(direct) = empty_postgres().await else { return };
    // The defaults of PgBouncer, and the setting for drivers that send parameters that it does not support.
    for line in ["", "ignore_startup_parameters = options, extra_float_digits"] {
        let Some(pooler) = Pooler::start_with(&direct, line) else { return };
        let url = program::address(&pooler.url).replace("?pgbouncer=true", "").parse().unwrap();
        let (_, why) = program::refused(&url, &["serve", "--listen", "127.0.0.1:0"]);
        assert!(
            why.trim_end().ends_with("there is a pooler in between, so add the option pgbouncer=true to the address"),
            "{why}"
        );
        assert!(program::stdout(&pooler.url, &["key", "list"]).starts_with("ID "));
    }
}
