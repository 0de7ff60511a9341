//! The pages of the playground and their files.

use actix_web::http::{Method, StatusCode, header};
use actix_web::test::{self, TestRequest};
use actix_web::{App, dev::ServiceResponse, web};

use super::{configure, is_bundled};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn respond(request: TestRequest) -> ServiceResponse {
    let app = test::init_service(App::new().configure(configure)).await;
    test::call_service(&app, request.to_request()).await
}

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path).insert_header((header::ACCEPT, BROWSER))
}

async fn text(response: ServiceResponse) -> String {
    String::from_utf8(test::read_body(response).await.to_vec()).expect("UTF-8")
}

fn value(response: &ServiceResponse, name: header::HeaderName) -> &str {
    response.headers().get(name).map_or("", |value| value.to_str().expect("ASCII"))
}

/// Returns the first path between `start` and a quotation mark.
fn referenced<'a>(page: &'a str, start: &str) -> &'a str {
    let rest = page.split_once(start).expect("a reference").1;
    rest.split_once('"').expect("a closing quote").0
}

#[actix_web::test]
async fn a_browser_gets_a_page_under_the_strict_policy() {
    for path in ["/playground", "/playground-basic"] {
        let response = respond(get(path)).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let policy = value(&response, header::CONTENT_SECURITY_POLICY);
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe-eval"), "{policy}");
        assert_eq!(value(&response, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(value(&response, header::REFERRER_POLICY), "same-origin");
        assert!(text(response).await.starts_with("<!doctype html>"), "{path}");
    }
}

#[actix_web::test]
async fn a_page_that_the_browser_has_cached_is_not_sent_again() {
    let first = respond(get("/playground")).await;
    let tag = value(&first, header::ETAG).to_owned();
    assert_eq!(value(&first, header::CACHE_CONTROL), "no-cache");
    let second = respond(get("/playground").insert_header((header::IF_NONE_MATCH, tag))).await;
    assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
    let other = respond(get("/playground").insert_header((header::IF_NONE_MATCH, "W/\"other\""))).await;
    assert_eq!(other.status(), StatusCode::OK);
}

#[actix_web::test]
async fn every_file_that_the_small_page_references_is_served() {
    let page = text(respond(get("/playground-basic")).await).await;
    for (start, kind) in [
        ("rel=\"stylesheet\" href=\"./", "text/css; charset=utf-8"),
        ("type=\"image/svg+xml\" href=\"./", "image/svg+xml"),
        ("src=\"./", "text/javascript; charset=utf-8"),
    ] {
        let part = respond(get(&format!("/{}", referenced(&page, start)))).await;
        assert_eq!(part.status(), StatusCode::OK);
        assert_eq!(value(&part, header::CONTENT_TYPE), kind);
    }
}

#[actix_web::test]
async fn the_pages_work_below_a_path_prefix() {
    let scope = web::scope("/skin").configure(configure);
    let app = test::init_service(App::new().service(scope)).await;
    for path in ["/skin/playground", "/skin/playground/basic/page.js"] {
        let response = test::call_service(&app, get(path).to_request()).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
    }
}

#[actix_web::test]
async fn a_bundled_file_is_sent_in_the_coding_that_the_client_prefers_and_cached_forever() {
    if !is_bundled() {
        return;
    }
    let script = format!("/{}", referenced(&text(respond(get("/playground")).await).await, "src=\"./"));
    let mut sizes = Vec::new();
    for (accepted, encoding) in [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("identity", "")] {
        let response = respond(get(&script).insert_header((header::ACCEPT_ENCODING, accepted))).await;
        assert_eq!(value(&response, header::CONTENT_ENCODING), encoding);
        assert_eq!(value(&response, header::CACHE_CONTROL), "public, max-age=31536000, immutable");
        assert!(value(&response, header::VARY).contains("Accept-Encoding"));
        sizes.push(test::read_body(response).await.len());
    }
    assert!(sizes.is_sorted() && sizes[0] < sizes[2] / 2, "{sizes:?}");
    let licences = text(respond(get("/playground/licenses.txt")).await).await;
    assert!(licences.contains("monaco-editor") && licences.contains("SIL OPEN FONT LICENSE"));
}

#[actix_web::test]
async fn missing_files_are_not_found_and_other_methods_are_not_allowed() {
    for path in ["/playground/assets/none.js", "/playground/index.html/..", "/playground/../Cargo.toml"] {
        assert_eq!(respond(get(path)).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let post = respond(get("/playground").method(Method::POST)).await;
    assert_eq!(post.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(value(&post, header::ALLOW), "GET, HEAD");
    let head = respond(get("/playground").method(Method::HEAD)).await;
    assert_eq!(head.status(), StatusCode::OK);
}

#[actix_web::test]
async fn a_share_link_with_a_slash_at_its_end_is_redirected() {
    let response = respond(get("/playground/?query=%7Blibrary%7Brevision%7D%7D")).await;
    assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(value(&response, header::LOCATION), "../playground?query=%7Blibrary%7Brevision%7D%7D");
}
