//! Mutations that are sent again, and concurrent mutations.

use dermagraph::store::Clock;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value as Json, json};
use time::{Duration, OffsetDateTime, macros::datetime};

use super::{Author, PAYLOAD, area, condition, revision};
use crate::support::{TestApp, on_both_databases};

on_both_databases! {
    async fn a_mutation_that_is_sent_again_with_its_key_is_not_repeated(app: &TestApp) {
        let author = Author::publisher(app).await;
        let key = ", idempotencyKey: \"5f2c\", expectedRevision: 0";
        let first = author.save("BodyArea", &area("elbow", "Elbow"), key, PAYLOAD).await;
        assert_eq!((&first["revision"], &first["replayed"]), (&json!(2), &json!(false)));
        // Another editor changes it meanwhile.
        author.save("BodyArea", &area("elbow", "Elbows"), "", PAYLOAD).await;
        let mut second = author.save("BodyArea", &area("elbow", "Elbow"), key, PAYLOAD).await;
        assert_eq!(second["replayed"].take(), json!(true));
        second["replayed"] = json!(false);
        assert_eq!(second, first);
        assert_eq!(app.data("{ bodyArea(by: {slug: \"elbow\"}) { name } }").await["bodyArea"]["name"], "Elbows");

        let other = author.save("BodyArea", &area("knee-cap", "Knee"), ", idempotencyKey: \"5f2c\"", PAYLOAD).await;
        assert_eq!(other["errors"][0]["code"], "IDEMPOTENCY_MISMATCH");
        assert_eq!(other["errors"][0]["path"], "idempotencyKey");
        // The order of fields in an input object has no meaning.
        let query = "mutation { saveBodyArea(document: {notice: \"Educational.\", name: \"Elbow\", slug: \"elbow\"},
            expectedRevision: 0, idempotencyKey: \"5f2c\") { replayed } }";
        assert_eq!(author.run(query, json!({})).await, json!({"replayed": true}));
        // The key of another author is another key.
        let another = Author::publisher(app).await;
        let payload = another.save("BodyArea", &area("knee-cap", "Knee"), ", idempotencyKey: \"5f2c\"", PAYLOAD).await;
        assert_eq!(payload["revision"], 4);
        // A refused mutation can be corrected and sent with the same key.
        let wrong = author.save("BodyArea", &area("heel", " "), ", idempotencyKey: \"77\"", PAYLOAD).await;
        assert_eq!(wrong["errors"].as_array().unwrap().len(), 1);
        let right = author.save("BodyArea", &area("heel", "Heel"), ", idempotencyKey: \"77\"", PAYLOAD).await;
        assert_eq!(right["revision"], 5);
    }
}

on_both_databases! {
    async fn a_mutation_that_is_sent_again_can_select_other_fields(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        let elbows = area("elbow", "Elbows");
        let save = async |selection: &str| author.save("BodyArea", &elbows, ", idempotencyKey: \"a\"", selection).await;
        let first = save("replayed changes { fields { field } }").await;
        assert_eq!(first, json!({"replayed": false, "changes": [{"fields": [{"field": "name"}]}]}));
        let again = save("replayed changes { fields { before after } }").await;
        assert_eq!(again, json!({"replayed": true, "changes": [{"fields": [{"before": "Elbow", "after": "Elbows"}]}]}));
    }
}

on_both_databases! {
    async fn a_report_that_is_too_long_to_be_stored_is_repeated_without_its_changes(app: &TestApp) {
        let author = Author::publisher(app).await;
        let save = async |word: &str, arguments: &str| {
            let change = |at: usize| {
                let mut document = condition(&format!("scar-{at}"), &format!("Scar {at}"));
                document["description"] = word.repeat(1500).into();
                json!({"saveCondition": {"document": document}})
            };
            let changes: Json = (0..20).map(change).collect();
            let query =
                format!("mutation ($changes: [ChangeInput!]!) {{ apply(changes: $changes{arguments}) {{ {PAYLOAD} }} }}");
            author.run(&query, json!({"changes": changes})).await
        };
        save("Smaller. ", "").await;
        let key = ", idempotencyKey: \"long\"";
        let first = save("Larger. ", key).await;
        assert_eq!((&first["errors"], first["changes"].as_array().unwrap().len()), (&json!([]), 20));
        let again = save("Larger. ", key).await;
        assert_eq!(again, json!({"revision": 3, "changed": true, "replayed": true, "changes": [], "errors": []}));
    }
}

on_both_databases! {
    async fn a_mutation_that_changes_nothing_is_not_repeated_either(app: &TestApp) {
        let author = Author::publisher(app).await;
        author.save("BodyArea", &area("elbow", "Elbow"), "", PAYLOAD).await;
        let same = author.save("BodyArea", &area("elbow", "Elbow"), ", idempotencyKey: \"a\"", PAYLOAD).await;
        assert_eq!((&same["revision"], &same["changed"]), (&json!(null), &json!(false)));
        author.save("BodyArea", &area("elbow", "Elbows"), "", PAYLOAD).await;
        let again = author.save("BodyArea", &area("elbow", "Elbow"), ", idempotencyKey: \"a\"", PAYLOAD).await;
        assert_eq!((&again["changed"], &again["replayed"]), (&json!(false), &json!(true)));
        assert_eq!(revision(app).await, 3);
    }
}

on_both_databases! {
    async fn mutations_at_the_same_time_are_all_published_once(app: &TestApp) {
        let author = Author::publisher(app).await;
        let areas: Vec<_> = (0..8).map(|at| area(&format!("area-{at}"), &format!("Area {at}"))).collect();
        // Each is sent twice at once, as by a client whose timeout has passed.
        let author = &author;
        let saves = areas.iter().enumerate().flat_map(|(at, area)| [(at, area), (at, area)]).map(|(at, area)| async move {
            author.save("BodyArea", area, &format!(", idempotencyKey: \"{at}\""), PAYLOAD).await
        });
        let payloads = join_all(saves).await;
        for pair in payloads.chunks(2) {
            assert_eq!((&pair[0]["revision"], &pair[0]["errors"]), (&pair[1]["revision"], &json!([])));
            assert_ne!(pair[0]["replayed"], pair[1]["replayed"]);
        }
        assert_eq!(revision(app).await, 9);
        let read = app.data("{ bodyAreas(where: {slug: {startsWith: \"area-\"}}) { totalCount } }").await;
        assert_eq!(read["bodyAreas"]["totalCount"], 8);
    }
}

on_both_databases! {
    async fn a_key_is_remembered_for_a_day(app: &TestApp) {
        let author = Author::publisher(app).await;
        let key = ", idempotencyKey: \"a\"";
        author.save("BodyArea", &area("elbow", "Elbow"), key, PAYLOAD).await;
        let yesterday = "UPDATE idempotency_key SET created_at = '2020-01-01T00:00:00Z'";
        app.store.writer().execute_unprepared(yesterday).await.unwrap();
        let again = author.save("BodyArea", &area("elbow", "Elbow"), key, PAYLOAD).await;
        assert_eq!((&again["changed"], &again["replayed"]), (&json!(false), &json!(false)));
        let db = app.store.writer();
        let keys = Statement::from_string(db.get_database_backend(), "SELECT key FROM idempotency_key");
        assert_eq!(db.query_all_raw(keys).await.unwrap().len(), 1);
    }
}

on_both_databases! {
    async fn revisions_and_keys_have_the_times_of_the_clock_of_the_service(app: &TestApp) {
        const FIRST: OffsetDateTime = datetime!(2031-05-06 07:08:09 UTC);
        let author = Author::publisher(app).await;
        let save = async |clock: Clock, document: Json| {
            let later = TestApp::with_clock(&app.url, clock).await;
            let author = Author { app: &later, key: author.key.clone() };
            let payload = author.save("Condition", &document, ", idempotencyKey: \"k\"", PAYLOAD).await;
            let published = later.data("{ library { publishedAt } }").await["library"]["publishedAt"].clone();
            later.stop().await;
            (payload, published)
        };
        let mut document = condition("warts", "Warts");
        document["review"] = json!({"reviewedOn": "2031-05-07", "reviewer": "A.", "role": "nurse"});
        let (refused, _) = save(|| FIRST, document.clone()).await;
        let message = refused["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("2031-05-07 is in the future; the latest valid date is 2031-05-06"), "{message}");
        document["review"]["reviewedOn"] = json!("2031-05-06");
        let (first, published) = save(|| FIRST, document.clone()).await;
        assert_eq!((&first["revision"], published), (&json!(2), json!("2031-05-06T07:08:09Z")));
        let (again, _) = save(|| FIRST + Duration::DAY - Duration::SECOND, document.clone()).await;
        assert_eq!((&again["revision"], &again["replayed"]), (&json!(2), &json!(true)));
        document["name"] = json!("Common warts");
        let (next, published) = save(|| FIRST + Duration::DAY, document.clone()).await;
        assert_eq!((&next["revision"], &next["replayed"]), (&json!(3), &json!(false)));
        assert_eq!(published, "2031-05-07T07:08:09Z");
    }
}
