//! Access control and rate limits: which client sends a request, what it may do, and how many points it may spend.
//!
//! A client authenticates with an API key of this service (`lookup.rs`) or with a token of a trusted issuer (`token/`). The
//! result is a [`Principal`] with a [`Role`]; without credentials, the principal is anonymous and has no role. A [`Limiter`]
//! has a budget of points for each [`Client`], and [`Accounts`] also count the memory that is reserved for each client.
//! [`Shares`] limit how long the connections of one network use a serving thread while others wait. [`keys`] creates,
//! lists and revokes API keys.
//!
//! This module does not depend on HTTP or GraphQL: it reads the `Authorization` header as text, and returns refusals as
//! [`AccessProblem`].

mod account;
mod budget;
mod client;
mod config;
mod key;
pub mod keys;
mod limit;
mod lookup;
mod principal;
mod problem;
mod role;
mod shared_reservation;
#[cfg(test)]
mod tests;
mod thread_share;
mod token;

pub use account::{Account, Accounts, MAX_RESERVED_BYTES, MemoryLimitReached, Reservation};
pub use budget::{BudgetExceeded, BudgetStatus, Budgets};
pub use client::{Client, network};
pub use config::{AccessConfig, ConfigError};
pub use key::is_id as is_key_id;
pub use keys::{CreatedKey, KeyError, KeyState, ListedKey};
pub use limit::Limiter;
pub use lookup::KEY_CACHE_AGE;
pub use principal::{Author, Identity, Principal};
pub use problem::AccessProblem;
pub use role::Role;
pub use shared_reservation::SharedReservation;
pub use thread_share::{ShareMember, Shares, counted, counted_for};

use crate::store::Store;
use key::PREFIX;
use lookup::KeyLookup;
use token::Tokens;

/// Maximum length of credentials with their scheme, in bytes: more than the longest token. The limit is needed because
/// each socket stores its credentials.
const MAX_CREDENTIALS: usize = 9 << 10;

/// Authenticates clients and checks their roles.
pub struct Access {
    keys: KeyLookup,
    /// `None` when tokens are not accepted.
    tokens: Option<Tokens>,
    reading: Option<Role>,
    introspection: Option<Role>,
    playground: Option<Role>,
}

impl Access {
    /// Creates the access control of a configuration, with the API keys of this database, and reads the key set of the
    /// issuer. If the key set is at a URL that does not respond, tokens are refused until it does.
    ///
    /// # Errors
    /// If the settings of tokens are incomplete or invalid, or if the key set is a file that cannot be used.
    pub async fn open(config: &AccessConfig, store: &Store) -> Result<Self, ConfigError> {
        let tokens = match config.tokens()? {
            Some(config) => Some(Tokens::open(config).await?),
            None => None,
        };
        Ok(Self {
            keys: KeyLookup::new(store),
            tokens,
            reading: config.require_role,
            introspection: config.introspection_role,
            playground: config.playground_role,
        })
    }

    /// Returns the principal of an `Authorization` header, or the anonymous one if there is no header.
    ///
    /// # Errors
    /// If the header is malformed or its credentials are invalid, even if no role is required: a client that sends
    /// credentials needs to know that they do not work.
    pub async fn authenticate(&self, authorization: Option<&str>) -> Result<Principal, AccessProblem> {
        let Some(header) = authorization else { return Ok(Principal::ANONYMOUS) };
        if header.len() > MAX_CREDENTIALS {
            return Err(problem::TOO_LONG);
        }
        let (scheme, credential) = header.trim().split_once(' ').ok_or(problem::NOT_BEARER)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(problem::NOT_BEARER);
        }
        let credential = credential.trim_start();
        match &self.tokens {
            _ if credential.starts_with(PREFIX) => self.keys.authenticate(credential).await,
            Some(tokens) => tokens.authenticate(credential).await,
            None => Err(problem::NO_TOKENS),
        }
    }

    /// Checks that a principal has at least this role; `None` requires no role.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` for the anonymous principal, `FORBIDDEN` if the role is too low.
    pub fn require(principal: &Principal, required: Option<Role>) -> Result<(), AccessProblem> {
        match (required, principal.role) {
            (Some(_), None) => Err(problem::SIGN_IN),
            (Some(required), Some(role)) if role < required => Err(AccessProblem::forbidden(required, role)),
            _ => Ok(()),
        }
    }

    /// Checks that a principal may send requests at all.
    ///
    /// # Errors
    /// See [`Self::require`].
    pub fn may_read(&self, principal: &Principal) -> Result<(), AccessProblem> {
        Self::require(principal, self.reading)
    }

    /// Checks that a principal may read the schema by introspection.
    ///
    /// # Errors
    /// See [`Self::require`].
    pub fn may_introspect(&self, principal: &Principal) -> Result<(), AccessProblem> {
        Self::require(principal, self.introspection)
    }

    /// Checks that a principal may see the plans and SQL statements of operations, which requires the role `admin`.
    ///
    /// # Errors
    /// See [`Self::require`].
    pub fn may_see_plans(&self, principal: &Principal) -> Result<(), AccessProblem> {
        Self::require(principal, Some(Role::Admin))
    }

    /// Checks that a principal may open the playground.
    ///
    /// # Errors
    /// See [`Self::require`].
    pub fn may_open_playground(&self, principal: &Principal) -> Result<(), AccessProblem> {
        Self::require(principal, self.playground)
    }
}
