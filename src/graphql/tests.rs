//! Documents for a small schema: which are accepted, and the messages about invalid ones.

use std::sync::LazyLock;

use serde_json::{Map, Value as Json, json};

use super::{
    DocumentError,
    check::check,
    document::{Document, Selection},
    parser::parse,
    schema::{EnumValue, Field, Input, Schema, TypeKind, by_name},
    value::{NullValue, Template, Value, Variables},
    variables,
};

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let mut schema = Schema::new("Query", None, Some("Subscription"));
    let object = |fields, interfaces: &[&str]| TypeKind::Object {
        fields: by_name(fields),
        implements: interfaces.iter().map(|name| (*name).to_owned()).collect(),
    };
    let pets = Field::new("pets", "[Pet!]!", "").with(vec![
        Input::new("first", "Int", ""),
        Input::new("where", "Where", ""),
        Input::new("weight", "Float", ""),
        Input::new("tame", "Boolean!", "").or(Value::Boolean(true)),
        Input::new("orders", "[Order!]", ""),
        Input::new("ages", "Ages", ""),
    ]);
    let pet = Field::new("pet", "Pet", "").with(vec![Input::new("by", "By!", "")]);
    schema.declare("Query", "", object(vec![pets, pet, Field::new("dog", "Dog", "")], &[]));
    schema.declare("Subscription", "", object(vec![Field::new("dog", "Dog", ""), Field::new("count", "Int", "")], &[]));
    let id = || Field::new("id", "ID!", "");
    schema.declare(
        "Pet",
        "",
        TypeKind::Interface { fields: by_name(vec![id()]), possible: vec!["Dog".to_owned(), "Cat".to_owned()] },
    );
    let dog =
        vec![id(), Field::new("name", "String", ""), Field::new("barks", "Boolean!", ""), Field::new("owner", "Dog", "")];
    schema.declare("Dog", "", object(dog, &["Pet"]));
    let cat = vec![id(), Field::new("name", "String!", ""), Field::new("purrs", "Boolean!", "")];
    schema.declare("Cat", "", object(cat, &["Pet"]));
    let input = |one_of, fields| TypeKind::Input { fields: by_name(fields), one_of };
    schema.declare("By", "", input(true, vec![Input::new("id", "ID", ""), Input::new("name", "String", "")]));
    let fields = vec![Input::new("name", "String", ""), Input::new("in", "[String!]", ""), Input::new("not", "Where", "")];
    schema.declare("Where", "", input(false, fields));
    schema.declare("Ages", "", input(false, vec![Input::new("least", "Int!", "").or(Value::Int(1))]));
    let values = ["ASC", "DESC"].map(|value| (value.to_owned(), EnumValue::default()));
    schema.declare("Order", "", TypeKind::Enum(values.into_iter().collect()));
    schema.assert_complete();
    schema
});

fn checked(text: &str) -> Result<Document, Vec<DocumentError>> {
    check(&SCHEMA, &parse(text).map_err(|error| vec![error])?)
}

/// Returns the messages about a document, each with its first position.
fn messages(text: &str) -> Vec<String> {
    let position = |error: &DocumentError| error.positions.first().map(|at| format!("{}:{}", at.line, at.column));
    let errors = checked(text).err().unwrap_or_default();
    errors.iter().map(|error| format!("{} {}", position(error).unwrap_or_default(), error.message)).collect()
}

/// The first argument of the first field.
fn argument(text: &str) -> Value {
    let document = checked(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
    let Selection::Field(field) = &document.operations[0].selections[0] else { panic!("no field: {text}") };
    match &field.arguments[0].1 {
        Template::Constant(value) => value.clone(),
        other => panic!("{other:?} is not constant"),
    }
}

#[test]
fn syntax_errors_say_what_was_expected_and_what_was_found() {
    let long = "x".repeat(100);
    for (text, expected) in [
        ("", "1:1 Syntax Error: Unexpected <EOF>."),
        ("{ }", "1:3 Syntax Error: Expected Name, found \"}\"."),
        ("{ dog { id }", "1:13 Syntax Error: Expected Name, found <EOF>."),
        ("{ dog { id } } }", "1:16 Syntax Error: Unexpected \"}\"."),
        ("query ($a Int) { dog }", "1:11 Syntax Error: Expected \":\", found Name \"Int\"."),
        ("{ pets(first: ) { id } }", "1:15 Syntax Error: Unexpected \")\"."),
        ("{ pets(first: 01) }", "1:15 Syntax Error: Invalid number, unexpected digit after 0."),
        ("{ pets(first: 1x) }", "1:16 Syntax Error: Invalid number, expected digit but got: \"x\"."),
        ("{ pets(first: 1.) }", "1:17 Syntax Error: Invalid number, expected digit but got: \")\"."),
        ("{ pet(by: {name: \"é\n\"}) }", "1:20 Syntax Error: Unterminated string."),
        ("{ pet(by: {name: \"\"\"a}) }", "1:18 Syntax Error: Unterminated string."),
        ("{ pet(by: {name: \"é\\x\"}) }", "1:20 Syntax Error: Invalid character escape sequence."),
        ("{ pet(by: {name: \"\\uD83D\"}) }", "1:19 Syntax Error: Invalid Unicode escape sequence."),
        (
            "{ pet(by: {name: 'a'}) }",
            "1:18 Syntax Error: Unexpected single quote character ('), did you mean to use a double quote (\")?",
        ),
        ("{\r\n  a ? }", "2:5 Syntax Error: Unexpected character: \"?\"."),
        ("{ a ü }", "1:5 Syntax Error: Unexpected character: U+00FC."),
        ("fragment on on Dog { id }", "1:10 Syntax Error: Unexpected Name \"on\"."),
        ("query ($a: Int = $b) { dog { id } }", "1:18 Syntax Error: Unexpected variable \"b\" in constant value."),
        (
            "\"x\" { dog { id } }",
            "1:1 Syntax Error: Unexpected description, descriptions are supported only on definitions.",
        ),
        ("type A { b: Int }", "1:1 Syntax Error: Unexpected Name \"type\"."),
        (&format!("query {long} {long}"), &format!("1:108 Syntax Error: Expected \"{{\", found Name \"{}…\".", &long[..64])),
    ] {
        assert_eq!(messages(text), [expected], "{text}");
    }
}

#[test]
fn ignored_characters_between_tokens_are_skipped() {
    for text in [
        "{ dog { ... on#c\n Dog { id } } }",
        "query($ n: [ String! ]) { pets(where: { in : $ n }) { id } }",
        "\u{feff}{,dog,{,id,},}",
        "\"What it is for\" query A(\"how many\" $n: Int) { pets(first: $n) { id } }",
        "{ pets{id}}#",
        "subscription { count }",
        "{ pet(by:{id:-0}){__typename ...on Cat{purrs}} }",
        "query Q($a: Boolean = false) @skip(if: true) { dog { id } }",
    ] {
        let errors = messages(text);
        assert!(errors.is_empty() || text.contains("Q("), "{text}: {errors:?}");
    }
}

#[test]
fn strings_have_the_values_of_the_specification() {
    for (literal, expected) in [
        (r#""\uD83D\uDE00\u{1F600}\u00e9\/\n""#, "\u{1F600}\u{1F600}é/\n"),
        ("\"\"\"\"\"\"", ""),
        (r#""""\"""""""#, "\"\"\""),
        ("\"\"\"\n    a\r\n      b \"\" \\n\n\n    \"\"\"", "a\n  b \"\" \\n"),
        ("\"\"\"  a\n   b\n\tc\"\"\"", "  a\n  b\nc"),
        ("\"\u{0}\u{7f}\"", "\u{0}\u{7f}"),
    ] {
        let found = argument(&format!("{{ pet(by: {{name: {literal}}}) {{ id }} }}"));
        assert_eq!(found, Value::Object(vec![("name", Value::Text(expected.to_owned()))]), "{literal}");
    }
}

#[test]
fn literals_are_coerced_to_their_types() {
    let text = |text: &str| Value::Text(text.to_owned());
    for (given, expected) in [
        ("pets(first: -2147483648)", Value::Int(i32::MIN)),
        ("pets(weight: 3)", Value::Float(3.0)),
        ("pets(weight: -1.5e2)", Value::Float(-150.0)),
        ("pets(orders: ASC)", Value::List(vec![Value::Enum("ASC")])),
        (
            "pets(where: {in: \"a\", not: null})",
            Value::Object(vec![("in", Value::List(vec![text("a")])), ("not", Value::Null)]),
        ),
        ("pet(by: {id: 12345678901234567890})", Value::Object(vec![("id", text("12345678901234567890"))])),
    ] {
        assert_eq!(argument(&format!("{{ {given} {{ id }} }}")), expected, "{given}");
    }
}

#[test]
fn errors_have_the_messages_of_graphql_js() {
    let field = |field: &str| format!("{{ {field} }}");
    for (text, expected) in [
        (field("dgo { id }"), "1:3 Cannot query field \"dgo\" on type \"Query\". Did you mean \"dog\"?"),
        (
            field("pets { barks }"),
            "1:10 Cannot query field \"barks\" on type \"Pet\". Did you mean to use an inline fragment on \"Dog\"?",
        ),
        (
            field("dog"),
            "1:3 Field \"dog\" of type \"Dog\" must have a selection of subfields. Did you mean \"dog { ... }\"?",
        ),
        (field("dog { id { a } }"), "1:9 Field \"id\" must not have a selection since type \"ID!\" has no subfields."),
        (field("pets(frist: 1) { id }"), "1:8 Unknown argument \"frist\" on field \"Query.pets\". Did you mean \"first\"?"),
        (field("pet { id }"), "1:3 Field \"pet\" argument \"by\" of type \"By!\" is required, but it was not provided."),
        (field("pets(first: 1, first: 1) { id }"), "1:8 There can be only one argument named \"first\"."),
        (field("pets(first: \"a\") { id }"), "1:15 Int cannot represent non-integer value: String."),
        (field("pets(first: 2147483648) { id }"), "1:15 Int cannot represent non 32-bit signed integer value."),
        (field("pets(weight: 1e400) { id }"), "1:16 Float cannot represent a number of this size."),
        (field("pets(tame: null) { id }"), "1:14 Expected value of type \"Boolean!\", found null."),
        (field("pets(orders: [UP]) { id }"), "1:17 Value \"UP\" does not exist in \"Order\" enum."),
        (
            field("pets(orders: DSEC) { id }"),
            "1:16 Value \"DSEC\" does not exist in \"Order\" enum. Did you mean the enum value \"DESC\" or \"ASC\"?",
        ),
        (
            field("pets(orders: \"asc\") { id }"),
            "1:16 Enum \"Order\" cannot represent non-enum value: String. Did you mean the enum value \"ASC\" or \"DESC\"?",
        ),
        (
            field("pets(where: {nmae: \"x\"}) { id }"),
            "1:16 Field \"nmae\" is not defined by type \"Where\". Did you mean \"name\"?",
        ),
        (field("pets(where: 1) { id }"), "1:15 Expected value of type \"Where\", found Int."),
        (field("pet(by: {}) { id }"), "1:11 OneOf Input Object \"By\" must specify exactly one key."),
        (field("pet(by: {id: null}) { id }"), "1:11 Field \"By.id\" must be non-null."),
        (field("dog { id @slip(if: true) }"), "1:12 Unknown directive \"@slip\"."),
        (
            field("dog { id @skip }"),
            "1:12 Directive \"@skip\" argument \"if\" of type \"Boolean!\" is required, but it was not provided.",
        ),
        (field("dog { id @deprecated }"), "1:12 Directive \"@deprecated\" may not be used on FIELD."),
        (
            field("dog { id @skip(if: true) @skip(if: true) }"),
            "1:12 The directive \"@skip\" can only be used once at this location.",
        ),
        (field("dog { ... on Dgo { id } }"), "1:16 Unknown type \"Dgo\". Did you mean \"Dog\"?"),
        (field("dog { ... on Order { id } }"), "1:16 Fragment cannot condition on non composite type \"Order\"."),
        (
            field("dog { ... on Cat { id } }"),
            "1:9 Fragment cannot be spread here as objects of type \"Dog\" can never be of type \"Cat\".",
        ),
        (field("dog { ...F }"), "1:12 Unknown fragment \"F\"."),
        (
            field("dog { a: id a: name }"),
            "1:9 Fields \"a\" conflict because \"id\" and \"name\" are different fields. Use different aliases on the fields to fetch both if this was intentional.",
        ),
        (
            field("pets { ... on Dog { name } ... on Cat { name } }"),
            "1:23 Fields \"name\" conflict because they return conflicting types \"String\" and \"String!\". Use different aliases on the fields to fetch both if this was intentional.",
        ),
        (
            field("pets(first: 1) { id } pets(first: 2) { id }"),
            "1:3 Fields \"pets\" conflict because they have differing arguments. Use different aliases on the fields to fetch both if this was intentional.",
        ),
    ] {
        assert_eq!(messages(&text).first().map_or("", String::as_str), expected, "{text}");
    }
}

#[test]
fn rules_about_the_whole_document_are_checked() {
    for (text, expected) in [
        ("query A { dog { id } } query A { dog { id } }", "1:7 There can be only one operation named \"A\"."),
        ("{ dog { id } } query A { dog { id } }", "1:1 This anonymous operation must be the only defined operation."),
        ("mutation { a }", "1:1 The schema has no mutation operations."),
        (
            "{ dog { ...A } } fragment A on Dog { ...B } fragment B on Dog { ...A }",
            "1:68 Cannot spread fragment \"A\" within itself via \"B\".",
        ),
        ("{ dog { ...A } } fragment A on Dog { ...A }", "1:41 Cannot spread fragment \"A\" within itself."),
        ("{ dog { id } } fragment A on Dog { id }", "1:25 Fragment \"A\" is never used."),
        ("query($a: Int, $a: Int) { pets(first: $a) { id } }", "1:8 There can be only one variable named \"$a\"."),
        ("query($a: Dog) { pets(first: $a) { id } }", "1:11 Variable \"$a\" cannot be non-input type \"Dog\"."),
        ("query Q($a: Int) { dog { id } }", "1:9 Variable \"$a\" is never used in operation \"Q\"."),
        ("{ pets(first: $a) { id } }", "1:15 Variable \"$a\" is not defined."),
        (
            "query Q { dog { ...F } } fragment F on Dog { id @skip(if: $a) }",
            "1:59 Variable \"$a\" is not defined by operation \"Q\".",
        ),
        (
            "query($a: String) { pets(first: $a) { id } }",
            "1:33 Variable \"$a\" of type \"String\" used in position expecting type \"Int\".",
        ),
        (
            "query($a: Order) { pets(orders: $a) { id } }",
            "1:33 Variable \"$a\" of type \"Order\" used in position expecting type \"[Order!]\".",
        ),
        (
            "query($a: String) { pet(by: {name: $a}) { id } }",
            "1:36 Variable \"$a\" is of type \"String\" but must be non-nullable to be used for a OneOf Input Object.",
        ),
        ("subscription { count dog { id } }", "1:22 Anonymous Subscription must select only one top level field."),
        ("subscription S { __typename }", "1:18 Subscription \"S\" must not select an introspection top level field."),
    ] {
        assert_eq!(messages(text).first().map_or("", String::as_str), expected, "{text}");
    }
    assert!(messages("query($a: Boolean = true) { pets(tame: $a) { id @skip(if: $a) } }").is_empty());
    assert!(messages("query($a: Boolean) { pets(tame: $a) { id } }").is_empty(), "the argument has a default");
}

#[test]
fn conflicts_are_found_in_linear_time() {
    let doubled = |levels: usize, leaf: &str| {
        let inner = (0..levels).fold(leaf.to_owned(), |inner, _| format!("owner {{ {inner} }} owner {{ {inner} }}"));
        format!("{{ dog {{ {inner} }} }}")
    };
    let fragments: Vec<String> =
        (0..12).map(|at| format!("fragment F{at} on Dog {{ owner {{ ...F{0} }} owner {{ ...F{0} }} }}", at + 1)).collect();
    let fragments = format!("{{ dog {{ ...F0 }} }} {} fragment F12 on Dog {{ id }}", fragments.join(" "));
    let started = std::time::Instant::now();
    assert!(messages(&doubled(10, "id")).is_empty());
    assert!(messages(&fragments).is_empty());
    assert_eq!(messages(&doubled(10, "a: id a: name")).len(), 1);
    assert!(started.elapsed().as_secs() < 5, "the time is linear in the number of expanded fields");
}

fn coerced(declared: &str, values: &Json) -> Result<Option<Value>, String> {
    let usage = if declared.contains("Float") {
        "weight"
    } else if declared.contains("Int") {
        "first"
    } else {
        "where"
    };
    let text = if declared.contains("By") {
        format!("query({declared}) {{ pet(by: $a) {{ id }} }}")
    } else if declared.contains("ID") {
        format!("query({declared}) {{ pet(by: {{id: $a}}) {{ id }} }}")
    } else if declared.contains("Order") {
        format!("query({declared}) {{ pets(orders: $a) {{ id }} }}")
    } else {
        format!("query({declared}) {{ pets({usage}: $a) {{ id }} }}")
    };
    let document = checked(&text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
    let values: Map<String, Json> = values.as_object().cloned().unwrap_or_default();
    variables::coerce(&document, &document.operations[0], &values).map(|values| values.0[0].clone())
}

#[test]
fn variables_are_coerced_to_their_types() {
    let text = |text: &str| Value::Text(text.to_owned());
    for (declared, values, expected) in [
        ("$a: Int", json!({}), None),
        ("$a: Int", json!({"a": null}), Some(Value::Null)),
        ("$a: Int = 3", json!({}), Some(Value::Int(3))),
        ("$a: Int = 3", json!({"a": null}), Some(Value::Null)),
        ("$a: Int", json!({"a": 2.0}), Some(Value::Int(2))),
        ("$a: Float", json!({"a": 2}), Some(Value::Float(2.0))),
        ("$a: ID!", json!({"a": 7}), Some(text("7"))),
        ("$a: ID!", json!({"a": -7.0}), Some(text("-7"))),
        ("$a: [Order!]", json!({"a": "ASC"}), Some(Value::List(vec![Value::Enum("ASC")]))),
        ("$a: Where", json!({"a": {"in": "x"}}), Some(Value::Object(vec![("in", Value::List(vec![text("x")]))]))),
    ] {
        assert_eq!(coerced(declared, &values), Ok(expected), "{declared} {values}");
    }
}

#[test]
fn the_default_of_an_input_field_replaces_a_variable_without_a_value() {
    let document = checked("query($a: Int) { pets(ages: {least: $a}) { id } }").unwrap();
    let Selection::Field(field) = &document.operations[0].selections[0] else { panic!("no field") };
    let value = |given| field.arguments[0].1.value(&Variables(vec![given]));
    let ages = |least| Ok(Some(Value::Object(vec![("least", Value::Int(least))])));
    assert_eq!(value(None), ages(1));
    assert_eq!(value(Some(Value::Int(2))), ages(2));
    assert_eq!(value(Some(Value::Null)), Err(NullValue));
}

#[test]
fn errors_of_variables_name_their_path() {
    for (declared, values, expected) in [
        ("$a: Int!", json!({}), "$a: a value of type Int! is required."),
        ("$a: Int!", json!({"a": null}), "$a: expected a value of type Int!, found null."),
        ("$a: Int", json!({"a": 2.5}), "$a: expected a whole number of 32 bits, found a number with a fraction."),
        ("$a: Int", json!({"a": 1e10}), "$a: expected a whole number of 32 bits, found a number out of that range."),
        ("$a: Int", json!({"a": "2"}), "$a: expected a whole number, found a string."),
        ("$a: ID!", json!({"a": 1e30}), "$a: expected an id, found a whole number."),
        ("$a: ID!", json!({"a": 1.5}), "$a: expected an id, found a number with a fraction."),
        (
            "$a: [Order!]",
            json!({"a": ["ASC", "DSEC"]}),
            "$a.1: expected a value of Order, found another string. Did you mean \"DESC\" or \"ASC\"?",
        ),
        (
            "$a: Where",
            json!({"a": {"not": {"nmae": 1}}}),
            "$a.not: there is no field \"nmae\" in Where. Did you mean \"name\"?",
        ),
        ("$a: Where", json!({"a": {"in": [null]}}), "$a.in.0: expected a value of type String!, found null."),
        (
            "$a: By!",
            json!({"a": {"id": 1, "name": "x"}}),
            "$a: exactly one of its fields is required, and it must not be null.",
        ),
    ] {
        assert_eq!(coerced(declared, &values), Err(expected.to_owned()), "{declared} {values}");
    }
}
