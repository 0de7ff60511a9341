//! The catalog: every declared type as plain data.
//!
//! Declarations ([`super::declare`]) are written per content type; the catalog is what the rest of the program reads. The
//! GraphQL types, the plans, the SQL, the document reader and the exporter all follow from it, so there is one description
//! of each field and no second list of types anywhere.

use std::{collections::HashMap, sync::Arc};

use super::datum::{Datum, Record};

/// Index of an [`ObjectType`] in its [`Catalog`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectIx(pub(in crate::engine) usize);

/// Index of a [`ChoiceType`] in its [`Catalog`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChoiceIx(pub(in crate::engine) usize);

/// Every declared type.
#[derive(Debug, Default)]
pub struct Catalog {
    pub(in crate::engine) objects: Vec<ObjectType>,
    pub(in crate::engine) choices: Vec<ChoiceType>,
    /// The content types in the order of the list that declared them.
    pub(in crate::engine) contents: Vec<ObjectIx>,
    pub(in crate::engine) object_names: HashMap<&'static str, ObjectIx>,
}

/// A type with fields: content, a part of content, or a value object.
#[derive(Debug)]
pub struct ObjectType {
    /// Its own index.
    pub ix: ObjectIx,
    /// GraphQL name, for example `Procedure`.
    pub name: &'static str,
    /// Description that readers of the API see.
    pub about: &'static str,
    /// What it is in the library.
    pub role: Role,
    /// Its fields, in the order declared.
    pub fields: Vec<Field>,
}

/// What a type is in the library.
#[derive(Debug)]
pub enum Role {
    /// Content: it has an id, a slug, a revision and root fields, and is reached through `node(id:)`.
    Content(ContentRole),
    /// A row of a table that belongs to one piece of content, for example a code; it has no id of its own.
    Part {
        /// Its table. Rows are ordered by the column `position` within their owner.
        table: &'static str,
    },
    /// A value object, stored as JSON with its owner.
    Value,
}

/// What only content has.
#[derive(Debug)]
pub struct ContentRole {
    /// Its table, which has at least the columns `id`, `slug`, `revision` and `notice`.
    pub table: &'static str,
    /// Root field for one, for example `procedure`.
    pub singular: &'static str,
    /// Root field for the connection, for example `procedures`.
    pub plural: &'static str,
    /// Where its documents stand.
    pub layout: Layout,
    /// Where its slug comes from.
    pub slug: SlugRule,
    /// The field that orders lists of it, and what an order that is asked for does not tell apart; ties are broken by id.
    pub default_order: &'static str,
}

/// Where the documents of a content type stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One file each, in the folder of this name: `procedures/microneedling.yaml`.
    File(&'static str),
    /// A list under the plural name in the file of this name, which may hold several collections.
    Collection(&'static str),
    /// Inside the document of the content that owns it ([`Many::document`] is [`InDocument::Embedded`] there).
    Embedded,
}

/// Where the slug of content comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlugRule {
    /// Its document gives it, under the key `id`.
    Given,
    /// The slugs that these to-one fields refer to, joined by two hyphens: `microneedling--acne-scars`. A document may give
    /// `id` as well, and then it must be the same.
    Composed(&'static [&'static str]),
}

/// A field of a type.
#[derive(Debug)]
pub struct Field {
    /// Name in GraphQL and in documents.
    pub name: &'static str,
    /// Description that readers of the API see.
    pub about: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Column of the owner's table, for content and parts; `None` for members of value objects and for lists that stand
    /// in tables of their own.
    pub column: Option<&'static str>,
    /// Never null: documents must give it, unless there is a [`Field::default`]. Lists are never null; a required list has
    /// at least one entry.
    pub required: bool,
    /// What a document that leaves the field out means by that.
    pub default: Option<Datum>,
    /// It can be filtered and sorted by: its column has an index.
    pub indexed: bool,
    /// What its text must look like, each entry of it when it is a list.
    pub format: Option<Format>,
    /// The least and the greatest number that it may hold, both included; `None` when every number has a meaning.
    pub range: Option<(f64, f64)>,
    /// Where its value comes from.
    pub origin: Origin,
}

/// What the text of a field must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A slug: small letters, digits and single hyphens.
    Slug,
    /// A DOI without resolver: `10.1000/182`.
    Doi,
    /// A `PubMed` id: digits.
    Pmid,
    /// A `PubMed` Central id: `PMC` and digits.
    Pmcid,
    /// An absolute address with the scheme `http` or `https`.
    Url,
    /// A language tag (BCP 47): `en`, `de-AT`.
    Language,
    /// A calendar date: `2026-11-22`.
    Date,
    /// A code of the coding system that the field of this name beside it names.
    CodeOf(&'static str),
    /// A text that stands at this path: names of fields, from the content that holds this text. A to-one field leads on into
    /// the other content, a list is any of its entries: `procedure`, `variants`, `id`.
    Among(&'static [&'static str]),
}

/// What a field holds.
#[derive(Debug)]
pub enum Kind {
    /// The typed id (`Procedure:42`); its column is the primary key.
    Id,
    /// One scalar.
    Scalar(Scalar),
    /// A list of scalars, stored as a JSON array.
    Scalars(Scalar),
    /// One value object, stored as JSON.
    Value(ObjectIx),
    /// A list of value objects, stored as a JSON array.
    Values(ObjectIx),
    /// One content: a foreign key column, or an id inside a value object.
    One(ObjectIx),
    /// A list of content stored as a JSON array of ids, in a column or inside a value object; read as a connection.
    Refs(ObjectIx),
    /// The parts of a content, in order; read as a plain list.
    Parts {
        /// Type of the parts.
        part: ObjectIx,
        /// Column of the part's table that names the owner.
        owner: &'static str,
    },
    /// Content on the other side of a foreign key or a link table; read as a connection.
    Many(Many),
}

/// Scalars of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// UTF-8 text.
    Text,
    /// 32-bit integer.
    Int,
    /// 64-bit floating point number.
    Float,
    /// True or false.
    Boolean,
    /// One of a declared set of values.
    Choice(ChoiceIx),
}

/// A to-many relation.
#[derive(Debug)]
pub struct Many {
    /// Type of the content at the other end.
    pub target: ObjectIx,
    /// How to get there.
    pub via: Via,
    /// What documents say of it.
    pub document: InDocument,
    /// Boolean arguments of the field.
    pub switches: Vec<Switch>,
    /// The boolean column of the link table that must be true, by the values of the switches in their order; `None` takes
    /// every link.
    pub keep: fn(&[bool]) -> Option<&'static str>,
}

/// How a to-many relation is stored.
#[derive(Debug, Clone, Copy)]
pub enum Via {
    /// A foreign key column of the target's table.
    ForeignKey {
        /// The column that names this side.
        column: &'static str,
        /// Column of the target's table that orders it within this side; `None` for the target's default order.
        order: Option<&'static str>,
    },
    /// A link table with the columns `id`, `owner_id`, `position`, `target_id` and perhaps boolean ones.
    Link {
        /// The link table.
        table: &'static str,
        /// True when walked from target to owner; then the default order of the other type orders it, not `position`.
        reverse: bool,
    },
}

/// What a document says of a to-many relation.
#[derive(Clone, Copy)]
pub enum InDocument {
    /// Nothing: it is the other end of something.
    Absent,
    /// The owned content itself, as a list of documents.
    Embedded,
    /// A list of slugs.
    Slugs,
    /// Nothing: it links everything of the target type that the document refers to, in order of first mention. `true`
    /// counts what embedded content refers to as well.
    Mentions(bool),
    /// Nothing: the links follow from the library.
    Derived(fn(&dyn LibraryView, slug: &str, document: &Record) -> Vec<DerivedLink>),
}

impl std::fmt::Debug for InDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Absent => "Absent",
            Self::Embedded => "Embedded",
            Self::Slugs => "Slugs",
            Self::Mentions(_) => "Mentions",
            Self::Derived(_) => "Derived",
        })
    }
}

/// A link that follows from the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivedLink {
    /// Slug of the target.
    pub target: Arc<str>,
    /// The boolean columns of the link table, in declaration order.
    pub flags: Vec<(&'static str, bool)>,
}

/// A boolean argument of a to-many field.
#[derive(Debug)]
pub struct Switch {
    /// Argument name.
    pub name: &'static str,
    /// Description that readers of the API see.
    pub about: &'static str,
    /// Its default.
    pub default: bool,
}

/// Where the value of a field comes from.
#[derive(Clone, Copy)]
pub enum Origin {
    /// The document gives it.
    Document,
    /// The service keeps it: `id`, `revision`.
    Service,
    /// It is computed when the library changes, from the document and the rest of the library.
    Derived(fn(&dyn LibraryView, slug: &str, document: &Record) -> Datum),
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Document => "Document",
            Self::Service => "Service",
            Self::Derived(_) => "Derived",
        })
    }
}

/// The library as derivations see it: canonical documents by type and slug.
///
/// A canonical document has every declared key in declaration order, slugs where it refers to content, and provenance
/// resolved. Embedded content stands in its owner's document as a list and is found here by its own slug too.
pub trait LibraryView {
    /// The canonical document, or `None` when there is no such content.
    fn document(&self, type_name: &str, slug: &str) -> Option<&Record>;
}

/// An enumeration.
#[derive(Debug)]
pub struct ChoiceType {
    /// GraphQL name, for example `RecoverySpeed`.
    pub name: &'static str,
    /// Description that readers of the API see.
    pub about: &'static str,
    /// Values with their descriptions.
    pub values: &'static [(&'static str, &'static str)],
}

impl Catalog {
    /// The type at an index.
    #[must_use]
    pub fn object(&self, ix: ObjectIx) -> &ObjectType {
        &self.objects[ix.0]
    }

    /// The enumeration at an index.
    #[must_use]
    pub fn choice(&self, ix: ChoiceIx) -> &ChoiceType {
        &self.choices[ix.0]
    }

    /// The type of a name; `None` when nothing is called so.
    #[must_use]
    pub fn object_named(&self, name: &str) -> Option<&ObjectType> {
        self.object_names.get(name).map(|ix| self.object(*ix))
    }

    /// Every type with fields.
    pub fn objects(&self) -> impl Iterator<Item = &ObjectType> {
        self.objects.iter()
    }

    /// Every enumeration.
    pub fn choices(&self) -> impl Iterator<Item = &ChoiceType> {
        self.choices.iter()
    }

    /// The content types with what only content has, in the order of their list.
    pub fn contents(&self) -> impl Iterator<Item = (&ObjectType, &ContentRole)> {
        self.contents.iter().filter_map(|ix| {
            let object = self.object(*ix);
            object.content().map(|role| (object, role))
        })
    }
}

impl ObjectType {
    /// The field of a name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// What only content has; `None` for parts and value objects.
    #[must_use]
    pub fn content(&self) -> Option<&ContentRole> {
        match &self.role {
            Role::Content(role) => Some(role),
            Role::Part { .. } | Role::Value => None,
        }
    }

    /// The table of content and parts; `None` for value objects.
    #[must_use]
    pub fn table(&self) -> Option<&'static str> {
        match &self.role {
            Role::Content(role) => Some(role.table),
            Role::Part { table } => Some(table),
            Role::Value => None,
        }
    }
}

/// The words of a name: `TreatmentOutcome` is "treatment outcome".
#[must_use]
pub fn words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_become_words() {
        assert_eq!(super::words("biologicalTargets"), "biological targets");
    }
}
