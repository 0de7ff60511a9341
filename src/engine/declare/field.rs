//! What is said of a field beside its kind.

use crate::engine::{
    catalog::{Field, Format, InDocument, Kind, LibraryView, Many, ObjectIx, Origin, Switch, Via},
    datum::{Datum, Record},
};

impl Field {
    /// Never null; documents must give it. A list has at least one entry.
    pub fn required(&mut self) -> &mut Self {
        self.required = true;
        self
    }

    /// Never null; a document that leaves it out means `default`.
    pub fn or(&mut self, default: impl Into<Datum>) -> &mut Self {
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

    /// A number from `least` to `greatest`, both included; importing refuses every other.
    pub fn between(&mut self, least: impl Into<f64>, greatest: impl Into<f64>) -> &mut Self {
        self.range = Some((least.into(), greatest.into()));
        self
    }

    /// A number that is not below `least`; importing refuses every other.
    pub fn at_least(&mut self, least: impl Into<f64>) -> &mut Self {
        self.between(least, f64::INFINITY)
    }

    /// Not in the document: computed from it and the rest of the library whenever that changes.
    pub fn derived(&mut self, derive: fn(&dyn LibraryView, &str, &Record) -> Datum) -> &mut Self {
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

/// A to-many relation without switches.
pub(super) fn many(target: ObjectIx, via: Via, document: InDocument) -> Kind {
    Kind::Many(Many { target, via, document, switches: Vec::new(), keep: |_| None })
}

/// Adds a field of which nothing more is said yet.
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
        format: None,
        range: None,
        origin: Origin::Document,
    });
    &mut fields[at]
}
