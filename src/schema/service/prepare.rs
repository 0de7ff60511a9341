//! Prepares requests: everything that can be done without the database. What takes long is paid first, and takes a turn.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{Service, Work};
use crate::{
    access::Account,
    error::{self, GraphqlError},
    graphql::{tree::OperationKind, variables},
    schema::{
        documents::{Lookup, Hash, Prepared},
        guard, introspection,
        operation::{OperationPlan, chosen},
        price,
        request::{GraphqlRequest, Refusal},
    },
};

/// Longest variables, in bytes of JSON, whose plan is kept. Longer ones hardly come again.
const MAX_KEPT_VARIABLES: usize = 2048;

/// The same document, operation and variables have the same plan.
pub type PlanKey = (Hash, Option<Arc<str>>, String);

/// A request that may be run: its document is valid, its variables fit, and its cost is within the limit.
#[derive(Clone)]
pub struct Ready {
    pub(super) planned: Arc<OperationPlan>,
    pub(super) key: Arc<PlanKey>,
    /// SHA-256 of the document, in hexadecimal digits.
    digits: Arc<str>,
    pub(super) tells_cost: bool,
}

impl Ready {
    /// What kind of operation it is.
    #[must_use]
    pub fn kind(&self) -> OperationKind {
        self.planned.kind
    }

    /// The operation's name; `None` when it has none.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.key.1.as_deref()
    }

    /// SHA-256 of the document, in hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.digits
    }

    /// Name and hash, to be kept.
    #[must_use]
    pub fn labels(&self) -> (Option<Arc<str>>, Arc<str>) {
        (self.key.1.clone(), Arc::clone(&self.digits))
    }

    /// What it costs at most.
    #[must_use]
    pub fn cost(&self) -> u64 {
        self.planned.at_most
    }

    /// Whether it asks for the schema itself.
    #[must_use]
    pub fn introspects(&self) -> bool {
        self.planned.introspection() > 0
    }

    /// Whether the plan is kept, and may come again.
    pub(super) fn comes_again(&self) -> bool {
        comes_again(&self.key)
    }
}

/// Whether a plan is kept.
fn comes_again((_, _, variables): &PlanKey) -> bool {
    variables.len() <= MAX_KEPT_VARIABLES
}

impl Service {
    /// Checks a request as far as that goes without running it. Reading, validating and planning what was not seen before is charged to the
    /// account; the cost of the operation itself is not.
    ///
    /// # Errors
    /// When it is not to be run, or the budget does not suffice for preparing it.
    pub async fn prepare(&self, request: GraphqlRequest, account: &Account) -> Result<Ready, Refusal> {
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
        let (digits, tells_cost) = (Arc::clone(&prepared.digits), request.tells_cost);
        if let Some(planned) = self.0.plans.get(&*key) {
            return Ok(Ready { planned, key, digits, tells_cost });
        }
        let price = price::of_plan(prepared.size, key.2.len(), request.variables.values().map(values_in).sum());
        pay(account, price)?;
        let statistics = self.statistics().await;
        let plan = {
            let (key, variables, span) = (Arc::clone(&key), request.variables, tracing::info_span!("prepare"));
            move || {
                let _entered = span.enter();
                let operation = chosen(&prepared.document, key.1.as_deref())?;
                let variables = variables::coerce(&prepared.document, operation, &variables).map_err(error::of_variable)?;
                Ok(Arc::new(OperationPlan::new(&prepared, operation, variables, &statistics)))
            }
        };
        let planned = if price < price::PERMIT { plan() } else { self.in_pool(Work::Preparing, account, plan).await? };
        let planned = planned.map_err(refused)?;
        self.affordable(&planned).map_err(refused)?;
        if !comes_again(&key) {
            return Ok(Ready { planned, key, digits, tells_cost });
        }
        // Requests that come together plan together; all of them go on with one plan, so that they share its response.
        let planned = self.0.plans.get(&*key).unwrap_or_else(|| {
            self.0.plans.insert(Arc::clone(&key), Arc::clone(&planned));
            planned
        });
        Ok(Ready { planned, key, digits, tells_cost })
    }

    /// Finds the document of a request. The hash of a long text is made in a turn.
    async fn find(&self, mut request: GraphqlRequest, account: &Account) -> Result<(Found, GraphqlRequest), Refusal> {
        /// Longest text, in bytes, that is hashed at once: that takes 50 microseconds.
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

    /// Prepares a document that is not known yet, in a turn: many small ones take as long as a large one. It is paid for by its length before it
    /// is measured, and by its tokens before it is parsed.
    async fn prepare_document(&self, text: String, hash: Hash, account: &Account) -> Result<Arc<Prepared>, Refusal> {
        pay(account, price::of_text(text.len()))?;
        let (span, payer) = (tracing::info_span!("prepare"), account.clone());
        let pay_tokens = move |tokens| pay(&payer, price::of_tokens(tokens));
        let work = move || span.in_scope(|| Prepared::new(&text, hash, pay_tokens));
        let prepared = Arc::new(self.in_pool(Work::Preparing, account, work).await??);
        self.0.documents.insert(&prepared);
        Ok(prepared)
    }

    fn affordable(&self, planned: &OperationPlan) -> Result<(), GraphqlError> {
        let introspection = planned.introspection();
        if introspection > introspection::MAX_POINTS {
            return Err(error::of_cost(introspection, introspection::MAX_POINTS));
        }
        // Whatever the limit, the schema can be asked for.
        let rest = planned.at_most.saturating_sub(introspection);
        if rest > self.0.limits.cost { Err(error::of_cost(rest, self.0.limits.cost)) } else { Ok(()) }
    }
}

/// How many values a JSON value holds, itself included.
fn values_in(json: &Json) -> u64 {
    1 + match json {
        Json::Array(entries) => entries.iter().map(values_in).sum(),
        Json::Object(fields) => fields.values().map(values_in).sum(),
        _ => 0,
    }
}

/// Pays for work that is about to be done; small work is free.
fn pay(account: &Account, points: u64) -> Result<(), Refusal> {
    if points == 0 {
        return Ok(());
    }
    account.charge(points).map(drop).map_err(Refusal::limited)
}
