//! Declarations: the descriptions of content types, and the catalog that is built from them.
//!
//! Each content type is declared in a file of its own, by a marker type that implements [`Content`]. The value objects,
//! parts and enumerations that only this content type uses are in the same file, or in the folder with the same name. A
//! content type needs no resolver, loader or filter of its own, and no reader for its content documents.
//! [`CatalogBuilder`] collects the declarations into a [`catalog`].

mod aggregated;
mod building;
pub mod canonical;
pub mod catalog;
mod conversion;
pub mod field_rules;
pub mod history;
mod relation;
mod searched;
mod wording;

use sea_orm::EntityTrait;

use catalog::{Layout, Rule, SlugRule};

pub use building::{CatalogBuilder, Declaration, FORMERLY, Members};

/// A content type.
pub trait Content: 'static {
    /// Its table, which has at least the columns `id`, `slug`, `formerly`, `revision` and `notice`.
    type Entity: EntityTrait;
    /// GraphQL name.
    const NAME: &'static str;
    /// Description in the GraphQL schema.
    const ABOUT: &'static str;
    /// Root field for one record.
    const SINGULAR: &'static str;
    /// Root field for the connection; also the key of its collection in content documents.
    const PLURAL: &'static str;
    /// The files that its content documents are in.
    const LAYOUT: Layout;
    /// How its slug is determined.
    const SLUG: SlugRule = SlugRule::Given;
    /// The field by which lists of its records are sorted by default.
    const DEFAULT_ORDER: &'static str = "name";
    /// The field with the text that names a record in its credit.
    const LABEL: &'static str = "name";
    /// The path of the pages of its records, to which the slug is added; `None` if they have no pages.
    const PAGES: Option<&'static str> = None;
    /// Percentage by which search multiplies the points of a match in its records. With a value below 100, its records
    /// rank below records of other types that match equally well: sources rank below procedures. With 0, the root field
    /// `search` omits the type unless the argument `types` names it.
    const SEARCH_PERCENT: i32 = 100;
    /// The rules that its content documents follow.
    const RULES: &'static [Rule] = &[];
    /// Declares its fields.
    fn declare(d: &mut Declaration<'_, Self::Entity>);
}

/// A part of records: rows of a table that belong to one owner and have no id of their own in GraphQL.
///
/// Its table has the columns `id`, `position` and one owner column for each type that has such parts.
pub trait Part: 'static {
    /// Its table.
    type Entity: EntityTrait;
    /// GraphQL name.
    const NAME: &'static str;
    /// Description in the GraphQL schema.
    const ABOUT: &'static str;
    /// Declares its fields.
    fn declare(d: &mut Declaration<'_, Self::Entity>);
}

/// A service record: a record that the service writes by itself, for example a revision. Its table has a column `id`.
/// It is read like a record of a content type, but content documents do not contain it, and lists of it cannot be
/// filtered or sorted.
pub trait ServiceRecord: 'static {
    /// Its table.
    type Entity: EntityTrait;
    /// GraphQL name.
    const NAME: &'static str;
    /// Description in the GraphQL schema.
    const ABOUT: &'static str;
    /// Its plural, in words.
    const PLURAL_WORDS: &'static str;
    /// Declares its fields.
    fn declare(d: &mut Declaration<'_, Self::Entity>);
}

/// A value object, stored as JSON in a column of its owner.
pub trait Value: 'static {
    /// GraphQL name.
    const NAME: &'static str;
    /// Description in the GraphQL schema.
    const ABOUT: &'static str;
    /// Declares its members.
    fn declare(d: &mut Members<'_>);
}

/// An enumeration.
pub trait Choice: 'static {
    /// GraphQL name.
    const NAME: &'static str;
    /// Description in the GraphQL schema; it says whether values may be added.
    const ABOUT: &'static str;
    /// Values with their descriptions, in ascending order.
    const VALUES: &'static [(&'static str, &'static str)];
    /// The values whose label for users is not derived from the name, each with its label: `MESH` has the label "`MeSH`".
    const LABELS: &'static [(&'static str, &'static str)] = &[];
}
