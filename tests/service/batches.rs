//! Batches: several requests in one body.

use dermagraph::{app::Config, http::HttpConfig};
use serde_json::{Value as Json, json};

use crate::{
    http::{JSON, post, refused},
    support::{TestApp, on_both_databases},
};

fn batch(count: usize) -> String {
    Json::from(vec![json!({"query": "{ __typename }"}); count]).to_string()
}

on_both_databases! {
    async fn the_responses_of_a_batch_are_in_the_order_of_its_requests(app: &TestApp) {
        let requests = json!([
            {"query": "{ library { revision } }"},
            {"query": "{ nothing }"},
            {"query": "query ($slug: String!) { procedure(by: {slug: $slug}) { name } }", "variables": {"slug": "microneedling"}},
            5,
            {"variables": {}},
            [{"query": "{ __typename }"}],
        ]);
        let (status, media, body) = post(app, "application/json", requests.to_string()).await;
        assert_eq!((status, media.as_str()), (200, JSON));
        let code = |index: usize| &body[index]["errors"][0]["extensions"]["code"];
        assert_eq!(body.as_array().unwrap().len(), 6);
        assert_eq!(body[0], json!({"data": {"library": {"revision": 1}}}));
        assert_eq!(code(1), "VALIDATION");
        assert_eq!(body[2], json!({"data": {"procedure": {"name": "Microneedling"}}}));
        assert_eq!((code(3), code(4), code(5)), (&json!("BAD_REQUEST"), &json!("BAD_REQUEST"), &json!("BAD_REQUEST")));
    }
}

on_both_databases! {
    async fn a_batch_has_one_to_ten_requests(app: &TestApp) {
        assert_eq!(post(app, "application/json", "[]").await, refused(400, "BAD_REQUEST", "The batch is empty."));
        let (status, _, body) = post(app, "application/json", batch(10)).await;
        assert_eq!((status, body.as_array().unwrap().len()), (200, 10));
        let message = "The batch has more than 10 requests. Send several batches.";
        assert_eq!(post(app, "application/json", batch(11)).await, refused(400, "BATCH_TOO_LARGE", message));
    }
}

#[actix_web::test]
async fn a_batch_says_which_of_its_requests_were_run() {
    let app = TestApp::sqlite().await;
    // The result of each has more than 3 MB.
    let fields: Vec<String> = (0..1000).map(|at| format!("a{at:>040}: description")).collect();
    let long = format!("{{ procedures(first: 22) {{ nodes {{ {} }} }} }}", fields.join(" ").replace("a0", "a"));
    let long = json!({"query": long});
    let requests = json!([long, long, long, long, long, long, {"query": "{ nothing }"}, {"query": "{ __typename }"}]);
    let (status, _, body) = post(&app, "application/json", requests.to_string()).await;
    assert_eq!(status, 200);
    let lengths: Vec<usize> = body.as_array().unwrap().iter().map(|result| result.to_string().len()).collect();
    let omitted =
        body.as_array().unwrap().iter().find(|result| result["errors"][0]["extensions"]["code"] == "RESPONSE_TOO_LARGE");
    let message = omitted.unwrap_or_else(|| panic!("{lengths:?}"))["errors"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("This request was run, but its result is omitted"), "{message}");
    assert_eq!(
        (&body[6]["errors"][0]["extensions"]["code"], &body[7]["data"]["__typename"]),
        (&json!("VALIDATION"), &json!("Query"))
    );
}

#[actix_web::test]
async fn the_limit_of_a_batch_may_be_set() {
    let config = Config { http: HttpConfig { batch: 1, ..HttpConfig::default() }, ..Config::default() };
    let app = TestApp::sqlite_set(config).await;
    assert_eq!(post(&app, "application/json", batch(1)).await.0, 200);
    let message = "The batch has more than 1 request. Send several batches.";
    assert_eq!(post(&app, "application/json", batch(2)).await, refused(400, "BATCH_TOO_LARGE", message));
}
