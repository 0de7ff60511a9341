//! What a socket asks of the rest of the service.

use futures_util::future::BoxFuture;

use crate::{
    http::gate::{Guest, Visitor},
    schema::{Answers, GraphqlRequest, Refusal},
};

/// Decides who may come in, and runs what they ask for.
pub trait Host: Send + Sync {
    /// Lets a visitor in, or not. It is asked when `connection_init` has come, and again before each operation.
    fn admit<'a>(&'a self, visitor: &'a Visitor) -> BoxFuture<'a, Option<Guest>>;

    /// Begins an operation.
    ///
    /// # Errors
    /// When it is not run.
    fn begin(&self, guest: &Guest, request: GraphqlRequest) -> Result<Answers, Refusal>;
}
