//! The same queries on SQLite and PostgreSQL: the responses are the same, byte for byte.

use proptest::test_runner::TestCaseResult;

use super::{
    aggregates::{ListQuery, cases},
    library::Library,
    runner::{Generated, hold_on_both},
};
use crate::support::TestApp;

/// The fields about each record that a search finds, and about its text.
const DETAILS: &str = "{ totalCount didYouMean expansions { words meaning } edges { cursor score node { id } \
    matchedOn { field term how } highlight { field text spans { start length } } } }";

async fn compare(
    sqlite: &TestApp,
    postgres: &TestApp,
    (library, list_queries): &(Library, Vec<ListQuery>),
) -> TestCaseResult {
    let (one, other) = (Generated::insert(sqlite, library).await, Generated::insert(postgres, library).await);
    for list_query in list_queries {
        let question = &list_query.question;
        let details = format!("{{ list: {}(first: 100 {}) {DETAILS} }}", question.of.plural(), question.arguments(library));
        for query in [list_query.request(library), details] {
            let (on_sqlite, on_postgres) = (one.text(&query).await?, other.text(&query).await?);
            if on_sqlite != on_postgres {
                return Err(one.failure(
                    &query,
                    &format!("on SQLite: {on_sqlite}"),
                    &format!("on PostgreSQL: {on_postgres}"),
                ));
            }
        }
    }
    Ok(())
}

#[test]
fn both_databases_have_the_same_responses() {
    hold_on_both(file!(), 12, &cases(), &compare);
}
