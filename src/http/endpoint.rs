//! What all handlers share.

use std::{
    net::IpAddr,
    sync::{Arc, Once},
};

use tokio_util::sync::CancellationToken;

use super::{
    config::HttpConfig, gate::Gate, health::Readiness, host::Hosts, permits::Permits, refused_origins::RefusedOrigins,
    socket::Sockets,
};

/// What all handlers share, one a process. It is application data, as `Data<Endpoint>`.
pub struct Endpoint {
    /// Lets requests in.
    pub gate: Arc<Gate>,
    /// Whether the database is there.
    pub readiness: Readiness,
    /// The hosts that are answered for.
    pub hosts: Hosts,
    /// Settings.
    pub config: HttpConfig,
    /// Done when the operator was told that a proxy does not tell the address of a client.
    pub unread_address: Once,
    /// The origins that the operator was told of.
    pub refused_origins: RefusedOrigins,
    /// What stays open for long.
    pub sockets: Sockets,
    /// The permits of connections.
    pub connections: Permits<IpAddr>,
    /// Cancelled when the service begins to stop. Whatever would go on for long, ends then.
    pub stopping: CancellationToken,
}
