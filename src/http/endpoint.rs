//! What all handlers share.

use tokio_util::sync::CancellationToken;

use super::{config::HttpConfig, metrics::Metrics};
use crate::{schema::Service, store::Store};

/// What all handlers share, one a process. It is application data, as `Data<Endpoint>`.
pub struct Endpoint {
    /// Answers GraphQL requests.
    pub service: Service,
    /// For asking whether the database is there.
    pub store: Store,
    /// Settings.
    pub config: HttpConfig,
    /// What is counted.
    pub metrics: Metrics,
    /// Cancelled when the service begins to stop. Whatever would go on for long, ends then.
    pub stopping: CancellationToken,
}
