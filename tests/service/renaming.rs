//! Renamed records: lookups and pages by the former slug.

use dermagraph::{
    content::catalog,
    generate::{LibrarySize, RequestedSize, documents},
    library::{DocumentFile, PublishOptions, Silent, import, verify},
};
use reqwest::{Client, redirect::Policy};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde_json::json;

use crate::support::{TestApp, on_both_databases, publish, starter_documents};

/// Returns the document of microneedling, with another slug.
fn renamed_procedure() -> Vec<DocumentFile> {
    let mut files = starter_documents();
    files.retain(|file| file.name.ends_with("/microneedling.yaml"));
    let text = files[0].text.replace("slug: microneedling", "slug: needling");
    files[0].text = text.replacen("slug: needling\n", "slug: needling\nformerly: [microneedling]\n", 1);
    files
}

/// Returns the ids and slugs of the outcomes and evidence items of a procedure, in the order of ids.
async fn composed(app: &TestApp, procedure: &str) -> Vec<(i64, String)> {
    let db = app.store.writer();
    let sql = format!(
        "SELECT id, slug FROM treatment_outcome WHERE slug LIKE '{procedure}--%'
        UNION ALL SELECT id, slug FROM evidence WHERE slug LIKE '{procedure}--%' ORDER BY 1"
    );
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap())).collect()
}

on_both_databases! {
    async fn a_renamed_record_is_found_by_its_former_slug(app: &TestApp) {
        let former = r#"{ procedure(by: {slug: "microneedling"}) { id slug } treatmentOutcome(by: {slug: "microneedling--acne-scars"}) { id slug } }"#;
        let before = app.data(former).await;
        publish(app, &renamed_procedure()).await;
        let (procedure, outcome) = (&before["procedure"]["id"], &before["treatmentOutcome"]["id"]);
        let expected = json!({"procedure": {"id": procedure, "slug": "needling"}, "treatmentOutcome": {"id": outcome, "slug": "needling--acne-scars"}});
        assert_eq!(app.data(former).await, expected);
        let current = r#"{ procedure(by: {slug: "needling"}) { id slug formerly } treatmentOutcome(by: {slug: "needling--acne-scars"}) { id slug formerly } }"#;
        assert_eq!(app.data(current).await, json!({
            "procedure": {"id": procedure, "slug": "needling", "formerly": ["microneedling"]},
            "treatmentOutcome": {"id": outcome, "slug": "needling--acne-scars", "formerly": ["microneedling--acne-scars"]},
        }));
        // A former slug is one of its own type only.
        assert_eq!(app.data(r#"{ condition(by: {slug: "microneedling"}) { slug } }"#).await["condition"], json!(null));

        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        let moved = client.get(format!("{}/explore/procedures/microneedling", app.address)).header("accept", "text/html").send().await.unwrap();
        assert_eq!((moved.status().as_u16(), moved.headers()["location"].to_str().unwrap()), (301, "./needling"));
        let page = app.client().get(format!("{}/explore/procedures/microneedling", app.address)).header("accept", "text/html").send().await.unwrap();
        assert_eq!((page.status().as_u16(), page.url().path()), (200, "/explore/procedures/needling"));
    }
}

on_both_databases! {
    async fn outcomes_and_evidence_of_a_renamed_procedure_keep_their_ids(app: &TestApp) {
        let before = composed(app, "microneedling").await;
        assert!(before.iter().any(|(_, slug)| slug.matches("--").count() == 2), "there is evidence: {before:?}");
        publish(app, &renamed_procedure()).await;
        let renamed = before.iter().map(|(id, slug)| (*id, slug.replacen("microneedling--", "needling--", 1)));
        assert_eq!(composed(app, "needling").await, renamed.collect::<Vec<_>>());
        assert_eq!(composed(app, "microneedling").await, []);
    }
}

on_both_databases! {
    async fn a_former_slug_that_is_added_later_also_finds_outcomes_and_evidence(app: &TestApp) {
        let (id, slug) = composed(app, "microneedling").await.pop().unwrap();
        let mut files = starter_documents();
        files.retain(|file| file.name.ends_with("/conditions.yaml"));
        let condition = slug.split("--").nth(1).unwrap();
        let entry = format!("- slug: {condition}\n");
        assert!(files[0].text.contains(&entry));
        files[0].text = files[0].text.replacen(&entry, &format!("{entry}    formerly: [earlier-name]\n"), 1);
        publish(app, &files).await;
        let found = |slug: &str| format!("{{ evidenceItem(by: {{slug: \"{slug}\"}}) {{ id }} }}");
        let former = slug.replacen(condition, "earlier-name", 1);
        assert_eq!(app.data(&found(&former)).await, app.data(&found(&slug)).await, "{former} leads to {id}");
        let report = verify(catalog(), app.store.writer(), &Silent).await.unwrap();
        assert_eq!((report.found, report.outdated), (report.published, Vec::new()));
    }
}

/// Returns how often statements have updated the statistics of the tables of a PostgreSQL database.
async fn analyses(app: &TestApp) -> i64 {
    let sql = "SELECT CAST(sum(analyze_count) AS bigint) FROM pg_stat_user_tables";
    let row = app.store.writer().query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

#[actix_web::test]
async fn a_large_dry_run_that_renames_updates_no_statistics() {
    let Some(app) = TestApp::postgres().await else { return };
    let size =
        RequestedSize { procedures: 1, outcomes: 1, conditions: Some(1_000), sources: Some(1), largest: None, seed: 7 };
    let files: Vec<DocumentFile> = documents(&LibrarySize::new(size).unwrap()).chain(renamed_procedure()).collect();
    let before = analyses(&app).await;
    let options = PublishOptions { dry_run: true, ..PublishOptions::default() };
    let report = import(catalog(), app.store.writer(), &files, options, &Silent).await.unwrap();
    assert!(report.added.len() >= 1_000 && report.revision.is_none());
    assert_eq!(analyses(&app).await, before);
    publish(&app, &files).await;
    assert!(analyses(&app).await > before);
}
