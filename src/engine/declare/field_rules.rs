//! The rules by which a field appears in GraphQL, in filters, in orders and in documents.

use super::catalog::{Field, InDocument, Kind, Origin, Scalar};

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

    /// Reports whether `where` has the field.
    #[must_use]
    pub fn is_filterable(&self) -> bool {
        match self.kind {
            Kind::Id | Kind::Scalar(_) => self.indexed,
            Kind::One(_) => self.column.is_some(),
            Kind::Parts { .. } | Kind::Many(_) => true,
            Kind::Scalars(_) | Kind::Value(_) | Kind::Values(_) | Kind::Refs(_) => false,
        }
    }

    /// Reports whether `orderBy` has the field. It has every filterable field but the id, which breaks ties in every order.
    #[must_use]
    pub fn is_sortable(&self) -> bool {
        self.is_filterable() && !matches!(self.kind, Kind::Id)
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
