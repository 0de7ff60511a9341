//! What a caller is told who may not: a stable code and a sentence. Neither repeats a credential, and none says which part of
//! one was wrong.

use std::borrow::Cow;

use super::Role;

/// Why a caller may not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct AccessProblem {
    /// Stable code.
    pub code: &'static str,
    /// One sentence or two for the reader.
    pub message: Cow<'static, str>,
}

impl AccessProblem {
    /// Credentials are missing or not accepted.
    pub const UNAUTHENTICATED: &'static str = "UNAUTHENTICATED";
    /// The caller is known, and may not.
    pub const FORBIDDEN: &'static str = "FORBIDDEN";
    /// Credentials cannot be checked at the moment, which is no fault of theirs.
    pub const UNAVAILABLE: &'static str = "UNAVAILABLE";
    /// The caller has asked for more than their budget.
    pub const RATE_LIMITED: &'static str = "RATE_LIMITED";

    pub(super) const fn unauthenticated(message: &'static str) -> Self {
        Self { code: Self::UNAUTHENTICATED, message: Cow::Borrowed(message) }
    }

    /// The role is too low.
    pub(super) fn forbidden(required: Role, role: Role) -> Self {
        let message = format!("This needs the role {required}; yours is {role}.");
        Self { code: Self::FORBIDDEN, message: message.into() }
    }

    /// The credentials belong to another caller than before, or to another role.
    #[must_use]
    pub const fn changed() -> Self {
        Self::unauthenticated("Your credentials have changed. Sign in again.")
    }

    /// The database or the issuer does not answer.
    pub(super) const fn unavailable() -> Self {
        Self {
            code: Self::UNAVAILABLE,
            message: Cow::Borrowed("Your credentials cannot be checked at the moment. Try again shortly."),
        }
    }
}

/// Something is for callers with a role, and nobody has signed in.
pub(super) const SIGN_IN: AccessProblem =
    AccessProblem::unauthenticated("Sign in to do this: send an API key or a token as `Authorization: Bearer …`.");

/// The header is there, and is not what it should be.
pub(super) const NOT_BEARER: AccessProblem = AccessProblem::unauthenticated(
    "The Authorization header cannot be understood. Send an API key or a token as `Authorization: Bearer …`.",
);

/// A key that does not fit any that is valid.
pub(super) const BAD_KEY: AccessProblem =
    AccessProblem::unauthenticated("This API key is not valid: it is unknown, has expired or was revoked.");

/// A token that does not hold.
pub(super) const BAD_TOKEN: AccessProblem = AccessProblem::unauthenticated(
    "This token is not valid here: it has expired, or its signature, issuer or audience is not one that is accepted. Get a new one.",
);

/// A token where none is taken.
pub(super) const NO_TOKENS: AccessProblem =
    AccessProblem::unauthenticated("Only API keys are accepted here, which begin with `dg_`.");
