//! Syntax trees of documents. Names and numbers are slices of the text.

use super::{error::Position, types::TypeRef};

/// A document: operations and fragments.
#[derive(Debug, Default)]
pub struct Document<'t> {
    /// Its operations, in order.
    pub operations: Vec<Operation<'t>>,
    /// Its fragments, in order.
    pub fragments: Vec<Fragment<'t>>,
}

/// A name and its position.
#[derive(Clone, Copy, Debug)]
pub struct Name<'t> {
    /// The name.
    pub text: &'t str,
    /// Where it starts.
    pub position: Position,
}

/// The kinds of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    /// Reads once.
    Query,
    /// Makes changes or a dry run, and then reads.
    Mutation,
    /// Sends a response now and after each publication.
    Subscription,
}

/// An operation.
#[derive(Debug)]
pub struct Operation<'t> {
    /// Its kind.
    pub kind: OperationKind,
    /// Its name; `None` if it is anonymous.
    pub name: Option<Name<'t>>,
    /// Where it starts.
    pub position: Position,
    /// The variables that it declares.
    pub variables: Vec<Variable<'t>>,
    /// Its directives.
    pub directives: Vec<Directive<'t>>,
    /// What it selects.
    pub selections: Vec<Selection<'t>>,
}

/// The declaration of a variable.
#[derive(Debug)]
pub struct Variable<'t> {
    /// Where it starts.
    pub position: Position,
    /// Its name, without the dollar sign.
    pub name: Name<'t>,
    /// Its type.
    pub ty: TypeRef,
    /// Where its type starts.
    pub ty_position: Position,
    /// Its default; `None` if it has none.
    pub default: Option<Value<'t>>,
    /// Its directives.
    pub directives: Vec<Directive<'t>>,
}

/// A fragment.
#[derive(Debug)]
pub struct Fragment<'t> {
    /// Its name.
    pub name: Name<'t>,
    /// Its type condition.
    pub on: Name<'t>,
    /// Its directives.
    pub directives: Vec<Directive<'t>>,
    /// What it selects.
    pub selections: Vec<Selection<'t>>,
}

/// One selection.
#[derive(Debug)]
pub enum Selection<'t> {
    /// A field.
    Field(Field<'t>),
    /// `...Name`.
    Spread {
        /// The fragment's name.
        name: Name<'t>,
        /// Its directives.
        directives: Vec<Directive<'t>>,
    },
    /// `... on Type { }` or `... { }`.
    Inline {
        /// Where it starts.
        position: Position,
        /// Its type condition; `None` for the enclosing type.
        on: Option<Name<'t>>,
        /// Its directives.
        directives: Vec<Directive<'t>>,
        /// What it selects.
        selections: Vec<Selection<'t>>,
    },
}

/// A field.
#[derive(Debug)]
pub struct Field<'t> {
    /// The alias; `None` if it has none.
    pub alias: Option<Name<'t>>,
    /// The field's name.
    pub name: Name<'t>,
    /// Its arguments.
    pub arguments: Vec<Argument<'t>>,
    /// Its directives.
    pub directives: Vec<Directive<'t>>,
    /// What it selects; empty if it has no selection set. A selection set itself is never empty.
    pub selections: Vec<Selection<'t>>,
}

/// An argument, or a field of an input object.
#[derive(Debug)]
pub struct Argument<'t> {
    /// Its name.
    pub name: Name<'t>,
    /// Its value.
    pub value: Value<'t>,
}

/// A directive.
#[derive(Debug)]
pub struct Directive<'t> {
    /// Where it starts.
    pub position: Position,
    /// Its name, without the at sign.
    pub name: Name<'t>,
    /// Its arguments.
    pub arguments: Vec<Argument<'t>>,
}

/// A value and its position.
#[derive(Debug)]
pub struct Value<'t> {
    /// Where it starts.
    pub position: Position,
    /// The value.
    pub literal: Literal<'t>,
}

/// A value.
#[derive(Debug)]
pub enum Literal<'t> {
    /// A variable, by its name.
    Variable(&'t str),
    /// An integer, as written.
    Int(&'t str),
    /// A number with a fraction or an exponent, as written.
    Float(&'t str),
    /// The value of a string, without quotation marks and escapes.
    Text(String),
    /// True or false.
    Boolean(bool),
    /// Null.
    Null,
    /// A value of an enumeration.
    Enum(&'t str),
    /// A list.
    List(Vec<Value<'t>>),
    /// An input object.
    Object(Vec<Argument<'t>>),
}

impl<'t> Selection<'t> {
    /// Its directives.
    #[must_use]
    pub fn directives(&self) -> &[Directive<'t>] {
        match self {
            Self::Field(Field { directives, .. }) | Self::Spread { directives, .. } | Self::Inline { directives, .. } => {
                directives
            }
        }
    }
}

impl<'t> Field<'t> {
    /// Returns the response key and its position.
    #[must_use]
    pub fn key(&self) -> Name<'t> {
        self.alias.unwrap_or(self.name)
    }
}

impl Literal<'_> {
    /// Returns the kind of the value, for messages.
    #[must_use]
    pub fn described(&self) -> &'static str {
        match self {
            Self::Variable(_) => "a variable",
            Self::Int(_) => "Int",
            Self::Float(_) => "Float",
            Self::Text(_) => "String",
            Self::Boolean(_) => "Boolean",
            Self::Null => "null",
            Self::Enum(_) => "an enum value",
            Self::List(_) => "a list",
            Self::Object(_) => "an input object",
        }
    }
}
