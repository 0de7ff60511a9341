//! References to types: a name with the lists and non-nulls around it (<https://spec.graphql.org/draft/#sec-Type-References>).

use std::{fmt, sync::Arc};

/// A reference to a type, for example `[String!]!`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeRef {
    /// A type by its name.
    Named(Arc<str>),
    /// A list of them.
    List(Box<TypeRef>),
    /// It is never null.
    NonNull(Box<TypeRef>),
}

impl TypeRef {
    /// Reads a reference that the program wrote, for example `"[String!]!"`.
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

    /// The name in its midst.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::List(inner) | Self::NonNull(inner) => inner.name(),
        }
    }

    /// True when it is never null.
    #[must_use]
    pub fn is_non_null(&self) -> bool {
        matches!(self, Self::NonNull(_))
    }

    /// The same but that it may be null.
    #[must_use]
    pub fn nullable(&self) -> &Self {
        match self {
            Self::NonNull(inner) => inner,
            other => other,
        }
    }

    /// True when each value of this input type is one of the other (<https://spec.graphql.org/draft/#AreTypesCompatible()>).
    #[must_use]
    pub fn fits(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::NonNull(inner), Self::NonNull(other)) | (Self::List(inner), Self::List(other)) => inner.fits(other),
            (Self::NonNull(inner), other) => inner.fits(other),
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
