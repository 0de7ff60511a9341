//! What a socket needs from the rest of the service.

use std::sync::Arc;

use futures_util::{FutureExt as _, future::BoxFuture};

use super::message::{self, ReadMessage};
use crate::{
    access::{Account, Reservation},
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
    /// Admits a client; `None` if it is refused. A socket calls this after `connection_init` and again before each
    /// operation.
    fn admit<'a>(&'a self, client: &'a UnverifiedClient) -> BoxFuture<'a, Option<AdmittedClient>>;

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
    /// Returns a refusal if the client has no memory left, or if no permit is available.
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
    fn admit<'a>(&'a self, client: &'a UnverifiedClient) -> BoxFuture<'a, Option<AdmittedClient>> {
        Box::pin(async { Gate::admit(self, client).await.ok() })
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
        parse.map(|parsed| parsed.unwrap_or_else(|_| Err(HttpRefusal::overloaded()))).boxed()
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
                Err(refusal) => {
                    Gate::count_refusal(self, &refusal);
                    Err(match refusal {
                        AnyRefusal::Graphql(refusal) => refusal,
                        AnyRefusal::Http(refusal) => {
                            client.account.wait_before_refusal().await;
                            Refusal::request(vec![error::of_request(refusal.code, refusal.message)])
                        }
                    })
                }
            }
        };
        begin.boxed()
    }
}
