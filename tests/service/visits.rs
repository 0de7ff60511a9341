//! The responses to browsers and to programs at the URLs of the service.

use dermagraph::access::{AccessConfig, Role};
use reqwest::{Client, Response, redirect::Policy};

use crate::{
    gate::service,
    http::{received, refused},
    support::{TestApp, on_both_databases},
};

/// The header `Accept` that a browser sends when a user opens an address.
pub const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn open(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Response {
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let request = client.get(format!("{}{path}", app.address));
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
}

on_both_databases! {
    async fn the_endpoint_redirects_a_browser_to_the_playground(app: &TestApp) {
        for path in ["/graphql", "/graphql?", "/graphql?operationName=A&utm=1"] {
            let response = open(app, path, &[("accept", BROWSER), ("sec-fetch-site", "cross-site")]).await;
            assert_eq!((response.status().as_u16(), &response.headers()["location"]), (303, &"./playground".parse().unwrap()), "{path}");
            assert_eq!(response.headers()["vary"], "Accept");
        }
        let page = app.client().get(format!("{}/graphql", app.address)).header("accept", BROWSER).send().await.unwrap();
        assert_eq!((page.status().as_u16(), page.url().path()), (200, "/playground"));
    }
}

on_both_databases! {
    async fn programs_and_queries_are_not_redirected_to_the_playground(app: &TestApp) {
        let missing = refused(400, "BAD_REQUEST", r#"The request has no document. Send "query", or the id of a persisted or trusted document."#);
        for accept in ["*/*", "application/json", "text/html, application/json", ""] {
            assert_eq!(received(open(app, "/graphql", &[("accept", accept)]).await).await, missing, "{accept}");
        }
        assert_eq!(open(app, "/graphql", &[]).await.status(), 400);
        let query = "/graphql?query=%7B__typename%7D";
        assert_eq!(received(open(app, query, &[("accept", BROWSER)]).await).await, crate::http::fine());
        assert_eq!(open(app, query, &[("accept", "text/html")]).await.status(), 406);
        for other in ["/graphql?query=", "/graphql?documentId=x", "/graphql?extensions=%7B%7D"] {
            assert_ne!(open(app, other, &[("accept", BROWSER)]).await.status(), 303, "{other}");
        }
    }
}

on_both_databases! {
    async fn the_schema_is_a_file(app: &TestApp) {
        let response = open(app, "/schema.graphql", &[]).await;
        assert_eq!((response.status().as_u16(), &response.headers()["content-type"]), (200, &"text/plain; charset=utf-8".parse().unwrap()));
        assert_eq!(response.headers()["cache-control"], "public, no-cache");
        let tag = response.headers()["etag"].to_str().unwrap().to_owned();
        assert_eq!(response.text().await.unwrap(), include_str!("../../schema.graphql"));
        let again = open(app, "/schema.graphql", &[("if-none-match", &tag), ("accept", BROWSER)]).await;
        assert_eq!((again.status().as_u16(), again.headers()["etag"].to_str().unwrap()), (304, tag.as_str()));
        let compressed = open(app, "/schema.graphql", &[("accept-encoding", "gzip, br, zstd")]).await;
        assert_eq!(compressed.headers()["content-encoding"], "br");
        let head = app.client().head(format!("{}/schema.graphql", app.address)).send().await.unwrap();
        assert_eq!((head.status().as_u16(), head.headers()["etag"].to_str().unwrap()), (200, tag.as_str()));
        let post = app.client().post(format!("{}/schema.graphql", app.address)).send().await.unwrap();
        assert_eq!(post.headers()["allow"], "GET, HEAD");
        assert_eq!(received(post).await, refused(405, "METHOD_NOT_ALLOWED", "Use GET."));
    }
}

#[actix_web::test]
async fn the_schema_file_requires_the_role_of_introspection() {
    let schema = Some(Role::Admin);
    for closed in [
        AccessConfig { introspection_role: schema, ..AccessConfig::default() },
        AccessConfig { require_role: schema, ..AccessConfig::default() },
    ] {
        let app = service(closed).await;
        let response = open(&app, "/schema.graphql", &[]).await;
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        assert_eq!(response.status(), 401);
    }
}
