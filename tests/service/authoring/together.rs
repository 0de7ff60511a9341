//! Mutations that are prepared at the same time, and published one after the other.

use std::time::Duration;

use dermagraph::{
    content::catalog,
    library::{Edit, PublishOptions, Silent, publish},
    store::{DatabaseUrl, Store, connect::transaction::begin_publishing},
};
use futures_util::future::{join, join_all};
use sea_orm::{ConnectionTrait as _, Database, DbBackend, TransactionTrait as _};
use serde_json::{Value as Json, json};
use time::OffsetDateTime;
use tokio::time::{sleep, timeout};

use super::{Author, revision};
use crate::support::{TestApp, on_both_databases, program, starter_documents};

/// A mutation: its document and its variables.
type Mutation = (String, Json);

/// Runs two mutations that are both prepared before either is published. On PostgreSQL the first one is published first, and
/// on SQLite usually the second one. Returns their payloads.
async fn together(app: &TestApp, author: &Author<'_>, [one, other]: [&Mutation; 2]) -> [Json; 2] {
    let another = Store::open(&app.url).await.unwrap();
    let lock = begin_publishing(another.writer()).await.unwrap();
    let release = async {
        sleep(Duration::from_millis(500)).await;
        lock.transaction.rollback().await.unwrap();
    };
    let run = async |(query, variables): &Mutation| author.run(query, variables.clone()).await;
    let later = async {
        sleep(Duration::from_millis(150)).await;
        run(other).await
    };
    let (pair, ()) = join(join(run(one), later), release).await;
    pair.into()
}

fn patch(ty: &str, slug: &str, operations: &Json) -> Mutation {
    let query = format!(
        "mutation ($slug: String!, $operations: [{ty}Operation!]!) {{
        patch{ty}(by: {{slug: $slug}}, operations: $operations) {{ revision errors {{ code message }} }} }}"
    );
    (query, json!({"slug": slug, "operations": operations}))
}

/// Returns a document of a new source.
fn source() -> Json {
    json!({"slug": "needle-review", "kind": "SYSTEMATIC_REVIEW", "title": "A review of needles", "level": 4, "extentRead": "FULL",
        "url": "https://example.org/needles", "notice": "Educational."})
}

/// Returns the code of the error of the mutation that was refused, after the check that the other one was published.
fn refused(payloads: &[Json; 2]) -> Json {
    let [one, other] = payloads;
    let (published, refused) = if one["revision"].is_i64() { (one, other) } else { (other, one) };
    assert!(published["revision"].is_i64() && refused["revision"].is_null(), "{payloads:?}");
    refused["errors"][0]["code"].clone()
}

on_both_databases! {
    async fn patches_of_different_documents_are_both_published(app: &TestApp) {
        let author = Author::publisher(app).await;
        let set = |text: &str| json!([{"set": {"description": text}}]);
        let (one, other) = (patch("Procedure", "microneedling", &set("Needlesandmore.")), patch("Procedure", "cryotherapy", &set("Coldandmore.")));
        let payloads = together(app, &author, [&one, &other]).await;
        let mut revisions = payloads.each_ref().map(|payload| payload["revision"].as_i64());
        revisions.sort_unstable();
        assert_eq!(revisions, [Some(2), Some(3)], "{payloads:?}");
        let read = app.data("{ needling: procedure(by: {slug: \"microneedling\"}) { description } cold: procedure(by: {slug: \"cryotherapy\"}) { description } }").await;
        assert_eq!(read, json!({"needling": {"description": "Needlesandmore."}, "cold": {"description": "Coldandmore."}}));
        assert!(program::stdout(&app.url, &["verify"]).starts_with("Revision 3 is intact: "));
        // A search finds what both have written.
        for (text, slug) in [("Needlesandmore", "microneedling"), ("Coldandmore", "cryotherapy")] {
            let found = app.data(&format!("{{ procedures(search: {{text: \"{text}\"}}) {{ nodes {{ slug }} }} }}")).await;
            assert_eq!(found["procedures"]["nodes"], json!([{"slug": slug}]));
        }
    }
}

on_both_databases! {
    async fn patches_of_one_document_both_stay(app: &TestApp) {
        let author = Author::publisher(app).await;
        let read = "{ procedure(by: {slug: \"microneedling\"}) { name description outcomes(first: 100) { nodes { id slug commonUse } } } }";
        let before = app.data(read).await["procedure"].clone();
        let first = &before["outcomes"]["nodes"][0];
        let common = first["commonUse"] != true;
        let of_outcome = json!([{"entries": {"outcomes": {"update": {"key": first["slug"], "set": {"commonUse": common}}}}}]);
        let pair = [patch("Procedure", "microneedling", &of_outcome), patch("Procedure", "microneedling", &json!([{"set": {"description": "Needles."}}]))];
        let payloads = together(app, &author, [&pair[0], &pair[1]]).await;
        assert!(payloads.iter().all(|payload| payload["revision"].is_i64()), "{payloads:?}");
        let mut expected = before.clone();
        (expected["description"], expected["outcomes"]["nodes"][0]["commonUse"]) = (json!("Needles."), json!(common));
        assert_eq!(app.data(read).await["procedure"], expected);
        assert!(program::stdout(&app.url, &["verify"]).starts_with("Revision 3 is intact: "));
    }
}

on_both_databases! {
    async fn changes_that_together_break_a_rule_are_not_both_published(app: &TestApp) {
        let author = Author::publisher(app).await;
        let read = "{ procedure(by: {slug: \"chemical-peel\"}) { notFound { key topic } outcomes(first: 2) { nodes { slug } } } }";
        let peel = app.data(read).await["procedure"].clone();
        let listed = peel["notFound"].as_array().unwrap().iter().find(|entry| entry["topic"] == "SESSIONS").unwrap().clone();
        let sessions = |at: usize, sessions: Json| {
            json!({"entries": {"outcomes": {"update": {"key": peel["outcomes"]["nodes"][at]["slug"], "set": {"sessions": sessions}}}}})
        };
        let plan = || json!({"repeat": "REQUIRED_FOR_EFFECT", "pattern": "REGULAR", "count": {"min": 3, "max": 3}});
        let unlisted = json!({"entries": {"notFound": {"remove": listed["key"]}}});
        let (query, variables) = patch("Procedure", "chemical-peel", &json!([sessions(0, plan()), unlisted]));
        let payload = author.run(&query, variables).await;
        assert_eq!(payload, json!({"revision": 2, "errors": []}));
        // Each of these is valid by itself.
        let relisted = json!({"entries": {"notFound": {"insert": {"value": {"topic": "SESSIONS", "searchedOn": "2026-11-28"}}}}});
        let pair = [patch("Procedure", "chemical-peel", &json!([sessions(0, json!(null)), relisted])),
            patch("Procedure", "chemical-peel", &json!([sessions(1, plan())]))];
        let payloads = together(app, &author, [&pair[0], &pair[1]]).await;
        assert_eq!(refused(&payloads), "INVALID");
        assert_eq!(revision(app).await, 3);
    }
}

on_both_databases! {
    async fn a_record_is_not_deleted_while_another_document_starts_to_refer_to_it(app: &TestApp) {
        let author = Author::publisher(app).await;
        let delete = ("mutation { deleteSource(by: {slug: \"needle-review\"}) { revision errors { code } } }".to_owned(), json!({}));
        let entry = json!({"key": "needles", "text": "Rest.", "sources": ["needle-review"]});
        let refer = patch("Procedure", "microneedling", &json!([{"entries": {"aftercare": {"insert": {"value": entry}}}}]));
        for pair in [[&delete, &refer], [&refer, &delete]] {
            author.save("Source", &source(), "", "revision").await;
            let payloads = together(app, &author, pair).await;
            let code = refused(&payloads);
            assert!(program::stdout(&app.url, &["verify"]).contains(" is intact: "));
            if code == "STILL_REFERENCED" {
                let (query, variables) = patch("Procedure", "microneedling", &json!([{"entries": {"aftercare": {"remove": "needles"}}}]));
                assert!(author.run(&query, variables).await["revision"].is_i64());
            } else {
                assert_eq!(code, "NOT_FOUND", "{payloads:?}");
            }
        }
    }
}

on_both_databases! {
    async fn a_derived_field_follows_a_change_that_is_published_meanwhile(app: &TestApp) {
        let author = Author::publisher(app).await;
        let read = "{ treatmentOutcomes(first: 1, where: {evidenceLevel: {gte: 2}, procedure: {slug: {eq: \"microneedling\"}}}) {
            nodes { slug evidenceLevel evidence { nodes { slug } } } } }";
        let outcome = app.data(read).await["treatmentOutcomes"]["nodes"][0].clone();
        // A new source, which one client rates while another one cites it.
        let saved = author.save("Source", &source(), "", "revision errors { path message }").await;
        assert_eq!(saved, json!({"revision": 2, "errors": []}));
        let evidence = |change: Json| {
            json!([{"entries": {"outcomes": {"update": {"key": outcome["slug"], "entries": {"evidence": change}}}}}])
        };
        let value = json!({"source": "needle-review", "direction": "BENEFIT", "finding": "It helps."});
        let cite = patch("Procedure", "microneedling", &evidence(json!({"insert": {"value": value}})));
        let level = |level: i32| patch("Source", "needle-review", &json!([{"set": {"level": level}}]));
        let best = level(1);
        for pair in [[&best, &cite], [&cite, &best]] {
            let payloads = together(app, &author, pair).await;
            assert!(payloads.iter().all(|payload| payload["revision"].is_i64()), "{payloads:?}");
            let read = format!("{{ treatmentOutcome(by: {{slug: {}}}) {{ evidenceLevel evidence {{ nodes {{ slug source {{ slug }} }} }} }} }}", outcome["slug"]);
            let read = app.data(&read).await["treatmentOutcome"].clone();
            assert_eq!(read["evidenceLevel"], 1);
            let items = read["evidence"]["nodes"].as_array().unwrap();
            let item = items.iter().find(|item| item["source"]["slug"] == "needle-review").unwrap()["slug"].clone();
            for (query, variables) in [level(4), patch("Procedure", "microneedling", &evidence(json!({"remove": item})))] {
                assert!(author.run(&query, variables).await["revision"].is_i64());
            }
        }
    }
}

on_both_databases! {
    async fn a_record_is_found_by_the_slug_that_it_loses_meanwhile(app: &TestApp) {
        let author = Author::publisher(app).await;
        let id = app.data("{ bodyArea(by: {slug: \"neck\"}) { id } }").await["bodyArea"]["id"].clone();
        let rename = |from: &str, to: &str| {
            (format!("mutation {{ renameBodyArea(by: {{slug: \"{from}\"}}, to: \"{to}\") {{ revision errors {{ code }} }} }}"), json!({}))
        };
        let set = json!([{"set": {"name": "Nape"}}]);
        let by = "mutation ($by: BodyAreaBy!, $operations: [BodyAreaOperation!]!) {
            patchBodyArea(by: $by, operations: $operations) { revision errors { code } } }";
        let by_id = (by.to_owned(), json!({"by": {"id": id}, "operations": set}));
        let by_slug = (by.to_owned(), json!({"by": {"slug": "nape"}, "operations": json!([{"set": {"name": "Neck"}}])}));
        for pair in [[&rename("neck", "nape"), &by_id], [&rename("nape", "neck"), &by_slug]] {
            let payloads = together(app, &author, pair).await;
            assert!(payloads.iter().all(|payload| payload["revision"].is_i64()), "{payloads:?}");
        }
        let read = app.data("{ bodyArea(by: {slug: \"neck\"}) { id name } }").await;
        assert_eq!(read["bodyArea"], json!({"id": id, "name": "Neck"}));
    }
}

on_both_databases! {
    async fn dry_runs_with_a_record_succeed_while_others_publish(app: &TestApp) {
        let author = &Author::publisher(app).await;
        let publish = (0..4).map(|client| async move {
            for round in 0..6 {
                let (query, variables) = patch("BodyArea", "neck", &json!([{"set": {"name": format!("Neck {client} {round}")}}]));
                assert_eq!(author.run(&query, variables).await["errors"], json!([]));
            }
        });
        let try_out = (0..3).map(|client| async move {
            for round in 0..6 {
                let name = format!("Face {client} {round}");
                let query = "mutation ($operations: [BodyAreaOperation!]!) {
                    patchBodyArea(by: {slug: \"face\"}, operations: $operations, dryRun: true) { record { name } errors { code } } }";
                let payload = author.run(query, json!({"operations": [{"set": {"name": name}}]})).await;
                assert_eq!(payload, json!({"record": {"name": name}, "errors": []}));
            }
        });
        join(join_all(publish), join_all(try_out)).await;
        assert_eq!(revision(app).await, 25);
    }
}

on_both_databases! {
    async fn an_import_of_everything_removes_what_was_added_while_it_waited(app: &TestApp) {
        let author = Author::publisher(app).await;
        let another = Store::open(&app.url).await.unwrap();
        let lock = begin_publishing(another.writer()).await.unwrap();
        let mut documents = starter_documents();
        let file = documents.iter_mut().find(|file| file.text.contains("name: Microneedling")).unwrap();
        file.text = file.text.replacen("name: Microneedling", "name: Needling", 1);
        let release = async {
            sleep(Duration::from_millis(900)).await;
            lock.transaction.rollback().await.unwrap();
        };
        let later = async {
            sleep(Duration::from_millis(150)).await;
            let prune = PublishOptions { prune: true, ..PublishOptions::default() };
            let edit = Edit::of_files(catalog(), OffsetDateTime::now_utc, &documents);
            let other = Store::open(&app.url).await.unwrap();
            publish(catalog(), other.writer(), &edit, prune, &Silent).await.unwrap().revision.unwrap()
        };
        let (saved, (pruned, ())) = join(author.save("Source", &source(), "", "revision errors { code }"), join(later, release)).await;
        let read = app.data("{ source(by: {slug: \"needle-review\"}) { slug } }").await;
        assert_eq!(read["source"].is_null(), pruned > saved["revision"].as_i64().unwrap(), "{saved} {pruned}");
    }
}

on_both_databases! {
    async fn what_a_patch_has_read_is_not_read_again_and_its_outcomes_are_not_read_at_all(app: &TestApp) {
        // Only PostgreSQL can lock a table against reading.
        let DatabaseUrl::Postgres(address) = &app.url else { return };
        let author = &Author::publisher(app).await;
        let patch_of = |slug: &str, text: &str| patch("Procedure", slug, &json!([{"set": {"description": text}}]));
        let lock = async |table: &str| {
            let lock = Database::connect(address).await.unwrap().begin().await.unwrap();
            lock.execute_unprepared(&format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")).await.unwrap();
            lock
        };
        let outcomes = lock("treatment_outcome").await;
        let (query, variables) = patch_of("microneedling", "Needles.");
        let payload = timeout(Duration::from_secs(10), author.run(&query, variables)).await.expect("the outcomes are not read");
        assert_eq!(payload["revision"], 2);
        outcomes.rollback().await.unwrap();

        let another = Store::open(&app.url).await.unwrap();
        let publishing = begin_publishing(another.writer()).await.unwrap();
        let pair = join_all([patch_of("microneedling", "Needle."), patch_of("cryotherapy", "Cold.")].map(|(query, variables)| async move {
            author.run(&query, variables).await
        }));
        let release = async {
            // Both patches have read what they need by then, and wait for the transaction.
            sleep(Duration::from_secs(2)).await;
            let links = lock("procedure_source").await;
            publishing.transaction.rollback().await.unwrap();
            links
        };
        let (payloads, links) = timeout(Duration::from_secs(10), join(pair, release)).await.expect("the sources are not read again");
        assert!(payloads.iter().all(|payload| payload["revision"].is_i64()), "{payloads:?}");
        links.rollback().await.unwrap();
    }
}

on_both_databases! {
    async fn a_mutation_that_waits_too_long_for_another_publication_is_refused_and_can_be_sent_again(app: &TestApp) {
        let author = Author::publisher(app).await;
        let (db, another) = (app.store.writer(), Store::open(&app.url).await.unwrap());
        let save = "mutation { saveBodyArea(document: {slug: \"elbow\", name: \"Elbow\", notice: \"Educational.\"}) { revision } }";
        let lock = if db.get_database_backend() == DbBackend::Sqlite {
            // The connection of the service waits for a shorter time than usual.
            db.execute_unprepared("PRAGMA busy_timeout = 50").await.unwrap();
            Some(begin_publishing(another.writer()).await.unwrap())
        } else {
            // PostgreSQL would refuse the lock only after a minute. A trigger refuses it at once, with the same code.
            db.execute_unprepared("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION 'canceling statement due to lock timeout' USING ERRCODE = 'lock_not_available'; END $$;
                CREATE TRIGGER refuse BEFORE INSERT ON revision EXECUTE FUNCTION refuse()").await.unwrap();
            None
        };
        let (_, refused) = author.send(save, json!({})).await;
        let error = &refused["errors"][0];
        let message = "Another publication is being written, for example an import. Nothing was changed; try again when it has finished.";
        assert_eq!((&refused["data"], &error["extensions"]["code"], &error["message"]),
            (&json!({"saveBodyArea": null}), &json!("UNAVAILABLE"), &json!(message)), "{refused}");
        match lock {
            Some(lock) => lock.transaction.rollback().await.unwrap(),
            None => _ = db.execute_unprepared("DROP TRIGGER refuse ON revision").await.unwrap(),
        }
        assert_eq!(revision(app).await, 1);
        assert_eq!(author.run(save, json!({})).await, json!({"revision": 2}));
        another.close().await;
    }
}
