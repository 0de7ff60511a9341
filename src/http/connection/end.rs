//! Why the service ends a connection or a stream.

/// Why the service ends a connection, or a stream of HTTP/2, before its client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The head of a request did not come in time.
    Head,
    /// There was no request for long.
    Idle,
    /// The client took nothing of what waited for it.
    Untaken,
    /// The client took what waited for it too slowly.
    Slow,
    /// A ping of HTTP/2 was not answered.
    Unanswered,
    /// The client sent too many frames of HTTP/2 that are of no use.
    Flood,
}

impl End {
    /// As it is called in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Idle => "idle",
            Self::Untaken => "untaken",
            Self::Slow => "slow",
            Self::Unanswered => "unanswered",
            Self::Flood => "flood",
        }
    }
}
