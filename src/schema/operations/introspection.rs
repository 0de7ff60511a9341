//! Introspection: `__schema` and `__type` select from a description of the schema, which is generated once.

use std::{collections::HashMap, sync::LazyLock};

use serde_json::{Value as Json, json};

use crate::{
    engine::plan::{
        planner::{Failed, Planner},
        selection::{DirectiveError, Scope, Selected, Sets},
    },
    graphql::{
        DocumentError, TypeRef,
        document::{Document, Field, Selection},
        schema::TYPE_NAME,
        value::Value,
    },
    schema::{host, types::ABOUT},
};

/// Number of fields in a response to introspection that cost one point together.
const FIELDS_PER_POINT: u64 = 1000;

/// Cost of the list of all types, in fields. Without this constant, hundreds of aliases of the list would be cheap, although
/// they take more than a tenth of a second of processor time.
const LIST_OF_TYPES: u64 = 30_000;

/// Maximum points of introspection: four times the cost of the introspection query of graphql-js with all options.
pub const MAX_POINTS: u64 = 2600;

/// Maximum nesting of lists of fields and types: every level multiplies the length of the response. The introspection
/// query of graphql-js has two levels of such lists.
const MAX_LISTS: usize = 2;

/// The description of the schema.
struct Description {
    /// The value of `__schema`, in which each type has only its name.
    schema: Json,
    /// The complete types by name.
    types: HashMap<String, Json>,
}

static DESCRIPTION: LazyLock<Description> = LazyLock::new(|| {
    let mut schema = host::introspection();
    schema["description"] = ABOUT.into();
    let mut types = HashMap::new();
    for ty in schema["types"].as_array_mut().into_iter().flatten() {
        // The specification requires a list for interfaces as well (<https://spec.graphql.org/draft/#sec-The-__Type-Type>).
        if ty["kind"] == "INTERFACE" {
            ty["interfaces"] = json!([]);
        }
        let named = json!({"name": ty["name"]});
        let name = ty["name"].as_str().unwrap_or_default().to_owned();
        types.insert(name, std::mem::replace(ty, named));
    }
    Description { schema, types }
});

/// Returns the value of `__schema` with all its types.
#[must_use]
pub fn full() -> Json {
    let mut schema = DESCRIPTION.schema.clone();
    for named in schema["types"].as_array_mut().into_iter().flatten() {
        if let Some(complete) = named["name"].as_str().and_then(|name| DESCRIPTION.types.get(name)) {
            *named = complete.clone();
        }
    }
    schema
}

/// Reports whether a root field belongs to introspection.
#[must_use]
pub fn is_introspection(name: &str) -> bool {
    matches!(name, "__schema" | "__type")
}

/// Checks how deeply introspection nests lists of fields and types.
///
/// # Errors
/// If they nest too deeply.
pub fn check(document: &Document) -> Result<(), DocumentError> {
    document.operations.iter().try_for_each(|operation| check_lists(document, &operation.selections, None))
}

/// Checks selections that are inside of `lists` nested lists; `None` outside of introspection.
fn check_lists(document: &Document, selections: &[Selection], lists: Option<usize>) -> Result<(), DocumentError> {
    for selection in selections {
        match selection {
            Selection::Inline { selections, .. } => check_lists(document, selections, lists)?,
            Selection::Spread { fragment, .. } => check_lists(document, &document.fragments[*fragment].selections, lists)?,
            Selection::Field(Field { definition, position, selections, .. }) => {
                let lists = match (lists, definition.name.as_str()) {
                    (None, name) => is_introspection(name).then_some(0),
                    (Some(lists), "fields" | "interfaces" | "possibleTypes" | "inputFields") => Some(lists + 1),
                    (lists, _) => lists,
                };
                if lists.is_some_and(|lists| lists > MAX_LISTS) {
                    return Err(DocumentError::at(*position, "Introspection nests lists of types too deeply."));
                }
                if lists.is_some() {
                    check_lists(document, selections, lists)?;
                }
            }
        }
    }
    Ok(())
}

/// Returns the cost of a root field in points. It counts the fields of its response, with an assumed length of each list.
pub fn points<'q>(planner: &mut Planner<'q>, selected: &Selected<'q>) -> Result<u64, Failed> {
    Ok(fields(planner, selected)?.div_ceil(FIELDS_PER_POINT).max(1))
}

/// Counts the fields of the response below a field. Adds the errors of its arguments and directives, and of those below, to
/// the errors of the planner.
fn fields<'q>(planner: &mut Planner<'q>, of: &Selected<'q>) -> Result<u64, Failed> {
    for argument in of.field.definition.arguments.keys() {
        planner.argument(of.field, argument)?;
    }
    if matches!(of.field.definition.ty.nullable(), TypeRef::List(_)) {
        planner.entry(0, |planner| fields_of_object(planner, of))
    } else {
        fields_of_object(planner, of)
    }
}

/// Counts the selections of an object that is the value of a field, or an entry of its list, and the fields of the response
/// below it.
fn fields_of_object<'q>(planner: &mut Planner<'q>, of: &Selected<'q>) -> Result<u64, Failed> {
    // A document can select the same field several times. The response has the field once, but the service collects each
    // of these selections for each object, so each of them counts.
    let mut sum = selections(planner.scope.document, &of.sets, false);
    for selected in planner.collect(&of.sets, type_of(of))? {
        let times = match selected.name {
            "types" => 300,
            "fields" | "inputFields" | "enumValues" | "possibleTypes" => 8,
            "args" | "directives" => 4,
            _ => 1,
        };
        let itself = if selected.name == "types" { LIST_OF_TYPES } else { 0 };
        let below = match planner.within(selected.key, |planner| fields(planner, &selected)) {
            // The field becomes null only after the selections before the invalid one were written, so all of them count.
            Err(Failed) if is_nullable(&selected) => selections(planner.scope.document, &selected.sets, true),
            below => below?,
        };
        sum = sum.saturating_add(itself).saturating_add(below.saturating_mul(times));
    }
    Ok(sum)
}

/// Counts the selections of these sets, and with `is_deep` also those below their fields. A fragment counts for each spread.
fn selections(document: &Document, sets: Sets<'_, '_>, is_deep: bool) -> u64 {
    let counted = |selection: &Selection| {
        let below: &[Selection] = match selection {
            Selection::Field(field) if is_deep => &field.selections,
            Selection::Field(_) => &[],
            Selection::Spread { fragment, .. } => &document.fragments[*fragment].selections,
            Selection::Inline { selections, .. } => selections,
        };
        1 + selections(document, &[below], is_deep)
    };
    sets.iter().copied().flatten().map(counted).sum()
}

/// Reports whether a field is null if it fails. Otherwise its parent fails.
fn is_nullable(selected: &Selected<'_>) -> bool {
    !selected.field.definition.ty.is_non_null()
}

/// Returns the name of a field's type, without lists and non-null.
fn type_of(selected: &Selected<'_>) -> &'static str {
    selected.field.definition.ty.name()
}

/// Writes the value of `__schema` or `__type`.
///
/// # Errors
/// If the condition of a directive or an argument is null, and no field between is nullable. [`points`] fails for the same
/// documents, and is called first.
pub fn write(scope: Scope<'_>, selected: &Selected<'_>, out: &mut String) -> Result<(), DirectiveError> {
    if selected.name == "__schema" {
        return object(scope, &selected.sets, "__Schema", &DESCRIPTION.schema, out);
    }
    let name = scope.argument(selected.field, "name").map_err(|problem| (problem, selected.field.position))?;
    let ty = if let Some(Value::Text(name)) = &name { DESCRIPTION.types.get(name) } else { None };
    value(scope, &selected.sets, "__Type", ty.unwrap_or(&Json::Null), out)
}

/// Writes a value of a type of introspection, or a list of such values.
fn value(scope: Scope<'_>, sets: Sets<'_, '_>, ty: &str, found: &Json, out: &mut String) -> Result<(), DirectiveError> {
    match found {
        Json::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                value(scope, sets, ty, item, out)?;
            }
            out.push(']');
            Ok(())
        }
        Json::Object(_) if ty == "__Type" => {
            // A type that has only its name is replaced by its complete description.
            let complete = found["name"].as_str().and_then(|name| DESCRIPTION.types.get(name));
            object(scope, sets, ty, complete.unwrap_or(found), out)
        }
        Json::Object(_) => object(scope, sets, ty, found, out),
        leaf => {
            out.push_str(&leaf.to_string());
            Ok(())
        }
    }
}

fn object(scope: Scope<'_>, sets: Sets<'_, '_>, ty: &str, found: &Json, out: &mut String) -> Result<(), DirectiveError> {
    out.push('{');
    for (at, selected) in scope.collect(sets, ty)?.iter().enumerate() {
        out.push_str(if at == 0 { "\"" } else { ",\"" });
        out.push_str(selected.key);
        out.push_str("\":");
        let start = out.len();
        match member(scope, selected, ty, &found[selected.name], out) {
            Err(_) if is_nullable(selected) => {
                out.truncate(start);
                out.push_str("null");
            }
            written => written?,
        }
    }
    out.push('}');
    Ok(())
}

/// Writes the value of a field of the type of introspection `parent`.
fn member(
    scope: Scope<'_>,
    selected: &Selected<'_>,
    parent: &str,
    found: &Json,
    out: &mut String,
) -> Result<(), DirectiveError> {
    let ty = type_of(selected);
    if selected.name == TYPE_NAME {
        value(scope, &selected.sets, ty, &parent.into(), out)
    } else if selected.field.definition.arguments.contains_key("includeDeprecated") {
        let included = scope.argument(selected.field, "includeDeprecated");
        let included = included.map_err(|problem| (problem, selected.field.position))?;
        value(scope, &selected.sets, ty, &listed(found, included == Some(Value::Boolean(true))), out)
    } else {
        value(scope, &selected.sets, ty, found, out)
    }
}

/// Returns a list with or without its deprecated entries.
fn listed(member: &Json, deprecated: bool) -> std::borrow::Cow<'_, Json> {
    let is_deprecated = |item: &Json| item["isDeprecated"] == true;
    match member.as_array() {
        Some(items) if !deprecated && items.iter().any(is_deprecated) => {
            std::borrow::Cow::Owned(items.iter().filter(|item| !is_deprecated(item)).cloned().collect())
        }
        _ => std::borrow::Cow::Borrowed(member),
    }
}
