//! Roles: how much a caller may do.

use std::fmt;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A role. Each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads what is published
    Reader,
    /// Prepares changes, too
    Editor,
    /// Publishes them, too
    Publisher,
    /// Does everything
    Admin,
}

impl Role {
    /// Its name, in small letters, as it is stored, configured and claimed by tokens.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Editor => "editor",
            Self::Publisher => "publisher",
            Self::Admin => "admin",
        }
    }

    /// The role of this name; `None` when there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::value_variants().iter().copied().find(|role| role.name() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_ordered_and_have_one_name_everywhere() {
        assert!(Role::value_variants().is_sorted());
        for role in Role::value_variants() {
            assert_eq!(Role::named(role.name()), Some(*role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
            assert_eq!(role.to_possible_value().unwrap().get_name(), role.name());
        }
        assert_eq!(Role::named("Admin"), None);
    }
}
