//! `orderBy`: each order is compared with the whole list, sorted by the test.

use std::cmp::Ordering;

use dermagraph::{
    content::catalog,
    engine::catalog::{Kind, ObjectType},
    schema::{GraphqlRequest, Limits, Service, TrustedDocuments},
    store::reading::statement::Dialect,
};
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use serde_json::{Value as Json, json};

use crate::support::{TestApp, account, on_both_databases, slugs};

/// Compares two values in ascending order, null last.
fn ascending(a: &Json, b: &Json) -> Ordering {
    match (a, b) {
        (Json::Null, Json::Null) => Ordering::Equal,
        (Json::Null, _) => Ordering::Greater,
        (_, Json::Null) => Ordering::Less,
        (Json::Number(a), Json::Number(b)) => a.as_f64().partial_cmp(&b.as_f64()).unwrap(),
        (a, b) => a.as_str().cmp(&b.as_str()),
    }
}

/// Compares two values in descending order, null last.
fn descending(a: &Json, b: &Json) -> Ordering {
    if a.is_null() || b.is_null() { ascending(a, b) } else { ascending(b, a) }
}

/// Compares two values: null is first, others are compared by `others`.
fn nulls_first(a: &Json, b: &Json, others: fn(&Json, &Json) -> Ordering) -> Ordering {
    b.is_null().cmp(&a.is_null()).then_with(|| others(a, b))
}

/// Compares an order with the whole list, sorted by `by`. Ties are in the order of the list, or in reverse order if the
/// last key descends.
async fn compare(app: &TestApp, list: &str, selection: &str, order: &str, by: impl Fn(&Json, &Json) -> Ordering) {
    let mut all = app.every(list, &format!("slug {selection}")).await;
    if order.rsplit(": ").next().is_some_and(|way| way.starts_with("DESC")) {
        all.reverse();
    }
    all.sort_by(by);
    let sorted: Vec<&str> = all.iter().take(100).map(|one| one["slug"].as_str().unwrap()).collect();
    let query = format!("{{ {list}(first: 100, orderBy: [{order}]) {{ nodes {{ slug }} }} }}");
    assert_eq!(slugs(&app.data(&query).await[list]), sorted, "{query}");
}

on_both_databases! {
    async fn a_list_is_sorted_in_both_directions_with_null_where_requested(app: &TestApp) {
        let year = |one: &Json| one["year"].clone();
        compare(app, "sources", "year", "{year: ASC}", |a, b| ascending(&year(a), &year(b))).await;
        compare(app, "sources", "year", "{year: ASC_NULLS_LAST}", |a, b| ascending(&year(a), &year(b))).await;
        compare(app, "sources", "year", "{year: DESC}", |a, b| descending(&year(a), &year(b))).await;
        compare(app, "sources", "year", "{year: DESC_NULLS_LAST}", |a, b| descending(&year(a), &year(b))).await;
        compare(app, "sources", "year", "{year: ASC_NULLS_FIRST}", |a, b| nulls_first(&year(a), &year(b), ascending)).await;
        compare(app, "sources", "year", "{year: DESC_NULLS_FIRST}", |a, b| nulls_first(&year(a), &year(b), descending)).await;
        compare(app, "sources", "title", "{title: ASC}", |a, b| ascending(&a["title"], &b["title"])).await;
        compare(app, "sources", "title", "{title: DESC_NULLS_FIRST}", |a, b| ascending(&b["title"], &a["title"])).await;
    }
}

/// The values of an enumeration in the order of the schema.
struct Declared(Vec<Json>);

impl Declared {
    async fn of(app: &TestApp, enumeration: &str) -> Self {
        let data = app.data(&format!("{{ __type(name: \"{enumeration}\") {{ enumValues {{ name }} }} }}")).await;
        Self(data["__type"]["enumValues"].as_array().unwrap().iter().map(|value| value["name"].clone()).collect())
    }

    fn position(&self, value: &Json) -> Json {
        self.0.iter().position(|known| known == value).into()
    }

    fn compare(&self, a: &Json, b: &Json) -> Ordering {
        ascending(&self.position(a), &self.position(b))
    }
}

on_both_databases! {
    async fn an_enumeration_is_sorted_by_meaning_and_not_by_name(app: &TestApp) {
        for (list, field, enumeration) in [
            ("treatmentOutcomes", "certainty", "Certainty"),
            ("treatmentOutcomes", "grade", "EffectivenessGrade"),
            ("treatmentOutcomes", "responders", "Responders"),
            ("treatmentOutcomes", "responseVariability", "ResponseVariability"),
            ("procedures", "invasiveness", "Invasiveness"),
            ("sources", "extentRead", "ReadExtent"),
            ("conditions", "kind", "ConditionKind"),
        ] {
            let declared = Declared::of(app, enumeration).await;
            let position = |one: &Json| declared.position(&one[field]);
            compare(app, list, field, &format!("{{{field}: ASC}}"), |a, b| ascending(&position(a), &position(b))).await;
            compare(app, list, field, &format!("{{{field}: DESC}}"), |a, b| descending(&position(a), &position(b))).await;
            compare(app, list, field, &format!("{{{field}: ASC_NULLS_FIRST}}"), |a, b| nulls_first(&position(a), &position(b), ascending)).await;
        }
    }
}

on_both_databases! {
    async fn pages_ordered_by_enumerations_have_every_entry_once(app: &TestApp) {
        let order = "[{responders: DESC_NULLS_FIRST}, {grade: ASC}, {condition: {kind: DESC}}]";
        let whole = app.data(&format!("{{ treatmentOutcomes(first: 100, orderBy: {order}) {{ nodes {{ slug }} }} }}")).await;
        let (mut walked, mut after) = (Vec::new(), Json::Null);
        loop {
            let query = format!("query ($after: String) {{ treatmentOutcomes(first: 7, after: $after, orderBy: {order}) {{ nodes {{ slug }} pageInfo {{ hasNextPage endCursor }} }} }}");
            let page = app.query_with(&query, json!({ "after": after })).await["data"]["treatmentOutcomes"].take();
            walked.extend(slugs(&page).into_iter().map(str::to_owned));
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(walked[..100.min(walked.len())], slugs(&whole["treatmentOutcomes"]));
        let distinct: std::collections::BTreeSet<&String> = walked.iter().collect();
        assert_eq!(distinct.len(), app.every("treatmentOutcomes", "slug").await.len());
    }
}

on_both_databases! {
    async fn a_list_in_the_order_of_one_column_is_read_from_an_index_in_either_direction(app: &TestApp) {
        let columns = |object: &'static ObjectType| {
            object.fields.iter().filter(|field| field.indexed && matches!(field.kind, Kind::Scalar(_)))
        };
        let fields = catalog().contents().flat_map(|(object, role)| columns(object).map(move |field| (role.plural, field.name)));
        let database = app.store.writer().begin().await.unwrap();
        let service = Service::new(&app.store, Limits::default(), TrustedDocuments::default());
        let mut compared = 0;
        let mut sorted = Vec::new();
        for (list, field) in fields {
            for way in ["ASC", "DESC"] {
                let query = format!("{{ {list}(orderBy: [{{{field}: {way}}}]) {{ nodes {{ id }} pageInfo {{ endCursor }} }} }}");
                let request = GraphqlRequest { document: Some(query.clone()), reports_plan: true, ..GraphqlRequest::default() };
                let executed = service.run(service.prepare(request, &account()).await.unwrap(), &account()).await.unwrap();
                let response: Json = serde_json::from_str(&executed.response.body).unwrap();
                let [statement] = &response["extensions"]["plan"][0]["statements"].as_array().unwrap()[..] else { panic!("{query}") };
                // PostgreSQL sorts few rows rather than read an index of them. The test checks that it can read it.
                let (before, explain) = match app.store.dialect() {
                    Dialect::Sqlite => ("", "EXPLAIN QUERY PLAN"),
                    Dialect::Postgres => ("SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off", "EXPLAIN"),
                };
                database.execute_unprepared(before).await.unwrap();
                let explain = format!("{explain} {}", statement["sql"].as_str().unwrap());
                let steps = database.query_all_raw(sea_orm::Statement::from_string(database.get_database_backend(), explain));
                let step = |row: &sea_orm::QueryResult| row.try_get_by::<String, _>("detail").or_else(|_| row.try_get_by_index(0));
                let steps: Vec<String> = steps.await.unwrap().iter().map(|row| step(row).unwrap()).collect();
                sorted.extend(steps.iter().any(|step| step.contains("TEMP B-TREE") || step.contains("Sort")).then_some((query, steps)));
                compared += 1;
            }
        }
        assert!(sorted.is_empty(), "{sorted:#?}");
        assert!(compared > 80, "{compared}");
    }
}

on_both_databases! {
    async fn the_first_sort_key_is_the_most_important(app: &TestApp) {
        let kinds = Declared::of(app, "SourceKind").await;
        compare(app, "sources", "kind year title", "{kind: ASC}, {year: DESC}, {title: DESC}", |a, b| {
            kinds.compare(&a["kind"], &b["kind"]).then_with(|| descending(&a["year"], &b["year"])).then_with(|| ascending(&b["title"], &a["title"]))
        }).await;
    }
}

on_both_databases! {
    async fn a_list_is_sorted_by_a_field_of_a_related_record_and_a_missing_one_is_null(app: &TestApp) {
        let name = |one: &Json| one["parent"]["name"].clone();
        for (order, by) in [("ASC", ascending as fn(&Json, &Json) -> Ordering), ("DESC", descending), ("DESC_NULLS_LAST", descending)] {
            compare(app, "conditions", "parent { name }", &format!("{{parent: {{name: {order}}}}}"), |a, b| by(&name(a), &name(b))).await;
        }
        compare(app, "conditions", "parent { name }", "{parent: {name: ASC_NULLS_FIRST}}", |a, b| nulls_first(&name(a), &name(b), ascending)).await;
        compare(app, "conditions", "parent { name }", "{parent: {name: DESC_NULLS_FIRST}}", |a, b| nulls_first(&name(a), &name(b), descending)).await;
        let grand = |one: &Json| one["parent"]["parent"]["name"].clone();
        compare(app, "conditions", "parent { parent { name } }", "{parent: {parent: {name: ASC_NULLS_FIRST}}}", |a, b| nulls_first(&grand(a), &grand(b), ascending)).await;
        compare(app, "treatmentOutcomes", "procedure { name } condition { name }", "{condition: {name: DESC}}, {procedure: {name: ASC}}", |a, b| {
            ascending(&b["condition"]["name"], &a["condition"]["name"]).then_with(|| ascending(&a["procedure"]["name"], &b["procedure"]["name"]))
        }).await;
    }
}

on_both_databases! {
    async fn the_count_of_a_list_sorts(app: &TestApp) {
        let count = |one: &Json| one["outcomes"]["totalCount"].clone();
        compare(app, "procedures", "outcomes { totalCount }", "{outcomes: {count: DESC}}", |a, b| descending(&count(a), &count(b))).await;
        compare(app, "procedures", "name outcomes { totalCount }", "{outcomes: {count: ASC}}, {name: DESC}", |a, b| {
            ascending(&count(a), &count(b)).then_with(|| ascending(&b["name"], &a["name"]))
        }).await;
        let parts = |one: &Json| json!(one["contraindications"].as_array().unwrap().len());
        compare(app, "procedures", "contraindications { strength }", "{contraindications: {count: DESC}}", |a, b| descending(&parts(a), &parts(b))).await;
    }
}

on_both_databases! {
    async fn lists_below_a_parent_are_sorted_for_each(app: &TestApp) {
        let query = "{ procedures { nodes { outcomes(first: 100, orderBy: [{evidenceLevel: ASC_NULLS_FIRST}, {condition: {name: DESC}}]) { nodes { slug evidenceLevel condition { name } } } } } }";
        let data = app.data(query).await;
        let mut several = 0;
        for procedure in data["procedures"]["nodes"].as_array().unwrap() {
            let found = procedure["outcomes"]["nodes"].as_array().unwrap();
            let mut sorted = found.clone();
            sorted.sort_by(|a, b| {
                nulls_first(&a["evidenceLevel"], &b["evidenceLevel"], ascending).then_with(|| ascending(&b["condition"]["name"], &a["condition"]["name"]))
            });
            assert_eq!(*found, sorted);
            several += usize::from(found.len() > 2);
        }
        assert!(several > 5, "{several}");
    }
}
