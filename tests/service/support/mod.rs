//! Helpers of all tests: the service on a database of its own with the starter library, and a client.

#[path = "../../support/cluster.rs"]
mod cluster;
pub mod pooler;
pub mod postgres;
pub mod program;
pub mod sqlite;

use std::{collections::BTreeMap, net::TcpListener, path::PathBuf, sync::LazyLock};

use dermagraph::{
    access::{Account, Accounts, Client, Limiter, MAX_RESERVED_BYTES},
    app::{Application, Config},
    content,
    library::{self, PublishOptions, Silent},
    schema::Limits,
    store::{Clock, DatabaseUrl, Store},
};
use serde_json::{Value as Json, json};
use time::OffsetDateTime;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The service, running, with a client.
pub struct TestApp {
    /// The URL of the service, without a path.
    pub address: String,
    /// Its database.
    pub url: DatabaseUrl,
    /// Its store, for checks of the database.
    pub store: Store,
    /// Stops the service when it is cancelled.
    pub stopping: CancellationToken,
    running: JoinHandle<std::io::Result<()>>,
    client: reqwest::Client,
    /// The folder of its database, which is removed when this is dropped.
    _folder: Option<tempfile::TempDir>,
}

impl TestApp {
    /// Starts the service on SQLite, with the starter library.
    pub async fn sqlite() -> Self {
        let (folder, url) = sqlite::starter().await;
        Self::on(&url, Some(folder)).await
    }

    /// Starts the service on PostgreSQL, with the starter library. Returns `None` and prints a message if PostgreSQL is
    /// not installed.
    pub async fn postgres() -> Option<Self> {
        let url = postgres::starter().await?;
        Some(Self::on(&url, None).await)
    }

    /// Starts the service on SQLite, with only these documents.
    pub async fn sqlite_with(files: &[library::DocumentFile]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("test.db"));
        fill(&url, files).await;
        Self::on(&url, Some(folder)).await
    }

    /// Starts the service on PostgreSQL, with only these documents. Returns `None` and prints a message if PostgreSQL
    /// is not installed.
    pub async fn postgres_with(files: &[library::DocumentFile]) -> Option<Self> {
        let url = postgres::empty().await?;
        fill(&url, files).await;
        Some(Self::on(&url, None).await)
    }

    /// Starts the service on SQLite, with the starter library and these settings.
    pub async fn sqlite_set(config: Config) -> Self {
        let (folder, url) = sqlite::starter().await;
        Self::set(&url, Some(folder), config).await
    }

    /// Starts the service on an existing database.
    pub async fn at(url: &DatabaseUrl) -> Self {
        Self::on(url, None).await
    }

    async fn on(url: &DatabaseUrl, folder: Option<tempfile::TempDir>) -> Self {
        // Some tests request more than clients may.
        let limits = Limits { cost: u64::MAX, ..Limits::default() };
        Self::set(url, folder, Config { limits, ..Config::default() }).await
    }

    /// Starts the service on an existing database, with these settings.
    pub async fn set(url: &DatabaseUrl, folder: Option<tempfile::TempDir>, config: Config) -> Self {
        Self::serve(url, Store::open(url).await.unwrap(), folder, config).await
    }

    /// Starts the service on an existing database, whose revisions have the times of a clock.
    pub async fn with_clock(url: &DatabaseUrl, clock: Clock) -> Self {
        Self::serve(url, Store::open(url).await.unwrap().with_clock(clock), None, Config::default()).await
    }

    async fn serve(url: &DatabaseUrl, store: Store, folder: Option<tempfile::TempDir>, config: Config) -> Self {
        let application = Application::build(&store, TcpListener::bind("127.0.0.1:0").unwrap(), config).await.unwrap();
        let address = format!("http://{}", application.address());
        let stopping = application.stopping();
        let running = actix_web::rt::spawn(application.run_until_stopped());
        Self { address, url: url.clone(), store, client: reqwest::Client::new(), stopping, running, _folder: folder }
    }

    /// Stops the service, and waits until it has stopped.
    pub async fn stop(self) {
        self.stopping.cancel();
        self.running.await.unwrap().unwrap();
    }

    /// Sends a query. Returns the whole body of the response.
    pub async fn query(&self, query: &str) -> Json {
        self.query_with(query, json!({})).await
    }

    /// Sends a query with variables. Returns the whole body of the response.
    pub async fn query_with(&self, query: &str, variables: Json) -> Json {
        let body = json!({"query": query, "variables": variables});
        let response = self.client.post(format!("{}/graphql", self.address)).json(&body).send().await.unwrap();
        response.json().await.unwrap()
    }

    /// Sends a query. Returns the data; the response must have no errors.
    pub async fn data(&self, query: &str) -> Json {
        let mut response = self.query(query).await;
        assert_eq!(response.get("errors"), None, "{query}");
        response["data"].take()
    }

    /// Returns the number of records of all types.
    pub async fn records(&self) -> u64 {
        let types = "procedures conditions treatmentOutcomes sources evidenceItems biologicalTargets adjuncts outcomeMeasures \
                     devices bodyAreas synonyms";
        let counts = self.data(&format!("{{ library {{ counts {{ {types} }} }} }}")).await;
        counts["library"]["counts"].as_object().unwrap().values().filter_map(Json::as_u64).sum()
    }

    /// Returns every entry of a list at the root with this selection. The list is read page by page.
    pub async fn every(&self, field: &str, selection: &str) -> Vec<Json> {
        let query = format!(
            "query ($after: String) {{ {field}(first: 100, after: $after) {{ nodes {{ {selection} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let (mut entries, mut after) = (Vec::new(), Json::Null);
        loop {
            let mut response = self.query_with(&query, json!({ "after": after })).await;
            assert_eq!(response.get("errors"), None, "{query}");
            let page = &mut response["data"][field];
            entries.append(page["nodes"].as_array_mut().unwrap());
            after = page["pageInfo"]["endCursor"].take();
            if page["pageInfo"]["hasNextPage"] == json!(false) {
                return entries;
            }
        }
    }

    /// Returns the client, for requests that are not GraphQL.
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }
}

/// Returns `{code, message, path}` of each error of a response.
pub fn shown_errors(response: &Json) -> Json {
    let errors = response["errors"].as_array().unwrap_or_else(|| panic!("no error: {response}"));
    let shown =
        |error: &Json| json!({"code": error["extensions"]["code"], "message": error["message"], "path": error["path"]});
    errors.iter().map(shown).collect()
}

/// Returns the slugs of the nodes of a connection.
pub fn slugs(connection: &Json) -> Vec<&str> {
    let nodes = connection["nodes"].as_array().unwrap_or_else(|| panic!("no nodes: {connection}"));
    nodes.iter().map(|node| node["slug"].as_str().unwrap()).collect()
}

/// Creates a PostgreSQL database. Returns `None` and prints a message if PostgreSQL is not installed.
pub async fn empty_postgres() -> Option<DatabaseUrl> {
    postgres::empty().await
}

/// Returns the documents of the starter library.
pub fn starter_documents() -> Vec<library::DocumentFile> {
    let (files, problems) = library::read_files(&[PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/content"))]);
    assert!(problems.is_empty(), "{problems:?}");
    files
}

/// Returns the number of records of a type in the starter library.
pub fn count(type_name: &str) -> usize {
    static COUNTS: LazyLock<BTreeMap<&str, usize>> =
        LazyLock::new(|| library::check(content::catalog(), OffsetDateTime::now_utc, &starter_documents()).documents);
    COUNTS[type_name]
}

/// Publishes documents in the database of a running service.
pub async fn publish(app: &TestApp, files: &[library::DocumentFile]) {
    library::import(content::catalog(), app.store.writer(), files, PublishOptions::default(), &Silent).await.unwrap();
}

async fn fill(url: &DatabaseUrl, files: &[library::DocumentFile]) {
    let store = Store::open(url).await.unwrap();
    library::import(content::catalog(), store.writer(), files, PublishOptions::default(), &Silent).await.unwrap();
    store.close().await;
}

/// Declares a test that runs on both databases.
macro_rules! on_both_databases {
    ($(#[$attribute:meta])* async fn $name:ident($app:ident: &TestApp) $body:block) => {
        mod $name {
            use super::*;

            async fn run_on($app: &TestApp) $body

            #[actix_web::test]
            async fn on_sqlite() {
                run_on(&TestApp::sqlite().await).await;
            }

            #[actix_web::test]
            async fn on_postgres() {
                if let Some(app) = TestApp::postgres().await {
                    run_on(&app).await;
                }
            }
        }
    };
}
pub(crate) use on_both_databases;

/// Returns the account of a client without a budget.
pub fn account() -> Account {
    let client = Client::Address(std::net::Ipv4Addr::LOCALHOST.into());
    Accounts::new(Limiter::new(0, 0), MAX_RESERVED_BYTES).of(client)
}
