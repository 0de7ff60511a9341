//! State that all handlers share.

use std::{net::IpAddr, sync::Arc};

use tokio_util::sync::CancellationToken;

use super::{
    client::{Hosts, RefusedOrigins},
    config::HttpConfig,
    gate::{Gate, Permits},
    health::Readiness,
    socket::Sockets,
};
use crate::access::Limiter;

/// State that all handlers share, one per process. Handlers receive it as `Data<Endpoint>`.
pub struct Endpoint {
    /// Authenticates, charges and runs requests.
    pub gate: Arc<Gate>,
    /// Checks the database for the health endpoint.
    pub readiness: Readiness,
    /// Delays the responses to clients that send very many health checks.
    pub health_checks: Limiter,
    /// The hosts that requests may name.
    pub hosts: Hosts,
    /// Settings of the operator.
    pub config: HttpConfig,
    /// The refused origins that were logged.
    pub refused_origins: RefusedOrigins,
    /// Open sockets, and the permits of sockets and event streams.
    pub sockets: Sockets,
    /// The permits of network connections.
    pub connections: Permits<IpAddr>,
    /// Cancelled when the service begins to stop. Sockets and event streams end then.
    pub stopping: CancellationToken,
}
