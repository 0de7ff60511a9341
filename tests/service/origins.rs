//! Which web pages may send requests.

use dermagraph::{
    app::Config,
    http::{HttpConfig, Origins},
};
use reqwest::{Method, Response};

use crate::{
    http::{fine, received, refused},
    support::{TestApp, on_both_databases},
};

const BODY: &str = r#"{"query": "{ __typename }"}"#;
const FRIEND: &str = "https://friend.example";

async fn send(app: &TestApp, method: Method, headers: &[(&str, &str)]) -> Response {
    let mut request = app.client().request(method, format!("{}/graphql?query={{__typename}}", app.address));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.header("content-type", "application/json").body(BODY).send().await.unwrap()
}

async fn with_origins(origins: &[&str]) -> TestApp {
    let origins = Origins(origins.iter().map(|origin| origin.parse().unwrap()).collect());
    TestApp::sqlite_set(Config { http: HttpConfig { origins, ..HttpConfig::default() }, ..Config::default() }).await
}

on_both_databases! {
    async fn a_web_page_of_another_origin_may_not_send_requests(app: &TestApp) {
        let refused = refused(403, "CROSS_SITE", "Pages of other origins may not send requests to this service.");
        let own = app.address.as_str();
        for method in [Method::GET, Method::POST] {
            for headers in [
                &[("sec-fetch-site", "cross-site")][..],
                &[("sec-fetch-site", "same-site"), ("origin", own)],
                &[("sec-fetch-site", "cross-site"), ("origin", own)],
                &[("origin", FRIEND)],
                &[("origin", "null")],
                &[("origin", "http://127.0.0.1")],
                &[("sec-fetch-site", "")],
            ] {
                let response = send(app, method.clone(), headers).await;
                assert_eq!(response.headers().get("access-control-allow-origin"), None);
                assert_eq!(received(response).await, refused, "{method} {headers:?}");
            }
            for headers in [
                &[][..],
                &[("origin", own)],
                &[("sec-fetch-site", "same-origin"), ("origin", own)],
                &[("sec-fetch-site", "none")],
            ] {
                assert_eq!(received(send(app, method.clone(), headers).await).await, fine(), "{method} {headers:?}");
            }
        }
    }
}

#[actix_web::test]
async fn a_web_page_of_an_allowed_origin_may_send_requests() {
    let app = with_origins(&[FRIEND, "http://localhost:3000"]).await;
    for origin in [FRIEND, "http://localhost:3000"] {
        let response = send(&app, Method::POST, &[("origin", origin), ("sec-fetch-site", "cross-site")]).await;
        assert_eq!(response.headers()["access-control-allow-origin"], origin);
        assert_eq!(response.headers().get("access-control-allow-credentials"), None);
        assert!(response.headers()["access-control-expose-headers"].to_str().unwrap().contains("x-request-id"));
        let vary = response.headers()["vary"].to_str().unwrap().to_lowercase();
        assert!(["accept", "accept-encoding", "origin"].iter().all(|name| vary.contains(name)), "{vary}");
        assert_eq!(received(response).await, fine());
    }
    for origin in ["https://other.example", "https://friend.example.org", "http://friend.example", "null"] {
        let response = send(&app, Method::POST, &[("origin", origin), ("sec-fetch-site", "cross-site")]).await;
        assert_eq!(response.headers().get("access-control-allow-origin"), None, "{origin}");
        assert_eq!(response.status(), 403, "{origin}");
    }
}

#[actix_web::test]
async fn a_browser_may_send_a_preflight_request() {
    let app = with_origins(&[FRIEND]).await;
    let preflight = |origin: &'static str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type, authorization"),
        ];
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        app.client().request(Method::OPTIONS, format!("{}/graphql", app.address)).headers(headers).send()
    };
    let allowed = preflight(FRIEND).await.unwrap();
    assert!(allowed.status().is_success());
    assert_eq!(allowed.headers()["access-control-allow-origin"], FRIEND);
    assert_eq!(allowed.headers()["access-control-max-age"], "7200");
    let headers = allowed.headers()["access-control-allow-headers"].to_str().unwrap();
    assert!(headers.contains("content-type") && headers.contains("authorization"), "{headers}");
    let other = preflight("https://other.example").await.unwrap();
    assert_eq!(other.headers().get("access-control-allow-origin"), None);
}

#[actix_web::test]
async fn a_web_page_of_any_origin_may_send_requests_if_all_are_allowed() {
    let app = with_origins(&["*"]).await;
    let response = send(&app, Method::POST, &[("origin", "https://any.example"), ("sec-fetch-site", "cross-site")]).await;
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    assert_eq!(response.headers().get("access-control-allow-credentials"), None);
    assert_eq!(received(response).await, fine());
}
