//! Where statements come from. Provenance stands on the smallest object that makes a statement: its `sources` cover its own
//! fields and every object within it that has none of its own, and `fieldSources` makes exceptions for single fields.

use super::source::Source;
use crate::engine::declare::{Members, Value};

/// Description of `sources` on content.
pub const CONTENT_SOURCES: &str = "Sources of what is stated here. They cover every field and every object within that \
    has no sources of its own; `fieldSources` lists the exceptions.";

/// Description of `fieldSources` on content.
pub const FIELD_SOURCES: &str = "Fields whose sources differ from `sources`. Empty when there are none.";

/// Description of `sources` on value objects and parts.
pub const STATEMENT_SOURCES: &str =
    "Sources of this statement; inherited from the enclosing object when the document gives none.";

/// The sources of one field.
pub struct FieldSources;

impl Value for FieldSources {
    const NAME: &'static str = "FieldSources";
    const ABOUT: &'static str = "The sources of one field, where they differ from those of its object.";

    fn declare(d: &mut Members<'_>) {
        d.text("field", "Name of the field.").required();
        d.refs::<Source>("sources", "Its sources. Empty for an editorial reading that no source states.");
    }
}
