//! What a socket asks of the rest of the service.

use futures_util::future::BoxFuture;

use crate::{
    access::Account,
    http::{
        gate::{AdmittedClient, ReadCharge},
        refusal::HttpRefusal,
        visitor::UnverifiedClient,
    },
    schema::{Answers, GraphqlRequest, Refusal},
};

/// Decides who may come in, and runs what they ask for.
pub trait Backend: Send + Sync {
    /// Lets a visitor in, or not. It is asked when `connection_init` has come, and again before each operation.
    fn admit<'a>(&'a self, visitor: &'a UnverifiedClient) -> BoxFuture<'a, Option<AdmittedClient>>;

    /// Charges a handshake, before its client is let in: to the account of the credential that its head has, or else to that of its address.
    ///
    /// # Errors
    /// When the budget does not suffice.
    fn charge<'a>(&'a self, visitor: &'a UnverifiedClient) -> BoxFuture<'a, Result<Account, HttpRefusal>>;

    /// Counts something that is refused, by its code.
    fn refused(&self, code: &str);

    /// Begins an operation whose message is paid for.
    ///
    /// # Errors
    /// When it is not run.
    fn begin<'a>(&'a self, guest: &'a AdmittedClient, paid: ReadCharge, request: GraphqlRequest)
    -> BoxFuture<'a, Result<Answers, Refusal>>;
}
