//! What becomes of an operation, one after another, for the transports that can say more than one thing.

use futures_util::{StreamExt as _, stream, stream::BoxStream};

use crate::schema::{Answer, OperationKind, Ready, Refusal, Service, apart};

/// The answers of one operation: one of a query or a mutation, any number of a subscription. A refusal is the last.
pub type Results = BoxStream<'static, Result<Answer, Refusal>>;

/// Runs an operation of any kind.
#[must_use]
pub fn results(service: &Service, ready: Ready) -> Results {
    if ready.kind() == OperationKind::Subscription {
        return service.subscribe(ready).map(Ok).boxed();
    }
    let service = service.clone();
    stream::once(apart(service, ready)).boxed()
}
