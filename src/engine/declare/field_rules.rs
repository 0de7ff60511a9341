//! The rules by which a field appears in GraphQL, in filters, in orders and in content documents.

use super::catalog::{
    Catalog, ContentRole, Field, InDocument, Kind, Layout, Many, ObjectIx, ObjectKind, ObjectType, Origin, Scalar, SlugRule,
    Target, Through, Via, words,
};

/// The member with the slug of a record.
pub const SLUG: &str = "slug";
/// Maximum length of a slug, in characters.
pub const MAX_SLUG: usize = 128;
/// The member with the sources of an object; nested objects inherit it.
pub const SOURCES: &str = "sources";
/// The member with the sources of single fields: a mapping in files, and a list of fields and sources elsewhere.
pub const FIELD_SOURCES: &str = "fieldSources";
/// The member of an entry of [`FIELD_SOURCES`] that names the field.
pub const FIELD: &str = "field";
/// The member with the position in a list, from 1.
pub const POSITION: &str = "position";
/// The member with the notice, which embedded records inherit.
pub const NOTICE: &str = "notice";

/// The member with the key of an entry of a list. Every type of entries has it without a declaration.
pub const KEY: &str = "key";

/// What a filter or a sort key compares. The string in a variant is the name of the column of the field. For a member of
/// a value object, it is the name of the member in the JSON.
#[derive(Clone, Copy, Debug)]
pub enum Criterion<'f> {
    /// The primary key.
    Id(&'static str),
    /// A scalar.
    Scalar(&'static str, Scalar),
    /// A list of texts or of values of an enumeration.
    List(&'static str, Scalar),
    /// A value object.
    Value(&'static str, ObjectIx),
    /// A list of value objects.
    Values(&'static str, ObjectIx),
    /// A related record: the column of its foreign key, and its type.
    One(&'static str, Target),
    /// The parts of a record: the column of their table with the id of the owner, and their type.
    Parts(&'static str, Target),
    /// Related records.
    Many(&'f Many),
}

impl Field {
    /// Reports whether the field may be null in GraphQL.
    #[must_use]
    pub fn is_nullable(&self) -> bool {
        !self.is_list() && !self.required && !matches!(self.kind, Kind::Id(_))
    }

    /// Reports whether the field is a list or a connection.
    #[must_use]
    pub fn is_list(&self) -> bool {
        match self.kind {
            Kind::Scalars(_) | Kind::Values(_) | Kind::Refs(_) | Kind::Parts { .. } | Kind::Many(_) => true,
            Kind::Id(_) | Kind::Scalar(_) | Kind::Value(_) | Kind::One(_) | Kind::Attribution => false,
        }
    }

    /// Returns what `where` compares of the field; `None` if `where` does not have it.
    #[must_use]
    pub fn filtered_by(&self) -> Option<Criterion<'_>> {
        let name = self.column.unwrap_or(self.name);
        match (&self.kind, self.column) {
            (Kind::Id(_), Some(column)) if self.indexed => Some(Criterion::Id(column)),
            (Kind::Scalar(scalar), _) if self.indexed => Some(Criterion::Scalar(name, *scalar)),
            (Kind::Scalars(scalar @ (Scalar::Text | Scalar::Choice(_))), _) if self.indexed => {
                Some(Criterion::List(name, *scalar))
            }
            (Kind::Value(ix), _) if self.indexed => Some(Criterion::Value(name, *ix)),
            (Kind::Values(ix), _) if self.indexed => Some(Criterion::Values(name, *ix)),
            (Kind::One(target), Some(column)) => Some(Criterion::One(column, *target)),
            (Kind::Parts { part, owner }, _) => Some(Criterion::Parts(owner, *part)),
            (Kind::Many(many), _) if !many.of_service_records => Some(Criterion::Many(many)),
            _ => None,
        }
    }

    /// Returns what `orderBy` compares of the field; `None` if `orderBy` does not have it. `orderBy` has every field that
    /// `where` has, except lists inside JSON, which have no order, and the id, which breaks ties in every order.
    #[must_use]
    pub fn sorted_by(&self) -> Option<Criterion<'_>> {
        self.filtered_by()
            .filter(|criterion| !matches!(criterion, Criterion::Id(_) | Criterion::List(..) | Criterion::Values(..)))
    }

    /// Reports whether content documents contain the field.
    #[must_use]
    pub fn is_in_documents(&self) -> bool {
        let has_key = match &self.kind {
            Kind::Id(_) => false,
            Kind::Many(many) => matches!(many.document, InDocument::Embedded | InDocument::Slugs),
            _ => true,
        };
        has_key && matches!(self.origin, Origin::Document)
    }

    /// Returns the type of the objects in a field: value objects, parts or embedded records.
    #[must_use]
    pub fn nested(&self) -> Option<ObjectIx> {
        match &self.kind {
            Kind::Value(object) | Kind::Values(object) => Some(*object),
            Kind::Parts { part: target, .. } | Kind::Many(Many { target, document: InDocument::Embedded, .. }) => {
                Some(target.ix)
            }
            _ => None,
        }
    }

    /// Returns the member that identifies an entry in a list of objects; `None` for other fields. It is [`FIELD`] for the
    /// sources of single fields, [`SLUG`] for embedded records, and [`KEY`] for all other entries.
    #[must_use]
    pub fn identity(&self) -> Option<&'static str> {
        match &self.kind {
            Kind::Values(_) if self.name == FIELD_SOURCES => Some(FIELD),
            Kind::Values(_) | Kind::Parts { .. } => Some(KEY),
            Kind::Many(Many { document: InDocument::Embedded, .. }) => Some(SLUG),
            _ => None,
        }
    }

    /// Returns the type of embedded records, and the column of their table with the id of the owner.
    #[must_use]
    pub fn embedded(&self) -> Option<(ObjectIx, &'static str)> {
        match &self.kind {
            Kind::Many(Many { target, via: Via::ForeignKey { column, .. }, document: InDocument::Embedded, .. }) => {
                Some((target.ix, column))
            }
            _ => None,
        }
    }

    /// Returns the relation through other records, and the type of the related records; `None` for other fields.
    #[must_use]
    pub fn through(&self) -> Option<(&Through, Target)> {
        match &self.kind {
            Kind::Many(Many { via: Via::Through(through), target, .. }) => Some((through, *target)),
            _ => None,
        }
    }

    /// Reports whether the column of the field contains text that is written into responses unchanged.
    #[must_use]
    pub fn is_stored_text(&self) -> bool {
        matches!(self.kind, Kind::Scalar(Scalar::Text | Scalar::Choice(_)) | Kind::Scalars(_))
    }
}

impl ObjectType {
    /// Returns the plural of its name, in words: `treatment outcomes`.
    #[must_use]
    pub fn plural_words(&self) -> String {
        match &self.kind {
            ObjectKind::Content(role) => words(role.plural),
            ObjectKind::Part { .. } => format!("{}s", words(self.name)),
            ObjectKind::ServiceRecord { plural_words, .. } => (*plural_words).to_owned(),
            ObjectKind::Value => format!("objects of type {}", self.name),
        }
    }

    /// Returns the field that states a review of its records; `None` if they have no reviews.
    #[must_use]
    pub fn review(&self) -> Option<&Field> {
        self.fields.iter().find(|field| field.is_review)
    }

    /// Returns the properties of a content type whose records have content documents of their own; `None` for embedded
    /// records.
    #[must_use]
    pub fn with_own_documents(&self) -> Option<&ContentRole> {
        self.content().filter(|role| role.layout != Layout::Embedded)
    }

    /// Reports whether a content document of this type must have the field. Embedded records and objects inherit some
    /// fields from the object that contains them, and a composed slug is computed.
    #[must_use]
    pub fn needs(&self, catalog: &Catalog, field: &Field) -> bool {
        let is_inside = self.with_own_documents().is_none();
        let is_owner = || {
            catalog
                .objects()
                .flat_map(|object| &object.fields)
                .filter_map(Field::embedded)
                .any(|(embedded, column)| embedded == self.ix && field.column == Some(column))
        };
        let is_composed = || self.content().is_some_and(|role| matches!(role.slug, SlugRule::Composed(_)));
        let is_inherited_or_composed = match field.name {
            SLUG => is_composed(),
            SOURCES | POSITION | NOTICE => is_inside,
            _ => is_inside && matches!(field.kind, Kind::One(_)) && is_owner(),
        };
        field.required && field.default.is_none() && !is_inherited_or_composed
    }
}
