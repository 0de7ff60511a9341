//! What a socket asks of the rest of the service.

use futures_util::future::BoxFuture;

use crate::{
    http::{gate::Guest, refused::Refused, visitor::Visitor},
    schema::{Answers, GraphqlRequest, Refusal},
};

/// Decides who may come in, and runs what they ask for.
pub trait Host: Send + Sync {
    /// Lets a visitor in, or not. It is asked when `connection_init` has come, and again before each operation.
    fn admit<'a>(&'a self, visitor: &'a Visitor) -> BoxFuture<'a, Option<Guest>>;

    /// Charges a handshake, before anything is known of its client.
    ///
    /// # Errors
    /// When the budget of its address does not suffice.
    fn charge(&self, visitor: &Visitor) -> Result<(), Refused>;

    /// Counts a handshake that is refused. A client that is refused too often is kept waiting.
    fn turned_away<'a>(&'a self, visitor: &'a Visitor, refused: Refused) -> BoxFuture<'a, Refused>;

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
