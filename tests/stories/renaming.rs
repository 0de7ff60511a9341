//! Renamed records: lookups and pages by the former slug.

use reqwest::{Client, redirect::Policy};
use serde_json::json;

use crate::support::{TestApp, publish, story};

story! {
    async fn a_renamed_record_is_found_by_its_former_slug(app: &TestApp) {
        let former = r#"{ procedure(by: {slug: "microneedling"}) { id slug } treatmentOutcome(by: {slug: "microneedling--acne-scars"}) { id slug } }"#;
        let before = app.data(former).await;
        let mut files = dermagraph::library::starter();
        files.retain(|file| file.name.ends_with("/microneedling.yaml"));
        files[0].text = files[0].text.replace("slug: microneedling", "slug: needling").replacen("slug: needling\n", "slug: needling\nformerly: [microneedling]\n", 1);
        publish(app, &files).await;
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
