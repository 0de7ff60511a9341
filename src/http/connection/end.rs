//! Why the service ends a connection or a stream.

/// Why the service ends a connection before its client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
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

/// How a client does not take what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lag {
    /// It took nothing of it for long.
    Untaken,
    /// It took it too slowly.
    Slow,
}

/// Why the service resets a stream of HTTP/2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// The response is not taken.
    Response(Lag),
    /// The connection holds too much that is not taken, so it may have no more of it.
    Held,
}

impl End {
    /// All there are.
    pub const ALL: [Self; 6] =
        [Self::Head, Self::Idle, Self::Response(Lag::Untaken), Self::Response(Lag::Slow), Self::Unanswered, Self::Flood];

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

impl Reset {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Response(Lag::Untaken), Self::Response(Lag::Slow), Self::Held];

    /// As it is called in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Response(lag) => lag.name(),
            Self::Held => "held",
        }
    }
}

impl Lag {
    fn name(self) -> &'static str {
        match self {
            Self::Untaken => "untaken",
            Self::Slow => "slow",
        }
    }
}
