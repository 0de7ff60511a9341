//! The catalog: every declared type as data.
//!
//! Content types are declared with the traits of [`super`]; the rest of the program reads the catalog. The GraphQL
//! types, the plans, the SQL, the reader of content documents and the exporter all use it, so each field is described
//! once.

use std::collections::HashMap;

use super::canonical::{CanonicalObject, CanonicalValue};

pub use super::{
    aggregated::{Dimension, DimensionValues, Function, GroupedField},
    conversion::Conversion,
    relation::{
        DerivedLink, EmbeddedReads, Follows, InDocument, LibraryView, Many, Rule, Switch, Through, ThroughStep, Via,
        Violation,
    },
    searched::Searched,
    wording::{Credit, label, with_article, words},
};

/// Index of an [`ObjectType`] in its [`Catalog`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectIx(pub(in crate::engine) usize);

/// A type with a table as the target of a relation: its index, and the table of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Index of the type.
    pub ix: ObjectIx,
    /// Its table.
    pub table: &'static str,
}

/// Index of a [`ChoiceType`] in its [`Catalog`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChoiceIx(pub(in crate::engine) usize);

/// All declared types.
#[derive(Debug, Default)]
pub struct Catalog {
    pub(in crate::engine) objects: Vec<ObjectType>,
    pub(in crate::engine) choices: Vec<ChoiceType>,
    /// The content types in the order in which they were added.
    pub(in crate::engine) contents: Vec<ObjectIx>,
    pub(in crate::engine) object_names: HashMap<&'static str, ObjectIx>,
    /// How the content is credited.
    pub credit: Credit,
}

/// A type with fields: a content type, a part, a service record, or a value object.
#[derive(Debug)]
pub struct ObjectType {
    /// Its own index.
    pub ix: ObjectIx,
    /// GraphQL name, for example `Procedure`.
    pub name: &'static str,
    /// Description in the GraphQL schema.
    pub about: &'static str,
    /// What kind of type it is.
    pub kind: ObjectKind,
    /// Its fields, in the order declared.
    pub fields: Vec<Field>,
}

/// The kinds of types with fields.
#[derive(Debug)]
pub enum ObjectKind {
    /// A content type: its records have an id, a slug and a revision, and are read through root fields and `node(id:)`.
    Content(ContentRole),
    /// Rows of a table that belong to one record, for example codes. They have no id of their own in GraphQL.
    Part {
        /// Its table. Rows are ordered by the column `position` within their owner.
        table: &'static str,
    },
    /// A service record: the service writes it by itself. It has an id and is listed in connections, but has no content
    /// document.
    ServiceRecord {
        /// Its table.
        table: &'static str,
        /// Its plural, in words.
        plural_words: &'static str,
    },
    /// A value object, stored as JSON in a column of its owner.
    Value,
}

/// The properties that only content types have.
#[derive(Debug)]
pub struct ContentRole {
    /// Its table, which has at least the columns `id`, `slug`, `formerly`, `revision` and `notice`.
    pub table: &'static str,
    /// Root field for one record, for example `procedure`.
    pub singular: &'static str,
    /// Root field for the connection, for example `procedures`.
    pub plural: &'static str,
    /// The files that contain its content documents.
    pub layout: Layout,
    /// How its slug is determined.
    pub slug: SlugRule,
    /// The field that lists are ordered by without `orderBy`. It also breaks the ties of `orderBy`; the id breaks the
    /// remaining ones.
    pub default_order: &'static str,
    /// The field with the text that names a record in its credit.
    pub label: &'static str,
    /// The path of the pages of its records, to which the slug is added; `None` if they have no pages.
    pub pages: Option<&'static str>,
    /// Percentage by which search multiplies the points of a match in its records.
    pub search_percent: i32,
    /// The rules that its content documents follow.
    pub rules: &'static [Rule],
}

/// The files that contain the content documents of a content type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One file for each record, in the folder of this name: `procedures/microneedling.yaml`.
    File(&'static str),
    /// A list under the plural name of the type. An export writes it to the file with this name, which may have the lists
    /// of several types. An import reads it from any file.
    Collection(&'static str),
    /// Inside the content document of the owner. The field of the owner has [`InDocument::Embedded`] as
    /// [`Many::document`].
    Embedded,
}

/// Separates the slugs in a composed slug. No other slug contains it.
pub const SLUG_SEPARATOR: &str = "--";

/// How the slug of a record is determined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlugRule {
    /// The content document has it under the key `slug`.
    Given,
    /// The slugs that these two to-one fields refer to, joined by two hyphens: `microneedling--acne-scars`. If the content
    /// document also has the key `slug`, its value must be equal.
    Composed([&'static str; 2]),
}

/// A field of a type.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a property that a declaration sets by itself")]
pub struct Field {
    /// Name in GraphQL and in content documents.
    pub name: &'static str,
    /// Description in the GraphQL schema.
    pub about: &'static str,
    /// Its type and how it is stored.
    pub kind: Kind,
    /// Column of the table of the type. `None` for members of value objects, for lists that are stored in tables of
    /// their own, and for the attribution.
    pub column: Option<&'static str>,
    /// True if the field is never null: content documents must have it, unless there is a [`Field::default`]. A list is
    /// never null; a required list has at least one entry.
    pub required: bool,
    /// The value if a content document leaves the field out.
    pub default: Option<CanonicalValue>,
    /// True if lists can be filtered and sorted by it. The column of a scalar then has an index. Lists of scalars and
    /// members of value objects have no index, so the database reads every row to compare them.
    pub indexed: bool,
    /// The role of its text in search; `None` if it is not searched.
    pub searched: Option<Searched>,
    /// The format of its text; for a list, the format of each entry.
    pub format: Option<Format>,
    /// The smallest and the largest valid number, both included; `None` if every number is valid.
    pub range: Option<(f64, f64)>,
    /// How its value is determined.
    pub origin: Origin,
    /// True if reading it requires the role `editor`.
    pub restricted: bool,
    /// True if it states a review of the record, which is valid only until another field of the record changes.
    pub is_review: bool,
    /// What its derivation reads of other records; empty if it reads only its own content document.
    pub follows: Vec<Follows>,
    /// What its derivation reads of embedded records in its own content document.
    pub embedded_reads: EmbeddedReads,
}

/// The format of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A slug: lowercase letters, digits and single hyphens.
    Slug,
    /// The key of an entry of a list: like a slug, with at most 40 characters.
    Key,
    /// A DOI without resolver: `10.1000/182`.
    Doi,
    /// A `PubMed` id: digits.
    Pmid,
    /// A `PubMed` Central id: `PMC` and digits.
    Pmcid,
    /// An absolute URL with the scheme `http` or `https`.
    Url,
    /// A language tag (BCP 47): `en`, `de-AT`.
    Language,
    /// A calendar date: `2026-11-22`.
    Date,
    /// A calendar date that is not in the future.
    PastDate,
    /// A year, at most this many years after the current one.
    Year {
        /// Number of years.
        ahead: u8,
    },
    /// Date and time (RFC 3339).
    DateTime,
    /// A country, as an ISO 3166-1 code of two letters: `GB`.
    Country,
    /// A currency, as an ISO 4217 code of three letters: `GBP`.
    Currency,
    /// A code of a coding system. The field with this name, in the same object, has the coding system.
    CodeOf(&'static str),
    /// A short English text of at most this Flesch-Kincaid grade.
    Readable {
        /// The highest grade.
        grade: u8,
    },
    /// One of the texts at this path of field names, for example `procedure`, `variants`, `slug`. The path starts at the
    /// record that contains the field. At a to-one field it continues in the related record, at a list in each entry.
    Among(&'static [&'static str]),
}

/// The type of a field and how it is stored.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "the catalog has a few hundred fields, once in a process")]
pub enum Kind {
    /// A typed id (`Procedure:42`). Its type is in this column, or is that of the record itself if there is no column.
    Id(Option<&'static str>),
    /// One scalar.
    Scalar(Scalar),
    /// A list of scalars, stored as a JSON array.
    Scalars(Scalar),
    /// One value object, stored as JSON.
    Value(ObjectIx),
    /// A list of value objects, stored as a JSON array.
    Values(ObjectIx),
    /// One record: a foreign key column, or an id inside a value object.
    One(Target),
    /// A list of records, stored as a JSON array of ids in a column or inside a value object; a connection in GraphQL.
    Refs(Target),
    /// The parts of a record, in order; a plain list in GraphQL.
    Parts {
        /// Type of the parts.
        part: Target,
        /// Column of the part's table with the id of the owner.
        owner: &'static str,
    },
    /// The records of a to-many relation; a connection in GraphQL.
    Many(Many),
    /// How to credit the record ([`Credit`]): an object that is computed from other columns.
    Attribution,
}

/// The scalar types of fields.
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
    /// A value of an enumeration.
    Choice(ChoiceIx),
}

/// How the value of a field is determined.
#[derive(Clone, Copy)]
pub enum Origin {
    /// The content document contains it.
    Document,
    /// The service assigns it, for example `id` and `revision`.
    Service,
    /// A publication computes it from the content document and the rest of the library.
    Derived(fn(&dyn LibraryView, slug: &str, document: &CanonicalObject) -> CanonicalValue),
    /// It is computed from other members of the same value object when it is read.
    Converted(&'static Conversion),
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Document => "Document",
            Self::Service => "Service",
            Self::Derived(_) => "Derived",
            Self::Converted(_) => "Converted",
        })
    }
}

/// An enumeration.
#[derive(Debug)]
pub struct ChoiceType {
    /// GraphQL name, for example `RecoverySpeed`.
    pub name: &'static str,
    /// Description in the GraphQL schema.
    pub about: &'static str,
    /// Values with their descriptions, in ascending order.
    pub values: &'static [(&'static str, &'static str)],
    /// The values whose label for users is not derived from the name, each with its label.
    pub labels: &'static [(&'static str, &'static str)],
}

impl ChoiceType {
    /// Returns the label of a value for users: `BENIGN_GROWTH` is "Benign growth".
    #[must_use]
    pub fn label(&self, value: &str) -> String {
        label(value, self.labels)
    }
}

impl Catalog {
    /// Returns the type at an index.
    #[must_use]
    pub fn object(&self, ix: ObjectIx) -> &ObjectType {
        &self.objects[ix.0]
    }

    /// Returns the type that a relation leads to.
    #[must_use]
    pub fn target(&self, target: Target) -> &ObjectType {
        self.object(target.ix)
    }

    /// Returns the enumeration at an index.
    #[must_use]
    pub fn choice(&self, ix: ChoiceIx) -> &ChoiceType {
        &self.choices[ix.0]
    }

    /// Returns the type of this name; `None` if there is none.
    #[must_use]
    pub fn object_named(&self, name: &str) -> Option<&ObjectType> {
        self.object_names.get(name).map(|ix| self.object(*ix))
    }

    /// Iterates over all types with fields.
    pub fn objects(&self) -> impl Iterator<Item = &ObjectType> {
        self.objects.iter()
    }

    /// Iterates over all enumerations.
    pub fn choices(&self) -> impl Iterator<Item = &ChoiceType> {
        self.choices.iter()
    }

    /// Iterates over the content types, in the order in which they were added.
    pub fn contents(&self) -> impl Iterator<Item = (&ObjectType, &ContentRole)> {
        self.contents.iter().filter_map(|ix| {
            let object = self.object(*ix);
            object.content().map(|role| (object, role))
        })
    }
}

impl ObjectType {
    /// Returns the field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Returns the properties of a content type; `None` for other types.
    #[must_use]
    pub fn content(&self) -> Option<&ContentRole> {
        match &self.kind {
            ObjectKind::Content(role) => Some(role),
            ObjectKind::Part { .. } | ObjectKind::ServiceRecord { .. } | ObjectKind::Value => None,
        }
    }

    /// Returns the type as the target of a relation, with its table; `None` for value objects.
    #[must_use]
    pub fn as_target(&self) -> Option<Target> {
        self.table().map(|table| Target { ix: self.ix, table })
    }

    /// Reports whether its rows are service records.
    #[must_use]
    pub fn is_service_record(&self) -> bool {
        matches!(self.kind, ObjectKind::ServiceRecord { .. })
    }

    /// Returns the table of the rows of a type; `None` for value objects.
    #[must_use]
    pub fn table(&self) -> Option<&'static str> {
        match &self.kind {
            ObjectKind::Content(role) => Some(role.table),
            ObjectKind::Part { table } | ObjectKind::ServiceRecord { table, .. } => Some(table),
            ObjectKind::Value => None,
        }
    }
}
