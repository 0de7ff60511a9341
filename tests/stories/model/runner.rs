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

/// Holds a property. `cases` is how many are tried where `PROPTEST_CASES` does not say.
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
    /// Puts the library in the database.
    pub async fn insert(app: &'a TestApp, library: &'a Library) -> Self {
        static REVISION: AtomicU64 = AtomicU64::new(1);
        insert(&app.store, library, REVISION.fetch_add(1, Ordering::Relaxed)).await;
        Self { app, library }
    }

    /// Asks, and gives the data; errors fail the property.
    pub async fn data(&self, query: &str) -> Result<Json, TestCaseError> {
        let mut response = self.app.ask(query).await;
        match response.get("errors") {
            None => Ok(response["data"].take()),
            Some(errors) => Err(self.failure(query, "no errors", &errors.to_string())),
        }
    }

    /// Asks, and compares the data with what the model says.
    pub async fn expect(&self, query: &str, expected: &Json) -> TestCaseResult {
        let found = self.data(query).await?;
        if found == *expected {
            return Ok(());
        }
        Err(self.failure(query, &expected.to_string(), &found.to_string()))
    }

    /// A failure, with everything that is needed to understand it.
    pub fn failure(&self, query: &str, expected: &str, found: &str) -> TestCaseError {
        TestCaseError::fail(format!("\nasked: {query}\n\nmodel: {expected}\n\nfound: {found}\n\nlibrary:\n{}", self.library))
    }
}

/// Holds one property on both databases.
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
