//! Principals: the identity and role that a request has proved by its credentials.

use super::Role;

/// The identity that a request has proved, with its role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The identity.
    pub identity: Identity,
    /// The role; `None` for the anonymous principal, which may do only what requires no role.
    pub role: Option<Role>,
}

/// How a principal is identified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Not identified: the request has no credentials.
    Anonymous,
    /// By an API key.
    Key {
        /// The public id of the key.
        id: String,
        /// The name that the operator has chosen for the key.
        name: String,
    },
    /// By a token of a trusted issuer.
    Token {
        /// The user as identified by the issuer: the claim `sub`.
        subject: String,
    },
}

/// The author of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// Identifies the author among all principals, for programs.
    pub id: String,
    /// The name of the key, or the subject of the token, for the history.
    pub name: String,
}

impl Principal {
    /// The principal of requests without credentials.
    pub const ANONYMOUS: Self = Self { identity: Identity::Anonymous, role: None };

    /// Returns the principal as the author of changes; `None` for the anonymous principal, which may change nothing.
    #[must_use]
    pub fn author(&self) -> Option<Author> {
        match &self.identity {
            Identity::Anonymous => None,
            Identity::Key { id, name } => Some(Author { id: format!("key:{id}"), name: name.clone() }),
            Identity::Token { subject } => Some(Author { id: format!("subject:{subject}"), name: subject.clone() }),
        }
    }
}
