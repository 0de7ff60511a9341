//! Filters and orders by related rows that thousands of rows refer to. Each related row is evaluated once; otherwise
//! the queries time out.

use dermagraph::{
    entity::{link, treatment_outcome},
    schema::{GraphqlRequest, Limits, OperationResponse, Service, TrustedDocuments},
};
use sea_orm::{ConnectionTrait as _, EntityTrait, IdenStatic as _, Iterable as _, TransactionTrait as _};
use serde_json::{Value as Json, json};

use crate::support::{TestApp, account, count, on_both_databases};

/// Outcomes of one procedure and one condition: so many that work for each pair of them takes longer than the time
/// limit of a request.
const COPIES: usize = 6000;

/// Copies the rows of one outcome, under ids and slugs of their own.
async fn copy<E: EntityTrait>(connection: &impl sea_orm::ConnectionTrait, owner: &str) {
    let columns = E::Column::iter().map(|column| column.as_str()).filter(|column| owner == "id" || *column != "id");
    let columns: Vec<&str> = columns.collect();
    let values = columns.iter().map(|column| match *column {
        "slug" => "t.slug || '-' || k.n".to_owned(),
        column if column == owner => "1000000 + k.n".to_owned(),
        column => format!("t.\"{column}\""),
    });
    let (table, values) = (E::default().table_name(), values.collect::<Vec<_>>().join(", "));
    let sql = format!(
        "INSERT INTO \"{table}\" (\"{}\") WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < {COPIES}) \
         SELECT {values} FROM \"{table}\" AS t CROSS JOIN k WHERE t.\"{owner}\" = (SELECT id FROM treatment_outcome ORDER BY slug LIMIT 1)",
        columns.join("\", \""),
    );
    connection.execute_unprepared(&sql).await.unwrap_or_else(|failure| panic!("{sql}: {failure}"));
}

async fn grown(app: &TestApp) -> Service {
    let transaction = app.store.writer().begin().await.unwrap();
    copy::<link::treatment_outcome_condition::Entity>(&transaction, "owner_id").await;
    copy::<link::treatment_outcome_source::Entity>(&transaction, "owner_id").await;
    copy::<treatment_outcome::Entity>(&transaction, "id").await;
    transaction.commit().await.unwrap();
    if app.store.dialect() == dermagraph::store::reading::statement::Dialect::Postgres {
        app.store.writer().execute_unprepared("ANALYZE").await.unwrap();
    }
    Service::new(&app.store, Limits { cost: u64::MAX, responses: 0, ..Limits::default() }, TrustedDocuments::default())
}

async fn execute(service: &Service, query: &str) -> Json {
    let request = GraphqlRequest { document: Some(query.to_owned()), ..GraphqlRequest::default() };
    let ready = service.prepare(request, &account()).await.unwrap_or_else(|refusal| panic!("{query}: {}", refusal.body()));
    let OperationResponse { response, .. } = service.run(ready, &account()).await.unwrap();
    assert_eq!(response.errors, 0, "{query}: {}", response.body);
    serde_json::from_str::<Json>(&response.body).unwrap()["data"].take()
}

on_both_databases! {
    async fn a_filter_evaluates_each_related_row_once(app: &TestApp) {
        let service = grown(app).await;
        let all = count("TreatmentOutcome") + COPIES;
        for (list, filter, expected) in [
            ("treatmentOutcomes", "condition: {outcomes: {none: {evidenceLevel: {eq: 9}}}}", all),
            ("treatmentOutcomes", "not: {condition: {outcomes: {some: {evidenceLevel: {eq: 9}}}}}", all),
            ("treatmentOutcomes", "procedure: {outcomes: {every: {position: {gte: 0}}}}", all),
            ("treatmentOutcomes", "condition: {outcomes: {some: {procedure: {outcomes: {some: {evidenceLevel: {eq: 9}}}}}}}", 0),
            ("sources", "outcomes: {none: {condition: {outcomes: {some: {evidenceLevel: {eq: 9}}}}}}", count("Source")),
            ("sources", "outcomes: {some: {conditions: {some: {outcomes: {every: {evidenceLevel: {eq: 9}}}}}}}", 0),
            ("procedures", "outcomes: {some: {citations: {some: {outcomes: {every: {evidenceLevel: {eq: 9}}}}}}}", 0),
        ] {
            let data = execute(&service, &format!("{{ {list}(first: 5, where: {{{filter}}}) {{ totalCount nodes {{ id }} }} }}")).await;
            assert_eq!(data[list]["totalCount"], expected, "{filter}");
            assert_eq!(data[list]["nodes"].as_array().unwrap().len(), expected.min(5), "{filter}");
        }
    }
}

on_both_databases! {
    async fn an_order_by_a_count_counts_once_for_each_related_row(app: &TestApp) {
        let service = grown(app).await;
        for order in [
            "{condition: {outcomes: {count: DESC}}}",
            "{procedure: {outcomes: {count: ASC}}}, {condition: {outcomes: {count: DESC}}}, {grade: ASC}",
            "{condition: {citations: {count: ASC}}}, {condition: {parent: {outcomes: {count: DESC_NULLS_FIRST}}}}",
        ] {
            let page = async |after: &str| {
                let query = format!("{{ treatmentOutcomes(first: 30, orderBy: [{order}]{after}) {{ nodes {{ id }} pageInfo {{ endCursor hasNextPage }} }} }}");
                execute(&service, &query).await["treatmentOutcomes"].take()
            };
            let first = page("").await;
            let second = page(&format!(", after: {}", first["pageInfo"]["endCursor"])).await;
            assert_eq!(second["pageInfo"]["hasNextPage"], true, "{order}");
            let query = format!("{{ treatmentOutcomes(first: 60, orderBy: [{order}]) {{ nodes {{ id }} }} }}");
            let whole = execute(&service, &query).await;
            let nodes = |page: &Json| page["nodes"].as_array().unwrap().clone();
            assert_eq!(json!([nodes(&first), nodes(&second)].concat()), whole["treatmentOutcomes"]["nodes"], "{order}");
        }
        // Most outcomes have one condition, so that they are first.
        let query = "{ treatmentOutcomes(first: 1, orderBy: [{condition: {outcomes: {count: DESC}}}]) { nodes { condition { outcomes { totalCount } } } } }";
        let most = execute(&service, query).await;
        let count = most["treatmentOutcomes"]["nodes"][0]["condition"]["outcomes"]["totalCount"].as_u64().unwrap();
        assert!(count > COPIES as u64, "{count}");
    }
}

on_both_databases! {
    async fn lists_below_many_parents_evaluate_each_related_row_once(app: &TestApp) {
        let service = grown(app).await;
        let none = "condition: {outcomes: {none: {evidenceLevel: {eq: 9}}}}";
        let every = "citations: {some: {outcomes: {every: {position: {gte: 0}}}}}";
        let by_count = "{condition: {outcomes: {count: DESC}}}, {procedure: {outcomes: {count: ASC}}}";
        for (list, field) in [("conditions", "outcomes"), ("procedures", "outcomes"), ("sources", "outcomes")] {
            // The filters match every outcome, and all sort keys are equal. So the lists must equal those without both.
            let page = async |rest: &str| {
                let query = format!("{{ {list}(first: 100) {{ nodes {{ all: {field}(first: 100{rest}) {{ totalCount nodes {{ id }} }} }} }} }}");
                execute(&service, &query).await[list]["nodes"].take()
            };
            let plain = page("").await;
            let large = |one: &Json| one["all"]["totalCount"].as_u64() > Some(COPIES as u64);
            assert!(plain.as_array().unwrap().iter().any(large), "{list}");
            assert_eq!(page(&format!(", where: {{{none}}}")).await, plain, "{list}: {none}");
            if list != "sources" {
                assert_eq!(page(&format!(", where: {{{every}}}")).await, plain, "{list}: {every}");
            }
            let ordered = page(&format!(", orderBy: [{by_count}]")).await;
            for (ordered, plain) in ordered.as_array().unwrap().iter().zip(plain.as_array().unwrap()) {
                assert_eq!(ordered["all"]["totalCount"], plain["all"]["totalCount"]);
                let ids = |one: &Json| one["all"]["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect::<std::collections::BTreeSet<_>>();
                if !large(plain) && plain["all"]["totalCount"].as_u64() <= Some(100) {
                    assert_eq!(ids(ordered), ids(plain), "{list}");
                }
            }
        }
    }
}

on_both_databases! {
    async fn pages_below_a_parent_in_the_order_of_a_count_continue_after_the_cursor(app: &TestApp) {
        let service = grown(app).await;
        let query = |rest: &str| {
            let list = format!("outcomes(first: 40, orderBy: [{{condition: {{outcomes: {{count: DESC}}}}}}, {{grade: ASC}}]{rest})");
            format!("{{ conditions(where: {{outcomes: {{some: {{}}}}}}, first: 100) {{ nodes {{ {list} {{ nodes {{ id }} pageInfo {{ endCursor hasNextPage }} }} }} }} }}")
        };
        let first = execute(&service, &query("")).await["conditions"]["nodes"].take();
        let long = |one: &&Json| one["outcomes"]["pageInfo"]["hasNextPage"] == true;
        let long = first.as_array().unwrap().iter().find(long).unwrap();
        let after = format!(", after: {}", long["outcomes"]["pageInfo"]["endCursor"]);
        let second = execute(&service, &query(&after)).await["conditions"]["nodes"].take();
        let position = first.as_array().unwrap().iter().position(|one| one == long).unwrap();
        let ids = |one: &Json| one["outcomes"]["nodes"].as_array().unwrap().clone();
        assert_eq!(ids(&second[position]).len(), 40);
        let all = execute(&service, &query("").replace("first: 40", "first: 80")).await["conditions"]["nodes"][position].take();
        assert_eq!(ids(&all), [ids(long), ids(&second[position])].concat());
    }
}

on_both_databases! {
    async fn a_long_text_that_is_searched_for_is_folded_once(app: &TestApp) {
        let service = grown(app).await;
        let text = "Ä".repeat(40_000);
        for operator in ["contains", "startsWith", "endsWith"] {
            let query = format!("{{ treatmentOutcomes(where: {{slug: {{{operator}: \"{text}\"}}}}) {{ totalCount }} }}");
            assert_eq!(execute(&service, &query).await["treatmentOutcomes"]["totalCount"], 0, "{operator}");
        }
    }
}
