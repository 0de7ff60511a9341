//! Dry runs: the payload has the record as a publication would write it, and nothing is published.

use std::time::Duration;

use dermagraph::{
    content::catalog,
    library::{DocumentFile, Edit, PublishOptions, Silent, publish},
    store::{Store, connect::transaction::begin_publishing},
};
use serde_json::{Value as Json, json};
use time::OffsetDateTime;
use tokio::time::timeout;

use super::{Author, PAYLOAD, area, condition, revision};
use crate::support::{TestApp, on_both_databases};

on_both_databases! {
    async fn a_dry_run_returns_the_selection_and_writes_nothing(app: &TestApp) {
        let author = Author::publisher(app).await;
        let mut document = condition("needle-scars", "Needle scars");
        document["parent"] = json!("scars");
        // The filter compares folded texts, and the siblings are read for all parents at once.
        let selection = format!("record {{ slug revision ancestors {{ nodes {{ slug }} }} parent {{
            children(where: {{name: {{contains: \"NEEDLE\"}}}}) {{ totalCount nodes {{ slug }} }} }} }} {PAYLOAD}");
        let payload = author.save("Condition", &document, ", dryRun: true", &selection).await;
        assert_eq!(payload, json!({
            "record": {"slug": "needle-scars", "revision": 2, "ancestors": {"nodes": [{"slug": "scars"}]},
                "parent": {"children": {"totalCount": 1, "nodes": [{"slug": "needle-scars"}]}}},
            "revision": null, "changed": true, "replayed": false,
            "changes": [{"type": "Condition", "slug": "needle-scars", "action": "CREATED", "fields": []}], "errors": [],
        }));
        assert_eq!(revision(app).await, 1);
        let read = app.data("{ condition(by: {slug: \"needle-scars\"}) { name } }").await;
        assert_eq!(read, json!({"condition": null}));
        assert_eq!(author.save("Condition", &document, "", PAYLOAD).await["revision"], 2);
    }
}

on_both_databases! {
    async fn a_dry_run_shows_what_follows_for_other_records(app: &TestApp) {
        let author = Author::publisher(app).await;
        let query = "mutation { renameProcedure(by: {slug: \"cryotherapy\"}, to: \"freezing\", dryRun: true) {
            record { slug formerly outcomes(where: {condition: {slug: {eq: \"sunspots\"}}}) { nodes { slug formerly } } }
            revision errors { message } } }";
        let payload = author.run(query, json!({})).await;
        assert_eq!(payload, json!({"record": {"slug": "freezing", "formerly": ["cryotherapy"], "outcomes": {"nodes": [
            {"slug": "freezing--sunspots", "formerly": ["cryotherapy--sunspots"]}]}}, "revision": null, "errors": []}));
        let found = app.data("{ procedure(by: {slug: \"cryotherapy\"}) { slug formerly } }").await;
        assert_eq!(found["procedure"], json!({"slug": "cryotherapy", "formerly": []}));
    }
}

on_both_databases! {
    async fn a_dry_run_without_changes_shows_the_present_record_and_a_refused_one_none(app: &TestApp) {
        let author = Author::publisher(app).await;
        let document = condition("needle-scars", "Needle scars");
        author.save("Condition", &document, "", PAYLOAD).await;
        let selection = "record { name } changed errors { path }";
        let same = author.save("Condition", &document, ", dryRun: true", selection).await;
        assert_eq!(same, json!({"record": {"name": "Needle scars"}, "changed": false, "errors": []}));
        let refused = author.save("Condition", &condition("needle-scars", " "), ", dryRun: true", selection).await;
        assert_eq!(refused, json!({"record": null, "changed": false, "errors": [{"path": "document.name"}]}));
    }
}

on_both_databases! {
    async fn each_field_of_an_operation_tries_its_own_change(app: &TestApp) {
        let author = Author::new(app, dermagraph::access::Role::Publisher).await;
        let query = "mutation ($first: ConditionDocument!, $second: ConditionDocument!) {
            a: saveCondition(document: $first, dryRun: true) { record { name } revision }
            b: saveCondition(document: $second) { record { name } revision }
            c: saveCondition(document: $first, dryRun: true) { record { name revision } revision }
        }";
        let (first, second) = (condition("needle-scars", "First"), condition("needle-scars", "Second"));
        let (_, body) = author.send(query, json!({"first": first, "second": second})).await;
        assert_eq!(body, json!({"data": {
            "a": {"record": {"name": "First"}, "revision": null},
            "b": {"record": {"name": "Second"}, "revision": 2},
            "c": {"record": {"name": "First", "revision": 3}, "revision": null},
        }}));
        let read = app.data("{ condition(by: {slug: \"needle-scars\"}) { name } }").await;
        assert_eq!(read["condition"]["name"], "Second");
    }
}

on_both_databases! {
    async fn a_preview_is_not_read_after_another_publication(app: &TestApp) {
        let area = |slug: &str| {
            let text = format!("notice: N.\nbodyAreas:\n  - {{slug: {slug}, name: Area}}\n");
            [DocumentFile { name: format!("{slug}.yaml"), text }]
        };
        let (files, others) = (area("tried"), area("other"));
        let tried = Edit::of_files(catalog(), OffsetDateTime::now_utc, &files).previewed();
        let options = PublishOptions { dry_run: true, ..PublishOptions::default() };
        let report = publish(catalog(), app.store.writer(), &tried, options, &Silent).await.unwrap();
        let preview = report.preview.unwrap();
        let mut snapshot = app.store.preview(&preview, None).await.unwrap().unwrap();
        assert_eq!(snapshot.latest_revision().await.unwrap().unwrap().number, 2);
        drop(snapshot);
        assert_eq!(revision(app).await, 1);
        // Publications of the same process wait until the preview is dropped.
        let another = Store::open(&app.url).await.unwrap();
        let other = Edit::of_files(catalog(), OffsetDateTime::now_utc, &others);
        publish(catalog(), another.writer(), &other, PublishOptions::default(), &Silent).await.unwrap();
        assert!(app.store.preview(&preview, None).await.unwrap().is_none());
        let read = app.data("{ bodyArea(by: {slug: \"tried\"}) { name } }").await;
        assert_eq!(read["bodyArea"], Json::Null);
    }
}

on_both_databases! {
    async fn a_dry_run_without_a_record_does_not_wait_for_a_publication(app: &TestApp) {
        let author = Author::publisher(app).await;
        // Another program holds the lock for publications.
        let other = Store::open(&app.url).await.unwrap();
        let lock = begin_publishing(other.writer()).await.unwrap();
        let save = |name: &str, arguments: &str| {
            let (document, arguments) = (area("elbow", name), arguments.to_owned());
            let author = &author;
            async move { author.save("BodyArea", &document, &arguments, "changed revision").await }
        };
        let waiting = save("Elbow", "");
        tokio::pin!(waiting);
        assert!(timeout(Duration::from_millis(300), &mut waiting).await.is_err(), "the publication waits");
        let dry = timeout(Duration::from_secs(5), save("Elbows", ", dryRun: true")).await.expect("no wait");
        assert_eq!(dry, json!({"changed": true, "revision": null}));
        lock.transaction.rollback().await.unwrap();
        assert_eq!(waiting.await, json!({"changed": true, "revision": 2}));
    }
}
