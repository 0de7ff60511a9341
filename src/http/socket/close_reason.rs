//! The reasons with which the service closes sockets.

use std::borrow::Cow;

/// Longest reason that fits into a close frame, in bytes (RFC 6455, section 5.5).
const MAX_REASON: usize = 123;

/// Code and reason of a close frame. RFC 6455 defines the codes below 4000, `graphql-transport-ws` the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseReason {
    /// The code, for programs.
    pub code: u16,
    /// The reason, for people.
    pub reason: Cow<'static, str>,
}

/// Why a socket ends.
#[derive(Debug)]
pub enum SocketEnd {
    /// The service sends a close frame.
    Close(CloseReason),
    /// No close frame can be sent: the client has disconnected or does not read.
    Disconnected,
}

impl From<CloseReason> for SocketEnd {
    fn from(reason: CloseReason) -> Self {
        Self::Close(reason)
    }
}

impl CloseReason {
    /// The service is stopping.
    pub const GOING_AWAY: Self = Self::of(1001, "The service is stopping");
    /// The frames violate RFC 6455.
    pub const INVALID_FRAME: Self = Self::of(1002, "The frames violate the WebSocket protocol");
    /// A text is not UTF-8.
    pub const NOT_UTF8: Self = Self::of(1007, "The message is not UTF-8");
    /// A message has too many frames.
    pub const TOO_MANY_FRAMES: Self = Self::of(1008, "The message has too many frames");
    /// A message did not arrive in time.
    pub const TOO_SLOW: Self = Self::of(1008, "The message took longer than 10 seconds");
    /// A message is too long.
    pub const TOO_LONG: Self = Self::of(1009, "The message is longer than 1 MiB");
    /// No permit for a socket, or no memory for a message, is available to the client. Or its credentials cannot be verified
    /// at the moment. Or a newer socket has replaced this one, which was not admitted yet.
    pub const TRY_AGAIN: Self = Self::of(1013, "Try again later");
    /// A message is in a binary frame.
    pub const BINARY: Self = Self::of(4400, "Messages are JSON in text frames, not in binary ones");
    /// An operation was sent before the connection was acknowledged.
    pub const UNAUTHORIZED: Self = Self::of(4401, "Unauthorized");
    /// The client is not admitted.
    pub const FORBIDDEN: Self = Self::of(4403, "Forbidden");
    /// The client does not offer the subprotocol.
    pub const SUBPROTOCOL: Self = Self::of(4406, "Subprotocol not acceptable");
    /// `connection_init` did not arrive in time.
    pub const INIT_TIMEOUT: Self = Self::of(4408, "Connection initialisation timeout");
    /// The client sent a second `connection_init`.
    pub const SECOND_INIT: Self = Self::of(4429, "Too many initialisation requests");

    /// The reasons for closing a socket that reaches a limit. The metrics show a count for their codes even if it is 0.
    pub const OF_LIMITS: [Self; 4] = [Self::TOO_SLOW, Self::TOO_LONG, Self::TRY_AGAIN, Self::INIT_TIMEOUT];

    /// Returns the reply to a close frame of the client. It repeats the code if RFC 6455 allows that code in a frame.
    pub(super) fn echo(code: Option<u16>) -> Self {
        match code {
            Some(code @ (1000..=1003 | 1007..=1014 | 3000..=4999)) => Self::of(code, ""),
            None => Self::of(1000, ""),
            Some(_) => Self::INVALID_FRAME,
        }
    }

    /// A message violates `graphql-transport-ws`.
    pub(super) fn invalid(reason: &'static str) -> Self {
        Self::of(4400, reason)
    }

    /// The id of a new operation is in use.
    pub(super) fn id_in_use(id: &str) -> Self {
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
    fn a_reason_is_cut_between_characters() {
        assert_eq!(CloseReason::id_in_use("7").reason, "Subscriber for 7 already exists");
        let long = CloseReason::id_in_use(&"ü".repeat(60)).reason;
        assert_eq!(long, format!("Subscriber for {}", "ü".repeat(54)));
        assert_eq!(long.len(), MAX_REASON);
        assert_eq!(CloseReason::id_in_use(&format!("x{}", "ü".repeat(60))).reason.len(), MAX_REASON - 1);
    }
}
