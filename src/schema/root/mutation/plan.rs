//! The plan of a mutation: its changes, its settings, and the selection of its payload.

use std::sync::Arc;

use ring::digest::{SHA256, digest};

use super::declare::{MAX_CHANGES, MAX_KEY, MAX_OPERATIONS, MutationKind};
use crate::{
    engine::{
        catalog::{Catalog, ObjectType},
        declare::FORMERLY,
        plan::{
            ResponseKey,
            arguments::input,
            planner::{Failed, Planner},
            response_key,
            root::ContentPlan,
            selection::Selected,
        },
        problem::Problem,
    },
    graphql::{Position, value::Value},
    library::{AmendmentKind, MAX_MESSAGE, RecordName, short_text},
    schema::{price, root::members::SelectedMember},
};

/// The plan of a mutation.
pub struct MutationPlan {
    /// What it changes.
    pub(super) changes: Vec<Change>,
    pub(super) settings: Settings,
    pub(super) cost_item: usize,
    pub(super) fields: Vec<(ResponseKey, PayloadField)>,
}

/// How the changes are published.
pub(super) struct Settings {
    /// True if nothing is published.
    pub dry_run: bool,
    /// Why the content changes; `None` if the client does not say.
    pub message: Option<String>,
    /// The idempotency key, and a hash of the mutation with its other arguments; `None` if the client sends no key.
    pub key: Option<(String, String)>,
}

/// A change of one record.
pub(super) struct Change {
    /// Its type.
    pub object: &'static ObjectType,
    /// What happens to it.
    pub action: Action,
    /// The argument `expectedRevision`: the revision in which the client read the record; 0 if the record must not exist.
    /// Saves and patches are merged with later changes. Other actions are refused if there was a later change.
    pub expected: Option<i64>,
    /// The path of its arguments, with a dot at the end; empty if the mutation is not `apply`.
    pub path: String,
}

/// What happens to a record.
pub(super) enum Action {
    /// It is saved as this content document.
    Save(Value),
    /// It is patched, renamed or restored.
    Amend(RecordName, AmendmentKind),
    /// It is deleted.
    Delete(RecordName),
}

/// How a field of the payload is written.
pub(super) enum PayloadField {
    /// The published record, or a list with the record of each change.
    Records(PublishedRecords),
    /// A member of the report of the publication.
    Report(SelectedMember),
}

/// The field of the payload with the published records.
pub(super) struct PublishedRecords {
    /// The plan of the record of each change; `None` if the change deletes the record.
    pub plans: Vec<Option<ContentPlan>>,
    /// True for a list, false for a single record.
    pub is_list: bool,
    pub response_key: String,
    pub position: Position,
}

impl PublishedRecords {
    /// Plans the records after changes.
    ///
    /// # Errors
    /// If the selection is invalid. Then nothing is published.
    fn new<'q>(
        planner: &mut Planner<'q>,
        changes: &[Change],
        is_list: bool,
        selected: &Selected<'q>,
    ) -> Result<Self, Failed> {
        planner.cost.output(selected.key, 0);
        planner.cost.add_allocated(size_of::<Option<ContentPlan>>() * changes.len());
        let plans = planner.within(selected.key, |planner| {
            let record = |(at, (change, name)): (usize, (&Change, Option<RecordName>))| {
                let plan = |planner: &mut Planner<'q>| change.record(planner, name, selected);
                if is_list { planner.entry(at, plan) } else { plan(planner) }
            };
            changes.iter().zip(lasting_names(changes)).enumerate().map(record).collect::<Result<_, _>>()
        })?;
        Ok(Self { plans, is_list, response_key: selected.key.to_owned(), position: selected.field.position })
    }
}

impl MutationPlan {
    /// Plans a mutation.
    ///
    /// # Errors
    /// If an argument or a directive is invalid. The error is added to those of the planner.
    pub fn new<'q>(planner: &mut Planner<'q>, operation: MutationKind, selected: &Selected<'q>) -> Result<Self, Failed> {
        let field = selected.field;
        let mut values = Vec::new();
        for name in field.definition.arguments.keys() {
            values.push((name.as_str(), planner.argument(field, name)?));
        }
        let read = Arguments { operation, values };
        let changes = read.changes(planner);
        let changes = planner.record_error(field, changes)?;
        let settings = read.settings();
        let settings = planner.record_error(field, settings)?;
        let cost_item = planner.cost.item(&planner.path, price::POINTS_PER_CHANGE * changes.len() as u64);
        let bytes: usize = changes.iter().map(Change::allocated_bytes).sum();
        planner.cost.add_allocated(bytes);
        let payload = operation.payload();
        let mut fields = Vec::new();
        for selected in planner.collect(&selected.sets, &payload)? {
            let field = match selected.name {
                "record" | "records" => {
                    let is_list = selected.name == "records";
                    PayloadField::Records(PublishedRecords::new(planner, &changes, is_list, &selected)?)
                }
                _ => PayloadField::Report(SelectedMember::new(planner, &selected, &payload)?),
            };
            fields.push((response_key(selected.key), field));
        }
        Ok(Self { changes, settings, cost_item, fields })
    }

    /// Returns the number of its changes.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.changes.len()
    }

    /// Reports whether it publishes nothing.
    #[must_use]
    pub fn is_dry_run(&self) -> bool {
        self.settings.dry_run
    }

    /// Reports whether the payload has the values before or after the changes.
    pub(super) fn selects_values(&self) -> bool {
        let selects = |member: &SelectedMember| member.selects("before") || member.selects("after");
        self.fields.iter().any(|(_, field)| matches!(field, PayloadField::Report(member) if selects(member)))
    }

    /// Reports whether the payload has records.
    pub(super) fn has_records(&self) -> bool {
        self.fields.iter().any(|(_, field)| matches!(field, PayloadField::Records(..)))
    }
}

impl Change {
    /// Plans the record after all changes; `None` if the change deletes it. `name` is a name that it then has.
    fn record<'q>(
        &self,
        planner: &mut Planner<'q>,
        name: Option<RecordName>,
        selected: &Selected<'q>,
    ) -> Result<Option<ContentPlan>, Failed> {
        if planner.cost.is_too_large() {
            return Err(Failed);
        }
        let Some(name) = name else { return Ok(None) };
        let plan = match (name, self.object.as_target()) {
            (RecordName::Id(id), Some(target)) => ContentPlan::of_key(planner, target, id, selected),
            (RecordName::Slug(slug), _) => ContentPlan::of_slug(planner, self.object, &slug, selected),
            (RecordName::Id(_), None) => Err(planner.unknown(selected)),
        };
        plan.map(Some)
    }

    /// Returns the name of the record in the change; `None` if the change deletes it.
    fn name(&self) -> Option<RecordName> {
        match &self.action {
            Action::Delete(_) => None,
            Action::Save(document) => Some(RecordName::Slug(document_slug(document).into())),
            Action::Amend(name, _) => Some(name.clone()),
        }
    }

    /// Returns the slug that the change gives to its record; `None` if it renames no record.
    fn new_slug(&self) -> Option<&Arc<str>> {
        if let Action::Amend(_, AmendmentKind::Rename(to)) = &self.action { Some(to) } else { None }
    }

    /// Reports whether the change is a patch that sets the former slugs.
    fn sets_former_slugs(&self) -> bool {
        let Action::Amend(_, AmendmentKind::Patch(Value::List(operations))) = &self.action else { return false };
        // Null removes all former slugs.
        let sets =
            |fields: &Value| matches!(fields, Value::Object(fields) if fields.iter().any(|(name, _)| *name == FORMERLY));
        operations.iter().any(|operation| operation.member("set").is_some_and(sets))
    }

    /// Returns the size of the memory that it allocates, in bytes.
    fn allocated_bytes(&self) -> usize {
        let action = match &self.action {
            Action::Save(document) => document.allocated_bytes(),
            Action::Amend(name, change) => {
                let change = match change {
                    AmendmentKind::Patch(operations) => operations.allocated_bytes(),
                    AmendmentKind::Rename(to) => to.len(),
                    AmendmentKind::Restore(_) => 0,
                };
                name.allocated_bytes() + change
            }
            Action::Delete(name) => name.allocated_bytes(),
        };
        size_of::<Self>() + self.path.len() + action
    }
}

/// Returns for each change a name that its record still has after all changes; `None` if the change deletes it.
///
/// The slug that a record has before its first rename becomes a former slug, by which the record can still be found. A slug
/// that one rename gives and a later one replaces does not become a former slug. If a patch sets the former slugs of a
/// record, the record may lose the former slug by which the client has named it. So if any change of a record
/// of the same type sets former slugs, this returns the slug that the last rename of the record gives.
fn lasting_names(changes: &[Change]) -> Vec<Option<RecordName>> {
    let mut first: Vec<Option<RecordName>> = Vec::with_capacity(changes.len());
    for (at, change) in changes.iter().enumerate() {
        let name = change.name();
        let gives_name = |earlier: &Change| match (&change.action, &name, earlier.new_slug()) {
            (Action::Amend(..), Some(RecordName::Slug(slug)), Some(to)) => {
                earlier.object.ix == change.object.ix && to == slug
            }
            _ => false,
        };
        let renamed = changes[..at].iter().rposition(gives_name);
        first.push(renamed.map_or(name, |at| first[at].clone()));
    }
    let lasting = |(change, name): (&Change, &Option<RecordName>)| {
        let of_type = |other: &Change| other.object.ix == change.object.ix;
        if !changes.iter().any(|other| of_type(other) && other.sets_former_slugs()) {
            return name.clone();
        }
        let mut of_record = changes.iter().zip(&first).rev().filter(|(other, same)| of_type(other) && *same == name);
        let new_slug = of_record.find_map(|(other, _)| other.new_slug());
        new_slug.map_or_else(|| name.clone(), |slug| Some(RecordName::Slug(Arc::clone(slug))))
    };
    changes.iter().zip(&first).map(lasting).collect()
}

/// The values of the arguments of a mutation.
struct Arguments<'n> {
    operation: MutationKind,
    values: Vec<(&'n str, Value)>,
}

impl Arguments<'_> {
    /// Returns the value of an argument that is not null.
    fn given(&self, name: &str) -> Option<&Value> {
        let value = self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
        value.filter(|value| **value != Value::Null)
    }

    fn changes(&self, planner: &Planner<'_>) -> Result<Vec<Change>, Problem> {
        let MutationKind::Apply = self.operation else {
            let change = Change::new(planner.catalog, self.operation, &|name| self.given(name), String::new())?;
            return Ok(vec![change]);
        };
        let list = input::items(self.given("changes").unwrap_or(&Value::Null), "changes")?;
        if list.is_empty() || list.len() > MAX_CHANGES {
            let sentence = format!("there are {} changes; there must be 1 to {MAX_CHANGES}", list.len());
            return Err(Problem::argument("changes", sentence));
        }
        let changes = list.iter().enumerate().map(|(at, change)| {
            let at = format!("changes[{at}]");
            let (name, arguments) = input::one_of(change, &at)?;
            let operation = MutationKind::named(planner.catalog, name).ok_or_else(|| input::unknown(name))?;
            Change::new(planner.catalog, operation, &|name| arguments.member(name), format!("{at}.{name}."))
        });
        changes.collect()
    }

    fn settings(&self) -> Result<Settings, Problem> {
        let dry_run = self.given("dryRun").map_or(Ok(false), |value| input::boolean(value, "dryRun"))?;
        let message = self.text("message", MAX_MESSAGE)?;
        let key = self.text("idempotencyKey", MAX_KEY)?.map(|key| (key, self.hash()));
        Ok(Settings { dry_run, message, key })
    }

    /// Returns the hash of the mutation with its arguments, except for the idempotency key.
    fn hash(&self) -> String {
        let others = self.values.iter().filter(|(name, _)| *name != "idempotencyKey");
        let others: Vec<String> = others.map(|(name, value)| format!("{name}: {}", value.clone().sorted())).collect();
        let request = format!("{}({})", self.operation.name(), others.join(", "));
        hex::encode(digest(&SHA256, request.as_bytes()).as_ref())
    }

    fn text(&self, name: &str, max: usize) -> Result<Option<String>, Problem> {
        let Some(value) = self.given(name) else { return Ok(None) };
        let text = input::text(value, name)?;
        let text = short_text(text, max).map_err(|flaw| Problem::argument(name, flaw))?;
        Ok(Some(text.to_owned()))
    }
}

impl Change {
    fn new<'v>(
        catalog: &Catalog,
        operation: MutationKind,
        given: &dyn Fn(&str) -> Option<&'v Value>,
        path: String,
    ) -> Result<Self, Problem> {
        let expected = match given("expectedRevision") {
            Some(Value::Int(revision)) => Some(i64::from(*revision)),
            _ => None,
        };
        let argument = |name: &str| given(name).ok_or_else(|| input::unknown(name));
        let by = |object: &ObjectType| match input::one_of(argument("by")?, "by")? {
            ("id", id) => Ok(RecordName::Id(input::primary_key(catalog, object, id, "by.id")?)),
            ("slug", slug) => Ok(RecordName::Slug(input::text(slug, "by.slug")?.into())),
            _ => Err(input::unknown("by")),
        };
        let (object, action) = match operation {
            MutationKind::Save(object) => (object, Action::Save(argument("document")?.clone())),
            MutationKind::Patch(object) => {
                let operations = argument("operations")?;
                let count = input::items(operations, "operations")?.len();
                if !(1..=MAX_OPERATIONS).contains(&count) {
                    let sentence = format!("there are {count} operations; there must be 1 to {MAX_OPERATIONS}");
                    return Err(Problem::argument("operations", sentence));
                }
                (object, Action::Amend(by(object)?, AmendmentKind::Patch(operations.clone())))
            }
            MutationKind::Rename(object) => {
                let to = input::text(argument("to")?, "to")?.trim();
                (object, Action::Amend(by(object)?, AmendmentKind::Rename(to.into())))
            }
            MutationKind::Restore(object) => {
                // The type of the argument is `Int!`.
                let Value::Int(revision) = argument("revision")? else { return Err(input::unknown("revision")) };
                (object, Action::Amend(by(object)?, AmendmentKind::Restore((*revision).into())))
            }
            MutationKind::Delete(object) => (object, Action::Delete(by(object)?)),
            MutationKind::Apply => return Err(input::unknown("apply")),
        };
        Ok(Self { object, action, expected, path })
    }
}

/// Returns the slug in a content document; empty if it has none.
fn document_slug(document: &Value) -> &str {
    if let Some(Value::Text(slug)) = document.member("slug") { slug.trim() } else { "" }
}
