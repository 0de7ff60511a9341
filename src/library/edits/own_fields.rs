//! Changes of a record that do not concern the records embedded in its document. A procedure has many outcomes, and most
//! changes of a procedure concern none of them.

use super::{
    amend::{Amendment, AmendmentKind},
    amendments::patch,
    edit::{Edit, RecordChanges},
};
use crate::{
    engine::{
        catalog::{Catalog, EmbeddedReads, Field, InDocument, Kind, Many, ObjectType},
        declare::FORMERLY,
    },
    library::{
        document::shape::{self, FIELD_SOURCES, NOTICE, SLUG, SOURCES},
        records::record_map::RecordKey,
    },
};

/// Fields that embedded records inherit, or from which their slugs are composed.
const SHARED: [&str; 5] = [SLUG, FORMERLY, SOURCES, FIELD_SOURCES, NOTICE];

impl Edit<'_> {
    /// Returns the record that the edit changes, if the edit changes only this record and the change does not concern
    /// the records embedded in it. `changes` are the changes of the edit.
    pub(in crate::library) fn record_without_embedded(
        &self,
        catalog: &Catalog,
        changes: &RecordChanges,
    ) -> Option<RecordKey> {
        let [amendment] = changes.amendments.as_slice() else { return None };
        let is_alone = self.saves.library.documents.len() == 0 && changes.deletes.is_empty();
        (is_alone && amendment.changes_only_own_fields(catalog)).then(|| amendment.key())
    }
}

impl Amendment {
    /// Reports whether the change does not concern the embedded records: it changes neither them nor a field that
    /// derivations, rules or checks read together with them.
    fn changes_only_own_fields(&self, catalog: &Catalog) -> bool {
        let AmendmentKind::Patch(operations) = &self.change else { return false };
        // An expected revision also applies to the embedded records, so they must be loaded.
        if self.expected.is_some() || !self.object.fields.iter().all(is_unchanged) {
            return false;
        }
        let review = self.object.review().map(|field| field.name);
        let mut changed = patch::changed(operations).chain(review);
        changed.all(|name| !SHARED.contains(&name) && is_own(catalog, self.object, name))
    }
}

/// Reports whether a field that a change does not set can retain its stored value while the embedded records are not
/// loaded.
fn is_unchanged(field: &Field) -> bool {
    let reads_embedded = field.embedded_reads != EmbeddedReads::None;
    match &field.kind {
        Kind::Many(Many { document: InDocument::Mentions(deep), .. }) => !deep,
        Kind::Many(Many { document: InDocument::Embedded, .. }) => !field.required,
        Kind::Many(Many { document: InDocument::Derived(_), .. }) => !reads_embedded,
        _ => true,
    }
}

/// Reports whether a field of a type has no embedded records, and is not read together with embedded records.
fn is_own(catalog: &Catalog, object: &ObjectType, name: &str) -> bool {
    let of_fields = object.fields.iter().map(|field| field.embedded_reads);
    let of_rules = object.content().into_iter().flat_map(|role| role.rules).map(|rule| rule.embedded_reads);
    let is_read = |reads| matches!(reads, EmbeddedReads::With(fields) if fields.contains(&name));
    let is_embedded = object.field(name).is_none_or(|field| field.embedded().is_some());
    !is_embedded && !of_fields.chain(of_rules).any(is_read) && !shape::is_looked_up(catalog, name)
}
