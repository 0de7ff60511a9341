//! What a socket needs from the rest of the service.

use std::sync::Arc;

use actix_web::http::StatusCode;
use futures_util::{FutureExt as _, future::BoxFuture};

use super::message::{self, ReadMessage};
use crate::{
    access::{AccessProblem, Account, Reservation},
    error,
    http::{
        client::UnverifiedClient,
        gate::{AdmittedClient, Gate, ReadCharge},
        response::{AnyRefusal, HttpRefusal},
    },
    schema::{GraphqlRequest, OperationResponses, Refusal},
};

/// Admits the clients of sockets and runs their operations. It is a trait so that sockets can be tested without a database.
pub trait Backend: Send + Sync {
    /// Admits a client. A socket calls this after `connection_init` and again before each operation.
    ///
    /// # Errors
    /// Returns why the client may not send requests. If its budget is empty too, this is not reported. If its credentials
    /// cannot be verified at the moment, the problem is temporary.
    fn admit<'a>(&'a self, client: &'a UnverifiedClient) -> BoxFuture<'a, Result<AdmittedClient, AccessProblem>>;

    /// Charges a handshake before its client is admitted. If the head of the handshake has valid credentials, their account
    /// is charged; otherwise the account of the client's address.
    ///
    /// # Errors
    /// Returns a refusal if the budget is empty.
    fn charge<'a>(&'a self, client: &'a UnverifiedClient) -> BoxFuture<'a, Result<Account, HttpRefusal>>;

    /// Counts a refusal by its code.
    fn count_refusal(&self, code: &str);

    /// Counts a socket that the service closes, by the code of the close frame.
    fn count_close(&self, code: u16);

    /// Reads a message with [`message::parse`], which runs in the thread pool for long messages.
    ///
    /// # Errors
    /// Returns a refusal if the client has no memory left, if no permit is available, or if parsing panics.
    fn parse<'a>(
        &'a self,
        account: &'a Account,
        text: Arc<String>,
        with_request: bool,
    ) -> BoxFuture<'a, Result<(ReadMessage, Option<Reservation>), HttpRefusal>>;

    /// Begins an operation. `charge` has the points that were charged for reading its message.
    ///
    /// # Errors
    /// Returns a refusal if the operation cannot run.
    fn begin<'a>(
        &'a self,
        client: &'a AdmittedClient,
        charge: ReadCharge,
        request: GraphqlRequest,
    ) -> BoxFuture<'a, Result<OperationResponses, Refusal>>;
}

impl Backend for Gate {
    fn admit<'a>(&'a self, client: &'a UnverifiedClient) -> BoxFuture<'a, Result<AdmittedClient, AccessProblem>> {
        Gate::admit(self, client).map(|admitted| admitted.map_err(|refused| refused.problem)).boxed()
    }

    fn charge<'a>(&'a self, client: &'a UnverifiedClient) -> BoxFuture<'a, Result<Account, HttpRefusal>> {
        Gate::charge(self, client).boxed()
    }

    fn count_refusal(&self, code: &str) {
        self.metrics.refused(code);
    }

    fn count_close(&self, code: u16) {
        self.metrics.socket_closed(code);
    }

    fn parse<'a>(
        &'a self,
        account: &'a Account,
        text: Arc<String>,
        with_request: bool,
    ) -> BoxFuture<'a, Result<(ReadMessage, Option<Reservation>), HttpRefusal>> {
        let (length, owner) = (text.len(), account.clone());
        let parse = Gate::parse(self, account, length, move || message::parse(&text, &owner, with_request));
        parse.map(|parsed| parsed.unwrap_or_else(|refusal| Err(of_unparsed(refusal)))).boxed()
    }

    fn begin<'a>(
        &'a self,
        client: &'a AdmittedClient,
        charge: ReadCharge,
        request: GraphqlRequest,
    ) -> BoxFuture<'a, Result<OperationResponses, Refusal>> {
        let begin = async move {
            match self.prepare(client, charge, request, &|_| Ok(())).await {
                Ok((ready, _)) => Ok(self.run(client, ready)),
                Err(AnyRefusal::Graphql(refusal)) => {
                    _ = refusal.code().map(|code| self.metrics.refused(code));
                    Err(refusal)
                }
                Err(AnyRefusal::Http(refusal)) => {
                    self.metrics.refused(refusal.code);
                    // As over HTTP, the refusal is delayed only if the budget is empty.
                    if refusal.status == StatusCode::TOO_MANY_REQUESTS {
                        client.account.wait_before_refusal().await;
                    }
                    Err(Refusal::request(vec![error::of_request(refusal.code, refusal.message)]))
                }
            }
        };
        begin.boxed()
    }
}

/// Returns the refusal of a message that was not parsed, with the reason of the service. A socket sends no status.
fn of_unparsed(refusal: Refusal) -> HttpRefusal {
    let error = refusal.errors.into_iter().next().unwrap_or_else(error::overloaded);
    HttpRefusal::new(StatusCode::SERVICE_UNAVAILABLE, error.code, error.message)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use crate::{
        access::{AccessConfig, Principal, Role},
        http::testing::gate,
        schema::{Limits, Work, testing::RunningJob},
    };

    fn client(gate: &Gate) -> AdmittedClient {
        let unverified = UnverifiedClient { address: [192, 0, 2, 1].into(), authorization: None };
        AdmittedClient::new(&gate.accounts, Principal::ANONYMOUS, &unverified)
    }

    #[tokio::test]
    async fn a_message_that_gets_no_permit_is_refused_for_that_reason() {
        let limits = Limits { queue_timeout: Duration::from_millis(10), ..Limits::default() };
        let (gate, _store, _folder) = gate(&AccessConfig::default(), limits).await;
        let client = client(&gate);
        // The jobs end when this list is dropped.
        let mut running = Vec::new();
        for _ in 0..std::thread::available_parallelism().map_or(1, std::num::NonZero::get) {
            running.push(RunningJob::start(&gate.service, Work::Preparing, &client.account).await);
        }
        let message = Arc::new(" ".repeat(17 * 1024));
        let refused = Backend::parse(&gate, &client.account, message, true).await.err();
        let refused = refused.map(|refusal| (refusal.code, refusal.message.into_owned()));
        let error = error::overloaded();
        assert_eq!(refused, Some((error.code, error.message)));
    }

    #[tokio::test]
    async fn an_operation_that_is_not_permitted_is_refused_without_delay() {
        let access = AccessConfig { introspection_role: Some(Role::Admin), ..AccessConfig::default() };
        let (gate, _store, _folder) = gate(&access, Limits::default()).await;
        let client = client(&gate);
        // After so many refusals, the next one for an empty budget is delayed by 30 s.
        for _ in 0..1000 {
            _ = client.account.wait_before_refusal().now_or_never();
        }
        let document = Some("{ __schema { description } }".to_owned());
        let request = GraphqlRequest { document, ..GraphqlRequest::default() };
        let charge = ReadCharge::new(&client.account, 0).unwrap();
        let begun = timeout(Duration::from_secs(20), gate.begin(&client, charge, request)).await;
        let refusal = begun.expect("it is not delayed").err().unwrap();
        assert_eq!(refusal.code(), Some("UNAUTHENTICATED"));
    }
}
