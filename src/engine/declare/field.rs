//! Adding a field to a declaration, and setting its properties.

use crate::engine::{
    canonical::{CanonicalObject, CanonicalValue},
    catalog::{Field, Format, InDocument, Kind, LibraryView, Many, ObjectIx, Origin, Searched, Switch, Via},
};

impl Field {
    /// Makes the field never null: documents must have it. A list has at least one entry.
    pub fn required(&mut self) -> &mut Self {
        self.required = true;
        self
    }

    /// Makes the field never null: it is `default` in documents that leave it out.
    pub fn or(&mut self, default: impl Into<CanonicalValue>) -> &mut Self {
        self.required = true;
        self.default = Some(default.into());
        self
    }

    /// Makes the field available in filters and orders. Its column must have an index.
    pub fn indexed(&mut self) -> &mut Self {
        self.indexed = true;
        self
    }

    /// Makes search find records by the text.
    pub fn searched(&mut self, role: Searched) -> &mut Self {
        self.searched = Some(role);
        self
    }

    /// Sets the format of the text; an import rejects other texts.
    pub fn format(&mut self, format: Format) -> &mut Self {
        self.format = Some(format);
        self
    }

    /// Limits the number to `least` to `greatest`, both included; an import refuses other numbers.
    pub fn between(&mut self, least: impl Into<f64>, greatest: impl Into<f64>) -> &mut Self {
        self.range = Some((least.into(), greatest.into()));
        self
    }

    /// Limits the number to `least` and more; an import refuses other numbers.
    pub fn at_least(&mut self, least: impl Into<f64>) -> &mut Self {
        self.between(least, f64::INFINITY)
    }

    /// Removes the field from documents: an import computes it from the document and the rest of the library.
    pub fn derived(&mut self, derive: fn(&dyn LibraryView, &str, &CanonicalObject) -> CanonicalValue) -> &mut Self {
        self.origin = Origin::Derived(derive);
        self
    }

    /// Adds a boolean argument to a to-many field.
    ///
    /// # Panics
    /// If the field is not to-many: an error in the declaration.
    pub fn switch(&mut self, name: &'static str, default: bool, about: &'static str) -> &mut Self {
        let Kind::Many(many) = &mut self.kind else { panic!("{} is not to-many and has no switches", self.name) };
        many.switches.push(Switch { name, about, default });
        self
    }

    /// Selects the links of a to-many field by its switches: `keep` returns the boolean column of the link table that must
    /// be true.
    ///
    /// # Panics
    /// If the field is not to-many: an error in the declaration.
    pub fn keep(&mut self, keep: fn(&[bool]) -> Option<&'static str>) -> &mut Self {
        let Kind::Many(many) = &mut self.kind else { panic!("{} is not to-many and has no links", self.name) };
        many.keep = keep;
        self
    }
}

/// Returns a to-many relation without switches.
pub(super) fn many(target: ObjectIx, via: Via, document: InDocument) -> Kind {
    Kind::Many(Many { target, via, document, switches: Vec::new(), keep: |_| None })
}

/// Adds a field with default properties.
pub(super) fn push<'f>(
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
        searched: None,
        format: None,
        range: None,
        origin: Origin::Document,
    });
    &mut fields[at]
}
