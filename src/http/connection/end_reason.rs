//! The reasons for which the service ends connections and streams.

/// Why the service ends a connection before its client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The head of a request did not arrive in time.
    Head,
    /// The connection was idle for too long.
    Idle,
    /// The client does not read a response, or reads it too slowly.
    Response(Lag),
    /// The client did not reply to an HTTP/2 ping.
    Unanswered,
    /// The client sent too many HTTP/2 frames other than requests and bodies, or more bytes during one request of
    /// HTTP/1.1 than the longest body with its framing.
    Flood,
    /// No memory is left for the incomplete head of a request.
    Memory,
}

/// How a client fails to read a response, which ends the connection or the HTTP/2 stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lag {
    /// It read nothing for too long.
    Stalled,
    /// It read too slowly.
    Slow,
}

impl EndReason {
    /// All reasons.
    pub const ALL: [Self; 7] = [
        Self::Head,
        Self::Idle,
        Self::Response(Lag::Stalled),
        Self::Response(Lag::Slow),
        Self::Unanswered,
        Self::Flood,
        Self::Memory,
    ];

    /// Returns the label in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Idle => "idle",
            Self::Response(lag) => lag.name(),
            Self::Unanswered => "unanswered",
            Self::Flood => "flood",
            Self::Memory => "memory",
        }
    }
}

impl Lag {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Stalled, Self::Slow];

    /// Returns the label in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stalled => "untaken",
            Self::Slow => "slow",
        }
    }
}
