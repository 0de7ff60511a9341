//! What every test needs: the service on a database of its own with the starter library, and a client.

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
    store::{DatabaseUrl, Store},
};
use serde_json::{Value as Json, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The service, running, with a client.
pub struct TestApp {
    /// Where it listens.
    pub address: String,
    /// Its database.
    pub url: DatabaseUrl,
    /// Its store, for looking behind the curtain.
    pub store: Store,
    /// Stops the service when it is cancelled.
    pub stopping: CancellationToken,
    running: JoinHandle<std::io::Result<()>>,
    client: reqwest::Client,
    /// What must stay as long as the service: the folder of its database.
    _kept: Option<tempfile::TempDir>,
}

impl TestApp {
    /// On SQLite, with the starter library.
    pub async fn sqlite() -> Self {
        let (folder, url) = sqlite::starter().await;
        Self::on(&url, Some(folder)).await
    }

    /// On PostgreSQL, with the starter library; `None`, loudly, where no PostgreSQL is installed.
    pub async fn postgres() -> Option<Self> {
        let url = postgres::starter().await?;
        Some(Self::on(&url, None).await)
    }

    /// On SQLite, with these documents and nothing else.
    pub async fn sqlite_with(files: &[library::DocumentFile]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("test.db"));
        fill(&url, files).await;
        Self::on(&url, Some(folder)).await
    }

    /// On PostgreSQL, with these documents and nothing else; `None`, loudly, where no PostgreSQL is installed.
    pub async fn postgres_with(files: &[library::DocumentFile]) -> Option<Self> {
        let url = postgres::empty().await?;
        fill(&url, files).await;
        Some(Self::on(&url, None).await)
    }

    /// On SQLite, with the starter library and other settings.
    pub async fn sqlite_set(config: Config) -> Self {
        let (folder, url) = sqlite::starter().await;
        Self::set(&url, Some(folder), config).await
    }

    /// On a database as it is.
    pub async fn at(url: &DatabaseUrl) -> Self {
        Self::on(url, None).await
    }

    async fn on(url: &DatabaseUrl, kept: Option<tempfile::TempDir>) -> Self {
        // Some stories ask for more than clients may.
        let limits = Limits { cost: u64::MAX, ..Limits::default() };
        Self::set(url, kept, Config { limits, ..Config::default() }).await
    }

    /// On a database as it is, with other settings.
    pub async fn set(url: &DatabaseUrl, kept: Option<tempfile::TempDir>, config: Config) -> Self {
        let store = Store::open(url).await.unwrap();
        let application = Application::build(&store, TcpListener::bind("127.0.0.1:0").unwrap(), config).await.unwrap();
        let address = format!("http://{}", application.address());
        let stopping = application.stopping();
        let running = actix_web::rt::spawn(application.run_until_stopped());
        Self { address, url: url.clone(), store, client: reqwest::Client::new(), stopping, running, _kept: kept }
    }

    /// Stops the service, and waits until it has.
    pub async fn stop(self) {
        self.stopping.cancel();
        self.running.await.unwrap().unwrap();
    }

    /// Asks, and gives the whole response body.
    pub async fn ask(&self, query: &str) -> Json {
        self.ask_with(query, json!({})).await
    }

    /// Asks with variables, and gives the whole response body.
    pub async fn ask_with(&self, query: &str, variables: Json) -> Json {
        let body = json!({"query": query, "variables": variables});
        let response = self.client.post(format!("{}/graphql", self.address)).json(&body).send().await.unwrap();
        response.json().await.unwrap()
    }

    /// Asks, and gives the data; there must be no error.
    pub async fn data(&self, query: &str) -> Json {
        let mut response = self.ask(query).await;
        assert_eq!(response.get("errors"), None, "{query}");
        response["data"].take()
    }

    /// Returns the number of records of all types.
    pub async fn records(&self) -> u64 {
        let types = "procedures conditions treatmentOutcomes sources evidenceItems biologicalTargets adjuncts outcomeMeasures \
                     devices bodyAreas";
        let counts = self.data(&format!("{{ library {{ counts {{ {types} }} }} }}")).await;
        counts["library"]["counts"].as_object().unwrap().values().filter_map(Json::as_u64).sum()
    }

    /// Every entry of a list at the root, page by page, each with this selection.
    pub async fn every(&self, field: &str, selection: &str) -> Vec<Json> {
        let query = format!(
            "query ($after: String) {{ {field}(first: 100, after: $after) {{ nodes {{ {selection} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let (mut entries, mut after) = (Vec::new(), Json::Null);
        loop {
            let mut response = self.ask_with(&query, json!({ "after": after })).await;
            assert_eq!(response.get("errors"), None, "{query}");
            let page = &mut response["data"][field];
            entries.append(page["nodes"].as_array_mut().unwrap());
            after = page["pageInfo"]["endCursor"].take();
            if page["pageInfo"]["hasNextPage"] == json!(false) {
                return entries;
            }
        }
    }

    /// The client, for requests that are not GraphQL.
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }
}

/// `{code, message, path}` of each error of a response.
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

/// A new PostgreSQL database; `None`, loudly, where no PostgreSQL is installed.
pub async fn empty_postgres() -> Option<DatabaseUrl> {
    postgres::empty().await
}

/// The starter library of the project.
pub fn starter_documents() -> Vec<library::DocumentFile> {
    let (files, problems) = library::read_files(&[PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/content"))]);
    assert!(problems.is_empty(), "{problems:?}");
    files
}

/// The number of records of a type in the starter library.
pub fn count(type_name: &str) -> usize {
    static COUNTS: LazyLock<BTreeMap<&str, usize>> =
        LazyLock::new(|| library::check(content::catalog(), &starter_documents()).documents);
    COUNTS[type_name]
}

/// Publishes documents in the database of a service that runs.
pub async fn publish(app: &TestApp, files: &[library::DocumentFile]) {
    library::import(content::catalog(), app.store.writer(), files, PublishOptions::default(), &Silent).await.unwrap();
}

async fn fill(url: &DatabaseUrl, files: &[library::DocumentFile]) {
    let store = Store::open(url).await.unwrap();
    library::import(content::catalog(), store.writer(), files, PublishOptions::default(), &Silent).await.unwrap();
    store.close().await;
}

/// Tells one story on both databases.
macro_rules! story {
    ($(#[$attribute:meta])* async fn $name:ident($app:ident: &TestApp) $body:block) => {
        mod $name {
            use super::*;

            async fn tell($app: &TestApp) $body

            #[actix_web::test]
            async fn on_sqlite() {
                tell(&TestApp::sqlite().await).await;
            }

            #[actix_web::test]
            async fn on_postgres() {
                if let Some(app) = TestApp::postgres().await {
                    tell(&app).await;
                }
            }
        }
    };
}
pub(crate) use story;

/// The account of a client without a budget.
pub fn account() -> Account {
    let client = Client::Address(std::net::Ipv4Addr::LOCALHOST.into());
    Accounts::new(Limiter::new(0, 0), MAX_RESERVED_BYTES).of(client)
}
