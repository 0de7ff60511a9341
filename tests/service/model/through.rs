//! The aggregates on the edges of lists through outcomes: those of the outcomes that relate the two records.

use proptest::{prelude::*, test_runner::TestCaseResult};
use serde_json::{Value as Json, json};

use super::{
    aggregates::{aggregate, aggregate_query, json_of},
    generate::libraries,
    library::Library,
    runner::{Generated, property},
    shape::{CONTENTS, Own, Type},
};
use crate::support::TestApp;

async fn compare(app: &TestApp, (library, order): &(Library, bool)) -> TestCaseResult {
    let generated = Generated::insert(app, library).await;
    let lists = CONTENTS.iter().flat_map(|parent| parent.lists().iter().map(move |list| (*parent, list)));
    for (parent, list) in lists {
        let Own::Through(first, second) = list.own else { continue };
        // The aggregates do not depend on the order, which reads some of them as well.
        let order = if *order { "" } else { " orderBy: [{slug: ASC}]" };
        let query = format!(
            "{{ all: {}(first: 100) {{ nodes {{ list: {}(first: 100 {}{order}) {{ edges {{ node {{ slug }} {} }} }} }} }} }}",
            parent.plural(),
            list.field,
            list.switches,
            aggregate_query(Type::Outcome).replacen("aggregate", "outcomes", 1),
        );
        let nodes: Json = library
            .all(parent)
            .into_iter()
            .map(|row| {
                let mut rows = library.list(row, list);
                if !order.is_empty() {
                    rows.sort_by(|one, other| one.values["slug"].compare(&other.values["slug"]));
                }
                let edges: Json = rows
                    .into_iter()
                    .map(|target| {
                        let between = library.between(row, target, first, second);
                        let slug = json_of(&target.values["slug"]);
                        json!({"node": {"slug": slug}, "outcomes": aggregate(library, Type::Outcome, &between)})
                    })
                    .collect();
                json!({"list": {"edges": edges}})
            })
            .collect();
        generated.expect(&query, &json!({"all": {"nodes": nodes}})).await?;
    }
    Ok(())
}

fn cases() -> impl Strategy<Value = (Library, bool)> {
    (libraries(), any::<bool>())
}

property!(an_edge_through_outcomes_has_their_aggregate, 8, cases(), compare);
