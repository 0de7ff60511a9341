//! The operators of filters: their names, their operands, and their descriptions.

use crate::engine::catalog::Scalar;

/// An operator of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Equal, with case ignored.
    EqIgnoreCase,
    /// Not equal, or null.
    Ne,
    /// Equal to an entry of a list.
    In,
    /// Not equal to any entry of a list, or null.
    NotIn,
    /// Less than.
    Lt,
    /// Less than or equal.
    Lte,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Gte,
    /// A list has an entry that equals a value.
    Has,
    /// A list has an entry that equals an entry of another list.
    HasAny,
    /// A list has every entry of another list.
    HasAll,
    /// Contains a text; for a list, an entry contains it.
    Contains,
    /// Starts with a text.
    StartsWith,
    /// Ends with a text.
    EndsWith,
    /// Null, or not null.
    IsNull,
}

/// What an operator compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// A typed id.
    Id,
    /// A scalar.
    Scalar(Scalar),
    /// A list of scalars.
    List(Scalar),
}

/// What an operator compares a value with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A value of the same type.
    Value,
    /// A list of values of the same type.
    List,
    /// True or false.
    Boolean,
}

impl Operator {
    /// All operators, in the order in which filters have them.
    const ALL: [Self; 16] = [
        Self::Eq,
        Self::EqIgnoreCase,
        Self::Ne,
        Self::In,
        Self::NotIn,
        Self::Lt,
        Self::Lte,
        Self::Gt,
        Self::Gte,
        Self::Has,
        Self::HasAny,
        Self::HasAll,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::IsNull,
    ];

    /// Iterates over the operators that compare values of this type.
    pub fn of(compared: Compared) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |operator| operator.compares(compared))
    }

    /// Returns the operator of this name in the filter; `None` if there is none.
    #[must_use]
    pub fn named(name: &str, compared: Compared) -> Option<Self> {
        Self::of(compared).find(|operator| operator.name() == name)
    }

    /// Returns its name in GraphQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::EqIgnoreCase => "eqIgnoreCase",
            Self::Ne => "ne",
            Self::In => "in",
            Self::NotIn => "notIn",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Has => "has",
            Self::HasAny => "hasAny",
            Self::HasAll => "hasAll",
            Self::Contains => "contains",
            Self::StartsWith => "startsWith",
            Self::EndsWith => "endsWith",
            Self::IsNull => "isNull",
        }
    }

    /// Returns what it compares a value with.
    #[must_use]
    pub fn operand(self) -> Operand {
        match self {
            Self::In | Self::NotIn | Self::HasAny | Self::HasAll => Operand::List,
            Self::IsNull => Operand::Boolean,
            Self::Eq
            | Self::EqIgnoreCase
            | Self::Ne
            | Self::Lt
            | Self::Lte
            | Self::Gt
            | Self::Gte
            | Self::Has
            | Self::Contains
            | Self::StartsWith
            | Self::EndsWith => Operand::Value,
        }
    }

    fn compares(self, compared: Compared) -> bool {
        let is_text = compared == Compared::Scalar(Scalar::Text);
        match self {
            Self::Has | Self::HasAny | Self::HasAll => matches!(compared, Compared::List(_)),
            Self::Contains => is_text || compared == Compared::List(Scalar::Text),
            _ if matches!(compared, Compared::List(_)) => false,
            Self::Eq | Self::Ne | Self::IsNull => true,
            Self::In | Self::NotIn => !matches!(compared, Compared::Scalar(Scalar::Float | Scalar::Boolean)),
            Self::Lt | Self::Lte | Self::Gt | Self::Gte => {
                !matches!(compared, Compared::Id | Compared::Scalar(Scalar::Boolean))
            }
            Self::EqIgnoreCase | Self::StartsWith | Self::EndsWith => is_text,
        }
    }

    /// Returns its description in the GraphQL schema.
    #[must_use]
    pub fn about(self, compared: Compared) -> &'static str {
        let is_text = matches!(compared, Compared::Scalar(Scalar::Text) | Compared::List(Scalar::Text));
        let is_number = matches!(compared, Compared::Scalar(Scalar::Int | Scalar::Float));
        match self {
            Self::Eq if is_text => "Equal to this, including case and accents.",
            Self::Eq => "Equal to this.",
            Self::EqIgnoreCase => "Equal to this. Case is ignored; accents are not.",
            Self::Ne => "Not equal to this. Null matches.",
            Self::In if is_text => "Equal to one of these, including case and accents. An empty list matches nothing.",
            Self::In => "Equal to one of these. An empty list matches nothing.",
            Self::NotIn => "Equal to none of these. Null matches.",
            Self::Lt if is_number => "Less than this.",
            Self::Lte if is_number => "Less than or equal to this.",
            Self::Gt if is_number => "Greater than this.",
            Self::Gte if is_number => "Greater than or equal to this.",
            Self::Lt => "Before this in ascending order.",
            Self::Lte => "Equal to this, or before it in ascending order.",
            Self::Gt => "After this in ascending order.",
            Self::Gte => "Equal to this, or after it in ascending order.",
            Self::Has if is_text => "An entry equals this, including case and accents.",
            Self::Has => "An entry equals this.",
            Self::HasAny if is_text => {
                "An entry equals one of these, including case and accents. An empty list matches nothing."
            }
            Self::HasAny => "An entry equals one of these. An empty list matches nothing.",
            Self::HasAll if is_text => {
                "Each of these equals an entry, including case and accents. An empty list matches everything."
            }
            Self::HasAll => "Each of these equals an entry. An empty list matches everything.",
            Self::Contains if matches!(compared, Compared::List(_)) => {
                "An entry contains this text. Case is ignored; accents are not."
            }
            Self::Contains => "Contains this text. Case is ignored; accents are not.",
            Self::StartsWith => "Starts with this text. Case is ignored; accents are not.",
            Self::EndsWith => "Ends with this text. Case is ignored; accents are not.",
            Self::IsNull => "True for null, false for everything else.",
        }
    }
}
