//! Roles: what a principal may do.

use std::fmt;

use clap::ValueEnum;

/// A role. Each includes the roles before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Role {
    /// May read what is published
    Reader,
    /// May also check changes by dry runs
    Editor,
    /// May also publish changes
    Publisher,
    /// May do everything
    Admin,
}

impl Role {
    /// Returns the name in lower case, as it is stored, configured and claimed by tokens.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Editor => "editor",
            Self::Publisher => "publisher",
            Self::Admin => "admin",
        }
    }

    /// Returns the role of this name; `None` if there is none.
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
            assert_eq!(role.to_possible_value().unwrap().get_name(), role.name());
        }
        assert_eq!(Role::named("Admin"), None);
    }
}
