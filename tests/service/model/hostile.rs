//! Any text as a cursor, an id or a slug: the response has data or an error with a code of the client's errors.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::{
    prelude::*,
    test_runner::{TestCaseError, TestCaseResult},
};
use serde_json::{Value as Json, json};

use super::{
    generate::libraries,
    library::Library,
    order::{Order, orders},
    runner::{Generated, property},
    search::{Search, searches},
    shape::{CONTENTS, Type},
    text::texts,
};
use crate::support::TestApp;

/// Sends a query with variables. Every error must have a code that means an error of the client.
async fn send(generated: &Generated<'_>, query: &str, variables: Json) -> Result<Json, TestCaseError> {
    let shown = format!("{query}\nwith {variables}");
    let response = generated.app.query_with(query, variables).await;
    let errors = response["errors"].as_array().cloned().unwrap_or_default();
    let codes: Vec<&str> = errors.iter().filter_map(|error| error["extensions"]["code"].as_str()).collect();
    if codes.len() < errors.len() || codes.contains(&"INTERNAL") || (errors.is_empty() && response["data"].is_null()) {
        return Err(generated.failure(&shown, "data, or an error with a code", &response.to_string()));
    }
    Ok(response)
}

async fn names(app: &TestApp, (library, words): &(Library, Vec<String>)) -> TestCaseResult {
    const QUERY: &str = "query ($id: ID!, $text: String!) {
        byId: source(by: {id: $id}) { id } bySlug: procedure(by: {slug: $text}) { id }
        node(id: $id) { id } nodes(ids: [$id, $id]) { id }
        after: sources(first: 2, after: $text) { nodes { id } }
        before: conditions(last: 2, before: $text, orderBy: [{parent: {name: DESC}}]) { nodes { id } }
        inside: procedures(first: 2) { nodes { outcomes(after: $text) { totalCount nodes { id } } sources(after: $text) { nodes { id } } } }
        id: sources(where: {id: {in: [$id]}}) { totalCount }
        text: sources(where: {or: [{title: {contains: $text}}, {title: {startsWith: $text}}, {doi: {endsWith: $text}},
            {title: {lt: $text, gte: $text, ne: $text}}, {slug: {in: [$text], notIn: [$text]}}]}) { totalCount }
    }";
    let generated = Generated::insert(app, library).await;
    for word in words {
        send(&generated, QUERY, json!({"id": word, "text": word})).await?;
    }
    Ok(())
}

/// A change to a cursor.
#[derive(Clone, Debug)]
enum Change {
    /// Flips bits of one byte of the encoded text.
    Text(prop::sample::Index, u8),
    /// Flips bits of one byte of the decoded text.
    Byte(prop::sample::Index, u8),
    /// Replaces one of its values.
    Value(prop::sample::Index, Json),
    /// Changes the number of its values.
    Length(usize),
}

impl Change {
    fn apply(&self, cursor: &str) -> String {
        let mut bytes = URL_SAFE_NO_PAD.decode(cursor).unwrap();
        let mut values: Vec<Json> = serde_json::from_slice(&bytes).unwrap();
        match self {
            Self::Text(at, bits) => {
                let mut text = cursor.as_bytes().to_vec();
                text[at.index(cursor.len())] ^= bits;
                return String::from_utf8_lossy(&text).into_owned();
            }
            Self::Byte(at, bits) => {
                let at = at.index(bytes.len());
                bytes[at] ^= bits;
                return URL_SAFE_NO_PAD.encode(bytes);
            }
            // The first value is the fingerprint of the order; another one would be refused at once.
            Self::Value(at, value) => {
                let at = 1 + at.index(values.len() - 1);
                values[at] = value.clone();
            }
            Self::Length(length) => values.resize(*length, json!(1)),
        }
        URL_SAFE_NO_PAD.encode(Json::from(values).to_string())
    }
}

/// A list whose cursors are changed.
type Changed = (Type, Order, Option<Search>, Vec<Change>);

async fn cursors(app: &TestApp, (library, lists): &(Library, Vec<Changed>)) -> TestCaseResult {
    let generated = Generated::insert(app, library).await;
    for (of, order, search, changes) in lists {
        let search = search.as_ref().map(|search| search.argument(library, *of)).unwrap_or_default();
        let arguments = format!("{} {search}", super::lists::arguments(None, order));
        let list = of.plural();
        let found = generated.data(&format!("{{ list: {list}(first: 3 {arguments}) {{ edges {{ cursor }} }} }}")).await?;
        let query = format!(
            "query ($cursor: String) {{ after: {list}(first: 2, after: $cursor {arguments}) {{ edges {{ cursor }} }}
                before: {list}(last: 2, before: $cursor {arguments}) {{ edges {{ cursor }} }} }}"
        );
        for cursor in super::lists::cursors(&found["list"]) {
            for change in changes {
                send(&generated, &query, json!({"cursor": change.apply(&cursor)})).await?;
            }
        }
    }
    Ok(())
}

/// Generates any text, and texts that are nearly valid.
fn words() -> impl Strategy<Value = String> {
    let key = prop_oneof![any::<i64>().prop_map(|key| key.to_string()), "[0-9]{1,30}", "0[0-9]{0,3}", "[+-]?[0-9 _]{1,4}"];
    let name = prop::sample::select(&["Source", "Procedure", "Code", "Scale", "Node", "source", ""][..]);
    prop_oneof![
        2 => any::<String>(),
        2 => prop::collection::vec(any::<char>(), 0..4).prop_map(|letters| letters.into_iter().chain(['\0', 'x']).collect()),
        1 => texts(0..=4),
        3 => (name, key).prop_map(|(name, key)| format!("{name}:{key}")),
        2 => "[A-Za-z0-9_-]{0,40}",
        1 => values().prop_map(|value| URL_SAFE_NO_PAD.encode(value.to_string())),
    ]
}

fn values() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        any::<String>().prop_map(Json::from),
        Just(json!("\0")),
        Just(json!("a\0b")),
        texts(0..=3).prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Json::from))
}

fn changes() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        2 => (at(), 1..=u8::MAX).prop_map(|(at, bits)| Change::Text(at, bits)),
        2 => (at(), 1..=u8::MAX).prop_map(|(at, bits)| Change::Byte(at, bits)),
        4 => (at(), values()).prop_map(|(at, value)| Change::Value(at, value)),
        1 => (0..6_usize).prop_map(Change::Length),
    ]
}

fn names_cases() -> impl Strategy<Value = (Library, Vec<String>)> {
    (libraries(), prop::collection::vec(words(), 10))
}

fn cursors_cases() -> impl Strategy<Value = (Library, Vec<Changed>)> {
    let search = || proptest::option::of(searches());
    let list = |of: Type| (Just(of), orders(of), search(), prop::collection::vec(changes(), 1..6)).boxed();
    let lists = proptest::strategy::Union::new(CONTENTS.map(list));
    (libraries(), prop::collection::vec(lists, 1..4))
}

property!(any_text_as_cursor_id_or_slug_gets_data_or_an_error, 12, names_cases(), names);
property!(any_change_to_a_cursor_gets_data_or_an_error, 12, cursors_cases(), cursors);
