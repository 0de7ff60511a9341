//! What the root fields of one request share: a snapshot of the database, and the answers of the engine.

use std::collections::HashMap;

use async_graphql::Context;
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use crate::{
    content,
    engine::{planner::Planner, problem::EngineError, root::RootField, selection::Operation},
    error,
    store::{Snapshot, Store, StoreError},
};

/// The state of one request.
#[derive(Default)]
pub struct RequestScope {
    snapshot: Mutex<Option<Snapshot>>,
    answers: OnceCell<Mutex<HashMap<String, String>>>,
}

/// The snapshot of a request, held by one root field at a time.
pub struct Held<'a>(MutexGuard<'a, Option<Snapshot>>);

impl Held<'_> {
    /// The snapshot.
    pub fn snapshot(&mut self) -> Result<&mut Snapshot, StoreError> {
        self.0.as_mut().ok_or(StoreError::Closed)
    }
}

impl RequestScope {
    /// The snapshot that everything in this request is read from.
    pub async fn hold(&self, store: &Store) -> Result<Held<'_>, StoreError> {
        let mut snapshot = self.snapshot.lock().await;
        if snapshot.is_none() {
            *snapshot = Some(store.snapshot().await?);
        }
        Ok(Held(snapshot))
    }

    /// True when a root field has been asked for: the request was valid.
    pub fn is_executed(&self) -> bool {
        self.answers.initialized()
    }

    /// How many statements have been run.
    pub async fn statements(&self) -> usize {
        self.snapshot.lock().await.as_ref().map_or(0, Snapshot::statements)
    }

    /// The answer of the engine under a response key, as JSON; `None` when there is none or it is taken already.
    ///
    /// The first call plans and reads all root fields of the operation, so that fields of one response key are merged and
    /// everything is read in one go.
    pub async fn take_answer(&self, ctx: &Context<'_>, key: &str) -> Option<String> {
        let answers = self.answers.get_or_init(|| async { Mutex::new(self.answer_all(ctx).await) }).await;
        answers.lock().await.remove(key)
    }

    async fn answer_all(&self, ctx: &Context<'_>) -> HashMap<String, String> {
        let catalog = content::catalog();
        let operation = Operation { fragments: &ctx.query_env.fragments, variables: &ctx.query_env.variables };
        let mut planner = Planner { catalog, operation, path: Vec::new(), errors: Vec::new() };
        let mut plans = Vec::new();
        for selected in
            operation.collect(&[&ctx.query_env.operation.node.selection_set.node], |name| name == super::query::NAME)
        {
            if let Some(field) = RootField::named(catalog, selected.name) {
                plans.push((selected.key, selected.field.name.pos, field.plan(&mut planner, &selected)));
            }
        }
        for mistake in planner.errors {
            ctx.add_error(error::of_field(mistake));
        }
        let store = ctx.data_unchecked::<Store>();
        let mut answers = HashMap::new();
        for (key, position, plan) in plans {
            let answer = async {
                let mut held = self.hold(store).await?;
                plan.answer(held.snapshot()?, store.dialect()).await
            };
            let answer: Result<String, EngineError> = answer.await;
            match answer {
                Ok(json) => _ = answers.insert(key.to_owned(), json),
                Err(failure) => ctx.add_error(error::internal(&failure, position, vec![key.to_owned()])),
            }
        }
        answers
    }
}
