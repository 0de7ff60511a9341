//! Keys, roles and budgets, as clients experience them.

use dermagraph::{
    access::{AccessConfig, Role, keys},
    app::Config,
};
use reqwest::Response;
use serde_json::{Value as Json, json};

use crate::support::TestApp;

pub async fn service(access: AccessConfig) -> TestApp {
    TestApp::sqlite_set(Config { access, ..Config::default() }).await
}

async fn key(app: &TestApp, role: Role) -> String {
    keys::create(&app.store, "test", role, None).await.unwrap().text
}

async fn send(app: &TestApp, query: &str, authorization: Option<&str>) -> Response {
    let request = app.client().post(format!("{}/graphql", app.address)).json(&json!({"query": query}));
    let request = authorization.into_iter().fold(request, |request, value| request.header("authorization", value));
    request.send().await.unwrap()
}

async fn code(response: Response) -> (u16, Json) {
    let status = response.status().as_u16();
    let body: Json = response.json().await.unwrap();
    (status, body["errors"][0]["extensions"]["code"].clone())
}

const QUERY: &str = "{ procedures(first: 9) { nodes { slug } } }";

#[actix_web::test]
async fn every_client_may_read_unless_a_role_is_required() {
    let open = service(AccessConfig::default()).await;
    assert_eq!(send(&open, QUERY, None).await.status(), 200);
    for wrong in ["Bearer nonsense", "Bearer dg_000000000000_x", "Basic abc", "", "Bearer"] {
        let response = send(&open, QUERY, Some(wrong)).await;
        assert_eq!(response.headers()["www-authenticate"], "Bearer", "{wrong}");
        assert_eq!(code(response).await, (401, json!("UNAUTHENTICATED")), "{wrong}");
    }
    let closed = service(AccessConfig { require_role: Some(Role::Editor), ..AccessConfig::default() }).await;
    assert_eq!(code(send(&closed, QUERY, None).await).await, (401, json!("UNAUTHENTICATED")));
    let reader = format!("Bearer {}", key(&closed, Role::Reader).await);
    assert_eq!(code(send(&closed, QUERY, Some(&reader)).await).await, (403, json!("FORBIDDEN")));
    let editor = format!("Bearer {}", key(&closed, Role::Editor).await);
    assert_eq!(send(&closed, QUERY, Some(&editor)).await.status(), 200);
    assert_eq!(closed.client().get(format!("{}/health/live", closed.address)).send().await.unwrap().status(), 200);
}

#[actix_web::test]
async fn the_schema_and_the_playground_can_require_a_role() {
    let role = Some(Role::Admin);
    let app = service(AccessConfig { introspection_role: role, playground_role: role, ..AccessConfig::default() }).await;
    let admin = format!("Bearer {}", key(&app, Role::Admin).await);
    let schema = "{ __schema { queryType { name } } }";
    assert_eq!(code(send(&app, schema, None).await).await, (401, json!("UNAUTHENTICATED")));
    assert_eq!(send(&app, schema, Some(&admin)).await.json::<Json>().await.unwrap()["errors"], Json::Null);
    assert_eq!(
        send(&app, "{ __typename }", None).await.json::<Json>().await.unwrap(),
        json!({"data": {"__typename": "Query"}})
    );
    for page in ["/playground", "/playground-basic"] {
        let open = |authorization: Option<&str>| {
            let request = app.client().get(format!("{}{page}", app.address)).header("accept", "text/html");
            authorization.into_iter().fold(request, |request, value| request.header("authorization", value)).send()
        };
        assert_eq!(open(None).await.unwrap().status(), 401, "{page}");
        assert_eq!(open(Some(&admin)).await.unwrap().status(), 200, "{page}");
    }
}

#[actix_web::test]
async fn only_an_admin_sees_how_an_operation_is_read() {
    let app = service(AccessConfig::default()).await;
    let send = async |plan: Json, role: Option<Role>| {
        let body = json!({"query": "{ procedures(first: 1) { nodes { name } } }", "extensions": {"plan": plan}});
        let mut request = app.client().post(format!("{}/graphql", app.address)).json(&body);
        if let Some(role) = role {
            request = request.bearer_auth(key(&app, role).await);
        }
        request.send().await.unwrap()
    };
    assert_eq!(code(send(json!(true), None).await).await, (401, json!("UNAUTHENTICATED")));
    assert_eq!(code(send(json!(true), Some(Role::Publisher)).await).await, (403, json!("FORBIDDEN")));
    assert_eq!(send(json!("yes"), Some(Role::Admin)).await.status(), 400);
    let plan = send(json!(true), Some(Role::Admin)).await.json::<Json>().await.unwrap();
    let sql = plan["extensions"]["plan"][0]["statements"][0]["sql"].as_str().unwrap();
    assert!(sql.contains("FROM \"procedure\""), "{plan}");
    let without = send(json!(false), None).await.json::<Json>().await.unwrap();
    assert_eq!((&without["data"], without.get("extensions")), (&plan["data"], None));
}

#[actix_web::test]
async fn a_budget_is_reported_and_spent_by_cost() {
    let app = service(AccessConfig { rate_limit: 25, rate_limit_signed_in: 1000, ..AccessConfig::default() }).await;
    let first = send(&app, QUERY, None).await;
    assert_eq!(first.status(), 200);
    assert_eq!(first.headers()["ratelimit-policy"], "\"cost\";q=25;w=60");
    assert!(first.headers()["ratelimit"].to_str().unwrap().starts_with("\"cost\";r=15;t="), "ten points are spent");
    assert_eq!(send(&app, QUERY, None).await.status(), 200);
    let third = send(&app, QUERY, None).await;
    let wait: u64 = third.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    assert_eq!(code(third).await, (429, json!("RATE_LIMITED")));
    assert_eq!(send(&app, "{ __typename }", None).await.status(), 200, "a cheap request is within the rest of the budget");
    let reader = format!("Bearer {}", key(&app, Role::Reader).await);
    assert_eq!(send(&app, QUERY, Some(&reader)).await.status(), 200, "an authenticated client has its own budget");
    let batch =
        app.client().post(format!("{}/graphql", app.address)).json(&json!([{"query": QUERY}, {"query": "{ __typename }"}]));
    let responses: Json = batch.send().await.unwrap().json().await.unwrap();
    assert_eq!(responses[0]["errors"][0]["extensions"]["code"], "RATE_LIMITED", "a batch is charged, too: {responses}");
}
