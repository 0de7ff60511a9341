//! What a connection may take: times, bytes and numbers.

use std::time::Duration;

use super::pace::Pace;

/// Limits of connections. Every state of a connection has one of time and one of bytes.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    /// Connections open at once.
    pub max_connections: usize,
    /// Connections open at once from one network; `None` when a network may have all of them.
    pub max_per_network: Option<usize>,
    /// Time for the head of a request, from its first byte; for the first one, from when the connection was opened.
    pub head_timeout: Duration,
    /// Time that a connection without requests is kept.
    pub idle_timeout: Duration,
    /// Time that a client may be behind [`Self::pace`], so also time in which it may take nothing.
    pub stall_timeout: Duration,
    /// Bytes a second that a client has to take while any wait for it.
    pub min_rate: u64,
    /// Time that the client has to close the connection after the service did.
    pub close_timeout: Duration,
    /// Time to answer a ping of HTTP/2.
    pub ping_timeout: Duration,
    /// Streams open at once on a connection of HTTP/2.
    pub max_streams: u32,
    /// Bytes that a client of HTTP/2 may send without a purpose: frames that neither bring a request nor a body.
    pub max_overhead: u64,
}

impl ConnectionLimits {
    /// Connections open at once, unless it is set otherwise: one that is idle takes about 25 KiB, all of them 200 MiB.
    pub const MAX_CONNECTIONS: usize = 8_000;
    /// The part of all connections that one network may have, unless it is set otherwise.
    pub const NETWORK_SHARE: usize = 4;
    /// Bytes a second that a client has to take. A mobile phone at the edge of its network gets twice as much. The longest response
    /// ends in little more than an hour.
    pub const MIN_RATE: u64 = 4 * 1024;

    /// The pace of one response.
    pub(super) fn pace(&self) -> Pace {
        Pace::new(self.min_rate, self.stall_timeout)
    }
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            max_connections: Self::MAX_CONNECTIONS,
            max_per_network: Some(Self::MAX_CONNECTIONS / Self::NETWORK_SHARE),
            // Browsers send a head at once.
            head_timeout: Duration::from_secs(5),
            // Most proxies give up their connections after a minute, and should do so before the service does.
            idle_timeout: Duration::from_secs(75),
            // A slow network is not that slow.
            stall_timeout: Duration::from_mins(1),
            min_rate: Self::MIN_RATE,
            // Clients close at once what they are told to close.
            close_timeout: Duration::from_secs(1),
            ping_timeout: Duration::from_secs(20),
            // What RFC 9113, 6.5.2 names as the least that is of use.
            max_streams: 100,
            // About 15,000 pings.
            max_overhead: 256 * 1024,
        }
    }
}
