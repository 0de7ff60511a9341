//! The seed corpus: documents that people use, and malformed ones.

use std::{fs, path::Path};

/// Short documents that are malformed or unusual.
const NASTY: [&str; 16] = [
    "{ procedures(first: -1) { nodes { name } } }",
    "{ procedures(first: 99999999999999999999) { nodes { name } } }",
    "{ procedures(after: \"\\u0000\", before: \"\\uD83D\\uDE00\") { nodes { name } } }",
    "{ node(id: \"\") { id ... on Procedure { a: name } ... on Condition { a: name } } }",
    "{ nodes(ids: [\"x\", 1, null]) { __typename } }",
    "query($a: Int = 1, $b: [String!]! = [\"\"]) { procedures(first: $a, where: {slug: {in: $b}}) { totalCount } }",
    "query Q @skip(if: true) { __typename @include(if: false) @skip(if: true) }",
    "{ ...F } fragment F on Query { ...G } fragment G on Query { ...F }",
    "fragment F on Procedure { name } { procedures { nodes { ...F ...F } edges { node { ...F } cursor } } }",
    "subscription { libraryChanged { revision } }",
    "mutation { a }",
    "{ procedure(by: {slug: \"\"\"block \\\"\"\" text\"\"\"}) { name } }",
    "{ __schema { types { fields { type { ofType { ofType { name } } } } } } __type(name: \"\") { name } }",
    "{ procedures(where: {and: [{or: []}, {not: {}}]}, orderBy: [{name: ASC}, {}]) { nodes { name } } }",
    "\u{feff}{ a: library { revision } a: library { counts { procedures } } }",
    "type Query { a: Int } { a }",
];

/// The introspection query of graphql-js, with less depth.
const INTROSPECTION: &str = "query IntrospectionQuery { __schema { queryType { name kind } subscriptionType { name } types { ...FullType } \
directives { name description locations args { ...InputValue } } } } fragment FullType on __Type { kind name description \
fields(includeDeprecated: true) { name args { ...InputValue } type { ...TypeRef } isDeprecated } inputFields { ...InputValue } interfaces \
{ ...TypeRef } enumValues(includeDeprecated: true) { name } possibleTypes { ...TypeRef } } fragment InputValue on __InputValue { name \
type { ...TypeRef } defaultValue } fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// Returns the whole corpus.
pub fn documents() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tour = fs::read_dir(root.join("web/playground/src/tour")).unwrap();
    let mut paths: Vec<_> = tour.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut documents: Vec<String> = paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let questions = fs::read_to_string(root.join("docs/questions.md")).unwrap();
    let blocks = questions.split("```graphql\n").skip(1).filter_map(|rest| rest.split("```").next());
    documents.extend(blocks.map(str::to_owned));
    documents.extend(NASTY.map(str::to_owned));
    documents.push(INTROSPECTION.to_owned());
    documents
}
