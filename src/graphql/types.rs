//! References to types: the name of a type, wrapped in lists and non-null types
//! (<https://spec.graphql.org/draft/#sec-Type-References>).

use std::{fmt, sync::Arc};

/// A reference to a type, for example `[String!]!`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeRef {
    /// A type by its name.
    Named(Arc<str>),
    /// A list of another type.
    List(Box<TypeRef>),
    /// A non-null type.
    NonNull(Box<TypeRef>),
}

impl TypeRef {
    /// Parses a reference in the code of this program, for example `"[String!]!"`. It does not check the syntax.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if let Some(inner) = text.strip_suffix('!') {
            return Self::NonNull(Box::new(Self::of(inner)));
        }
        match text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
            Some(inner) => Self::List(Box::new(Self::of(inner))),
            None => Self::Named(text.into()),
        }
    }

    /// Returns the name of the innermost type.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::List(inner) | Self::NonNull(inner) => inner.name(),
        }
    }

    /// Reports whether the type is non-null.
    #[must_use]
    pub fn is_non_null(&self) -> bool {
        matches!(self, Self::NonNull(_))
    }

    /// Returns the same type without the outer non-null.
    #[must_use]
    pub fn nullable(&self) -> &Self {
        match self {
            Self::NonNull(inner) => inner,
            other => other,
        }
    }

    /// Reports whether each value of this input type is a value of the other
    /// (<https://spec.graphql.org/draft/#AreTypesCompatible()>).
    #[must_use]
    pub fn is_compatible_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::NonNull(inner), Self::NonNull(other)) | (Self::List(inner), Self::List(other)) => {
                inner.is_compatible_with(other)
            }
            (Self::NonNull(inner), other) => inner.is_compatible_with(other),
            (Self::Named(name), Self::Named(other)) => name == other,
            _ => false,
        }
    }
}

impl fmt::Display for TypeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::List(inner) => write!(f, "[{inner}]"),
            Self::NonNull(inner) => write!(f, "{inner}!"),
        }
    }
}
