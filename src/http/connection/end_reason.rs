//! Why the service ends a connection or a stream.

/// Why the service ends a connection before its client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The head of a request did not come in time.
    Head,
    /// There was no request for long.
    Idle,
    /// What was sent is not taken.
    Response(Lag),
    /// A ping of HTTP/2 was not answered.
    Unanswered,
    /// The client sent too many frames of HTTP/2 that are of no use.
    Flood,
}

/// How a client does not take what was sent, which ends a connection, or a stream of HTTP/2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lag {
    /// It took nothing of it for long.
    Stalled,
    /// It took it too slowly.
    Slow,
}

impl EndReason {
    /// All there are.
    pub const ALL: [Self; 6] =
        [Self::Head, Self::Idle, Self::Response(Lag::Stalled), Self::Response(Lag::Slow), Self::Unanswered, Self::Flood];

    /// As it is called in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Idle => "idle",
            Self::Response(lag) => lag.name(),
            Self::Unanswered => "unanswered",
            Self::Flood => "flood",
        }
    }
}

impl Lag {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::Stalled, Self::Slow];

    /// As it is called in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stalled => "untaken",
            Self::Slow => "slow",
        }
    }
}
