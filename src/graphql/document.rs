//! Validated documents. They borrow fields, types and enumeration values from the schema, which lives as long as the
//! process.

use super::{
    error::Position,
    schema::{Field as Definition, Schema, Type},
    tree::OperationKind,
    types::TypeRef,
    value::{Template, Value},
};

/// A validated document.
pub struct Document {
    /// The schema that it was validated against.
    pub schema: &'static Schema,
    /// Its operations.
    pub operations: Vec<Operation>,
    /// Its fragments; spreads refer to them by their index.
    pub fragments: Vec<Fragment>,
}

/// An operation.
pub struct Operation {
    /// Its name; `None` when it is anonymous.
    pub name: Option<Box<str>>,
    /// Its kind.
    pub kind: OperationKind,
    /// The root type.
    pub root: &'static Type,
    /// Where it starts.
    pub position: Position,
    /// The variables that it declares.
    pub variables: Vec<Variable>,
    /// What it selects.
    pub selections: Vec<Selection>,
}

/// A variable of an operation.
pub struct Variable {
    /// Its name, without the dollar sign.
    pub name: Box<str>,
    /// Index among the variables of the document. Variables of the same name in several operations share one index.
    pub index: usize,
    /// Where it is declared.
    pub position: Position,
    /// Its type.
    pub ty: TypeRef,
    /// Its default; `None` if it has none.
    pub default: Option<Value>,
}

/// A fragment.
pub struct Fragment {
    /// Its type condition.
    pub on: &'static Type,
    /// What it selects.
    pub selections: Vec<Selection>,
}

/// One selection.
pub enum Selection {
    /// A field.
    Field(Field),
    /// A spread of a named fragment.
    Spread {
        /// Index of the fragment in the document.
        fragment: usize,
        /// Its `@skip` and `@include`.
        conditions: Box<[Conditional]>,
    },
    /// An inline fragment.
    Inline {
        /// Its type condition; `None` for the enclosing type.
        on: Option<&'static Type>,
        /// Its `@skip` and `@include`.
        conditions: Box<[Conditional]>,
        /// What it selects.
        selections: Vec<Selection>,
    },
}

/// A field.
pub struct Field {
    /// The alias; `None` if it has none or the alias equals the name.
    pub alias: Option<Box<str>>,
    /// The field of the schema.
    pub definition: &'static Definition,
    /// Where it starts.
    pub position: Position,
    /// The arguments in the document, without defaults.
    pub arguments: Box<[(&'static str, Template)]>,
    /// Its `@skip` and `@include`.
    pub conditions: Box<[Conditional]>,
    /// What it selects.
    pub selections: Vec<Selection>,
}

/// `@skip` or `@include`.
pub struct Conditional {
    /// The value of `if` with which the directive excludes the selection: true for `@skip`, false for `@include`.
    pub skips_if: bool,
    /// The argument `if`.
    pub when: Template,
    /// Where the directive starts.
    pub position: Position,
}

impl Field {
    /// Returns the response key.
    #[must_use]
    pub fn key(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.definition.name)
    }

    /// Returns an argument by its name; `None` if the document does not have it.
    #[must_use]
    pub fn argument(&self, name: &str) -> Option<&Template> {
        self.arguments.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

impl Selection {
    /// Its `@skip` and `@include`.
    #[must_use]
    pub fn conditions(&self) -> &[Conditional] {
        match self {
            Self::Field(Field { conditions, .. }) | Self::Spread { conditions, .. } | Self::Inline { conditions, .. } => {
                conditions
            }
        }
    }
}
