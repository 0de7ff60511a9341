//! The rules by which a field appears in GraphQL, in filters, in orders and in documents.

use super::catalog::{Field, InDocument, Kind, Many, Origin, Scalar, Target};

/// What a filter or a sort key compares, for a field.
#[derive(Clone, Copy, Debug)]
pub enum Criterion<'f> {
    /// The column of the primary key.
    Id(&'static str),
    /// A column with a scalar.
    Scalar(&'static str, Scalar),
    /// A related record: the column of its foreign key, and its type.
    One(&'static str, Target),
    /// The parts of a record: the column of their table that names the owner, and their type.
    Parts(&'static str, Target),
    /// Related records.
    Many(&'f Many),
}

impl Field {
    /// Reports whether the field may be null in GraphQL.
    #[must_use]
    pub fn is_nullable(&self) -> bool {
        !self.is_list() && !self.required && !matches!(self.kind, Kind::Id)
    }

    /// Reports whether the field is a list or a connection.
    #[must_use]
    pub fn is_list(&self) -> bool {
        match self.kind {
            Kind::Scalars(_) | Kind::Values(_) | Kind::Refs(_) | Kind::Parts { .. } | Kind::Many(_) => true,
            Kind::Id | Kind::Scalar(_) | Kind::Value(_) | Kind::One(_) => false,
        }
    }

    /// Returns what `where` compares of the field; `None` if `where` does not have it.
    #[must_use]
    pub fn filtered_by(&self) -> Option<Criterion<'_>> {
        match (&self.kind, self.column) {
            (Kind::Id, Some(column)) if self.indexed => Some(Criterion::Id(column)),
            (Kind::Scalar(scalar), Some(column)) if self.indexed => Some(Criterion::Scalar(column, *scalar)),
            (Kind::One(target), Some(column)) => Some(Criterion::One(column, *target)),
            (Kind::Parts { part, owner }, _) => Some(Criterion::Parts(owner, *part)),
            (Kind::Many(many), _) => Some(Criterion::Many(many)),
            _ => None,
        }
    }

    /// Returns what `orderBy` compares of the field; `None` if `orderBy` does not have it. `orderBy` has every field that
    /// `where` has, except the id, which breaks ties in every order.
    #[must_use]
    pub fn sorted_by(&self) -> Option<Criterion<'_>> {
        self.filtered_by().filter(|criterion| !matches!(criterion, Criterion::Id(_)))
    }

    /// Reports whether documents contain the field.
    #[must_use]
    pub fn is_in_documents(&self) -> bool {
        let has_key = match &self.kind {
            Kind::Id => false,
            Kind::Many(many) => matches!(many.document, InDocument::Embedded | InDocument::Slugs),
            _ => true,
        };
        has_key && matches!(self.origin, Origin::Document)
    }

    /// Reports whether the column of the field contains text that is written into responses unchanged.
    #[must_use]
    pub fn is_stored_text(&self) -> bool {
        matches!(self.kind, Kind::Scalar(Scalar::Text | Scalar::Choice(_)) | Kind::Scalars(_))
    }
}
