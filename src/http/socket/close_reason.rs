//! Why the service ends a socket.

use std::borrow::Cow;

/// Longest reason that fits into a close frame, in bytes (RFC 6455, section 5.5).
const MAX_REASON: usize = 123;

/// Code and reason of a close frame. Codes below 4000 are those of RFC 6455, the others those of `graphql-transport-ws`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseReason {
    /// The code.
    pub code: u16,
    /// The reason, for people.
    pub reason: Cow<'static, str>,
}

/// Why a socket ends.
#[derive(Debug)]
pub enum SocketEnd {
    /// We say goodbye.
    Close(CloseReason),
    /// There is nobody to say goodbye to.
    Gone,
}

impl From<CloseReason> for SocketEnd {
    fn from(goodbye: CloseReason) -> Self {
        Self::Close(goodbye)
    }
}

impl CloseReason {
    /// The service stops.
    pub const GOING_AWAY: Self = Self::of(1001, "The service is stopping");
    /// Frames that are not those of RFC 6455.
    pub const BROKEN: Self = Self::of(1002, "The frames break the WebSocket protocol");
    /// Text that is not UTF-8.
    pub const NOT_TEXT: Self = Self::of(1007, "The message is not UTF-8");
    /// A message in more frames than the service reads.
    pub const TOO_MANY_FRAMES: Self = Self::of(1008, "The message has too many frames");
    /// A message that took longer than a client may take to send it.
    pub const TOO_SLOW: Self = Self::of(1008, "The message took longer than 10 seconds");
    /// A message that is longer than the service reads.
    pub const TOO_BIG: Self = Self::of(1009, "The message is longer than 1 MiB");
    /// A message in a binary frame.
    pub const BINARY: Self = Self::of(4400, "Messages are JSON in text frames, not in binary ones");
    /// An operation before the connection was acknowledged.
    pub const UNAUTHORIZED: Self = Self::of(4401, "Unauthorized");
    /// There is no room for one more socket.
    pub const TRY_AGAIN: Self = Self::of(1013, "Try again later");
    /// The visitor is not let in.
    pub const FORBIDDEN: Self = Self::of(4403, "Forbidden");
    /// None of the subprotocols is ours.
    pub const SUBPROTOCOL: Self = Self::of(4406, "Subprotocol not acceptable");
    /// No `connection_init` came.
    pub const INIT_TIMEOUT: Self = Self::of(4408, "Connection initialisation timeout");
    /// A second `connection_init` came.
    pub const SECOND_INIT: Self = Self::of(4429, "Too many initialisation requests");

    /// What the other side said, who said goodbye first. A code that may not stand in a frame is not repeated.
    pub fn same(code: Option<u16>) -> Self {
        match code {
            Some(code @ (1000..=1003 | 1007..=1014 | 3000..=4999)) => Self::of(code, ""),
            None => Self::of(1000, ""),
            Some(_) => Self::BROKEN,
        }
    }

    /// A message that is none of the protocol's.
    pub fn invalid(reason: &'static str) -> Self {
        Self::of(4400, reason)
    }

    /// An id that is in use.
    pub fn taken(id: &str) -> Self {
        let mut reason = format!("Subscriber for {id} already exists");
        reason.truncate(reason.floor_char_boundary(MAX_REASON));
        Self { code: 4409, reason: Cow::Owned(reason) }
    }

    const fn of(code: u16, reason: &'static str) -> Self {
        assert!(reason.len() <= MAX_REASON, "the reason does not fit into a close frame");
        Self { code, reason: Cow::Borrowed(reason) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_cut_between_letters() {
        assert_eq!(CloseReason::taken("7").reason, "Subscriber for 7 already exists");
        let long = CloseReason::taken(&"ü".repeat(60)).reason;
        assert_eq!(long, format!("Subscriber for {}", "ü".repeat(54)));
        assert_eq!(long.len(), MAX_REASON);
        assert_eq!(CloseReason::taken(&format!("x{}", "ü".repeat(60))).reason.len(), MAX_REASON - 1);
    }
}
