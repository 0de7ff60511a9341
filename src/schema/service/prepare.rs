//! Prepares requests: finds, parses and validates the document, and plans the operation. Long work is charged before it
//! is done, and requires a permit.

use std::{convert::Infallible, sync::Arc};

use serde_json::Value as Json;

use super::{Service, Work};
use crate::{
    access::{Account, Author, Role},
    error::{self, GraphqlError},
    graphql::{tree::OperationKind, variables},
    schema::{
        documents::prepared::{Hash, Lookup, Prepared},
        guard,
        operations::{
            introspection,
            operation::{OperationPlan, chosen},
            stopwatch::{milliseconds, timed_work},
        },
        price,
        request::{GraphqlRequest, Refusal},
        root::MAX_CHANGES,
    },
};

/// Maximum length of the variables of a plan that is cached, in bytes of JSON. Longer variables are rarely sent twice.
const MAX_CACHED_VARIABLES: usize = 2048;

/// The key of a plan: hash of the document, name of the operation, and variables as JSON.
pub type PlanKey = (Hash, Option<Arc<str>>, String);

/// A prepared request: its document is valid, its variables have the right types, and its cost is within the limit.
#[derive(Clone)]
pub struct PreparedRequest {
    pub(super) planned: Arc<OperationPlan>,
    pub(super) key: Arc<PlanKey>,
    /// SHA-256 of the document, in hexadecimal digits.
    digits: Arc<str>,
    pub(super) reports_cost: bool,
    pub(super) reports_plan: bool,
    /// The author of its changes; `None` for an anonymous client.
    pub(super) author: Option<Author>,
}

impl PreparedRequest {
    /// Returns the kind of its operation.
    #[must_use]
    pub fn kind(&self) -> OperationKind {
        self.planned.kind
    }

    /// Reports whether the response reports how it was read from the database.
    #[must_use]
    pub fn reports_plan(&self) -> bool {
        self.reports_plan
    }

    /// Reports whether the client has requested the cost.
    #[must_use]
    pub fn reports_cost(&self) -> bool {
        self.reports_cost
    }

    /// Returns the name of its operation; `None` if it has none.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.key.1.as_deref()
    }

    /// Returns the SHA-256 of its document in hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.digits
    }

    /// Returns the name of its operation and the hash of its document, as values that can outlive the request.
    #[must_use]
    pub fn labels(&self) -> (Option<Arc<str>>, Arc<str>) {
        (self.key.1.clone(), Arc::clone(&self.digits))
    }

    /// Returns its maximum cost.
    #[must_use]
    pub fn cost(&self) -> u64 {
        self.planned.at_most
    }

    /// Reports whether it uses introspection.
    #[must_use]
    pub fn introspects(&self) -> bool {
        self.planned.introspection() > 0
    }

    /// Returns the role that its operation requires; `None` if the role for reading is sufficient.
    #[must_use]
    pub fn required_role(&self) -> Option<Role> {
        self.planned.required_role()
    }

    /// Returns the request with the author of its changes.
    #[must_use]
    pub fn by(self, author: Option<Author>) -> Self {
        Self { author, ..self }
    }

    /// Reports whether its plan is cached.
    pub(super) fn is_plan_cached(&self) -> bool {
        is_plan_cached(&self.key, &self.planned)
    }
}

/// Reports whether a plan is cached. The plan of a mutation is not, because it may contain a whole content document.
fn is_plan_cached((_, _, variables): &PlanKey, planned: &OperationPlan) -> bool {
    variables.len() <= MAX_CACHED_VARIABLES && planned.kind != OperationKind::Mutation
}

impl Service {
    /// Validates and plans a request. Work for a document or a plan that is not in the cache is charged to the account; the
    /// cost of the operation is not.
    ///
    /// # Errors
    /// If the request is invalid or refused, or the budget is too small for preparing it.
    pub async fn prepare(&self, request: GraphqlRequest, account: &Account) -> Result<PreparedRequest, Refusal> {
        let refused = |error| Refusal::request(vec![error]);
        let (found, request) = self.find(request, account).await?;
        let prepared = match found {
            Lookup::Prepared(prepared) => prepared,
            Lookup::New(text, hash) => self.prepare_document(text, hash, account).await?,
        };
        let name = request.operation_name.as_deref();
        let name = chosen(&prepared.document, name).map_err(refused)?.name.as_deref();
        let variables = serde_json::to_string(&request.variables).unwrap_or_default();
        let key = Arc::new((prepared.hash, name.map(Arc::from), variables));
        let digits = Arc::clone(&prepared.digits);
        let (reports_cost, reports_plan) = (request.reports_cost, request.reports_plan);
        let ready = |planned| {
            let (key, digits) = (Arc::clone(&key), Arc::clone(&digits));
            PreparedRequest { planned, key, digits, reports_cost, reports_plan, author: None }
        };
        if let Some(planned) = self.0.plans.get(&*key) {
            return Ok(ready(planned));
        }
        let price = price::of_plan(prepared.size, key.2.len(), request.variables.values().map(values_in).sum());
        pay(account, price)?;
        let (dialect, statistics) = (self.0.store.dialect(), self.statistics().await);
        let plan = {
            let (key, variables, span) = (Arc::clone(&key), request.variables, tracing::info_span!("prepare"));
            move || {
                let _entered = span.enter();
                let operation = chosen(&prepared.document, key.1.as_deref())?;
                let variables = variables::coerce(&prepared.document, operation, &variables).map_err(error::of_variable)?;
                Ok(Arc::new(OperationPlan::new(&prepared, operation, variables, dialect, &statistics)))
            }
        };
        let plan = move || timed_work(plan);
        let (planned, taken) =
            if price < price::PERMIT_THRESHOLD { plan() } else { self.in_pool(Work::Preparing, account, plan).await? };
        // The price was an estimate.
        account.settle(milliseconds(taken).saturating_sub(price));
        let planned = planned.map_err(refused)?;
        self.check_cost(&planned).map_err(refused)?;
        if !is_plan_cached(&key, &planned) {
            return Ok(ready(planned));
        }
        // Concurrent requests may each create the plan. All of them continue with the one that was cached first, so they
        // share its response.
        let Ok(planned) = self.0.plans.get_or_insert_with(&key, || Ok::<_, Infallible>(planned));
        Ok(ready(planned))
    }

    /// Finds the document of a request. Hashing a long text requires a permit.
    async fn find(&self, mut request: GraphqlRequest, account: &Account) -> Result<(Lookup, GraphqlRequest), Refusal> {
        /// Maximum length of a text that is hashed on the serving thread, in bytes. Hashing it takes 50 microseconds.
        const SHORT: usize = 16 * 1024;
        let text = request.document.as_deref().unwrap_or_default();
        guard::text::check_length(text).map_err(|refused| Refusal::request(vec![error::of_size(refused)]))?;
        if text.len() <= SHORT {
            return Ok((self.0.documents.find(&mut request)?, request));
        }
        let service = self.clone();
        let work = move || Ok((service.0.documents.find(&mut request)?, request));
        self.in_pool(Work::Preparing, account, work).await?
    }

    /// Prepares a new document. A permit is always required, because many small documents take as long as a large one. The
    /// client is charged for the length of the document before it is measured, and for its tokens before it is parsed.
    async fn prepare_document(&self, text: String, hash: Hash, account: &Account) -> Result<Arc<Prepared>, Refusal> {
        pay(account, price::of_text(text.len()))?;
        let (span, client_account) = (tracing::info_span!("prepare"), account.clone());
        let pay_tokens = move |tokens| pay(&client_account, price::of_tokens(tokens));
        let work = move || span.in_scope(|| Prepared::new(&text, hash, pay_tokens));
        let prepared = Arc::new(self.in_pool(Work::Preparing, account, work).await??);
        self.0.documents.insert(&prepared);
        Ok(prepared)
    }

    fn check_cost(&self, planned: &OperationPlan) -> Result<(), GraphqlError> {
        if planned.is_too_large() {
            return Err(error::of_plan_size());
        }
        let introspection = planned.introspection();
        if introspection > introspection::MAX_POINTS {
            return Err(error::of_cost(introspection, introspection::MAX_POINTS));
        }
        if planned.changes() > MAX_CHANGES {
            return Err(error::of_changes(planned.changes(), MAX_CHANGES));
        }
        // Introspection has a limit of its own, so it works whatever limit the operator sets.
        let rest = planned.at_most.saturating_sub(introspection);
        if rest > self.0.limits.cost { Err(error::of_cost(rest, self.0.limits.cost)) } else { Ok(()) }
    }
}

/// Counts the values in a JSON value, including itself.
fn values_in(json: &Json) -> u64 {
    1 + match json {
        Json::Array(entries) => entries.iter().map(values_in).sum(),
        Json::Object(fields) => fields.values().map(values_in).sum(),
        _ => 0,
    }
}

/// Charges for work before it is done; small work is free.
fn pay(account: &Account, points: u64) -> Result<(), Refusal> {
    if points == 0 {
        return Ok(());
    }
    account.charge(points).map(drop).map_err(Refusal::limited)
}
