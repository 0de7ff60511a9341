//! What the root fields of one request share: a snapshot of the database, and the answers of the engine.

use std::collections::HashMap;

use async_graphql::{Context, ServerResult, parser::types::SelectionSet};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use super::library;
use crate::{
    content,
    engine::{
        plan::RootPlan, planner::Planner, problem::EngineError, root::RootField, selection::Operation, write::MAX_ANSWER,
    },
    error,
    store::{Snapshot, Store, StoreError},
};

/// The state of one request.
#[derive(Default)]
pub struct RequestScope {
    snapshot: Mutex<Option<Snapshot>>,
    answers: OnceCell<Mutex<Answers>>,
}

/// JSON by response key, or why there is none.
type Answers = HashMap<String, ServerResult<String>>;

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

    /// The answer under a response key, as JSON; `None` when it is null or taken already.
    ///
    /// The first call plans and reads all root fields of the operation, so that fields of one response key are merged and
    /// everything is read in one go.
    ///
    /// # Errors
    /// When a field failed that must not be null.
    pub async fn take_answer(&self, ctx: &Context<'_>, key: &str) -> ServerResult<Option<String>> {
        let answers = self.answers.get_or_init(|| async { Mutex::new(self.answer_all(ctx).await) }).await;
        answers.lock().await.remove(key).transpose()
    }

    async fn answer_all(&self, ctx: &Context<'_>) -> Answers {
        let catalog = content::catalog();
        let operation = Operation { fragments: &ctx.query_env.fragments, variables: &ctx.query_env.variables };
        let mut planner = Planner { catalog, operation, path: Vec::new(), errors: Vec::new() };
        let mut plans = Vec::new();
        let root = [&ctx.query_env.operation.node.selection_set.node];
        for selected in planner.collect(&root, |name| name == super::query::NAME).unwrap_or_default() {
            if let Some(field) = RootField::named(catalog, selected.name) {
                plans.push((selected.key, selected.field.name.pos, Planned::Engine(field.plan(&mut planner, &selected))));
            } else if selected.name == library::FIELD {
                plans.push((selected.key, selected.field.name.pos, Planned::Library(selected.sets)));
            }
        }
        for mistake in planner.errors {
            ctx.add_error(error::of_field(mistake));
        }
        let store = ctx.data_unchecked::<Store>();
        let mut answers = HashMap::new();
        let mut budget = MAX_ANSWER;
        for (key, position, plan) in plans {
            let answer = async {
                let mut held = self.hold(store).await?;
                match &plan {
                    Planned::Engine(plan) => plan.answer(held.snapshot()?, store.dialect(), budget).await,
                    Planned::Library(sets) => library::answer(held.snapshot()?, store.dialect(), operation, sets).await,
                }
            };
            let answer: Result<String, EngineError> = answer.await;
            budget = budget.saturating_sub(answer.as_ref().map_or(0, String::len));
            let answer = answer.map_err(|failure| error::of_failure(&failure, position, vec![key.to_owned()]));
            match (answer, plan) {
                (Err(failure), Planned::Engine(_)) => ctx.add_error(failure),
                (answer, _) => _ = answers.insert(key.to_owned(), answer),
            }
        }
        answers
    }
}

/// A root field that can be answered.
#[expect(clippy::large_enum_variant, reason = "an operation has few of them, and nearly all are the large one")]
enum Planned<'q> {
    /// By the engine. It is null when it fails.
    Engine(RootPlan),
    /// `library`, which must not be null, with its selection sets.
    Library(Vec<&'q SelectionSet>),
}
