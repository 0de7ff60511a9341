//! PostgreSQL databases for tests: one temporary cluster per run, one database per test.

use std::cell::RefCell;

use dermagraph::store::DatabaseUrl;
use tokio::sync::OnceCell;

pub use super::cluster::start;
use super::cluster::{self, Cluster, EMPTY, TemporaryDatabase};

/// Name of the database that is copied for tests with the starter library.
const TEMPLATE: &str = "starter";

/// Creates a database with the starter library. Returns its URL; `None` if PostgreSQL is not installed.
pub async fn starter() -> Option<DatabaseUrl> {
    static FILLED: OnceCell<()> = OnceCell::const_new();
    let cluster = cluster::shared().await?;
    FILLED
        .get_or_init(|| async {
            cluster.create(TEMPLATE, EMPTY).await;
            super::fill(&url(cluster, TEMPLATE), &super::starter_documents()).await;
        })
        .await;
    Some(new(cluster, TEMPLATE).await)
}

/// Imports the starter library into a database of this server. Returns its URL.
pub async fn starter_in(cluster: &Cluster) -> DatabaseUrl {
    let url = url(cluster, "postgres");
    super::fill(&url, &super::starter_documents()).await;
    url
}

/// Creates an empty database. Returns its URL; `None` if PostgreSQL is not installed.
pub async fn empty() -> Option<DatabaseUrl> {
    let cluster = cluster::shared().await?;
    Some(new(cluster, EMPTY).await)
}

/// Creates a database. It is not used any more when the thread of the test ends.
async fn new(cluster: &Cluster, template: &str) -> DatabaseUrl {
    thread_local! { static CREATED: RefCell<Vec<TemporaryDatabase>> = const { RefCell::new(Vec::new()) }; }
    let database = cluster.temporary(template).await;
    let url = database.url.parse().unwrap();
    CREATED.with_borrow_mut(|created| created.push(database));
    url
}

fn url(cluster: &Cluster, name: &str) -> DatabaseUrl {
    cluster.url(name).parse().unwrap()
}
