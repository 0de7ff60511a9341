//! Collects declarations into a catalog.

use std::collections::{BTreeSet, HashMap};

use sea_orm::EntityName as _;

use super::{Declaration, Members, field::push, through};
use crate::engine::{
    catalog::{
        Catalog, ChoiceIx, ChoiceType, ContentRole, Credit, Field, Format, Kind, ObjectIx, ObjectKind, ObjectType, Scalar,
        Searched, SlugRule, Target,
    },
    declare::{Choice, Content, Part, ServiceRecord, Value},
    field_rules::KEY,
};

/// Description of the key of an entry.
const KEY_ABOUT: &str = "Key of this entry in its list. It stays the same when the entry changes or moves. If a saved \
                         document omits the key, the entry gets the key of the stored entry that matches it. First, \
                         entries with the same content match. Then, entries with the same first text (such as a name) \
                         match, if each list has this text once. These matches divide both lists into sections. Last, \
                         the entries of a section match in their order, if the section has the same number of entries \
                         in both lists. An entry without a match gets a new key. Null if the object is not in a list, \
                         or if an earlier version of the service saved the list.";

/// Builds a [`Catalog`].
#[derive(Default)]
pub struct CatalogBuilder {
    objects: Vec<Option<ObjectType>>,
    choices: Vec<ChoiceType>,
    contents: Vec<ObjectIx>,
    object_names: HashMap<&'static str, ObjectIx>,
    credit: Credit,
    choice_names: HashMap<&'static str, ChoiceIx>,
}

impl CatalogBuilder {
    /// Adds a content type.
    pub fn content<C: Content>(&mut self) -> &mut Self {
        let target = self.content_target::<C>();
        self.contents.push(target.ix);
        self
    }

    /// Sets how the content is credited.
    pub fn credit(&mut self, credit: Credit) -> &mut Self {
        self.credit = credit;
        self
    }

    /// Returns the catalog of all declarations.
    ///
    /// # Panics
    /// If a content type is referred to but was not added, was added twice, or has no field with the name
    /// [`Content::LABEL`]. Each is an error in the declarations, and makes every test fail.
    #[must_use]
    pub fn finish(self) -> Catalog {
        let Self { objects, choices, contents, object_names, credit, .. } = self;
        let mut objects: Vec<ObjectType> = objects.into_iter().flatten().collect();
        through::set_steps(&mut objects);
        add_keys(&mut objects);
        for object in &objects {
            let listed = contents.iter().filter(|ix| **ix == object.ix).count();
            assert!(
                listed == usize::from(object.content().is_some()),
                "content type {} is added {listed} times",
                object.name
            );
            let label = object.content().map(|role| role.label);
            assert!(label.is_none_or(|label| object.field(label).is_some()), "{} has no field {label:?}", object.name);
        }
        Catalog { objects, choices, contents, object_names, credit }
    }

    fn object_ix(
        &mut self,
        name: &'static str,
        about: &'static str,
        declare: impl FnOnce(&mut Self) -> (ObjectKind, Vec<Field>),
    ) -> ObjectIx {
        if let Some(ix) = self.object_names.get(name) {
            return *ix;
        }
        // The index is assigned before the fields are declared, so that types can refer to each other in cycles.
        let ix = ObjectIx(self.objects.len());
        self.objects.push(None);
        self.object_names.insert(name, ix);
        let (kind, fields) = declare(self);
        self.objects[ix.0] = Some(ObjectType { ix, name, about, kind, fields });
        ix
    }

    pub(super) fn content_target<C: Content>(&mut self) -> Target {
        let table = C::Entity::default().table_name();
        let ix = self.object_ix(C::NAME, C::ABOUT, |builder| {
            let mut d = Declaration::<C::Entity>::new(builder);
            d.content_fields(C::LAYOUT);
            C::declare(&mut d);
            let mut fields = d.fields;
            // A composed slug contains the slugs of other records, so it is searched like a name.
            if let (SlugRule::Composed(_), Some(slug)) = (C::SLUG, fields.iter_mut().find(|field| field.name == "slug")) {
                slug.searched(Searched::Name);
            }
            let kind = ObjectKind::Content(ContentRole {
                table,
                singular: C::SINGULAR,
                plural: C::PLURAL,
                layout: C::LAYOUT,
                slug: C::SLUG,
                default_order: C::DEFAULT_ORDER,
                label: C::LABEL,
                pages: C::PAGES,
                search_percent: C::SEARCH_PERCENT,
                rules: C::RULES,
            });
            (kind, fields)
        });
        Target { ix, table }
    }

    pub(super) fn part_target<P: Part>(&mut self) -> Target {
        let table = P::Entity::default().table_name();
        let ix = self.object_ix(P::NAME, P::ABOUT, |builder| {
            let mut d = Declaration::<P::Entity>::new(builder);
            P::declare(&mut d);
            (ObjectKind::Part { table }, d.fields)
        });
        Target { ix, table }
    }

    pub(super) fn service_record_target<R: ServiceRecord>(&mut self) -> Target {
        let table = R::Entity::default().table_name();
        let ix = self.object_ix(R::NAME, R::ABOUT, |builder| {
            let mut d = Declaration::<R::Entity>::new(builder);
            R::declare(&mut d);
            (ObjectKind::ServiceRecord { table, plural_words: R::PLURAL_WORDS }, d.fields)
        });
        Target { ix, table }
    }

    pub(super) fn value_ix<V: Value>(&mut self) -> ObjectIx {
        self.object_ix(V::NAME, V::ABOUT, |builder| {
            let mut members = Members { builder, fields: Vec::new() };
            V::declare(&mut members);
            (ObjectKind::Value, members.fields)
        })
    }

    pub(super) fn choice_ix<C: Choice>(&mut self) -> ChoiceIx {
        *self.choice_names.entry(C::NAME).or_insert_with(|| {
            self.choices.push(ChoiceType { name: C::NAME, about: C::ABOUT, values: C::VALUES, labels: C::LABELS });
            ChoiceIx(self.choices.len() - 1)
        })
    }
}

/// Adds the field [`KEY`] to each type whose objects are entries of a list and are identified by a key
/// ([`Field::identity`]). It is the first field of the type.
fn add_keys(objects: &mut [ObjectType]) {
    let fields = objects.iter().flat_map(|object| &object.fields).filter(|field| field.is_in_documents());
    let entries: BTreeSet<ObjectIx> =
        fields.filter(|field| field.identity() == Some(KEY)).filter_map(Field::nested).collect();
    for ix in entries {
        let object = &mut objects[ix.0];
        let mut key = Vec::new();
        let column = object.table().map(|_| KEY);
        push(&mut key, KEY, column, Kind::Scalar(Scalar::Text), KEY_ABOUT).format(Format::Key);
        assert!(object.field(KEY).is_none(), "{} has a field {KEY} of its own", object.name);
        object.fields.splice(0..0, key);
    }
}
