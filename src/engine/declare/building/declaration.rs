//! Declares the fields of content types, parts and service records, which are stored in tables.

use std::marker::PhantomData;

use sea_orm::{EntityTrait, IdenStatic as _, Iterable as _};

use super::{
    CatalogBuilder,
    field::{many, push},
};
use crate::{
    engine::{
        canonical::CanonicalObject,
        catalog::{
            DerivedLink, Field, Format, Function, InDocument, Kind, Layout, LibraryView, Origin, Scalar, Searched, Through,
            ThroughStep, Via,
        },
        declare::{Choice, Content, Part, ServiceRecord, Value, history::HistoryEntry},
    },
    entity::record_change,
};

/// Name of the field with the former slugs of a record, and of its column.
pub const FORMERLY: &str = "formerly";

/// The fields of a content type, a part or a service record, each with its column.
pub struct Declaration<'a, E: EntityTrait> {
    builder: &'a mut CatalogBuilder,
    pub(super) fields: Vec<Field>,
    entity: PhantomData<E>,
}

impl<'a, E: EntityTrait> Declaration<'a, E> {
    pub(super) fn new(builder: &'a mut CatalogBuilder) -> Self {
        Self { builder, fields: Vec::new(), entity: PhantomData }
    }

    fn add(&mut self, name: &'static str, column: Option<&'static str>, kind: Kind, about: &'static str) -> &mut Field {
        push(&mut self.fields, name, column, kind, about)
    }

    /// Adds the fields that all content types have.
    pub(super) fn content_fields(&mut self, layout: Layout) {
        let column = |name: &str| {
            let found = E::Column::iter().find(|column| column.as_str() == name).map(|column| column.as_str());
            assert!(found.is_some(), "a content table needs the column {name}");
            found
        };
        let about = "Typed id for `node(id:)`: unique in the service, opaque to clients.";
        let id = self.add("id", column("id"), Kind::Id(None), about);
        (id.required, id.indexed, id.origin) = (true, true, Origin::Service);
        let text = Kind::Scalar(Scalar::Text);
        self.add(
            "slug",
            column("slug"),
            text,
            "Name in URLs and documents: lowercase letters, digits and hyphens; unique per type.",
        )
        .required()
        .indexed()
        .searched(Searched::Identifier);
        let texts = Kind::Scalars(Scalar::Text);
        let about = "Earlier slugs, latest first. Each of them still finds the record with `by: {slug:}`. Empty if it was never \
                     renamed.";
        self.add(FORMERLY, column(FORMERLY), texts, about).format(Format::Slug).searched(Searched::FormerSlug);
        let int = Kind::Scalar(Scalar::Int);
        let revision =
            self.add("revision", column("revision"), int, "Revision of the library that changed this record last.");
        (revision.required, revision.indexed, revision.origin) = (true, true, Origin::Service);
        let text = Kind::Scalar(Scalar::Text);
        self.add("notice", column("notice"), text, "Notice that must be shown with this record.").required();
        let (column, about) = if layout == Layout::Embedded {
            let about = "Changes of this record, newest first. Changes by the first revision are not listed. Empty if \
                         there are none.";
            (record_change::Column::RecordId, about)
        } else {
            let about = "Changes of this record, and of the records that are embedded in its document, newest first. \
                         Changes by the first revision are not listed. Empty if there are none.";
            (record_change::Column::DocumentId, about)
        };
        self.records::<HistoryEntry>("history", column, "revision", about).latest_first();
        let attribution = self.add("attribution", None, Kind::Attribution, "How to credit this record.");
        (attribution.required, attribution.origin) = (true, Origin::Service);
    }

    /// Returns the field with the former slugs, so that a type with composed slugs can derive them.
    ///
    /// # Panics
    /// If the fields that all content types have were not added, which is an error in the program.
    pub fn formerly(&mut self) -> &mut Field {
        let Some(field) = self.fields.iter_mut().find(|field| field.name == FORMERLY) else {
            panic!("only content types have former slugs")
        };
        field
    }

    /// Declares a text.
    pub fn text(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        self.add(name, Some(column.as_str()), Kind::Scalar(Scalar::Text), about)
    }

    /// Declares a list of texts.
    pub fn texts(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        self.add(name, Some(column.as_str()), Kind::Scalars(Scalar::Text), about)
    }

    /// Declares a 32-bit integer.
    pub fn int(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        self.add(name, Some(column.as_str()), Kind::Scalar(Scalar::Int), about)
    }

    /// Declares a floating point number.
    pub fn float(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        self.add(name, Some(column.as_str()), Kind::Scalar(Scalar::Float), about)
    }

    /// Declares a boolean.
    pub fn boolean(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        self.add(name, Some(column.as_str()), Kind::Scalar(Scalar::Boolean), about)
    }

    /// Declares a value of an enumeration.
    pub fn choice<C: Choice>(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        let choice = Scalar::Choice(self.builder.choice_ix::<C>());
        self.add(name, Some(column.as_str()), Kind::Scalar(choice), about)
    }

    /// Declares a list of values of an enumeration.
    pub fn choices<C: Choice>(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        let choice = Scalar::Choice(self.builder.choice_ix::<C>());
        self.add(name, Some(column.as_str()), Kind::Scalars(choice), about)
    }

    /// Declares a value object.
    pub fn value<V: Value>(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        let value = self.builder.value_ix::<V>();
        self.add(name, Some(column.as_str()), Kind::Value(value), about)
    }

    /// Declares a list of value objects.
    pub fn values<V: Value>(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        let value = self.builder.value_ix::<V>();
        self.add(name, Some(column.as_str()), Kind::Values(value), about)
    }

    /// Declares a reference to one record, through a foreign key column.
    pub fn one<C: Content>(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        let target = self.builder.content_target::<C>();
        let field = self.add(name, Some(column.as_str()), Kind::One(target), about);
        field.indexed = true;
        field
    }

    /// Declares a short list of references, stored as ids in a JSON column. The ids are read together with the owner.
    /// One statement then reads the records for all owners of a level.
    pub fn refs<C: Content>(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        let target = self.builder.content_target::<C>();
        self.add(name, Some(column.as_str()), Kind::Refs(target), about)
    }

    /// Declares a reference to one service record, through a column with its id.
    pub fn record<R: ServiceRecord>(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        let target = self.builder.service_record_target::<R>();
        self.add(name, Some(column.as_str()), Kind::One(target), about)
    }

    /// Declares the typed id of a record that may have been deleted: a column with its id, and a column with its type.
    pub fn record_id(
        &mut self,
        name: &'static str,
        column: E::Column,
        type_name: E::Column,
        about: &'static str,
    ) -> &mut Field {
        self.add(name, Some(column.as_str()), Kind::Id(Some(type_name.as_str())), about)
    }

    /// Declares the service records whose `column` has the id of this record, in the order of the column `order`.
    pub fn records<R: ServiceRecord>(
        &mut self,
        name: &'static str,
        column: <R::Entity as EntityTrait>::Column,
        order: &'static str,
        about: &'static str,
    ) -> &mut Field {
        let target = self.builder.service_record_target::<R>();
        let via = Via::ForeignKey { column: column.as_str(), order: Some(order) };
        let field = self.add(name, None, many(target, via, InDocument::Absent), about);
        if let Kind::Many(many) = &mut field.kind {
            many.of_service_records = true;
        }
        field.origin = Origin::Service;
        field
    }

    /// Declares the other end of a foreign key: the records of type `C` whose `column` has the id of this record.
    pub fn many<C: Content>(
        &mut self,
        name: &'static str,
        column: <C::Entity as EntityTrait>::Column,
        about: &'static str,
    ) -> &mut Field {
        let target = self.builder.content_target::<C>();
        let via = Via::ForeignKey { column: column.as_str(), order: None };
        self.add(name, None, many(target, via, InDocument::Absent), about)
    }

    /// Declares records that this record owns: their content documents are embedded in its content document, and they
    /// are deleted with it. `column` has the id of the owner; the target's table has a column `position`.
    pub fn owns<C: Content>(
        &mut self,
        name: &'static str,
        column: <C::Entity as EntityTrait>::Column,
        about: &'static str,
    ) -> &mut Field {
        let target = self.builder.content_target::<C>();
        let via = Via::ForeignKey { column: column.as_str(), order: Some("position") };
        self.add(name, None, many(target, via, InDocument::Embedded), about)
    }

    /// Declares the parts of the record, in order. `column` of the part's table has the id of the owner.
    pub fn parts<P: Part>(
        &mut self,
        name: &'static str,
        column: <P::Entity as EntityTrait>::Column,
        about: &'static str,
    ) -> &mut Field {
        let part = self.builder.part_target::<P>();
        self.add(name, None, Kind::Parts { part, owner: column.as_str() }, about)
    }

    /// Declares records that the content document lists by slug, through the link table `L`.
    pub fn links<C: Content, L: EntityTrait>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.link::<C, L>(name, false, InDocument::Slugs, about)
    }

    /// Declares all records of type `C` that the content document refers to, through the link table `L`.
    pub fn mentions<C: Content, L: EntityTrait>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.link::<C, L>(name, false, InDocument::Mentions(false), about)
    }

    /// Like [`Self::mentions`], including the references of embedded content documents.
    pub fn mentions_deep<C: Content, L: EntityTrait>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.link::<C, L>(name, false, InDocument::Mentions(true), about)
    }

    /// Declares records that `derive` selects from the library, through the link table `L`.
    pub fn derived_links<C: Content, L: EntityTrait>(
        &mut self,
        name: &'static str,
        derive: fn(&dyn LibraryView, &str, &CanonicalObject) -> Vec<DerivedLink>,
        about: &'static str,
    ) -> &mut Field {
        self.link::<C, L>(name, false, InDocument::Derived(derive), about)
    }

    /// Declares the other end of the link table `L`: the records of type `C` that link to this record.
    pub fn linked_from<C: Content, L: EntityTrait>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.link::<C, L>(name, true, InDocument::Absent, about)
    }

    /// Declares a relation through other records. `first` is a to-many field of this type with records of type `B`. Their
    /// field `second` leads to records of type `C`, and the list has each of these once. If one of these two fields has
    /// switches ([`Field::switch`]), the relation has the same switches. `default_order` is the default order of the list
    /// ([`Through::default_order`]).
    pub fn through<B: Content, C: Content>(
        &mut self,
        name: &'static str,
        (first, second): (&'static str, &'static str),
        default_order: &'static [(Function, &'static str)],
        about: &'static str,
    ) -> &mut Field {
        let between = self.builder.content_target::<B>();
        let target = self.builder.content_target::<C>();
        // The two fields may not be declared yet, so `CatalogBuilder::finish` sets the owner and the steps.
        let (owner, near, far) = ("", ThroughStep::Key(""), ThroughStep::Key(""));
        let via = Via::Through(Through { owner, first, second, between, near, far, default_order });
        self.add(name, None, many(target, via, InDocument::Absent), about)
    }

    fn link<C: Content, L: EntityTrait>(
        &mut self,
        name: &'static str,
        reverse: bool,
        document: InDocument,
        about: &'static str,
    ) -> &mut Field {
        let target = self.builder.content_target::<C>();
        let via = Via::Link { table: L::default().table_name(), reverse };
        self.add(name, None, many(target, via, document), about)
    }
}
