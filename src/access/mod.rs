//! Access: who asks, what they may do, and how much of it.
//!
//! A caller is known by an API key of this service ([`keys`]) or by a token of an issuer that is trusted, and has a [`Role`].
//! What needs no role is for everybody. A [`Limiter`] gives each caller a budget.
//!
//! Nothing here knows of HTTP or GraphQL: the header comes as text, and what is refused goes out as an [`AccessProblem`].

mod account;
mod budget;
mod caller;
mod client;
mod config;
mod key;
pub mod keys;
mod limit;
mod lookup;
mod problem;
mod role;
#[cfg(test)]
mod tests;
mod token;

pub use account::{Account, Accounts, HELD_BYTES, Held, NoRoom, SharedBytes};
pub use caller::{Caller, Who};
pub use client::{Client, network};
pub use config::{AccessConfig, ConfigError};
pub use key::NewKey;
pub use keys::{KeyError, KeyState, ListedKey};
pub use limit::{Left, Limited, Limiter};
pub use lookup::FRESH;
pub use problem::AccessProblem;
pub use role::Role;

use crate::store::Store;
use key::PREFIX;
use lookup::Keys;
use token::Tokens;

/// Who may do what.
pub struct Access {
    keys: Keys,
    /// `None` when tokens are not accepted.
    tokens: Option<Tokens>,
    reading: Option<Role>,
    introspection: Option<Role>,
    playground: Option<Role>,
}

impl Access {
    /// Access as it is configured, with the keys of this database. The key set of the issuer is read; where it stands at an
    /// address that does not answer, tokens are refused until it does.
    ///
    /// # Errors
    /// When settings do not go together, or a file of keys cannot be used.
    pub async fn open(config: &AccessConfig, store: &Store) -> Result<Self, ConfigError> {
        let tokens = match config.tokens()? {
            Some(config) => Some(Tokens::open(config).await?),
            None => None,
        };
        Ok(Self {
            keys: Keys::new(store),
            tokens,
            reading: config.require_role,
            introspection: config.introspection_role,
            playground: config.playground_role,
        })
    }

    /// Who sends this `Authorization` header; somebody anonymous when there is none.
    ///
    /// # Errors
    /// When it is there and not good, even where nobody needs to sign in: whoever sends credentials wants to know.
    pub async fn caller(&self, authorization: Option<&str>) -> Result<Caller, AccessProblem> {
        let Some(header) = authorization else { return Ok(Caller::ANONYMOUS) };
        let (scheme, credential) = header.trim().split_once(' ').ok_or(problem::NOT_BEARER)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(problem::NOT_BEARER);
        }
        let credential = credential.trim_start();
        match &self.tokens {
            _ if credential.starts_with(PREFIX) => self.keys.caller(credential).await,
            Some(tokens) => tokens.caller(credential).await,
            None => Err(problem::NO_TOKENS),
        }
    }

    /// Whether a caller may do what needs this role; nothing is needed for `None`.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` for somebody anonymous, `FORBIDDEN` for a role that is too low.
    pub fn may(caller: &Caller, required: Option<Role>) -> Result<(), AccessProblem> {
        match (required, caller.role) {
            (Some(_), None) => Err(problem::SIGN_IN),
            (Some(required), Some(role)) if role < required => Err(AccessProblem::forbidden(required, role)),
            _ => Ok(()),
        }
    }

    /// Whether a caller may ask at all.
    ///
    /// # Errors
    /// Like [`Self::may`].
    pub fn may_read(&self, caller: &Caller) -> Result<(), AccessProblem> {
        Self::may(caller, self.reading)
    }

    /// Whether a caller may read the schema by introspection.
    ///
    /// # Errors
    /// Like [`Self::may`].
    pub fn may_introspect(&self, caller: &Caller) -> Result<(), AccessProblem> {
        Self::may(caller, self.introspection)
    }

    /// Whether a caller may open the playground.
    ///
    /// # Errors
    /// Like [`Self::may`].
    pub fn may_open_playground(&self, caller: &Caller) -> Result<(), AccessProblem> {
        Self::may(caller, self.playground)
    }
}
