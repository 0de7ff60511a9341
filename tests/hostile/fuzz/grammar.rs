//! Documents made up after the schema: valid ones, most of them.

use apollo_compiler::{
    Schema,
    ast::{InputValueDefinition, Type},
    schema::ExtendedType,
    validation::Valid,
};

use crate::random::Random;

/// Deepest nesting of what is made up.
const DEPTH: usize = 6;

/// The schema, as documents are made up after it.
pub struct Grammar(Valid<Schema>);

impl Grammar {
    /// As `schema.graphql` has it.
    pub fn read() -> Self {
        let text = include_str!("../../../schema.graphql");
        Self(Schema::parse_and_validate(text, "schema.graphql").unwrap())
    }

    /// A document with one operation, and perhaps a fragment.
    pub fn document(&self, random: &mut Random) -> String {
        if random.once_in(5) {
            let name = *random.one(&["Procedure", "Condition", "Outcome", "Source"]);
            let set = self.set(name, DEPTH - 3, random);
            return format!(
                "query Q {{ ...F }} fragment F on Query {{ node(id: \"x\") {{ ...G }} }} fragment G on {name} {set}"
            );
        }
        format!("query($a: Int) {}", self.set("Query", DEPTH, random))
    }

    fn set(&self, name: &str, depth: usize, random: &mut Random) -> String {
        let fields = match self.0.types.get(name) {
            Some(ExtendedType::Object(object)) => &object.fields,
            Some(ExtendedType::Interface(interface)) => &interface.fields,
            _ => return "{ __typename }".to_owned(),
        };
        let mut text = String::from("{ __typename");
        for at in 0..=random.below(4) {
            let (name, field) = fields.get_index(random.below(fields.len())).unwrap();
            let inner = field.ty.inner_named_type();
            let is_leaf = self.0.types.get(inner).is_some_and(ExtendedType::is_leaf);
            if !is_leaf && depth == 0 {
                continue;
            }
            let arguments: Vec<String> =
                field.arguments.iter().filter_map(|argument| self.argument(argument, random)).collect();
            let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
            let below = if is_leaf { String::new() } else { format!(" {}", self.set(inner, depth - 1, random)) };
            let field = format!("a{depth}{at}: {name}{arguments}{below}");
            let next = match random.below(12) {
                0 => format!(" ... {{ {field} }}"),
                1 => format!(" ... @include(if: true) {{ {field} }}"),
                _ => format!(" {field}"),
            };
            text.push_str(&next);
        }
        text + " }"
    }

    fn argument(&self, argument: &InputValueDefinition, random: &mut Random) -> Option<String> {
        let is_needed = argument.ty.is_non_null() && argument.default_value.is_none();
        (is_needed || random.once_in(5)).then(|| format!("{}: {}", argument.name, self.value(&argument.ty, 4, random)))
    }

    fn value(&self, ty: &Type, depth: usize, random: &mut Random) -> String {
        if !ty.is_non_null() && random.once_in(20) {
            return "null".to_owned();
        }
        if ty.is_list() {
            let most = if depth == 0 { 1 } else { 3 };
            let items: Vec<String> =
                (0..random.below(most)).map(|_| self.value(ty.item_type(), depth.saturating_sub(1), random)).collect();
            return format!("[{}]", items.join(", "));
        }
        match self.0.types.get(ty.inner_named_type()) {
            Some(ExtendedType::Enum(choice)) => {
                choice.values.get_index(random.below(choice.values.len())).unwrap().0.to_string()
            }
            Some(ExtendedType::InputObject(object)) => {
                let is_one_of = object.directives.has("oneOf");
                let chosen = random.below(object.fields.len());
                let is_given = |at: usize, needed: bool| needed || (at == chosen && (depth > 0 || is_one_of));
                let fields: Vec<String> = object
                    .fields
                    .values()
                    .enumerate()
                    .filter(|(at, field)| is_given(*at, field.is_required()))
                    .map(|(_, field)| format!("{}: {}", field.name, self.value(&field.ty, depth.saturating_sub(1), random)))
                    .collect();
                format!("{{{}}}", fields.join(", "))
            }
            _ => scalar(ty.inner_named_type(), random),
        }
    }
}

fn scalar(name: &str, random: &mut Random) -> String {
    match name {
        "Int" if random.once_in(10) => "$a".to_owned(),
        "Int" => (*random.one(&["0", "1", "2", "5", "-1", "100", "101", "2147483647"])).to_owned(),
        "Float" => (*random.one(&["0", "1.5", "-1e300", "1e-300"])).to_owned(),
        "Boolean" => (*random.one(&["true", "false"])).to_owned(),
        _ => {
            let texts = ["", "melasma", "x", "%", "_", "\\\\", "'; --", "é", "\\u0000", "2020", "UHJvY2VkdXJlOm1lbGFzbWE"];
            format!("\"{}\"", random.one(&texts))
        }
    }
}
