//! Provenance: the sources of statements. It is recorded on the smallest object that makes a statement. The `sources` of an
//! object cover its own fields and every nested object without sources of its own; `fieldSources` lists exceptions for
//! single fields.

use crate::{
    content::source::Source,
    engine::declare::{Members, Value},
};

/// Description of `sources` on records.
pub const CONTENT_SOURCES: &str = "Sources of the statements in this record. They cover every field and every nested object \
    without sources of its own; `fieldSources` lists the exceptions.";

/// Description of `fieldSources` on records.
pub const FIELD_SOURCES: &str = "Fields whose sources differ from `sources`. Empty if there are none.";

/// Description of `sources` on value objects and parts.
pub const STATEMENT_SOURCES: &str =
    "Sources of this statement. Inherited from the enclosing object if the content document gives none.";

/// The value object of the sources of one field.
pub struct FieldSources;

impl Value for FieldSources {
    const NAME: &'static str = "FieldSources";
    const ABOUT: &'static str = "The sources of one field, if they differ from those of its record.";

    fn declare(d: &mut Members<'_>) {
        d.text("field", "Name of the field.").required();
        d.refs::<Source>("sources", "Sources of the field. Empty for an editorial judgement that no source states.");
    }
}
