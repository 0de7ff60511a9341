//! Accepts or refuses network connections by the number of open ones, and delays those of a network that opens many.

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::time::sleep;

use super::ConnectionLimits;
use crate::{
    access::{Budgets, Client, network},
    http::{
        Metrics,
        gate::{Permit, Permits},
    },
    log_throttle::LogThrottle,
};

/// Minimum interval between two log lines about refused connections.
const LOG_INTERVAL: Duration = Duration::from_mins(1);

/// Longest delay of a new connection. By default, a network has 2,000 permits. Its new connections, which have a permit
/// while they wait, are served at 2,000 per second. So a connection waits at most about a second, unless
/// `--max-connections-per-address` is higher.
const LONGEST_DELAY: Duration = Duration::from_secs(5);

/// Accepts as many connections as there are permits. Threads share it.
#[derive(Clone)]
pub struct Admission {
    permits: Permits<IpAddr>,
    /// New connections that each network may open without delay; `None` if there is no limit.
    new_connections: Option<Arc<Budgets>>,
    metrics: Metrics,
    warning: Arc<LogThrottle>,
}

impl Admission {
    /// Creates the admission with these permits, and with the limit of new connections.
    pub fn new(permits: Permits<IpAddr>, limits: &ConnectionLimits, metrics: Metrics) -> Self {
        let budgets = |connections| Arc::new(Budgets::new(connections, ConnectionLimits::BURST_TIME));
        let new_connections = limits.max_new_per_network.map(budgets);
        Self { permits, new_connections, metrics, warning: Arc::new(LogThrottle::new(LOG_INTERVAL)) }
    }

    /// Waits until a new connection from an address may be served.
    pub async fn wait(&self, address: IpAddr) {
        let Some(budgets) = &self.new_connections else { return };
        let delay = budgets.spend_one(&Client::at(address), LONGEST_DELAY, Instant::now());
        if !delay.is_zero() {
            sleep(delay).await;
        }
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
