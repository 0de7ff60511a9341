//! Documents generated from the schema; most of them are valid.

use dermagraph::{
    graphql::{
        TypeRef,
        schema::{Input, Type, TypeKind},
    },
    schema::SCHEMA,
};

use crate::random::Random;

/// Deepest nesting of generated documents.
const DEPTH: usize = 6;

/// A document with one operation, and perhaps a fragment.
pub fn document(random: &mut Random) -> String {
    if random.once_in(5) {
        let name = *random.one(&["Procedure", "Condition", "TreatmentOutcome", "Source"]);
        let set = set(name, DEPTH - 3, random);
        return format!(
            "query Q {{ ...F }} fragment F on Query {{ node(id: \"x\") {{ ...G }} }} fragment G on {name} {set}"
        );
    }
    format!("query($a: Int) {}", set("Query", DEPTH, random))
}

fn set(name: &str, depth: usize, random: &mut Random) -> String {
    let Some(fields) = SCHEMA.named(name).and_then(Type::fields) else { return "{ __typename }".to_owned() };
    let mut text = String::from("{ __typename");
    for at in 0..=random.below(4) {
        let (name, field) = fields.get_index(random.below(fields.len())).unwrap();
        let inner = field.ty.name();
        let is_leaf = SCHEMA.of(&field.ty).is_input();
        if !is_leaf && depth == 0 {
            continue;
        }
        let arguments: Vec<String> = field.arguments.values().filter_map(|input| argument(input, random)).collect();
        let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        let below = if is_leaf { String::new() } else { format!(" {}", set(inner, depth - 1, random)) };
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

fn argument(input: &Input, random: &mut Random) -> Option<String> {
    (input.is_required() || random.once_in(5)).then(|| format!("{}: {}", input.name, value(&input.ty, 4, random)))
}

fn value(ty: &TypeRef, depth: usize, random: &mut Random) -> String {
    if !ty.is_non_null() && random.once_in(20) {
        return "null".to_owned();
    }
    if let TypeRef::List(each) = ty.nullable() {
        let most = if depth == 0 { 1 } else { 3 };
        let items: Vec<String> = (0..random.below(most)).map(|_| value(each, depth.saturating_sub(1), random)).collect();
        return format!("[{}]", items.join(", "));
    }
    match &SCHEMA.of(ty).kind {
        TypeKind::Enum(values) => values.get_index(random.below(values.len())).unwrap().0.clone(),
        TypeKind::Input { fields, one_of } => {
            let chosen = random.below(fields.len());
            let is_given = |at: usize, needed: bool| needed || (at == chosen && (depth > 0 || *one_of));
            let fields: Vec<String> = fields
                .values()
                .enumerate()
                .filter(|(at, field)| is_given(*at, field.is_required()))
                .map(|(_, field)| format!("{}: {}", field.name, value(&field.ty, depth.saturating_sub(1), random)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        _ => scalar(ty.name(), random),
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
