//! Declarations: how a content type says what it is.
//!
//! A content type is one file with a marker type and one [`Content`] implementation; the value objects, parts and
//! enumerations that only it uses stand in the same file. There is nothing else to write per type: no resolver, no loader, no
//! filter, no reader.

use std::{collections::HashMap, marker::PhantomData};

use sea_orm::{EntityName, EntityTrait, IdenStatic, Iterable as _};
use serde_json::{Map, Value as Json};

use super::catalog::{
    Catalog, ChoiceIx, ChoiceType, ContentRole, DerivedLink, Field, Format, InDocument, Kind, Layout, LibraryView, Many,
    ObjectIx, ObjectType, Origin, Role, Scalar, SlugRule, Switch, Via,
};

/// A content type.
pub trait Content: 'static {
    /// Its table, which has the columns `id`, `slug`, `revision` and `notice` at least.
    type Entity: EntityTrait;
    /// GraphQL name.
    const NAME: &'static str;
    /// Description that readers of the API see.
    const ABOUT: &'static str;
    /// Root field for one.
    const SINGULAR: &'static str;
    /// Root field for the connection; also the key of its collection in documents.
    const PLURAL: &'static str;
    /// Where its documents stand.
    const LAYOUT: Layout;
    /// Where its slug comes from.
    const SLUG: SlugRule = SlugRule::Given;
    /// The field that orders lists of it when nothing else is asked for.
    const DEFAULT_ORDER: &'static str = "name";
    /// Lists its fields.
    fn declare(d: &mut Declaration<'_, Self::Entity>);
}

/// A part of content: rows of a table that belong to one owner and have no id of their own.
///
/// Its table has the columns `id`, `position` and one owner column for each type that has such parts.
pub trait Part: 'static {
    /// Its table.
    type Entity: EntityTrait;
    /// GraphQL name.
    const NAME: &'static str;
    /// Description that readers of the API see.
    const ABOUT: &'static str;
    /// Lists its fields.
    fn declare(d: &mut Declaration<'_, Self::Entity>);
}

/// A value object, stored as JSON with its owner.
pub trait Value: 'static {
    /// GraphQL name.
    const NAME: &'static str;
    /// Description that readers of the API see.
    const ABOUT: &'static str;
    /// Lists its members.
    fn declare(d: &mut Members<'_>);
}

/// An enumeration.
pub trait Choice: 'static {
    /// GraphQL name.
    const NAME: &'static str;
    /// Description that readers of the API see; says so when the list may grow.
    const ABOUT: &'static str;
    /// Values with their descriptions.
    const VALUES: &'static [(&'static str, &'static str)];
}

/// Builds a [`Catalog`].
#[derive(Default)]
pub struct CatalogBuilder {
    objects: Vec<Option<ObjectType>>,
    choices: Vec<ChoiceType>,
    contents: Vec<ObjectIx>,
    object_names: HashMap<&'static str, ObjectIx>,
    choice_names: HashMap<&'static str, ChoiceIx>,
}

impl CatalogBuilder {
    /// Lists a content type.
    pub fn content<C: Content>(&mut self) -> &mut Self {
        let ix = self.content_ix::<C>();
        self.contents.push(ix);
        self
    }

    /// The catalog of everything declared.
    ///
    /// # Panics
    /// When a content type is referred to but not listed, or listed twice: a mistake in the declarations that every test
    /// would meet.
    #[must_use]
    pub fn finish(self) -> Catalog {
        let objects: Vec<ObjectType> = self.objects.into_iter().flatten().collect();
        for object in &objects {
            let listed = self.contents.iter().filter(|ix| **ix == object.ix).count();
            assert!(
                listed == usize::from(object.content().is_some()),
                "content type {} is listed {listed} times",
                object.name
            );
        }
        Catalog { objects, choices: self.choices, contents: self.contents, object_names: self.object_names }
    }

    fn object_ix(
        &mut self,
        name: &'static str,
        about: &'static str,
        declare: impl FnOnce(&mut Self) -> (Role, Vec<Field>),
    ) -> ObjectIx {
        if let Some(ix) = self.object_names.get(name) {
            return *ix;
        }
        // The index is given before the fields are read, so that types may refer to each other in circles.
        let ix = ObjectIx(self.objects.len());
        self.objects.push(None);
        self.object_names.insert(name, ix);
        let (role, fields) = declare(self);
        self.objects[ix.0] = Some(ObjectType { ix, name, about, role, fields });
        ix
    }

    fn content_ix<C: Content>(&mut self) -> ObjectIx {
        self.object_ix(C::NAME, C::ABOUT, |builder| {
            let mut d = Declaration::<C::Entity>::new(builder);
            d.content_fields();
            C::declare(&mut d);
            let fields = d.fields;
            let role = Role::Content(ContentRole {
                table: C::Entity::default().table_name(),
                singular: C::SINGULAR,
                plural: C::PLURAL,
                layout: C::LAYOUT,
                slug: C::SLUG,
                default_order: C::DEFAULT_ORDER,
            });
            (role, fields)
        })
    }

    fn part_ix<P: Part>(&mut self) -> ObjectIx {
        self.object_ix(P::NAME, P::ABOUT, |builder| {
            let mut d = Declaration::<P::Entity>::new(builder);
            P::declare(&mut d);
            let fields = d.fields;
            (Role::Part { table: P::Entity::default().table_name() }, fields)
        })
    }

    fn value_ix<V: Value>(&mut self) -> ObjectIx {
        self.object_ix(V::NAME, V::ABOUT, |builder| {
            let mut members = Members { builder, fields: Vec::new() };
            V::declare(&mut members);
            (Role::Value, members.fields)
        })
    }

    fn choice_ix<C: Choice>(&mut self) -> ChoiceIx {
        *self.choice_names.entry(C::NAME).or_insert_with(|| {
            self.choices.push(ChoiceType { name: C::NAME, about: C::ABOUT, values: C::VALUES });
            ChoiceIx(self.choices.len() - 1)
        })
    }
}

/// The fields of a content type or a part, each with its column.
pub struct Declaration<'a, E: EntityTrait> {
    builder: &'a mut CatalogBuilder,
    fields: Vec<Field>,
    entity: PhantomData<E>,
}

impl<'a, E: EntityTrait> Declaration<'a, E> {
    fn new(builder: &'a mut CatalogBuilder) -> Self {
        Self { builder, fields: Vec::new(), entity: PhantomData }
    }

    fn add(&mut self, name: &'static str, column: Option<&'static str>, kind: Kind, about: &'static str) -> &mut Field {
        push(&mut self.fields, name, column, kind, about)
    }

    /// The fields that all content has.
    fn content_fields(&mut self) {
        let column = |name: &str| {
            let found = E::Column::iter().find(|column| column.as_str() == name).map(|column| column.as_str());
            assert!(found.is_some(), "a content table needs the column {name}");
            found
        };
        let id = self.add(
            "id",
            column("id"),
            Kind::Id,
            "Typed id, unique in the service and opaque to clients; `node(id:)` takes it.",
        );
        (id.required, id.indexed, id.origin) = (true, true, Origin::Service);
        let text = Kind::Scalar(Scalar::Text);
        self.add(
            "slug",
            column("slug"),
            text,
            "Name for addresses and documents: small letters, digits and hyphens, unique among its type.",
        )
        .required()
        .indexed();
        let int = Kind::Scalar(Scalar::Int);
        let revision =
            self.add("revision", column("revision"), int, "Revision of the library in which this content last changed.");
        (revision.required, revision.indexed, revision.origin) = (true, true, Origin::Service);
        let text = Kind::Scalar(Scalar::Text);
        self.add("notice", column("notice"), text, "Notice that must be shown with this content.").required();
    }

    /// One text.
    pub fn text(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        self.add(name, Some(column.as_str()), Kind::Scalar(Scalar::Text), about)
    }

    /// A list of texts.
    pub fn texts(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        self.add(name, Some(column.as_str()), Kind::Scalars(Scalar::Text), about)
    }

    /// A 32-bit integer.
    pub fn int(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        self.add(name, Some(column.as_str()), Kind::Scalar(Scalar::Int), about)
    }

    /// A floating point number.
    pub fn float(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        self.add(name, Some(column.as_str()), Kind::Scalar(Scalar::Float), about)
    }

    /// True or false.
    pub fn boolean(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        self.add(name, Some(column.as_str()), Kind::Scalar(Scalar::Boolean), about)
    }

    /// One value of an enumeration.
    pub fn choice<C: Choice>(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        let choice = Scalar::Choice(self.builder.choice_ix::<C>());
        self.add(name, Some(column.as_str()), Kind::Scalar(choice), about)
    }

    /// A list of values of an enumeration.
    pub fn choices<C: Choice>(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        let choice = Scalar::Choice(self.builder.choice_ix::<C>());
        self.add(name, Some(column.as_str()), Kind::Scalars(choice), about)
    }

    /// One value object.
    pub fn value<V: Value>(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        let value = self.builder.value_ix::<V>();
        self.add(name, Some(column.as_str()), Kind::Value(value), about)
    }

    /// A list of value objects.
    pub fn values<V: Value>(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        let value = self.builder.value_ix::<V>();
        self.add(name, Some(column.as_str()), Kind::Values(value), about)
    }

    /// One content, through a foreign key column.
    pub fn one<C: Content>(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        let target = self.builder.content_ix::<C>();
        let field = self.add(name, Some(column.as_str()), Kind::One(target), about);
        field.indexed = true;
        field
    }

    /// A short list of content that is only read with its owner: ids in a JSON column.
    pub fn refs<C: Content>(&mut self, name: &'static str, column: E::Column, about: &'static str) -> &mut Field {
        let target = self.builder.content_ix::<C>();
        self.add(name, Some(column.as_str()), Kind::Refs(target), about)
    }

    /// The other end of a foreign key: content of type `C` whose `column` names this.
    pub fn many<C: Content>(
        &mut self,
        name: &'static str,
        column: <C::Entity as EntityTrait>::Column,
        about: &'static str,
    ) -> &mut Field {
        let target = self.builder.content_ix::<C>();
        let via = Via::ForeignKey { column: column.as_str(), order: None };
        self.add(name, None, many(target, via, InDocument::Absent), about)
    }

    /// Content that this owns: its documents stand in this one's, and it goes with it. `column` names the owner; the
    /// target's table has a column `position`.
    pub fn owns<C: Content>(
        &mut self,
        name: &'static str,
        column: <C::Entity as EntityTrait>::Column,
        about: &'static str,
    ) -> &mut Field {
        let target = self.builder.content_ix::<C>();
        let via = Via::ForeignKey { column: column.as_str(), order: Some("position") };
        self.add(name, None, many(target, via, InDocument::Embedded), about)
    }

    /// The parts of this, in order. `column` of the part's table names the owner.
    pub fn parts<P: Part>(
        &mut self,
        name: &'static str,
        column: <P::Entity as EntityTrait>::Column,
        about: &'static str,
    ) -> &mut Field {
        let part = self.builder.part_ix::<P>();
        self.add(name, None, Kind::Parts { part, owner: column.as_str() }, about)
    }

    /// Content listed by slug in the document, through the link table `L`.
    pub fn links<C: Content, L: EntityTrait>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.link::<C, L>(name, false, InDocument::Slugs, about)
    }

    /// Every content of type `C` that this document refers to, through the link table `L`.
    pub fn mentions<C: Content, L: EntityTrait>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.link::<C, L>(name, false, InDocument::Mentions(false), about)
    }

    /// Like [`Self::mentions`], and what embedded content refers to as well.
    pub fn mentions_deep<C: Content, L: EntityTrait>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.link::<C, L>(name, false, InDocument::Mentions(true), about)
    }

    /// Content that follows from the library by `derive`, through the link table `L`.
    pub fn derived_links<C: Content, L: EntityTrait>(
        &mut self,
        name: &'static str,
        derive: fn(&dyn LibraryView, &str, &Map<String, Json>) -> Vec<DerivedLink>,
        about: &'static str,
    ) -> &mut Field {
        self.link::<C, L>(name, false, InDocument::Derived(derive), about)
    }

    /// The other end of the link table `L`: content of type `C` that links to this.
    pub fn linked_from<C: Content, L: EntityTrait>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.link::<C, L>(name, true, InDocument::Absent, about)
    }

    fn link<C: Content, L: EntityTrait>(
        &mut self,
        name: &'static str,
        reverse: bool,
        document: InDocument,
        about: &'static str,
    ) -> &mut Field {
        let target = self.builder.content_ix::<C>();
        let via = Via::Link { table: L::default().table_name(), reverse };
        self.add(name, None, many(target, via, document), about)
    }
}

/// The members of a value object.
pub struct Members<'a> {
    builder: &'a mut CatalogBuilder,
    fields: Vec<Field>,
}

impl Members<'_> {
    fn add(&mut self, name: &'static str, kind: Kind, about: &'static str) -> &mut Field {
        push(&mut self.fields, name, None, kind, about)
    }

    /// One text.
    pub fn text(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.add(name, Kind::Scalar(Scalar::Text), about)
    }

    /// A list of texts.
    pub fn texts(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.add(name, Kind::Scalars(Scalar::Text), about)
    }

    /// A 32-bit integer.
    pub fn int(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.add(name, Kind::Scalar(Scalar::Int), about)
    }

    /// A floating point number.
    pub fn float(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.add(name, Kind::Scalar(Scalar::Float), about)
    }

    /// True or false.
    pub fn boolean(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        self.add(name, Kind::Scalar(Scalar::Boolean), about)
    }

    /// One value of an enumeration.
    pub fn choice<C: Choice>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        let choice = Scalar::Choice(self.builder.choice_ix::<C>());
        self.add(name, Kind::Scalar(choice), about)
    }

    /// A list of values of an enumeration.
    pub fn choices<C: Choice>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        let choice = Scalar::Choice(self.builder.choice_ix::<C>());
        self.add(name, Kind::Scalars(choice), about)
    }

    /// One value object.
    pub fn value<V: Value>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        let value = self.builder.value_ix::<V>();
        self.add(name, Kind::Value(value), about)
    }

    /// A list of value objects.
    pub fn values<V: Value>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        let value = self.builder.value_ix::<V>();
        self.add(name, Kind::Values(value), about)
    }

    /// One content.
    pub fn one<C: Content>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        let target = self.builder.content_ix::<C>();
        self.add(name, Kind::One(target), about)
    }

    /// A list of content.
    pub fn refs<C: Content>(&mut self, name: &'static str, about: &'static str) -> &mut Field {
        let target = self.builder.content_ix::<C>();
        self.add(name, Kind::Refs(target), about)
    }
}

impl Field {
    /// Never null; documents must give it. A list has at least one entry.
    pub fn required(&mut self) -> &mut Self {
        self.required = true;
        self
    }

    /// Never null; a document that leaves it out means `default`.
    pub fn or(&mut self, default: impl Into<Json>) -> &mut Self {
        self.required = true;
        self.default = Some(default.into());
        self
    }

    /// Can be filtered and sorted by. Its column has an index.
    pub fn indexed(&mut self) -> &mut Self {
        self.indexed = true;
        self
    }

    /// Text of this form; importing refuses every other.
    pub fn format(&mut self, format: Format) -> &mut Self {
        self.format = Some(format);
        self
    }

    /// Not in the document: computed from it and the rest of the library whenever that changes.
    pub fn derived(&mut self, derive: fn(&dyn LibraryView, &str, &Map<String, Json>) -> Json) -> &mut Self {
        self.origin = Origin::Derived(derive);
        self
    }

    /// A boolean argument of a to-many field.
    ///
    /// # Panics
    /// When the field is not to-many: a mistake in the declaration.
    pub fn switch(&mut self, name: &'static str, default: bool, about: &'static str) -> &mut Self {
        let Kind::Many(many) = &mut self.kind else { panic!("{} is not to-many and takes no switch", self.name) };
        many.switches.push(Switch { name, about, default });
        self
    }

    /// Chooses the links of a to-many field by its switches: the boolean column of the link table that must be true.
    ///
    /// # Panics
    /// When the field is not to-many: a mistake in the declaration.
    pub fn keep(&mut self, keep: fn(&[bool]) -> Option<&'static str>) -> &mut Self {
        let Kind::Many(many) = &mut self.kind else { panic!("{} is not to-many and keeps no links", self.name) };
        many.keep = keep;
        self
    }
}

fn many(target: ObjectIx, via: Via, document: InDocument) -> Kind {
    Kind::Many(Many { target, via, document, switches: Vec::new(), keep: |_| None })
}

fn push<'f>(
    fields: &'f mut Vec<Field>,
    name: &'static str,
    column: Option<&'static str>,
    kind: Kind,
    about: &'static str,
) -> &'f mut Field {
    assert!(fields.iter().all(|field| field.name != name), "field {name} is declared twice");
    let at = fields.len();
    fields.push(Field {
        name,
        about,
        kind,
        column,
        required: false,
        default: None,
        indexed: false,
        format: None,
        origin: Origin::Document,
    });
    &mut fields[at]
}
