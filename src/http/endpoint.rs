//! What all handlers share.

use std::{net::IpAddr, sync::Arc};

use tokio_util::sync::CancellationToken;

use super::{config::HttpConfig, gate::Gate, permits::Permits, socket::Sockets};
use crate::store::Store;

/// What all handlers share, one a process. It is application data, as `Data<Endpoint>`.
pub struct Endpoint {
    /// Lets requests in.
    pub gate: Arc<Gate>,
    /// For asking whether the database is there.
    pub store: Store,
    /// Settings.
    pub config: HttpConfig,
    /// What stays open for long.
    pub sockets: Sockets,
    /// The permits of connections.
    pub connections: Permits<IpAddr>,
    /// Cancelled when the service begins to stop. Whatever would go on for long, ends then.
    pub stopping: CancellationToken,
}
