//! Asking for one and for many.

use serde_json::json;

use crate::support::{TestApp, story};

story! {
    async fn a_procedure_is_found_by_its_slug(app: &TestApp) {
        let data = app.data(r#"{ procedure(by: {slug: "microneedling"}) { name category } none: procedure(by: {slug: "x"}) { name } }"#).await;
        assert_eq!(data, json!({"procedure": {"name": "Microneedling", "category": "NEEDLING"}, "none": null}));
    }
}
