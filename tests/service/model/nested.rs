//! Lists of many parents at once: each matches the model, and its cursors work in a query for its parent alone.

use proptest::{prelude::*, test_runner::TestCaseResult};
use serde_json::{Value as Json, json};

use super::{
    generate::libraries,
    library::Library,
    lists::{Question, cursors, expect_all, parenthesised, questions},
    page::{Page, SELECTION, Size},
    runner::{Generated, property},
    shape::{CONTENTS, List, Type},
};
use crate::support::TestApp;

/// A list of each record of a type, with its query.
#[derive(Clone, Debug)]
struct Nested {
    parent: Type,
    list: List,
    question: Question,
}

async fn walk(app: &TestApp, (library, nested): &(Library, Vec<Nested>)) -> TestCaseResult {
    let generated = Generated::insert(app, library).await;
    for Nested { parent, list, question } in nested {
        let (parent, target) = (*parent, list.target);
        let fixed = format!("{} {}", list.switches, question.arguments(library));
        let scores = question.scores(&generated).await?;
        let all = Page::of(Size::First(100));
        let query = format!(
            "{{ all: {}(first: 100) {{ nodes {{ id list: {}({} {fixed}) {SELECTION} }} }} }}",
            parent.plural(),
            list.field,
            all.size
        );
        let found = generated.data(&query).await?;
        let nodes = found["all"]["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut pages = Vec::new();
        for row in library.rows(parent) {
            let id = format!("{}:{}", parent.name(), row.id);
            let rows = question.listed(library, library.list(row, list), scores.as_ref());
            let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
            let connection = nodes.iter().find(|node| node["id"] == *id).map_or(&Json::Null, |node| &node["list"]);
            let cursors = cursors(connection);
            if cursors.len() != ids.len() || *connection != all.expected(target, &ids, &cursors) {
                return Err(generated.failure(&query, &format!("{ids:?} for {id}"), &connection.to_string()));
            }
            for page in question.pages(ids.len()) {
                let arguments = parenthesised(&format!("{} {fixed}", page.arguments(&cursors)));
                let field =
                    format!("{}(by: {{id: \"{id}\"}}) {{ list: {}{arguments} {SELECTION} }}", parent.singular(), list.field);
                pages.push((field, json!({"list": page.expected(target, &ids, &cursors)})));
            }
        }
        // The last pages differ most from those of other lists. A few pages of each list are enough.
        pages.reverse();
        pages.truncate(32);
        expect_all(&generated, pages).await?;
    }
    Ok(())
}

fn nested() -> impl Strategy<Value = Nested> {
    let lists: Vec<(Type, List)> =
        CONTENTS.iter().flat_map(|parent| parent.lists().iter().map(|list| (*parent, *list))).collect();
    let questions = CONTENTS.map(|of| (of, questions(&CONTENTS[of as usize..=of as usize]).boxed()));
    prop::sample::select(lists).prop_flat_map(move |(parent, list)| {
        let (_, question) = questions.iter().find(|(of, _)| *of == list.target).unwrap();
        question.clone().prop_map(move |question| Nested { parent, list, question })
    })
}

fn cases() -> impl Strategy<Value = (Library, Vec<Nested>)> {
    (libraries(), prop::collection::vec(nested(), 1..5))
}

property!(every_list_of_many_parents_is_that_of_the_model, 12, cases(), walk);
