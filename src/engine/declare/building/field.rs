//! Adding a field to a declaration, and setting its properties.

use crate::engine::{
    canonical::{CanonicalObject, CanonicalValue},
    catalog::{
        Conversion, EmbeddedReads, Field, Follows, Format, InDocument, Kind, LibraryView, Many, Origin, Searched, Switch,
        Target, Via,
    },
};

impl Field {
    /// Declares that content documents must have the field, so it is never null. A list then has at least one entry.
    pub fn required(&mut self) -> &mut Self {
        self.required = true;
        self
    }

    /// Sets the value that the field has if a content document omits it. The field is then never null.
    pub fn default_value(&mut self, default: impl Into<CanonicalValue>) -> &mut Self {
        self.required = true;
        self.default = Some(default.into());
        self
    }

    /// Declares that lists of records can be filtered and sorted by the field. The column of a scalar must have an index.
    /// Lists of scalars and lists of value objects have filters and facets, but no order. For a value object, filters, orders
    /// and facets use its indexed members.
    pub fn indexed(&mut self) -> &mut Self {
        self.indexed = true;
        self
    }

    /// Makes search find records by the text.
    pub fn searched(&mut self, role: Searched) -> &mut Self {
        self.searched = Some(role);
        self
    }

    /// Sets the format of the text. A publication with a text in another format is refused.
    pub fn format(&mut self, format: Format) -> &mut Self {
        self.format = Some(format);
        self
    }

    /// Sets the smallest and the largest valid number, both included. A publication with another number is refused.
    pub fn between(&mut self, least: impl Into<f64>, greatest: impl Into<f64>) -> &mut Self {
        self.range = Some((least.into(), greatest.into()));
        self
    }

    /// Sets the smallest valid number. A publication with a smaller one is refused.
    pub fn at_least(&mut self, least: impl Into<f64>) -> &mut Self {
        self.between(least, f64::INFINITY)
    }

    /// Declares that a publication computes the field from the content document and the rest of the library. Content
    /// documents do not contain it.
    pub fn derived(&mut self, derive: fn(&dyn LibraryView, &str, &CanonicalObject) -> CanonicalValue) -> &mut Self {
        self.origin = Origin::Derived(derive);
        self
    }

    /// Declares what the derivation of this field reads of other records: `fields` of the records to which `path`
    /// leads, see [`Follows`]. When a publication changes one of these fields, it derives this field again for every
    /// record whose path leads to the changed record. If the derivation also reads fields that are not declared, the derived
    /// value can become outdated; a test detects such a derivation.
    pub fn follows(&mut self, path: &'static str, fields: &'static [&'static str]) -> &mut Self {
        self.follows.push(Follows { path, fields });
        self
    }

    /// Declares that the derivation of this field reads embedded records. In addition to them, it reads only `fields` of
    /// its own content document. If it also reads fields that are not declared, the derived value can become outdated; a
    /// test detects such a derivation.
    pub fn reads_embedded_with(&mut self, fields: &'static [&'static str]) -> &mut Self {
        self.embedded_reads = EmbeddedReads::With(fields);
        self
    }

    /// Declares that reading the field requires the role `editor`.
    pub fn restricted(&mut self) -> &mut Self {
        self.restricted = true;
        self
    }

    /// Declares that the field states a review of the record. A mutation that changes other fields but not this one sets
    /// this field to null, because the review was of an earlier text.
    pub fn review(&mut self) -> &mut Self {
        self.is_review = true;
        self
    }

    /// Declares that a number is computed from other members when it is read. Content documents do not contain it.
    pub fn converted(&mut self, conversion: &'static Conversion) -> &mut Self {
        self.origin = Origin::Converted(conversion);
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

    /// Declares that the list is sorted in descending order, so the latest record is the first.
    ///
    /// # Panics
    /// If the field is not to-many: an error in the declaration.
    pub fn latest_first(&mut self) -> &mut Self {
        let Kind::Many(many) = &mut self.kind else { panic!("{} is not to-many and has no order", self.name) };
        many.latest_first = true;
        self
    }

    /// Sets how the switches of a to-many field select its links. `required_flag` receives the values of the switches, and
    /// returns the boolean column of the link table that must be true; `None` selects every link.
    ///
    /// # Panics
    /// If the field is not to-many: an error in the declaration.
    pub fn select_links(&mut self, required_flag: fn(&[bool]) -> Option<&'static str>) -> &mut Self {
        let Kind::Many(many) = &mut self.kind else { panic!("{} is not to-many and has no links", self.name) };
        many.required_flag = required_flag;
        self
    }
}

/// Returns a to-many relation without switches.
pub(super) fn many(target: Target, via: Via, document: InDocument) -> Kind {
    Kind::Many(Many {
        target,
        via,
        document,
        of_service_records: false,
        latest_first: false,
        switches: Vec::new(),
        required_flag: |_| None,
    })
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
        restricted: false,
        is_review: false,
        follows: Vec::new(),
        embedded_reads: EmbeddedReads::None,
    });
    &mut fields[at]
}
