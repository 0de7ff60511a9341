//! The content of a page of the reference, from which HTML and Markdown are made.

use super::{
    cost::Points,
    model::{Schema, Type, TypeRef},
};

/// Maximum number of uses of a type that its page lists. Common types have hundreds.
const MAX_USERS: usize = 60;

/// A page of the reference.
pub struct Entry<'s> {
    /// Its title.
    pub name: String,
    /// Its kind, such as "Enumeration".
    pub kind: &'static str,
    pub description: &'s str,
    /// The type of a root field; `None` on the page of a type.
    pub of: Option<&'s TypeRef>,
    /// Its sections, each with a title and at least one row.
    pub parts: Vec<(&'static str, Vec<Row<'s>>)>,
    /// The formula of the cost of a root field; `None` on the page of a type.
    pub formula: Option<String>,
    /// How to read the formulas of the page; `None` if it has none.
    pub cost: Option<String>,
    /// The fields that use the type, each as the name of the type that has the field, and the name of the field.
    pub users: Vec<(&'s str, &'s str)>,
    /// Number of uses that are not in `users`.
    pub more_users: usize,
}

/// A field, an argument or a value.
#[derive(Default)]
pub struct Row<'s> {
    pub name: &'s str,
    /// Its type; `None` for the values of an enumeration.
    pub of: Option<&'s TypeRef>,
    /// Its default in the syntax of GraphQL; `None` if it has none.
    pub default: Option<&'s str>,
    pub description: &'s str,
    /// The names of its arguments, separated by commas.
    pub arguments: String,
    /// The formula of its cost; `None` if it costs nothing.
    pub cost: Option<String>,
}

impl<'s> Entry<'s> {
    /// Returns the page of a type or a root field; `None` if the schema does not have it.
    pub fn find(schema: &'s Schema, points: &Points, name: &str) -> Option<Self> {
        if let Some((owner, field)) = schema.root_field(name) {
            return Some(Self {
                name: format!("{}.{}", owner.name, field.name),
                kind: "Root field",
                description: super::words(field.description.as_deref()),
                of: Some(&field.r#type),
                parts: filled([("Arguments", field.args.iter().map(Row::input).collect())]),
                formula: points.of(schema, owner, field),
                cost: Some(points.explain(schema, owner, Some(field))),
                users: Vec::new(),
                more_users: 0,
            });
        }
        let one = schema.find(name)?;
        let users = schema.users(name).map(|(owner, field)| (owner.as_str(), field.as_str()));
        // Types of introspection have no pages.
        let mut users: Vec<(&str, &str)> = users.filter(|(owner, _)| !owner.starts_with("__")).collect();
        // Types that are made from a type, such as its filter, have longer names, so they are last.
        users.sort_by_key(|(owner, _)| owner.len());
        let more_users = users.len().saturating_sub(MAX_USERS);
        users.truncate(MAX_USERS);
        let parts = parts(schema, points, one);
        let has_cost = parts.iter().flat_map(|(_, rows)| rows).any(|row| row.cost.is_some());
        Some(Self {
            name: one.name.clone(),
            kind: kind(one),
            description: super::words(one.description.as_deref()),
            of: None,
            parts,
            formula: None,
            cost: has_cost.then(|| points.explain(schema, one, None)),
            users,
            more_users,
        })
    }
}

impl<'s> Row<'s> {
    fn input(input: &'s super::model::Input) -> Self {
        Self {
            name: &input.name,
            of: Some(&input.r#type),
            default: input.default_value.as_deref(),
            description: super::words(input.description.as_deref()),
            ..Self::default()
        }
    }
}

fn parts<'s>(schema: &Schema, points: &Points, one: &'s Type) -> Vec<(&'static str, Vec<Row<'s>>)> {
    let fields = one.fields.iter().flatten().map(|field| Row {
        name: &field.name,
        of: Some(&field.r#type),
        description: super::words(field.description.as_deref()),
        arguments: field.args.iter().map(|argument| argument.name.as_str()).collect::<Vec<_>>().join(", "),
        cost: points.of(schema, one, field),
        ..Row::default()
    });
    let values = one.enum_values.iter().flatten().map(|value| Row {
        name: &value.name,
        description: super::words(value.description.as_deref()),
        ..Row::default()
    });
    let possible = one.possible_types.iter().flatten();
    let possible = possible.map(|one| Row { name: one.named(), of: Some(one), ..Row::default() });
    filled([
        ("Fields", fields.collect::<Vec<_>>()),
        ("Input fields", one.input_fields.iter().flatten().map(Row::input).collect()),
        ("Values", values.collect()),
        ("Types of its records", possible.collect()),
    ])
}

/// Returns the sections that have a row.
fn filled<'s, const N: usize>(parts: [(&'static str, Vec<Row<'s>>); N]) -> Vec<(&'static str, Vec<Row<'s>>)> {
    parts.into_iter().filter(|(_, rows)| !rows.is_empty()).collect()
}

fn kind(one: &Type) -> &'static str {
    match one.kind.as_str() {
        "OBJECT" => "Type",
        "INTERFACE" => "Interface",
        "UNION" => "Union",
        "INPUT_OBJECT" => "Input",
        "ENUM" => "Enumeration",
        _ => "Scalar",
    }
}
