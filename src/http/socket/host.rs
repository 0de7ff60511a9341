//! What a socket asks of the rest of the service.

use futures_util::future::BoxFuture;

use crate::{
    access::Account,
    http::{gate::Guest, refused::Refused, visitor::Visitor},
    schema::{Answers, GraphqlRequest, Refusal},
};

/// Decides who may come in, and runs what they ask for.
pub trait Host: Send + Sync {
    /// Lets a visitor in, or not. It is asked when `connection_init` has come, and again before each operation.
    fn admit<'a>(&'a self, visitor: &'a Visitor) -> BoxFuture<'a, Option<Guest>>;

    /// Charges a handshake, before its client is let in: to the account of the credential that its head has, or else to that of its address.
    ///
    /// # Errors
    /// When the budget does not suffice.
    fn charge<'a>(&'a self, visitor: &'a Visitor) -> BoxFuture<'a, Result<Account, Refused>>;

    /// Counts the refusal of a client that is told of it by the end of its socket.
    fn turned_away(&self, refused: &Refused);

    /// Begins an operation that came in a message of so many bytes.
    ///
    /// # Errors
    /// When it is not run.
    fn begin<'a>(
        &'a self,
        guest: &'a Guest,
        bytes: usize,
        request: GraphqlRequest,
    ) -> BoxFuture<'a, Result<Answers, Refusal>>;
}
