//! The history: the revisions of the library, and the changes of records in each.

use super::{Choice, Declaration, ServiceRecord};
use crate::{
    engine::catalog::Format,
    entity::{record_change, revision},
};

/// A revision.
pub struct Revision;

impl ServiceRecord for Revision {
    type Entity = revision::Entity;
    const NAME: &'static str = "Revision";
    const ABOUT: &'static str = "A publication of the library: one transaction, which readers see completely or not at all.";
    const PLURAL_WORDS: &'static str = "revisions";

    fn declare(d: &mut Declaration<'_, Self::Entity>) {
        use revision::Column;

        let about = "Its number. The first revision has 1, and each later one has the next number.";
        d.int("number", Column::Id, about).required();
        d.text("publishedAt", Column::PublishedAt, "When it was published.").required().format(Format::DateTime);
        d.text("summary", Column::Summary, "Number of records that it added, changed and removed, in words.").required();
        let about = "Name of the API key or subject of the token that published it. Null if a command of the operator \
                     published it. Requires the role `editor`.";
        d.text("author", Column::Author, about).restricted();
        let about =
            "Why it was published, in the author's words. Null if the author gave no message. Requires the role `editor`.";
        d.text("message", Column::Message, about).restricted();
        let about = "Number of records that it created, changed or deleted. Null if an older version of the service published \
                     it.";
        d.int("recordCount", Column::Records, about);
        let about = "What it did with each record. Empty for the first revision, which created all of its records.";
        d.records::<HistoryEntry>("changes", record_change::Column::Revision, "id", about);
    }
}

/// What a revision did with a record.
pub struct HistoryEntry;

impl ServiceRecord for HistoryEntry {
    type Entity = record_change::Entity;
    const NAME: &'static str = "HistoryEntry";
    const ABOUT: &'static str = "What a revision did with one record.";
    const PLURAL_WORDS: &'static str = "changes of records";

    fn declare(d: &mut Declaration<'_, Self::Entity>) {
        use record_change::Column;

        d.record::<Revision>("revision", Column::Revision, "The revision.").required();
        d.choice::<ChangeAction>("action", Column::Action, "How the revision changed the record.").required();
        let about = "Typed id of the record. It stays the same when the record is renamed, or is deleted and restored.";
        d.record_id("recordId", Column::RecordId, Column::Type, about).required();
        d.text("type", Column::Type, "Name of the type of the record.").required();
        d.text("slug", Column::Slug, "Slug of the record in that revision.").required();
        let about = "Names of the fields that differ, including derived fields. Empty if the record was created or deleted.";
        d.texts("fields", Column::Fields, about);
    }
}

/// What happened to a record.
pub struct ChangeAction;

impl Choice for ChangeAction {
    const NAME: &'static str = "ChangeAction";
    const ABOUT: &'static str = "How a revision changed a record. This list may grow.";
    const VALUES: &'static [(&'static str, &'static str)] = &[
        ("CREATED", "The record is new."),
        ("UPDATED", "Fields of the record differ."),
        ("DELETED", "The record was deleted."),
    ];
}
