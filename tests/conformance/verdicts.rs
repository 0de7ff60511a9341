//! Generates documents with variables and prints, as a line of JSON for each, whether the service would run them.
//!
//! Called as `verdicts SEED COUNT`; the same seed generates the same documents. `differential.test.js` compares the
//! verdicts with those of graphql-js.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed, and says where")]

#[path = "../hostile/fuzz/corpus.rs"]
mod corpus;
#[path = "../hostile/fuzz/grammar.rs"]
mod grammar;
#[path = "../hostile/fuzz/mutate.rs"]
mod mutate;
#[path = "../hostile/random.rs"]
#[expect(dead_code, reason = "other tests make up bytes as well")]
mod random;

use std::io::{BufWriter, Write as _, stdout};

use dermagraph::schema::{Refusal, stages::Document};
use serde_json::{Map, Value as Json, json};

use random::Random;

/// Documents with every construct of the language, with valid variables.
const SEEDS: [(&str, &str); 14] = [
    (
        "query Q($a: Int = 3, $b: [String!]!, $slug: String!) { procedures(first: $a, where: {slug: {in: $b}}) { nodes { name } } procedure(by: {slug: $slug}) { id } }",
        r#"{"a": 2.0, "b": ["x"], "slug": "microneedling"}"#,
    ),
    (
        "query($a: Boolean = false, $b: Boolean!) { procedures @include(if: $a) { totalCount } conditions(first: 1) { nodes { ...C @skip(if: $b) } } } fragment C on Condition { name outcomes(includeDescendants: $a) { totalCount } }",
        r#"{"b": true}"#,
    ),
    (
        "query($where: ProcedureWhere, $a: [ProcedureOrder!]) { procedures(where: $where, orderBy: $a) { edges { cursor node { slug } } pageInfo { endCursor } } }",
        r#"{"where": {"and": {"name": {"contains": "a", "isNull": false}}, "not": null}, "a": {"name": "ASC"}}"#,
    ),
    (
        "query($a: OrderDirection! = ASC, $b: OrderDirection = DESC) { x: procedures(orderBy: [{name: $a}, {category: $b}]) { totalCount } y: procedures(orderBy: {outcomes: {count: $a}}) { totalCount } }",
        r#"{"a": "DESC"}"#,
    ),
    (
        "query($id: ID!, $a: [ID!]!) { node(id: $id) { id ... on Procedure { name } ... on Condition { name } ... on Node { __typename } } nodes(ids: $a) { id } }",
        r#"{"id": 5, "a": ["Procedure:1", 2]}"#,
    ),
    (
        "query A { library { ...L } } query B($a: Int) { procedures(first: $a) { ...P } } fragment L on Library { revision counts { procedures } } fragment P on ProcedureConnection { totalCount }",
        "{}",
    ),
    (
        "{ a: procedures(first: 1) { nodes { n: name } } a: procedures(first: 1) { nodes { n: name s: slug } totalCount } }",
        "{}",
    ),
    (
        "{ node(id: \"Procedure:1\") { ... on Procedure { x: name y: outcomes(first: 2) { totalCount } } ... on Condition { x: name y: outcomes(first: 3) { totalCount } } } }",
        "{}",
    ),
    (
        "{ sources(where: {and: [{year: {gte: 1990, in: [2000, 2001]}}, {or: [{title: {startsWith: \"A\"}}, {kind: {eq: LABEL}}]}], not: {year: {isNull: true}}}, orderBy: [{year: DESC_NULLS_LAST}]) { totalCount } }",
        "{}",
    ),
    (
        "{ procedures(where: {adverseEffects: {some: {percent: {gt: 1.5e0, lte: 3}, name: {eq: \"\"\"\n    a\n  \"\"\"}}}}, first: 0) { totalCount } procedure(by: {id: 7}) { recovery { speed effects { name } } } }",
        "{}",
    ),
    (
        "query($a: Boolean) { __schema { queryType { fields(includeDeprecated: $a) { name args { defaultValue } } } directives { name } } __type(name: \"Node\") { possibleTypes { name } } }",
        "{}",
    ),
    ("subscription S { library { revision ...L } } fragment L on Library { notice }", "{}"),
    (
        "query($a: ProcedureBy!, $b: ProcedureCategory = LASER, $w: ProcedureWhere = {category: {in: [LASER, LIGHT]}}) { procedure(by: $a) { name } x: procedures(where: {category: {eq: $b}}) { totalCount } y: procedures(where: $w) { totalCount } }",
        r#"{"a": {"slug": "x"}, "b": "LIGHT"}"#,
    ),
    (
        "query($a: [Int!] = 2000, $b: Float = 3) { sources(where: {year: {in: $a}}) { totalCount } procedures(where: {adverseEffects: {every: {percent: {ne: $b}}}}) { totalCount } }",
        r#"{"a": 2001, "b": 4}"#,
    ),
];

/// Words that replace words of a document.
const WORDS: [&str; 44] = [
    "Procedure",
    "Condition",
    "Node",
    "Int",
    "String",
    "ID",
    "Boolean",
    "Float",
    "ProcedureWhere",
    "ProcedureBy",
    "OrderDirection",
    "Library",
    "Query",
    "name",
    "slug",
    "id",
    "where",
    "first",
    "by",
    "eq",
    "in",
    "and",
    "ASC",
    "LASER",
    "null",
    "true",
    "1",
    "1.0",
    "2147483648",
    "\"x\"",
    "[]",
    "{}",
    "$a",
    "$b",
    "a",
    "b",
    "on",
    "fragment",
    "query",
    "__typename",
    "!",
    "[",
    "]",
    "@skip(if: $a)",
];

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>().unwrap());
    let (seed, count) = (arguments.next().unwrap(), arguments.next().unwrap());
    let (mut random, corpus) = (Random(seed), corpus::documents());
    let mut out = BufWriter::new(stdout());
    for _ in 0..count {
        let (document, variables) = made_up(&corpus, &mut random);
        let verdict = Document::prepare(&document).and_then(|prepared| prepared.plan(&variables));
        let refused = verdict.err();
        let code = refused.as_ref().and_then(Refusal::code);
        let message = refused.as_ref().and_then(|refused| refused.errors.first()).map(|error| &error.message);
        let line = json!({"document": document, "variables": variables, "code": code, "message": message});
        writeln!(out, "{line}").unwrap();
    }
    out.flush().unwrap();
}

fn made_up(corpus: &[String], random: &mut Random) -> (String, Map<String, Json>) {
    let (document, variables) = match random.below(10) {
        0 => (grammar::document(random), Map::new()),
        1 => (random.one::<String>(corpus).clone(), Map::new()),
        2 => (mutate::document(&grammar::document(random), corpus, random), mutate::variables(random)),
        _ => {
            let (document, variables) = random.one(&SEEDS);
            ((*document).to_owned(), serde_json::from_str(variables).unwrap())
        }
    };
    let variables = if random.once_in(3) { changed(variables, random) } else { variables };
    let document = if random.once_in(4) { document } else { with_other_words(&document, random) };
    (document, variables)
}

/// Returns the variables with one of them left out or changed.
fn changed(mut variables: Map<String, Json>, random: &mut Random) -> Map<String, Json> {
    let names: Vec<String> = variables.keys().cloned().collect();
    let name = if names.is_empty() || random.once_in(4) { "a".to_owned() } else { random.one(&names).clone() };
    let values = [
        Json::Null,
        json!(1),
        json!(1.0),
        json!(1.5),
        json!(3e10),
        json!("ASC"),
        json!("x"),
        json!(true),
        json!([]),
        json!([1, null]),
        json!({}),
        json!({"slug": "x"}),
        json!({"slug": null}),
        json!({"slug": "x", "id": 1}),
        json!({"nothing": 1}),
        json!({"or": {"slug": {"in": "x"}}}),
    ];
    if random.once_in(3) {
        _ = variables.remove(&name);
    } else {
        _ = variables.insert(name, random.one(&values).clone());
    }
    variables
}

/// Returns a document with one or two words left out, doubled, or replaced by another word of the document or of
/// [`WORDS`].
fn with_other_words(text: &str, random: &mut Random) -> String {
    let mut tokens = mutate::tokens(text);
    for _ in 0..=random.below(2) {
        let is_word = |token: &&str| token.starts_with(|letter: char| letter.is_alphanumeric());
        let positions: Vec<usize> = (0..tokens.len()).filter(|at| is_word(&tokens[*at])).collect();
        let (Some(at), Some(from)) =
            (positions.get(random.below(positions.len())), positions.get(random.below(positions.len())))
        else {
            break;
        };
        let other = if random.once_in(2) { tokens[*from] } else { *random.one(&WORDS) };
        match random.below(8) {
            0 => _ = tokens.remove(*at),
            1 => tokens.splice(*at..*at, [other, " "]).for_each(drop),
            _ => tokens[*at] = other,
        }
    }
    tokens.concat()
}
