//! The reasons for which the service ends connections and streams.

/// Why the service ends a connection, or a stream of HTTP/2, before its client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The head of a request did not arrive in time.
    HeadTimeout,
    /// The connection was idle for too long.
    Idle,
    /// The client does not read a response, or reads it too slowly.
    Response(Lag),
    /// The client did not reply to an HTTP/2 ping.
    PingTimeout,
    /// The client sent too many bytes:
    ///
    /// - of HTTP/2 frames other than requests and bodies, or a frame that a client may never send,
    /// - of heads for its header table of HTTP/2, after it had to open another connection,
    /// - during one request of HTTP/1.1: more than the longest body with its framing,
    /// - on a stream of HTTP/2 whose body the application has dropped: more than the longest body.
    Flood,
    /// No memory is left for the incomplete head of a request; on HTTP/1.1 for pipelined requests, an unread body, or a
    /// response that the client does not read; or for a stream of HTTP/2. The last one ends only the stream, unless many
    /// streams wait for their refusal.
    Memory,
}

/// How a client failed to read a response in time. The service then ends the connection or the HTTP/2 stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lag {
    /// The client read nothing for too long.
    Stalled,
    /// The client read too slowly.
    Slow,
}

impl EndReason {
    /// All reasons.
    pub const ALL: [Self; 7] = [
        Self::HeadTimeout,
        Self::Idle,
        Self::Response(Lag::Stalled),
        Self::Response(Lag::Slow),
        Self::PingTimeout,
        Self::Flood,
        Self::Memory,
    ];

    /// The reasons for which the service resets streams of HTTP/2.
    pub const OF_STREAMS: [Self; 4] = [Self::Response(Lag::Stalled), Self::Response(Lag::Slow), Self::Flood, Self::Memory];

    /// Returns the label in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HeadTimeout => "head",
            Self::Idle => "idle",
            Self::Response(lag) => lag.name(),
            Self::PingTimeout => "unanswered",
            Self::Flood => "flood",
            Self::Memory => "memory",
        }
    }
}

impl Lag {
    /// Returns the label in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stalled => "untaken",
            Self::Slow => "slow",
        }
    }
}
