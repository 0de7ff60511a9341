//! Declarations: how a content type says what it is.
//!
//! A content type is one file with a marker type and one [`Content`] implementation; the value objects, parts and
//! enumerations that only it uses stand in the same file. There is nothing else to write per type: no resolver, no loader, no
//! filter, no reader.

mod builder;
mod declaration;
mod field;
mod members;

use sea_orm::EntityTrait;

use super::catalog::{Layout, SlugRule};

pub use builder::CatalogBuilder;
pub use declaration::Declaration;
pub use members::Members;

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
