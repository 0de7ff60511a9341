//! Connections that are not served because too many are open.

use std::{net::IpAddr, sync::Arc, time::Duration};

use super::LogThrottle;
use crate::{
    access::network,
    http::{
        metrics::Metrics,
        permits::{Permit, Permits},
    },
};

/// How often the log tells of refused connections, at most.
const SELDOM: Duration = Duration::from_mins(1);

/// Lets so many connections in, shared by all threads.
#[derive(Clone)]
pub struct Admission {
    permits: Permits<IpAddr>,
    metrics: Metrics,
    warned: Arc<LogThrottle>,
}

impl Admission {
    /// Lets in whom there are permits for.
    pub fn new(permits: Permits<IpAddr>, metrics: Metrics) -> Self {
        Self { permits, metrics, warned: Arc::new(LogThrottle::new(SELDOM)) }
    }

    /// A permit for a connection from an address; `None` when there is none, which is counted and told.
    pub fn admit(&self, address: IpAddr) -> Option<Permit<IpAddr>> {
        let reason = match self.permits.acquire(network(address)) {
            Ok(permit) => return Some(permit),
            Err(reason) => reason,
        };
        self.metrics.connection_refused(reason);
        if let Some(unseen) = self.warned.now() {
            let taken = self.permits.in_use();
            tracing::warn!(reason = reason.name(), %address, connections = taken, unseen, "connections are refused: too many are open");
        }
        None
    }
}
