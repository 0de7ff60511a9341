//! Errors of authentication and authorization: a stable code and a message. No message repeats a credential, or states
//! which part of it is wrong.

use std::borrow::Cow;

use super::Role;

/// Why a client may not do what it requests.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct AccessProblem {
    /// Stable code.
    pub code: &'static str,
    /// One or two sentences for the client.
    pub message: Cow<'static, str>,
}

impl AccessProblem {
    /// Credentials are missing or invalid.
    pub const UNAUTHENTICATED: &'static str = "UNAUTHENTICATED";
    /// The credentials are valid, but the role of the principal is too low.
    pub const FORBIDDEN: &'static str = "FORBIDDEN";
    /// Credentials cannot be checked at the moment, because the database or the issuer does not respond.
    pub const UNAVAILABLE: &'static str = "UNAVAILABLE";
    /// The budget of the client is too small.
    pub const RATE_LIMITED: &'static str = "RATE_LIMITED";

    pub(super) const fn unauthenticated(message: &'static str) -> Self {
        Self { code: Self::UNAUTHENTICATED, message: Cow::Borrowed(message) }
    }

    /// Creates the error that a role is too low.
    pub(super) fn forbidden(required: Role, role: Role) -> Self {
        let message = format!("This requires the role {required}; yours is {role}.");
        Self { code: Self::FORBIDDEN, message: message.into() }
    }

    /// Creates the error that the credentials now belong to another principal, or have another role.
    #[must_use]
    pub const fn changed() -> Self {
        Self::unauthenticated("Your credentials have changed. Sign in again.")
    }

    /// Reports whether the credentials may be valid, but cannot be checked at the moment.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.code == Self::UNAVAILABLE
    }
}

/// The credentials cannot be checked at the moment.
pub(super) const UNAVAILABLE: AccessProblem = AccessProblem {
    code: AccessProblem::UNAVAILABLE,
    message: Cow::Borrowed("Your credentials cannot be checked at the moment. Retry shortly."),
};

/// A role is required, and the request has no credentials.
pub(super) const SIGN_IN: AccessProblem =
    AccessProblem::unauthenticated("Authentication is required. Send an API key or a token as `Authorization: Bearer …`.");

/// The header is malformed.
pub(super) const NOT_BEARER: AccessProblem = AccessProblem::unauthenticated(
    "The Authorization header is malformed. Send an API key or a token as `Authorization: Bearer …`.",
);

/// The header has more bytes than any key or token.
pub(super) const TOO_LONG: AccessProblem =
    AccessProblem::unauthenticated("The credentials are longer than 9216 bytes. Send an API key or a token.");

/// The key is unknown, has expired or was revoked.
pub(super) const INVALID_KEY: AccessProblem =
    AccessProblem::unauthenticated("This API key is not valid: it is unknown, has expired or was revoked.");

/// The token is not valid.
pub(super) const INVALID_TOKEN: AccessProblem = AccessProblem::unauthenticated(
    "This token is not valid: it has expired, or its signature, issuer or audience is not accepted. Get a new one.",
);

/// A token was sent, but tokens are not accepted.
pub(super) const NO_TOKENS: AccessProblem =
    AccessProblem::unauthenticated("Tokens are not accepted here. Send an API key, which begins with `dg_`.");
