//! Callers: who asks.

use super::Role;

/// Who asks, and how much they may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who it is.
    pub who: Who,
    /// How much they may do; `None` for somebody unknown, who may do what needs no role.
    pub role: Option<Role>,
}

/// How a caller is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// They did not say.
    Anonymous,
    /// By an API key.
    Key {
        /// Its public id.
        id: String,
        /// What it was made for.
        name: String,
    },
    /// By a token of an issuer that is trusted.
    Token {
        /// Whom the issuer means by it: the claim `sub`.
        subject: String,
    },
}

impl Caller {
    /// Somebody who sent no credentials.
    pub const ANONYMOUS: Self = Self { who: Who::Anonymous, role: None };
}
