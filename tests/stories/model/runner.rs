//! Tests a property on a database, with many generated cases.

use std::sync::atomic::{AtomicU64, Ordering};

use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestCaseError, TestCaseResult, TestError, TestRunner},
};
use serde_json::Value as Json;

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
    let app = system.block_on(async {
        match on {
            On::Sqlite => Some(TestApp::sqlite_with(&[]).await),
            On::Postgres => TestApp::postgres_with(&[]).await,
        }
    });
    let Some(app) = app else { return };
    let asked = std::env::var("PROPTEST_CASES").ok().map(|cases| cases.parse().expect("PROPTEST_CASES is a number"));
    let config =
        Config { cases: asked.unwrap_or(cases), source_file: Some(source), max_shrink_iters: 2_000, ..Config::default() };
    let held = TestRunner::new(config).run(strategy, |case| system.block_on(check(&app, &case)));
    match held {
        Ok(()) => {}
        Err(TestError::Fail(reason, _) | TestError::Abort(reason)) => panic!("on {on:?}: {reason}"),
    }
}

impl<'a> Generated<'a> {
    /// Replaces the content of the database by a library.
    pub async fn insert(app: &'a TestApp, library: &'a Library) -> Self {
        static REVISION: AtomicU64 = AtomicU64::new(1);
        insert(&app.store, library, REVISION.fetch_add(1, Ordering::Relaxed)).await;
        Self { app, library }
    }

    /// Sends a query. Returns the data; an error in the response fails the property.
    pub async fn data(&self, query: &str) -> Result<Json, TestCaseError> {
        let mut response = self.app.ask(query).await;
        match response.get("errors") {
            None => Ok(response["data"].take()),
            Some(errors) => Err(self.failure(query, "no errors", &errors.to_string())),
        }
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
