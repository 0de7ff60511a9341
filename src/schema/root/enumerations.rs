//! The root field `enumerations`: labels of the values of all enumerations of the schema, for users.
//!
//! A field that returns a value of an enumeration has no second field for its label. A client reads all labels once, and
//! finds the label of a value by the name of the value.

use super::{Root, RootAction, RootPlan, Running};
use crate::{
    engine::{
        catalog::Catalog,
        plan::{
            ResponseKey,
            arguments::input,
            cost::OBJECT_POINTS,
            planner::{Failed, Planner},
            response_key,
            selection::Selected,
        },
        problem::{EngineError, Problem},
        register,
        run::json::JsonWriter,
    },
    graphql::{
        schema::{ByName, EnumValue, Field, Input, Schema, TYPE_NAME, TypeKind},
        tree::OperationKind,
        value::Value,
    },
    schema::types::SCHEMA,
    store::Snapshot,
};

/// Name of the root field.
const FIELD: &str = "enumerations";

/// Name of the type of an enumeration.
const ENUMERATION: &str = "Enumeration";

/// Name of the type of a value.
const VALUE: &str = "EnumerationValue";

/// Assumed bytes of a text.
const TEXT_BYTES: u64 = 60;

/// The root field.
pub struct Enumerations;

impl Root for Enumerations {
    fn declare(&self, schema: &mut Schema, _catalog: &'static Catalog) {
        let fields = vec![
            register::field("name", "String!", "Name of the enumeration in this schema."),
            register::field("description", "String!", "Description of the enumeration, as in this schema."),
            register::field("values", format!("[{VALUE}!]!"), "Its values, in the order of this schema."),
        ];
        let about = "An enumeration, with labels for its values.";
        register::object(schema, ENUMERATION, about, fields, &[]);
        let fields = vec![
            register::field("name", "String!", "Name of the value in this schema, as in responses."),
            register::field("label", "String!", "Label for users, with a capital first letter."),
            register::field("description", "String!", "Description of the value, as in this schema."),
        ];
        register::object(schema, VALUE, "A value of an enumeration.", fields, &[]);
    }

    fn fields(&self, _catalog: &'static Catalog, kind: OperationKind) -> Vec<Field> {
        if kind != OperationKind::Query {
            return Vec::new();
        }
        let about = "The enumerations of this schema, with labels for their values.";
        let of_names = format!("Names of enumerations, at most {}; null for all of them.", input::MAX_VALUES);
        let names = Input::new("names", "[String!]", &of_names);
        vec![register::field(FIELD, format!("[{ENUMERATION}!]!"), about).with(vec![names])]
    }

    fn plan<'q>(&self, planner: &mut Planner<'q>, selected: &Selected<'q>) -> Option<Result<RootAction, Failed>> {
        (selected.name == FIELD).then(|| Ok(RootAction::Read(Box::new(EnumerationsPlan::new(planner, selected)?))))
    }
}

/// An enumeration of the schema.
#[derive(Clone, Copy)]
struct Enumeration {
    name: &'static str,
    about: &'static str,
    values: &'static ByName<EnumValue>,
}

/// The plan of the field.
struct EnumerationsPlan {
    cost_item: usize,
    /// The selected enumerations, in the order of `names`.
    enumerations: Vec<Enumeration>,
    fields: Vec<(ResponseKey, EnumerationField)>,
}

enum EnumerationField {
    TypeName,
    Name,
    Description,
    Values { cost_item: usize, fields: Vec<(ResponseKey, ValueField)> },
}

enum ValueField {
    TypeName,
    Name,
    Label,
    Description,
}

impl EnumerationsPlan {
    fn new<'q>(planner: &mut Planner<'q>, selected: &Selected<'q>) -> Result<Self, Failed> {
        let names = planner.argument(selected.field, "names")?;
        let enumerations = planner.record_error(selected.field, chosen(&names))?;
        let many = enumerations.len() as u64;
        let values: usize = enumerations.iter().map(|one| one.values.len()).sum();
        let mean = (values as u64).div_ceil(many.max(1));
        planner.repeated(many, many, 0, |planner| {
            let cost_item = planner.cost.item(&planner.path, OBJECT_POINTS);
            let mut fields = Vec::new();
            for selected in planner.collect(&selected.sets, ENUMERATION)? {
                planner.cost.output(selected.key, if selected.name == "values" { 0 } else { TEXT_BYTES });
                let field = match selected.name {
                    TYPE_NAME => EnumerationField::TypeName,
                    "name" => EnumerationField::Name,
                    "description" => EnumerationField::Description,
                    "values" => planner.within(selected.key, |planner| {
                        planner.repeated(mean, mean, 0, |planner| Self::values(planner, &selected))
                    })?,
                    _ => return Err(planner.unknown(&selected)),
                };
                fields.push((response_key(selected.key), field));
            }
            Ok(Self { cost_item, enumerations, fields })
        })
    }

    fn values<'q>(planner: &mut Planner<'q>, selected: &Selected<'q>) -> Result<EnumerationField, Failed> {
        let cost_item = planner.cost.item(&planner.path, OBJECT_POINTS);
        let mut fields = Vec::new();
        for selected in planner.collect(&selected.sets, VALUE)? {
            planner.cost.output(selected.key, TEXT_BYTES);
            let field = match selected.name {
                TYPE_NAME => ValueField::TypeName,
                "name" => ValueField::Name,
                "label" => ValueField::Label,
                "description" => ValueField::Description,
                _ => return Err(planner.unknown(&selected)),
            };
            fields.push((response_key(selected.key), field));
        }
        Ok(EnumerationField::Values { cost_item, fields })
    }

    fn write(&self, writer: &mut JsonWriter) -> Result<(), EngineError> {
        writer.brackets(self.enumerations.iter(), |writer, one| {
            writer.written[self.cost_item] += 1;
            writer.braces(&self.fields, |writer, field| {
                match field {
                    EnumerationField::TypeName => writer.text(ENUMERATION),
                    EnumerationField::Name => writer.text(one.name),
                    EnumerationField::Description => writer.text(one.about),
                    EnumerationField::Values { cost_item, fields } => {
                        writer.brackets(one.values.iter(), |writer, (name, value)| {
                            writer.written[*cost_item] += 1;
                            writer.braces(fields, |writer, field| {
                                match field {
                                    ValueField::TypeName => writer.text(VALUE),
                                    ValueField::Name => writer.text(name),
                                    ValueField::Label => writer.text(&value.label),
                                    ValueField::Description => writer.text(&value.about),
                                }
                                Ok(())
                            })
                        })?;
                    }
                }
                Ok(())
            })
        })
    }
}

impl RootPlan for EnumerationsPlan {
    fn run<'a>(&'a self, _snapshot: &'a mut Snapshot, writer: &'a mut JsonWriter) -> Running<'a> {
        Box::pin(async { self.write(writer) })
    }
}

/// Returns the enumerations of these names, each once; all of them for null.
fn chosen(names: &Value) -> Result<Vec<Enumeration>, Problem> {
    if *names == Value::Null {
        return Ok(all().collect());
    }
    input::bounded(names, "names")?;
    let mut chosen: Vec<Enumeration> = Vec::new();
    for name in input::items(names, "names")? {
        let name = input::text(name, "names")?;
        let one = all().find(|one| one.name == name);
        let one = one.ok_or_else(|| Problem::argument("names", format_args!("there is no enumeration {name:?}")))?;
        if chosen.iter().all(|known| known.name != one.name) {
            chosen.push(one);
        }
    }
    Ok(chosen)
}

/// Iterates over the enumerations of the schema, without those of introspection.
fn all() -> impl Iterator<Item = Enumeration> {
    SCHEMA.types().filter(|declared| !declared.is_builtin).filter_map(|declared| match &declared.kind {
        TypeKind::Enum(values) => Some(Enumeration { name: &declared.name, about: &declared.about, values }),
        _ => None,
    })
}
