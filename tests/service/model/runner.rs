//! Tests a property on a database, with many generated cases.

use std::sync::atomic::{AtomicU64, Ordering};

use dermagraph::{content, library::reindex};
use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestCaseError, TestCaseResult, TestError, TestRunner},
};
use serde_json::{Value as Json, json};

use super::{insert::insert, library::Library};
use crate::support::TestApp;

/// A database.
#[derive(Clone, Copy, Debug)]
pub enum On {
    Sqlite,
    Postgres,
}

/// The service with a generated library.
pub struct Generated<'a> {
    pub app: &'a TestApp,
    pub library: &'a Library,
}

/// Tests a property on a database. `cases` is the number of cases unless `PROPTEST_CASES` sets another one.
pub fn hold<S: Strategy>(
    on: On,
    source: &'static str,
    cases: u32,
    strategy: &S,
    check: &impl AsyncFn(&TestApp, &S::Value) -> TestCaseResult,
) {
    let system = actix_web::rt::System::new();
    let Some(app) = system.block_on(start(on)) else { return };
    run(&format!("{on:?}"), source, cases, strategy, |case| system.block_on(check(&app, &case)));
}

/// Tests a property on SQLite and PostgreSQL together.
pub fn hold_on_both<S: Strategy>(
    source: &'static str,
    cases: u32,
    strategy: &S,
    check: &impl AsyncFn(&TestApp, &TestApp, &S::Value) -> TestCaseResult,
) {
    let system = actix_web::rt::System::new();
    let apps = system.block_on(async { (start(On::Sqlite).await, start(On::Postgres).await) });
    let (Some(sqlite), Some(postgres)) = apps else { return };
    run("both databases", source, cases, strategy, |case| system.block_on(check(&sqlite, &postgres, &case)));
}

/// Starts the service on an empty database; `None` if PostgreSQL is not installed.
async fn start(on: On) -> Option<TestApp> {
    match on {
        On::Sqlite => Some(TestApp::sqlite_with(&[]).await),
        On::Postgres => TestApp::postgres_with(&[]).await,
    }
}

fn run<S: Strategy>(on: &str, source: &'static str, cases: u32, strategy: &S, check: impl Fn(S::Value) -> TestCaseResult) {
    let configured = std::env::var("PROPTEST_CASES").ok().map(|cases| cases.parse().expect("PROPTEST_CASES is a number"));
    let config = Config {
        cases: configured.unwrap_or(cases),
        source_file: Some(source),
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    match TestRunner::new(config).run(strategy, check) {
        Ok(()) => {}
        Err(TestError::Fail(reason, _) | TestError::Abort(reason)) => panic!("on {on}: {reason}"),
    }
}

impl<'a> Generated<'a> {
    /// Replaces the content of the database and the search index by a library.
    pub async fn insert(app: &'a TestApp, library: &'a Library) -> Self {
        static REVISION: AtomicU64 = AtomicU64::new(1);
        insert(&app.store, library, REVISION.fetch_add(1, Ordering::Relaxed)).await;
        reindex(content::catalog(), app.store.writer()).await.unwrap();
        Self { app, library }
    }

    /// Sends a query. Returns the data; an error in the response fails the property.
    pub async fn data(&self, query: &str) -> Result<Json, TestCaseError> {
        let mut response = self.app.query(query).await;
        match response.get("errors") {
            None => Ok(response["data"].take()),
            Some(errors) => Err(self.failure(query, "no errors", &errors.to_string())),
        }
    }

    /// Sends a query. Returns the text of the response; an error in it fails the property.
    pub async fn text(&self, query: &str) -> Result<String, TestCaseError> {
        let request = self.app.client().post(format!("{}/graphql", self.app.address)).json(&json!({"query": query}));
        let text = request.send().await.unwrap().text().await.unwrap();
        let response: Json = serde_json::from_str(&text).unwrap();
        if response.get("errors").is_none() { Ok(text) } else { Err(self.failure(query, "no errors", &text)) }
    }

    /// Sends a query, and compares the data with the result of the model.
    pub async fn expect(&self, query: &str, expected: &Json) -> TestCaseResult {
        let found = self.data(query).await?;
        if found == *expected {
            return Ok(());
        }
        Err(self.failure(query, &expected.to_string(), &found.to_string()))
    }

    /// Returns a failure with the query, both results and the library.
    pub fn failure(&self, query: &str, expected: &str, found: &str) -> TestCaseError {
        TestCaseError::fail(format!("\nasked: {query}\n\nmodel: {expected}\n\nfound: {found}\n\nlibrary:\n{}", self.library))
    }
}

/// Declares the tests of one property, on both databases.
macro_rules! property {
    ($name:ident, $cases:expr, $strategy:expr, $check:expr) => {
        mod $name {
            use super::*;
            use crate::model::runner::{On, hold};

            #[test]
            fn on_sqlite() {
                hold(On::Sqlite, file!(), $cases, &$strategy, &$check);
            }

            #[test]
            fn on_postgres() {
                hold(On::Postgres, file!(), $cases, &$strategy, &$check);
            }
        }
    };
}
pub(super) use property;
