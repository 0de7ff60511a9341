//! Declares the mutations of content and their types.

use crate::{
    engine::{
        catalog::{Catalog, ObjectType, with_article, words},
        register::{self, input},
    },
    graphql::{
        schema::{Field, Input, Schema, TypeKind, by_name},
        value::Value,
    },
    library::{MAX_MESSAGE, ProblemCode, WarningCode},
};

/// Prefix of the mutations that save a content document. The name of its type follows.
const SAVE: &str = "save";

/// Prefix of the mutations that change fields of a record. The name of its type follows.
const PATCH: &str = "patch";

/// Prefix of the mutations that change the slug of a record. The name of its type follows.
const RENAME: &str = "rename";

/// Prefix of the mutations that restore a content document. The name of its type follows.
const RESTORE: &str = "restore";

/// Prefix of the mutations that delete a record. The name of its type follows.
const DELETE: &str = "delete";

/// Name of the mutation that applies several changes.
const APPLY: &str = "apply";

/// Name of the payload of deletions.
const DELETE_PAYLOAD: &str = "DeletePayload";

/// Name of the payload of several changes.
const APPLY_PAYLOAD: &str = "ApplyPayload";

/// Name of the interface of all payloads of content.
const PAYLOAD: &str = "MutationPayload";

/// Name of the input type of a change.
const CHANGE: &str = "ChangeInput";

/// Maximum number of changes of one operation, with all of its mutations together.
pub const MAX_CHANGES: usize = 100;

/// Maximum number of operations of one patch.
pub const MAX_OPERATIONS: usize = 100;

/// Maximum length of an idempotency key, in characters.
pub const MAX_KEY: usize = 128;

/// What a mutation does.
#[derive(Clone, Copy)]
pub enum MutationKind {
    /// Saves one content document.
    Save(&'static ObjectType),
    /// Changes fields of one record.
    Patch(&'static ObjectType),
    /// Changes the slug of one record.
    Rename(&'static ObjectType),
    /// Saves the content document that a record had in an earlier revision.
    Restore(&'static ObjectType),
    /// Deletes one record.
    Delete(&'static ObjectType),
    /// Applies several changes.
    Apply,
}

/// Creates the mutation for records of a type.
type OfType = fn(&'static ObjectType) -> MutationKind;

impl MutationKind {
    /// The mutations that apply one change, each with the prefix of its name.
    const SINGLE: [(&'static str, OfType); 5] =
        [(SAVE, Self::Save), (PATCH, Self::Patch), (RENAME, Self::Rename), (RESTORE, Self::Restore), (DELETE, Self::Delete)];

    /// Returns all mutations.
    fn all(catalog: &'static Catalog) -> impl Iterator<Item = Self> {
        Self::single(catalog).chain([Self::Apply])
    }

    /// Returns the mutations that apply one change.
    fn single(catalog: &'static Catalog) -> impl Iterator<Item = Self> {
        let documented = catalog.contents().map(|(object, _)| object).filter(|object| object.with_own_documents().is_some());
        documented.flat_map(|object| Self::SINGLE.map(|(_, operation)| operation(object)))
    }

    /// Returns the mutation of this name; `None` if there is none.
    pub fn named(catalog: &'static Catalog, name: &str) -> Option<Self> {
        let object = |name| catalog.object_named(name).filter(|object| object.with_own_documents().is_some());
        if name == APPLY {
            return Some(Self::Apply);
        }
        Self::SINGLE.into_iter().find_map(|(verb, operation)| name.strip_prefix(verb).and_then(object).map(operation))
    }

    /// Returns the name of the root field. The field of `ChangeInput` for the same change has this name too.
    pub fn name(self) -> String {
        match self {
            Self::Save(object) => format!("{SAVE}{}", object.name),
            Self::Patch(object) => format!("{PATCH}{}", object.name),
            Self::Rename(object) => format!("{RENAME}{}", object.name),
            Self::Restore(object) => format!("{RESTORE}{}", object.name),
            Self::Delete(object) => format!("{DELETE}{}", object.name),
            Self::Apply => APPLY.to_owned(),
        }
    }

    /// Returns the name of the type of its payload.
    pub fn payload(self) -> String {
        match self {
            Self::Save(object) | Self::Patch(object) | Self::Rename(object) | Self::Restore(object) => {
                format!("Save{}Payload", object.name)
            }
            Self::Delete(_) => DELETE_PAYLOAD.to_owned(),
            Self::Apply => APPLY_PAYLOAD.to_owned(),
        }
    }

    fn about(self) -> String {
        match self {
            Self::Save(object) => {
                let omitted = if object.fields.iter().any(|field| field.embedded().is_some()) {
                    "Omitted embedded records are retained; an empty list deletes them. Other omitted fields"
                } else {
                    "Omitted fields"
                };
                let record = with_article(&words(object.name));
                format!("Creates {record} or replaces its document. {omitted} become null, empty or their default.")
            }
            Self::Patch(object) => format!(
                "Changes fields of {} by operations, which run one after another. All other fields stay.",
                with_article(&words(object.name))
            ),
            Self::Rename(object) => format!(
                "Gives {} another slug. The record keeps its id, and references to it stay valid. The old slug becomes a \
                 former slug, which still finds the record.",
                with_article(&words(object.name))
            ),
            Self::Restore(object) => format!(
                "Restores the document that {} had in an earlier revision, with the records embedded in it, and publishes \
                 it as a new revision. The record keeps its present slug. A deleted record is created again with its id.",
                with_article(&words(object.name))
            ),
            Self::Delete(object) => format!(
                "Deletes {} with the records embedded in its document. Refused while another record refers to it.",
                with_article(&words(object.name))
            ),
            Self::Apply => "Makes several changes in one revision, or none of them. The changed records may refer to each \
                            other in any order. Several patches and renames of one record run one after another."
                .to_owned(),
        }
    }

    /// Returns the arguments that say what changes.
    fn change(self) -> Vec<Input> {
        let expected = input(
            "expectedRevision",
            "Int",
            "The revision in which you read the document. If others have changed the record since then, a saved document or \
             a patch is merged with their changes; it is refused with `CONFLICT` if you and they changed the same value. \
             Renaming, restoring and deleting are refused with `CONFLICT` if the record or a record embedded in it has \
             changed. 0 means that the record must not exist.",
        );
        let by = |object: &ObjectType, about: &str| input("by", format!("{}By!", object.name), about);
        let named = |object| by(object, "The record, by its id, its slug or a former slug.");
        match self {
            Self::Save(object) => {
                let document = format!("{}!", register::document_name(object));
                vec![input("document", document, "The whole document."), expected]
            }
            Self::Patch(object) => {
                let (ty, about) = (register::operation_name(object), format!("The operations, 1 to {MAX_OPERATIONS}."));
                vec![named(object), input("operations", format!("[{ty}!]!"), &about), expected]
            }
            Self::Rename(object) => {
                let to = input("to", "String!", "The new slug. No other record of the type may have it.");
                vec![named(object), to, expected]
            }
            Self::Restore(object) => {
                let about = "The record, by its id or its current slug. A deleted record is found by its id or its last slug. \
                             Former slugs do not find a record here.";
                vec![by(object, about), input("revision", "Int!", "Number of the revision with the document."), expected]
            }
            Self::Delete(object) => vec![named(object), expected],
            Self::Apply => {
                let about = format!("The changes, 1 to {MAX_CHANGES}.");
                vec![input("changes", format!("[{CHANGE}!]!"), &about)]
            }
        }
    }
}

/// Returns the root fields.
pub fn fields(catalog: &'static Catalog) -> Vec<Field> {
    let message = format!("Why the content changes, for the history; at most {MAX_MESSAGE} characters.");
    let key = format!(
        "Text of your choice, at most {MAX_KEY} characters. If you send the same mutation again with the same key within a \
         day, the service does not publish it again, and returns the payload of the first time."
    );
    let all = MutationKind::all(catalog).map(|operation| {
        let mut arguments = operation.change();
        arguments.extend([
            input("dryRun", "Boolean!", "True to report errors and changes without publishing anything.")
                .or(Value::Boolean(false)),
            input("message", "String", &message),
            input("idempotencyKey", "String", &key),
        ]);
        let about = format!("{} Null only if an error of this field is reported.", operation.about());
        register::field(&operation.name(), operation.payload(), &about).with(arguments)
    });
    all.collect()
}

/// Declares the types of arguments and payloads.
pub fn types(schema: &mut Schema, catalog: &'static Catalog) {
    register::documents(schema, catalog);
    register::patches(schema, catalog);
    let mut changes = Vec::new();
    for operation in MutationKind::single(catalog) {
        let (name, about) = (operation.name(), operation.about());
        let (ty, about_input) = match operation {
            MutationKind::Save(object) => {
                let about = format!("The document of {} to save.", with_article(&words(object.name)));
                (format!("Save{}Input", object.name), about)
            }
            MutationKind::Patch(object) => {
                let about = format!("A change of fields of {}.", with_article(&words(object.name)));
                (format!("Patch{}Input", object.name), about)
            }
            MutationKind::Rename(object) => {
                (format!("Rename{}Input", object.name), format!("The {} to rename.", words(object.name)))
            }
            MutationKind::Restore(object) => {
                (format!("Restore{}Input", object.name), format!("The {} to restore.", words(object.name)))
            }
            MutationKind::Delete(object) => {
                (format!("Delete{}Input", object.name), format!("The {} to delete.", words(object.name)))
            }
            // `single` does not return it.
            MutationKind::Apply => continue,
        };
        register::input_object(schema, &ty, &about_input, false, operation.change());
        changes.push(input(&name, ty, &about));
    }
    register::input_object(schema, CHANGE, "A change: exactly one field.", true, changes);
    reports(schema);
    payloads(schema, catalog);
}

/// Declares the types of errors and changes in payloads.
fn reports(schema: &mut Schema) {
    let json = "A JSON value. References are slugs, as in documents.";
    schema.declare("JSON", json, TypeKind::Scalar(Some("https://www.rfc-editor.org/rfc/rfc8259".to_owned())));
    let codes: Vec<(&str, &str)> = ProblemCode::ALL.iter().map(|code| (code.name(), code.description())).collect();
    register::enumeration(schema, "UserErrorCode", "What is wrong with a change. This list may grow.", &codes, &[]);
    let fields = vec![
        register::field("code", "UserErrorCode!", "What is wrong, as a code for programs."),
        register::field(
            "path",
            "String",
            "Path of the wrong value below the field of the mutation, such as `document.steps[2].device`. List indexes \
             start at 0. Null if the error is in a record that the mutation does not name.",
        ),
        register::field("message", "String!", "What is wrong, in a sentence for people, as `dermagraph check` reports it."),
        register::field(
            "conflict",
            "ValueConflict",
            "The values, if you and somebody else changed the same value since `expectedRevision`, or if you review a text that \
             somebody else has changed since. Null for other errors.",
        ),
        register::field(
            "referrers",
            "[RecordReference!]",
            "The records that still refer to a record that you delete, at most 100 of each type. Null for other errors.",
        ),
    ];
    register::object(schema, "UserError", "Why a change is refused.", fields, &[]);
    let fields = vec![
        register::field("type", "String!", "Name of the type of the record."),
        register::field("slug", "String!", "Slug of the record."),
    ];
    register::object(schema, "RecordReference", "A record, by its type and slug.", fields, &[]);
    let fields = vec![
        register::field("base", "JSON", "The value in the revision `expectedRevision`."),
        register::field("theirs", "JSON", "The current value."),
        register::field("yours", "JSON", "The value that you have sent."),
    ];
    let about = "A value that both you and somebody else have changed since `expectedRevision`. An entry that was removed \
                 from a list is null.";
    register::object(schema, "ValueConflict", about, fields, &[]);
    warnings(schema);
    let fields = vec![
        register::field("field", "String!", "Name of the field."),
        register::field("before", "JSON", "The value before the change."),
        register::field("after", "JSON", "The value after the change."),
    ];
    register::object(schema, "FieldChange", "A field whose value a mutation changes.", fields, &[]);
    let about = "Typed id of the record. It stays the same when the record is renamed, or is deleted and restored. Null for a \
                 record that a dry run would create, and in the payload of a mutation that an older version of the service \
                 published.";
    let fields = vec![
        register::field("recordId", "ID", about),
        register::field("type", "String!", "Name of the type of the record."),
        register::field("slug", "String!", "Slug of the record."),
        register::field("action", "ChangeAction!", "How the mutation changes the record."),
        register::field(
            "fields",
            "[FieldChange!]!",
            "The fields that differ, including derived fields. Empty if the record is created or deleted.",
        ),
    ];
    let about = "A record that a mutation changes: a record that the mutation names, a record embedded in it, or a record \
                 whose derived fields depend on one of these.";
    register::object(schema, "RecordChange", about, fields, &[]);
}

/// Declares the type of warnings in payloads.
fn warnings(schema: &mut Schema) {
    let codes: Vec<(&str, &str)> = WarningCode::ALL.iter().map(|code| (code.name(), code.description())).collect();
    register::enumeration(schema, "UserWarningCode", "What a warning is about. This list may grow.", &codes, &[]);
    let fields = vec![
        register::field("code", "UserWarningCode!", "What the warning is about, as a code for programs."),
        register::field(
            "path",
            "String!",
            "The argument with the change, such as `document` or `changes[0].patchCondition.operations`.",
        ),
        register::field("message", "String!", "The warning, for people. It names the record."),
    ];
    register::object(schema, "UserWarning", "A warning about a change, which is published nevertheless.", fields, &[]);
}

/// Declares the payloads.
fn payloads(schema: &mut Schema, catalog: &'static Catalog) {
    let shared = || {
        vec![
            register::field("revision", "Int", "The new revision; null if nothing was published."),
            register::field("changed", "Boolean!", "True if there are changes. A dry run only reports them."),
            register::field(
                "replayed",
                "Boolean!",
                "True if this is the payload of an earlier mutation with the same `idempotencyKey`. If the whole payload \
                 was longer than 256 KiB, counting the fields that were not selected, `changes` and `warnings` are empty.",
            ),
            register::field("changes", "[RecordChange!]!", "The changes. Empty if there are errors."),
            register::field(
                "warnings",
                "[UserWarning!]!",
                "Warnings about the changes, which are published nevertheless. Empty if there are none.",
            ),
            register::field("errors", "[UserError!]!", "Why nothing was published. Empty if there are no errors."),
        ]
    };
    let mut possible = Vec::new();
    for operation in MutationKind::all(catalog) {
        let name = operation.payload();
        if possible.contains(&name) {
            continue;
        }
        let (about, mut fields) = (format!("The result of `{}`.", operation.name()), shared());
        let about =
            if matches!(operation, MutationKind::Delete(_)) { "The result of a deletion.".to_owned() } else { about };
        if let MutationKind::Save(object) = operation {
            let about = "The published record; for a dry run, the record as it would be published. The id of a new record \
                         in a dry run is provisional. Null if there are errors.";
            fields.insert(0, register::field("record", object.name, about));
        }
        if matches!(operation, MutationKind::Apply) {
            let about = "The record of each change, in the order of the changes; for a dry run, as it would be published. Null for \
                         a deletion. Empty if there are errors.";
            fields.insert(0, register::field("records", "[Record]!", about));
        }
        register::object(schema, &name, &about, fields, &[PAYLOAD]);
        possible.push(name);
    }
    let interface = TypeKind::Interface { fields: by_name(shared()), possible };
    schema.declare(PAYLOAD, "The result of a mutation of the content.", interface);
}
