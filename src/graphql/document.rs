//! Documents that fit the schema. Fields, types and enumeration values are those of the schema itself, which is there for good.

use super::{
    mistake::Position,
    schema::{Field as Definition, Schema, Type},
    tree::OperationKind,
    types::TypeRef,
    value::{Template, Value},
};

/// A document that may be run.
pub struct Document {
    /// The schema that it fits.
    pub schema: &'static Schema,
    /// Its operations.
    pub operations: Vec<Operation>,
    /// Its fragments, which spreads name by their place.
    pub fragments: Vec<Fragment>,
}

/// An operation.
pub struct Operation {
    /// Its name; `None` when it is anonymous.
    pub name: Option<Box<str>>,
    /// What kind it is.
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
    /// Its place among the variables of the document: those of one name in several operations have the same.
    pub place: usize,
    /// Where it is declared.
    pub position: Position,
    /// Its type.
    pub ty: TypeRef,
    /// Its default; `None` when it has none.
    pub default: Option<Value>,
}

/// A fragment.
pub struct Fragment {
    /// The type that it is on.
    pub on: &'static Type,
    /// What it selects.
    pub selections: Vec<Selection>,
}

/// One selection.
pub enum Selection {
    /// A field.
    Field(Field),
    /// A fragment by its name.
    Spread {
        /// The place of the fragment in the document.
        fragment: usize,
        /// When it is left out.
        conditions: Box<[Conditional]>,
    },
    /// A fragment as it stands here.
    Inline {
        /// The type that it is on; `None` for the type around it.
        on: Option<&'static Type>,
        /// When it is left out.
        conditions: Box<[Conditional]>,
        /// What it selects.
        selections: Vec<Selection>,
    },
}

/// A field.
pub struct Field {
    /// The alias; `None` when the response has it under its name.
    pub alias: Option<Box<str>>,
    /// The field of the schema.
    pub definition: &'static Definition,
    /// Where it stands.
    pub position: Position,
    /// The arguments that are given.
    pub arguments: Box<[(&'static str, Template)]>,
    /// When it is left out.
    pub conditions: Box<[Conditional]>,
    /// What it selects.
    pub selections: Vec<Selection>,
}

/// `@skip` or `@include`.
pub struct Conditional {
    /// The value of `if` with which the selection is left out: true for `@skip`.
    pub leaves_out: bool,
    /// The argument `if`.
    pub when: Template,
    /// Where the directive stands.
    pub position: Position,
}

impl Field {
    /// The name that it has in the response.
    #[must_use]
    pub fn key(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.definition.name)
    }

    /// An argument that is given; `None` when it is not.
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
