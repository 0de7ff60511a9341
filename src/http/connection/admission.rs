//! Accepts or refuses network connections by the number of open ones.

use std::{net::IpAddr, sync::Arc, time::Duration};

use crate::{
    access::network,
    http::{
        Metrics,
        gate::{Permit, Permits},
    },
    log_throttle::LogThrottle,
};

/// Minimum interval between two log lines about refused connections.
const LOG_INTERVAL: Duration = Duration::from_mins(1);

/// Accepts as many connections as there are permits. Threads share it.
#[derive(Clone)]
pub struct Admission {
    permits: Permits<IpAddr>,
    metrics: Metrics,
    warning: Arc<LogThrottle>,
}

impl Admission {
    /// Creates the admission with these permits.
    pub fn new(permits: Permits<IpAddr>, metrics: Metrics) -> Self {
        Self { permits, metrics, warning: Arc::new(LogThrottle::new(LOG_INTERVAL)) }
    }

    /// Returns a permit for a connection from an address; `None` if none is available. A refusal is counted and logged.
    pub fn admit(&self, address: IpAddr) -> Option<Permit<IpAddr>> {
        let reason = match self.permits.acquire(network(address)) {
            Ok(permit) => return Some(permit),
            Err(reason) => reason,
        };
        self.metrics.connection_refused(reason);
        if let Some(suppressed) = self.warning.permit() {
            let open = self.permits.in_use();
            tracing::warn!(
                reason = reason.name(),
                %address,
                connections = open,
                suppressed,
                "connections are refused: too many are open"
            );
        }
        None
    }
}
