//! Reviews: who reviewed a record, and whose review is overdue.

use serde_json::{Value as Json, json};

use super::{Author, PAYLOAD, condition};
use crate::support::{TestApp, story};

story! {
    async fn records_with_an_overdue_review_or_none_are_found(app: &TestApp) {
        let author = Author::publisher(app).await;
        for (slug, due) in [("needle-scars", json!("2026-03-01")), ("fine-scars", json!("2027-03-01")), ("old-scars", Json::Null)] {
            let mut document = condition(slug, slug);
            document["review"] = json!({"reviewedOn": "2026-01-15", "reviewer": "A. Reviewer", "role": "dermatologist", "nextDue": due});
            assert_eq!(author.save("Condition", &document, "", PAYLOAD).await["errors"], json!([]));
        }
        let due_before = async |day: &str| {
            let query = format!("{{ conditions(where: {{review: {{nextDue: {{lt: \"{day}\"}}}}}}, orderBy: [{{review: {{nextDue: ASC}}}}]) {{
                nodes {{ slug review {{ reviewer role reviewedOn }} }} }} }}");
            app.data(&query).await["conditions"]["nodes"].clone()
        };
        let review = json!({"reviewer": "A. Reviewer", "role": "dermatologist", "reviewedOn": "2026-01-15"});
        let overdue = json!({"slug": "needle-scars", "review": review});
        assert_eq!(due_before("2026-11-28").await, json!([overdue]));
        assert_eq!(due_before("2027-03-02").await, json!([overdue, {"slug": "fine-scars", "review": review}]));
        let counts = app.data("{ all: conditions { totalCount } none: conditions(where: {review: {isNull: true}}) { totalCount } }").await;
        let count = |name: &str| counts[name]["totalCount"].as_i64().unwrap();
        assert_eq!(count("all") - count("none"), 3);
    }
}
