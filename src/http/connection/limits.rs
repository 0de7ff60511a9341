//! Limits of connections: times, bytes and numbers.

use std::{num::NonZeroU32, time::Duration};

use super::timing::Pace;

/// Limits of connections. While an HTTP/1.1 request runs, [`Self::stall_timeout`] is the only one of these time limits that
/// applies, and only while bytes wait for the client. The time for a body is limited by `http/request/body.rs`.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    /// Maximum open connections.
    pub max_connections: usize,
    /// Maximum open connections of one network; `None` if a network may have all of them.
    pub max_per_network: Option<usize>,
    /// New connections of one network that are served in [`Self::BURST_TIME`]; further ones wait. `None` if there is no
    /// limit.
    pub max_new_per_network: Option<NonZeroU32>,
    /// Whether a connection of HTTP/1.1 ends if its network has no memory left for the bytes of a response that the client
    /// does not read. False behind a proxy, whose network has the responses of many clients.
    pub ends_unread: bool,
    /// Time for the head of a request, from its first byte. It is also the time from the opening of a connection to the
    /// first byte.
    pub head_timeout: Duration,
    /// Time after which a connection without requests is closed.
    pub idle_timeout: Duration,
    /// Time that a client has to read a response, in addition to the time that it needs at [`Self::min_rate`]. A client that
    /// reads nothing for this time while bytes wait for it loses the connection or the HTTP/2 stream.
    pub stall_timeout: Duration,
    /// Bytes per second that a client has to read while bytes wait for it.
    pub min_rate: u64,
    /// Time in which the client has to close its side of the connection after the service has closed its own.
    pub close_timeout: Duration,
    /// Time in which the client has to reply to an HTTP/2 ping.
    pub ping_timeout: Duration,
    /// Maximum open streams of an HTTP/2 connection.
    pub max_streams: u32,
    /// Bytes of HTTP/2 frames other than requests and bodies that a client may send at once.
    pub max_overhead: u64,
}

impl ConnectionLimits {
    /// Default of [`Self::max_connections`]. An idle connection needs about 25 KiB, so all of them need 200 MiB.
    pub const MAX_CONNECTIONS: usize = 8_000;
    /// By default and without a proxy, the maximum for one network is [`Self::max_connections`] divided by this number.
    pub const NETWORK_SHARE_DIVISOR: usize = 4;
    /// Default of [`Self::max_new_per_network`] without a proxy: 2,000 connections per second. A network that opens more
    /// would use most of the processor time.
    pub const MAX_NEW_PER_NETWORK: NonZeroU32 = NonZeroU32::new(200).expect("it is not zero");
    /// The time for [`Self::max_new_per_network`].
    pub const BURST_TIME: Duration = Duration::from_millis(100);
    /// Default of [`Self::min_rate`]. A slow mobile connection is twice as fast. At this rate the longest response
    /// takes little more than an hour.
    pub const MIN_RATE: u64 = 4 * 1024;

    /// Returns the pace for a new response.
    pub(super) fn pace(&self) -> Pace {
        Pace::new(self.min_rate, self.stall_timeout)
    }
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            max_connections: Self::MAX_CONNECTIONS,
            max_per_network: Some(Self::MAX_CONNECTIONS / Self::NETWORK_SHARE_DIVISOR),
            max_new_per_network: Some(Self::MAX_NEW_PER_NETWORK),
            ends_unread: true,
            // Browsers send a head in one packet.
            head_timeout: Duration::from_secs(5),
            // Most proxies close idle connections after a minute. If the service closed them first, requests could be lost.
            idle_timeout: Duration::from_secs(75),
            // Longer than the interruptions of slow networks.
            stall_timeout: Duration::from_mins(1),
            min_rate: Self::MIN_RATE,
            // Clients close their side immediately when the service does.
            close_timeout: Duration::from_secs(1),
            ping_timeout: Duration::from_secs(20),
            // The minimum that RFC 9113, 6.5.2 recommends.
            max_streams: 100,
            // About 15,000 pings.
            max_overhead: 256 * 1024,
        }
    }
}
