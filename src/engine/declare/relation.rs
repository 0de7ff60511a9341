//! To-many relations, and the links that a publication derives.

use std::{borrow::Cow, sync::Arc};

use super::{aggregated::Function, canonical::CanonicalObject, catalog::Target};

/// A to-many relation.
#[derive(Debug)]
pub struct Many {
    /// Type of the related records.
    pub target: Target,
    /// How it is stored.
    pub via: Via,
    /// How content documents contain it.
    pub document: InDocument,
    /// True if the related records are service records: lists of them cannot be filtered or sorted.
    pub of_service_records: bool,
    /// True if the list is sorted in descending order, so the latest record is the first.
    pub latest_first: bool,
    /// Boolean arguments of the field.
    pub switches: Vec<Switch>,
    /// Selects links: receives the values of the switches in their order, and returns the boolean column of the link table
    /// that must be true. `None` selects every link.
    pub required_flag: fn(&[bool]) -> Option<&'static str>,
}

/// How a to-many relation is stored.
#[derive(Debug, Clone, Copy)]
pub enum Via {
    /// A foreign key column of the target's table.
    ForeignKey {
        /// The column with the id of the parent.
        column: &'static str,
        /// Column of the target's table by which the records of a parent are sorted; `None` for the target's default order.
        order: Option<&'static str>,
    },
    /// A link table with the columns `id`, `owner_id`, `position`, `target_id`, and optional boolean columns.
    Link {
        /// The link table.
        table: &'static str,
        /// True if the parent is the target of the links. The records are then ordered by id, not by `position`.
        reverse: bool,
    },
    /// Not at all: the relation leads through the records of another relation.
    Through(Through),
}

/// A relation through the records of another relation: a condition has procedures through its outcomes, which are the
/// records between. A related record is in the list once, even if several records between refer to it.
#[derive(Debug, Clone, Copy)]
pub struct Through {
    /// Name of the type with the relation.
    pub owner: &'static str,
    /// The to-many field of this type that leads to the records between.
    pub first: &'static str,
    /// The field of the records between that leads to the related records: a required to-one field, or a relation that is
    /// stored in a link table.
    pub second: &'static str,
    /// Type of the records between.
    pub between: Target,
    /// How the records between refer to the record with the relation.
    pub near: ThroughStep,
    /// How the records between refer to the related records.
    pub far: ThroughStep,
    /// The measures of the records between by which the list is sorted by default: [`Function::Min`] ascending, all others
    /// descending.
    pub default_order: &'static [(Function, &'static str)],
}

/// How the records between refer to the record with the relation, or to the related records.
#[derive(Debug, Clone, Copy)]
pub enum ThroughStep {
    /// By this foreign key.
    Key(&'static str),
    /// By a link table.
    Link {
        /// The link table.
        link: &'static str,
        /// Its column for the record between.
        between: &'static str,
        /// Its column for the other record.
        other: &'static str,
        /// True if the switches of the relation select its links.
        is_switched: bool,
    },
}

impl Through {
    /// Returns the prefix of the names of its connection type and its edge type: `ConditionProcedure`.
    #[must_use]
    pub fn list_name(&self, target: &str) -> String {
        format!("{}{target}", self.owner)
    }
}

/// How content documents contain a to-many relation.
#[derive(Clone, Copy)]
pub enum InDocument {
    /// Not at all: the field reads a relation of another type in the opposite direction, or a relation through other
    /// records; or the service writes the related records.
    Absent,
    /// As a list of the owned content documents themselves.
    Embedded,
    /// As a list of slugs.
    Slugs,
    /// Not at all: a publication links every record of the target type to which the content document refers, in the
    /// order of the first references. With `true`, it includes the references in embedded content documents.
    Mentions(bool),
    /// Not at all: a publication derives the links from the library.
    Derived(fn(&dyn LibraryView, slug: &str, document: &CanonicalObject) -> Vec<DerivedLink>),
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

/// A link that a publication derives from the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivedLink {
    /// Slug of the target.
    pub target: Arc<str>,
    /// The boolean columns of the link table, in the order in which they are declared.
    pub flags: Vec<(&'static str, bool)>,
}

/// A boolean argument of a to-many field.
#[derive(Clone, Copy, Debug)]
pub struct Switch {
    /// Argument name.
    pub name: &'static str,
    /// Description in the GraphQL schema.
    pub about: &'static str,
    /// Its default.
    pub default: bool,
}

/// What a derived field or a rule reads of other records. A publication that changes those records derives the field,
/// or checks the rule, again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Follows {
    /// The fields, separated by dots, that lead from the record to every record that is read. Each is a to-one field, a
    /// relation that is stored in a link table, or a list of embedded records.
    pub path: &'static str,
    /// The fields that are read of those records. They are fields of content documents, and are stored in a column or
    /// as parts.
    pub fields: &'static [&'static str],
}

/// Whether a derived field or a rule reads the records that are embedded in its own content document, and which other
/// fields it reads together with them.
///
/// A publication of a patch leaves these records unloaded under three conditions: the patch has no `expectedRevision`, it
/// changes no field that is read together with these records, and it changes no field that they inherit. The derived
/// fields and rules of types of embedded records ([`Layout::Embedded`](super::catalog::Layout::Embedded)) use
/// [`EmbeddedReads::None`]: the service always loads an embedded record together with the records that are embedded in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmbeddedReads {
    /// It reads no embedded records.
    None,
    /// It reads embedded records. In addition to them, it reads only these fields of its own content document.
    With(&'static [&'static str]),
}

/// A rule that the content documents of a content type follow, beyond the declarations of their fields.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Returns the violations in a canonical document, which contains the records embedded in it; none if the content
    /// document follows the rule.
    pub check: fn(&dyn LibraryView, slug: &str, document: &CanonicalObject) -> Vec<Violation>,
    /// What it reads of other records; empty if it reads only its own content document.
    pub follows: &'static [Follows],
    /// What it reads of embedded records in its own content document.
    pub embedded_reads: EmbeddedReads,
}

impl Rule {
    /// Creates a rule that reads only its own content document.
    pub const fn alone(check: fn(&dyn LibraryView, slug: &str, document: &CanonicalObject) -> Vec<Violation>) -> Self {
        Self { check, follows: &[], embedded_reads: EmbeddedReads::None }
    }

    /// Declares that the rule reads embedded records. In addition to them, it reads only `fields` of its own content
    /// document.
    #[must_use]
    pub const fn reads_embedded_with(self, fields: &'static [&'static str]) -> Self {
        Self { embedded_reads: EmbeddedReads::With(fields), ..self }
    }
}

/// A violation of a [`Rule`] by a content document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the value to correct, from the record: `notFound[2]`.
    pub path: Cow<'static, str>,
    /// What is wrong, in one sentence.
    pub sentence: String,
}

/// The library as derivations and rules read it: canonical documents by type and slug. A derivation or a rule may read
/// its own content document, and of other content documents only what it declares with [`Follows`].
///
/// A canonical document has every declared key in the order of the declaration, slugs as references, and resolved
/// provenance. An embedded content document is part of the content document of its owner. It is also found by its
/// own slug.
pub trait LibraryView {
    /// Returns the canonical document; `None` if there is none.
    fn document(&self, type_name: &str, slug: &str) -> Option<&CanonicalObject>;
}
