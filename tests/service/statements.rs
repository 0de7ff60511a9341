//! The number of SQL statements of a query: one for each relation field and one for each `totalCount`, whatever the
//! number of rows.

use dermagraph::{
    entity,
    library::DocumentFile,
    schema::{GraphqlRequest, Limits, OperationResponse, Service, TrustedDocuments},
    store::{
        DatabaseUrl, ReadOptions, Snapshot, Store,
        reading::statement::{Param, Read, Statement},
    },
};
use sea_orm::{EntityTrait, IdenStatic as _, Iterable as _, TransactionTrait as _};

use crate::support::{TestApp, account};

/// A library of one procedure with every kind of reference. It is copied to create a large one.
const DOCUMENTS: [(&str, &str); 2] = [
    (
        "procedures/needling.yaml",
        "
notice: Made up.
slug: needling
name: Needling
category: NEEDLING
purpose: [COSMETIC]
status: DRAFT
locale: en
sources: [paper]
description: Needles prick the skin.
codes: [{system: MESH, code: D000097244, display: Needling, match: EXACT, sources: [list]}]
mechanism:
  summary: It makes the skin repair itself.
  actions: [{position: 1, action: INCREASES, target: collagen, sources: [paper, list]}]
steps: [{position: 1, kind: TREATMENT, title: Needle, description: Needles prick the skin., device: roller}]
contraindications: [{name: Acne, topic: SKIN_CONDITION, strength: NOT_GRADED, condition: acne}]
notFound:
  - {topic: PREGNANCY, searchedOn: '2026-01-01'}
  - {topic: BREASTFEEDING, searchedOn: '2026-01-01'}
  - {topic: MEDICINES, searchedOn: '2026-01-01'}
  - {topic: INFECTIONS, searchedOn: '2026-01-01'}
  - {topic: SKIN_TYPES, searchedOn: '2026-01-01'}
  - {topic: SERIOUS_EFFECTS, searchedOn: '2026-01-01'}
  - {topic: GET_HELP, searchedOn: '2026-01-01'}
  - {topic: HELP_FOR_EFFECTS, searchedOn: '2026-01-01'}
  - {topic: SESSIONS, searchedOn: '2026-01-01'}
  - {topic: INTERVAL, searchedOn: '2026-01-01'}
  - {topic: VISIT_DURATION, searchedOn: '2026-01-01'}
  - {topic: PAIN, searchedOn: '2026-01-01'}
  - {topic: DOWNTIME, searchedOn: '2026-01-01'}
  - {topic: LASTS, searchedOn: '2026-01-01'}
  - {topic: PREPARATION, searchedOn: '2026-01-01'}
  - {topic: AFTERCARE, searchedOn: '2026-01-01'}
  - {topic: PRACTITIONERS, searchedOn: '2026-01-01'}
  - {topic: COSTS, searchedOn: '2026-01-01'}
outcomes:
  - condition: scars
    effects: [{attribute: APPEARANCE, direction: IMPROVES}]
    expectedEffect: Scars look better.
    effectiveness: {grade: HELPS, basis: [paper]}
    certainty: NOT_ASSESSED
    responseVariability: NOT_STATED
    sources: [paper]
    evidence: [{source: paper, direction: BENEFIT, finding: It helped.}, {source: list, direction: MIXED, finding: It helped again.}]
  - condition: acne
    effects: [{attribute: APPEARANCE, direction: IMPROVES}]
    expectedEffect: Acne looks better.
    effectiveness: {grade: HELPS, basis: [paper, list]}
    certainty: NOT_ASSESSED
    responseVariability: NOT_STATED
    sources: [paper]
    evidence: [{source: paper, direction: BENEFIT, finding: It helped.}]
",
    ),
    (
        "rest.yaml",
        "
notice: Made up.
sources:
  - {slug: paper, kind: WEB_PAGE, title: A paper, url: 'https://example.org/', extentRead: FULL}
  - {slug: list, kind: WEB_PAGE, title: A list, url: 'https://example.org/', extentRead: FULL}
conditions:
  - {slug: scars, name: Scars, kind: SCAR, description: Marks., sources: [paper], codes: [{system: MESH, code: D002921, display: Cicatrix, match: EXACT}]}
  - {slug: acne, name: Acne, kind: SCAR, parent: scars, description: Spots., sources: [paper], codes: [{system: MESH, code: D000152, display: Acne, match: EXACT}]}
biologicalTargets:
  - {slug: collagen, name: Collagen, kind: PROTEIN, role: It keeps skin firm., sources: [paper]}
devices:
  - {slug: roller, name: Roller, description: It rolls., sources: [paper]}
",
    ),
];

/// Queries one to five relations deep, each with the number of its relation fields and of its counts.
const QUERIES: &[(&str, usize, usize)] = &[
    ("{ procedures(first: 100) { nodes { slug name } } }", 1, 0),
    ("{ procedures(first: 100) { totalCount edges { cursor node { slug } } pageInfo { hasNextPage } } }", 1, 1),
    ("{ procedures(first: 100) { nodes { outcomes(first: 5) { nodes { slug } } } } }", 2, 0),
    ("{ procedures(first: 100) { totalCount nodes { outcomes(first: 5) { totalCount nodes { slug } } codes { code } } } }", 3, 2),
    ("{ procedures(first: 100) { nodes { mechanism { actions { position target { slug } } } steps { title } } } }", 2, 0),
    ("{ procedures(first: 100) { nodes { outcomes { nodes { condition { slug } procedure { slug } effects { attribute } } } } } }", 5, 0),
    ("{ procedures(first: 100) { nodes { outcomes { nodes { effectiveness { grade basis { totalCount nodes { slug } } } } } } } }", 3, 1),
    ("{ conditions(first: 100) { nodes { parent { slug } codes { code } outcomes { nodes { procedure { mechanism { actions { target { slug } } } } } } } } }", 6, 0),
    ("{ procedures(first: 100) { nodes { outcomes { nodes { evidence { totalCount nodes { source { slug evidence { nodes { slug } } } } } } } } } }", 5, 1),
    ("{ procedures(first: 100) { nodes { outcomes { nodes { condition { outcomes { nodes { procedure { name } } } } } } } } }", 5, 0),
    (
        "{
            procedures(first: 100) {
                totalCount
                nodes {
                    sources { nodes { slug } }
                    contraindications { condition { slug } sources { totalCount nodes { slug } } }
                    outcomes {
                        totalCount
                        nodes {
                            condition {
                                codes { code }
                                outcomes(includeDescendants: true) { totalCount nodes { procedure { slug } evidence { nodes { slug } } } }
                            }
                        }
                    }
                }
            }
        }",
        11,
        4,
    ),
];

/// Copies every row of a table under new ids and slugs, so that `from` copies become `to`.
macro_rules! copy {
    ($connection:expr, $from:expr, $to:expr, $($entity:path),+ $(,)?) => {
        $(copy_rows::<$entity>($connection, $from, $to).await;)+
    };
}

async fn copy_rows<E: EntityTrait>(connection: &impl sea_orm::ConnectionTrait, from: usize, to: usize) {
    let table = E::default().table_name();
    let columns: Vec<&str> = E::Column::iter().map(|column| column.as_str()).collect();
    let is_content = columns.contains(&"slug");
    // Rows that are no content get their id from the database.
    let copied: Vec<&str> = columns.into_iter().filter(|column| is_content || *column != "id").collect();
    let values: Vec<String> = copied
        .iter()
        .map(|column| match *column {
            "slug" => "t.slug || '-' || k.n".to_owned(),
            column if column == "id" || column.ends_with("_id") => format!("t.\"{column}\" + k.n * 1000"),
            column => format!("t.\"{column}\""),
        })
        .collect();
    let names: Vec<String> = copied.iter().map(|column| format!("\"{column}\"")).collect();
    // Only rows of the original are copied: their owners' ids, or their own, are below the first copy's.
    let anchor =
        copied.iter().find(|column| **column == "id").or_else(|| copied.iter().find(|column| **column == "owner_id"));
    let original = if let Some(column) = anchor {
        format!("t.\"{column}\" < 1000")
    } else {
        let owners = copied.iter().filter(|column| column.ends_with("_id"));
        owners.map(|column| format!("COALESCE(t.\"{column}\", 0) < 1000")).collect::<Vec<_>>().join(" AND ")
    };
    let sql = format!(
        "INSERT INTO \"{table}\" ({}) WITH RECURSIVE k(n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM k WHERE n + 1 < {to}) \
         SELECT {} FROM \"{table}\" AS t CROSS JOIN k WHERE {original}",
        names.join(", "),
        values.join(", "),
    );
    connection.execute_unprepared(&sql).await.unwrap_or_else(|failure| panic!("{sql}: {failure}"));
}

/// Grows the library from one number of copies to another.
async fn grow(app: &TestApp, from: usize, to: usize) {
    use entity::{code, condition, contraindication, evidence, link, outcome_effect, procedure, source, treatment_outcome};
    let transaction = app.store.writer().begin().await.unwrap();
    copy!(
        &transaction,
        from,
        to,
        source::Entity,
        entity::biological_target::Entity,
        entity::device::Entity,
        condition::Entity,
        procedure::Entity,
        treatment_outcome::Entity,
        evidence::Entity,
        code::Entity,
        contraindication::Entity,
        outcome_effect::Entity,
        link::treatment_outcome_condition::Entity,
        link::condition_ancestor::Entity,
        link::procedure_source::Entity,
    );
    transaction.commit().await.unwrap();
}

fn service(app: &TestApp) -> Service {
    Service::new(&app.store, Limits { cost: u64::MAX, responses: 0, ..Limits::default() }, TrustedDocuments::default())
}

async fn execute(service: &Service, query: &str) -> OperationResponse {
    let request = GraphqlRequest { document: Some(query.to_owned()), ..GraphqlRequest::default() };
    let ready = service
        .prepare(request, &account())
        .await
        .unwrap_or_else(|refusal| panic!("{query} is refused: {}", refusal.body()));
    service.run(ready, &account()).await.unwrap()
}

async fn run_on(app: &TestApp) {
    let service = service(app);
    let (mut had, mut sizes) = (1, Vec::new());
    for parents in [10, 1000] {
        grow(app, had, parents).await;
        had = parents;
        let count = execute(&service, "{ procedures { totalCount } }").await.response.body.clone();
        assert!(count.contains(&format!("\"totalCount\":{parents}}}")), "{count}");
        for (query, relations, counts) in QUERIES {
            let executed = execute(&service, query).await;
            assert_eq!(executed.response.errors, 0, "{query}: {}", executed.response.body);
            assert_eq!(executed.statements, relations + counts, "{parents} parents: {query}");
            sizes.push(executed.response.body.len());
        }
    }
    let (small, large) = sizes.split_at(QUERIES.len());
    for ((small, large), (query, ..)) in small.iter().zip(large).zip(QUERIES) {
        assert!(large > &(small * 5), "{query} returns {small} and {large} bytes, so it did not see more parents");
    }
}

fn documents() -> Vec<DocumentFile> {
    DOCUMENTS.map(|(name, text)| DocumentFile { name: name.to_owned(), text: text.to_owned() }).into()
}

mod a_query_takes_as_many_statements_as_it_has_relations_and_counts {
    use super::*;

    #[actix_web::test]
    async fn on_sqlite() {
        run_on(&TestApp::sqlite_with(&documents()).await).await;
    }

    #[actix_web::test]
    async fn on_postgres() {
        if let Some(app) = TestApp::postgres_with(&documents()).await {
            run_on(&app).await;
        }
    }
}

mod a_level_without_rows_needs_no_statements_below_it {
    use super::*;

    async fn run_on(app: &TestApp) {
        let service = service(app);
        for (query, expected) in [
            (r#"{ procedure(by: {slug: "nothing"}) { outcomes { nodes { condition { slug } } } } }"#, 1),
            (r#"{ procedures(where: {slug: {eq: "nothing"}}) { totalCount nodes { outcomes { totalCount } } } }"#, 2),
            ("{ procedures { totalCount } }", 1),
            ("{ procedures(first: 1000) { nodes { slug } } }", 0),
            (r#"{ node(id: "x") { id } }"#, 0),
            ("{ __typename __schema { queryType { name } } }", 0),
        ] {
            assert_eq!(execute(&service, query).await.statements, expected, "{query}");
        }
    }

    #[actix_web::test]
    async fn on_sqlite() {
        run_on(&TestApp::sqlite().await).await;
    }

    #[actix_web::test]
    async fn on_postgres() {
        if let Some(app) = TestApp::postgres().await {
            run_on(&app).await;
        }
    }
}

#[actix_web::test]
async fn a_statement_that_reads_a_long_list_gets_a_plan_for_its_values() {
    let Some(app) = TestApp::postgres().await else { return };
    // Returns the mode of the plan, and the process of the server.
    let run = async |store: &Store, reads_many_rows, reads_whole_list, kind, value| {
        let sql = format!("SELECT current_setting('plan_cache_mode'), pg_backend_pid() WHERE $1::{kind} IS NOT NULL");
        let statement = Statement::new(sql, vec![value], [Read::Text, Read::Int]);
        let statement = Statement { reads_whole_list, ..statement };
        let read = |mut snapshot: Snapshot| async {
            let rows = snapshot.rows(&statement).await.unwrap();
            (snapshot, (rows.text(0, 0).unwrap().to_owned(), rows.int(0, 1)))
        };
        store.read(ReadOptions { reads_many_rows, ..ReadOptions::default() }, None, read).await.value
    };
    let (text, list) = (|| Param::Text("value".to_owned()), || Param::Ints(vec![1]));
    let (mode, process) = run(&app.store, true, true, "text", text()).await;
    assert_eq!(mode, "force_custom_plan");
    let generic = ("force_generic_plan".to_owned(), process);
    assert_eq!(run(&app.store, true, false, "text", text()).await, generic, "a page");
    assert_eq!(run(&app.store, false, true, "text", text()).await, generic, "a short list");
    assert_eq!(run(&app.store, true, true, "bigint[]", list()).await, generic, "a list of values");
    let DatabaseUrl::Postgres(address) = &app.url else { panic!("it is PostgreSQL") };
    // `%5C` is a backslash, which the server removes.
    for options in ["options[plan_cache_mode]=auto", "options=-c%20plan%5C_cache%5C-mode%3Dauto"] {
        let store = Store::open(&format!("{address}?{options}").parse().unwrap()).await.unwrap();
        assert_eq!(run(&store, true, true, "text", text()).await.0, "auto", "{options}: the URL sets it");
    }
}
